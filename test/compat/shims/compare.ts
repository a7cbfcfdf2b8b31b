/**
 * Runs one invocation through Kafka's own tool and through the stand-in and brings what came out to a form that can be compared:
 * exit code, standard output, standard error. Standard output is compared to the byte; of standard error what docs/shims.md says:
 * stack traces, log lines and the text of the help are left out.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool } from '../support/apache-kafka.ts'
import { repositoryRoot } from '../support/peers.ts'
import { type Finished, run } from '../support/process.ts'
import type { ToolRunner } from '../support/tool-runner.ts'

/** Where an invocation finds its cluster and may write files. */
export interface Place {
  readonly bootstrap: string
  readonly folder: string
}

/** What stands for `@` in their names. */
export const PREFIX: Readonly<Record<Side, string>> = { theirs: 'java-', ours: 'shim-' }
/** These want the action after the address. */
const ACTION_LAST = /^kafka-(metadata-quorum|features|transactions)$/

let files = 0

/** The words of a line, as one of the two runs it. */
function wordsOf(tool: string, line: string, prefix: string, place: Place): string[] {
  const words = line.split(' ').filter((word) => word !== '')
  const address = words[0] === '-' ? [] : ['--bootstrap-server', place.bootstrap]
  if (words[0] === '-') words.shift()
  const given = words.map((word) => {
    const content = /^\{file:(.*)\}$/.exec(word)?.[1]
    if (content === undefined) return word.replaceAll('@', prefix)
    const path = join(place.folder, `arg-${prefix}${files++}`)
    writeFileSync(path, content.replaceAll('@', prefix).replaceAll('~', ' ').replaceAll('\\n', '\n'))
    return path
  })
  return ACTION_LAST.test(tool) ? [...address, ...given] : [...given, ...address]
}

/** What the runner of the Java tools adds where a tool catches everything, its own exit too. */
const RUNNER = new RegExp(
  [
    'Error while executing ACL command: exit\nToolRunner\\$Exited: exit\n*',
    "(Error while executing config command with args '--version'\n)?ToolRunner\\$Exited: exit\n*",
    '\n?Error: Executing \\w+ group command failed due to exit\n',
    'exit\nToolRunner\\$Exited: exit\n*',
  ].join('|'),
  'g',
)
/** Lists that Java keeps in sets of enums: their order differs from one JVM to the next. */
const UNORDERED =
  /(Valid \w+ are: |Option combination "\[|takes the following options: \[|following scenarios: \[|one of these options: |only supports operations \[)([^\]\n]*(?:\], \[[^\]\n]*)*)/g

const LEFT_OUT = [
  // stack traces
  /^\tat |^\s*\.\.\. \d+ more|^\s*Suppressed: |^Caused by: |^ at \[Source/,
  // the exception on its own line, with and without the log's or the JVM's words before it
  /^(ERROR |Exception in thread "main" |Caused by: )?([a-z][\w$]*\.)+[\w$]+(Exception|Error|Invalid\w+)(: |$)/,
  // log lines
  /^\[\d{4}-|^ \(org\.apache\.kafka|^(WARN|ERROR) /,
  // what replaces a flag that Kafka's tools no longer have
  /^mq: /,
]

/** Two texts are equal after this when a reader of the tool would see the same. */
export function normalised(tool: string, text: string, isError: boolean): string {
  const lines = text
    .replace(RUNNER, '')
    .replace(/^Option( \(\* = required\))? +Description[\s\S]*$/m, 'HELP\n')
    .split('\n')
    .filter((line) => !LEFT_OUT.some((pattern) => pattern.test(line)) && !(isError && line === ''))
  const plain = lines
    .join('\n')
    .replaceAll(/java-|shim-/g, '@')
    .replace(/arg-@\d+/g, 'FILE')
    .replace(/\b1[678]\d{11}\b/g, 'TIME')
    .replace(/^\n$/, '')
    .replace(
      UNORDERED,
      (_, head: string, list: string) =>
        head +
        list
          .split(/[[\], ]+/)
          .sort()
          .join(' '),
    )
  // of a help the usage is compared, the sentences are each side's own
  if (!isError && plain.startsWith('usage: ')) return `${plain.split('\n\n')[0]}\n`
  // argparse4j puts extra blanks between words to fill its lines
  return ACTION_LAST.test(tool) && isError ? plain.replace(/[ \n]+/g, ' ').replaceAll('- ', '-') : plain
}

/** Which of the two runs a line: Kafka's own tool, or its stand-in. */
export type Side = 'theirs' | 'ours'

/** What one of the two says to a line, as text. */
export async function outcome(side: Side, runner: ToolRunner, tool: Tool, line: string, place: Place): Promise<string> {
  const shim = join(repositoryRoot, 'bin', 'shim.cjs')
  const words = wordsOf(tool, line, PREFIX[side], place)
  const done: Finished =
    side === 'theirs'
      ? await runner.run(tool, words)
      : await run(process.execPath, [shim, tool, ...words], { input: '' })
  return `exit ${done.code}\n-- stdout\n${normalised(tool, done.stdout, false)}-- stderr\n${normalised(tool, done.stderr, true)}`
}

/** Both sides of one line, as text. */
export async function outcomes(
  runner: ToolRunner,
  tool: Tool,
  line: string,
  place: Place,
): Promise<{ theirs: string; ours: string }> {
  const theirs = await outcome('theirs', runner, tool, line, place)
  return { theirs, ours: await outcome('ours', runner, tool, line, place) }
}

/** The same lines in another order: names that differ by their prefix come out of Java's maps in another order. */
export function sameLines(one: string, other: string): boolean {
  const sorted = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .sort()
      .join('\n')
  return sorted(one) === sorted(other)
}
