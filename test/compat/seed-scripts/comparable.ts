/** What two brokers, two ways to run a tool and two times of day make different in outputs, taken out. */
export function comparable(what: unknown): string {
  const text = typeof what === 'string' ? what : JSON.stringify(what)
  return (
    text
      // docs/shims.md: of an exception mq prints the line, Java the stack; the runner of the Java tools ends them by an exception
      .replace(/^(\tat |Caused by: |\t?\.\.\. \d+ more).*\n/gm, '')
      .replace(/^(.*: )?exit\nToolRunner\$Exited: exit\n*/gm, '')
      .replace(/\b(127\.0\.0\.1|localhost):\d+/g, 'BROKER')
      .replace(/(TopicId: )\S{22}/g, '$1ID')
      .replace(/(PID: )\d+/g, '$1N')
      .replace(/\b20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,:]\d{3})?/g, 'TIME')
      .replace(/\b20\d{6}[-_]\d{6}\b/g, 'TIME')
      .replace(/\b1[78]\d{8}(?:\d{3}){0,3}\b/g, 'TIME')
      // the generators tell their progress every five seconds, and in the end what they have measured
      .replace(/^\d+ records sent, .*max latency\.\n/gm, '')
      .replace(/^\d+ records sent, .*$/gm, (line) =>
        line.replace(/[\d.]+ (records\/sec|\(|MB\/sec|ms)/g, 'N $1').replace(/\([\d.]+/, '(N'),
      )
      .replace(/\n+$/, '\n')
  )
}
