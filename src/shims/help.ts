/** Text in columns for the help of the tools: pairs beside each other, wrapped at words. */

const LEFT = 40
const RIGHT = 39

/** Pairs in two columns of 40 and 39 characters; the second lines of a cell are indented by two. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  return rows
    .map(([left, right]) => {
      const [first, second] = [wrapped(left, LEFT), wrapped(right, RIGHT)]
      const height = Math.max(first.length, second.length)
      return Array.from(
        { length: height },
        (_, line) => `${(first[line] ?? '').padEnd(LEFT)} ${(second[line] ?? '').padEnd(RIGHT)}\n`,
      ).join('')
    })
    .join('')
}

/** Lines of at most `width` characters; all but the first are indented. */
export function wrapped(text: string, width: number, indent = 2): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width || line.trim() === '') {
      line = longer
      continue
    }
    lines.push(line)
    line = ' '.repeat(indent) + word
  }
  return [...lines, line]
}
