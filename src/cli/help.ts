/** `mq --help`: commands in the order of the work, with examples. Help of a noun or a command is oclif's own. */
import { Help } from '@oclif/core/help'
import { UsageError } from '../base/errors.ts'
import { colours } from '../output/colours.ts'
import { toFailure } from './failure.ts'
import { failureText } from './mq-command.ts'
import { unknownCommand } from './unknown-command.ts'

const GROUPS: readonly { title: string; names: readonly string[] }[] = [
  { title: 'RUN KAFKA HERE', names: ['broker'] },
  { title: 'TOPICS AND SETTINGS', names: ['topics', 'config'] },
  { title: 'RECORDS', names: ['produce', 'consume'] },
  { title: 'CONSUMER GROUPS', names: ['groups', 'lag'] },
  { title: 'THE CLUSTER', names: ['cluster'] },
]
const LAST = 'MORE'

const EXAMPLES = [
  ['mq broker start', 'a broker on 127.0.0.1:9092; later commands use it'],
  ['mq topics create rawtrade --partitions 3', ''],
  ["echo 'AAPL:182.5' | mq produce rawtrade --key-separator :", ''],
  ['mq consume rawtrade --from earliest --until latest', 'what is there now, then end'],
  ['mq lag show', 'every group, partition by partition'],
  ['mq topics list -b broker-1:9092,broker-2:9092 --json', 'any Kafka cluster; one JSON document'],
] as const

export default class MqHelp extends Help {
  /** Says what a wrong name could have meant, as an unknown command does. */
  override async showHelp(argv: string[]): Promise<void> {
    try {
      await super.showHelp(argv)
    } catch (error) {
      const match = /^Command (\S+) not found\.$/.exec((error as Error).message)
      if (match === null) throw error
      const failure = toFailure(unknownCommand(match[1]!, this.config.commandIDs))
      process.stderr.write(failureText(failure))
      process.exitCode = new UsageError('').exitCode
    }
  }

  protected override async showRootHelp(): Promise<void> {
    const entries = this.rootEntries()
    const grouped = new Set(GROUPS.flatMap(({ names }) => names))
    const rest = [...entries.keys()].filter((name) => !grouped.has(name)).sort()
    const width = Math.max(...[...entries.keys()].map((name) => name.length))
    const lines = [
      'mq: operate Kafka clusters, and run one here',
      '',
      colours.heading('USAGE'),
      '  $ mq COMMAND [FLAGS]        mq COMMAND --help shows its flags',
    ]
    for (const { title, names } of [...GROUPS, { title: LAST, names: rest }]) {
      const present = names.filter((name) => entries.has(name))
      if (present.length === 0) continue
      lines.push('', colours.heading(title))
      for (const name of present) lines.push(`  ${name.padEnd(width)}  ${entries.get(name)}`)
    }
    lines.push('', colours.heading('EXAMPLES'))
    for (const [command, remark] of EXAMPLES) {
      lines.push(`  $ ${command}${remark === '' ? '' : colours.muted(`   # ${remark}`)}`)
    }
    lines.push(
      '',
      'Every command takes --json, --timeout, --quiet and --no-color. Exit codes: 0 done, 1 failed, 2 usage,',
      '3 a check found something, 4 refused for safety, 5 deadline passed, 70 a bug, 130 interrupted.',
    )
    this.log(lines.join('\n'))
  }

  /** Name and one line of each noun and each command without a noun; a noun lists its verbs. */
  private rootEntries(): Map<string, string> {
    const entries = new Map<string, string>()
    for (const command of this.sortedCommands) {
      const [name, verb] = command.id.split(':')
      if (name === undefined || verb !== undefined) continue
      entries.set(name, command.summary ?? '')
    }
    for (const topic of this.config.topics) {
      if (topic.name.includes(':')) continue
      const verbs = this.sortedCommands
        .filter((command) => command.id.startsWith(`${topic.name}:`))
        .map((command) => command.id.slice(topic.name.length + 1).replaceAll(':', ' '))
      if (verbs.length > 0) entries.set(topic.name, verbs.join(', '))
    }
    return entries
  }
}
