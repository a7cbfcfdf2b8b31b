/** `mq --help`: commands by task, with examples; the help of one command is laid out by command-help.ts. */
import type { Command } from '@oclif/core/command'
import type { Interfaces } from '@oclif/core'
import { Help } from '@oclif/core/help'
import { UsageError } from '../base/errors.ts'
import { colours } from '../output/colours.ts'
import { commandHelp, type HelpFlag, wrap } from './command-help.ts'
import { toFailure } from './failure.ts'
import { failureText } from './mq-command.ts'
import { unknownCommand } from './unknown-command.ts'

const GROUPS: readonly { title: string; names: readonly string[] }[] = [
  { title: 'GETTING STARTED', names: ['broker'] },
  { title: 'TOPICS AND DATA', names: ['topics', 'produce', 'consume', 'config'] },
  { title: 'GROUPS AND LAG', names: ['groups', 'lag'] },
  { title: 'THE CLUSTER', names: ['cluster', 'leaders', 'reassign', 'logdirs', 'smoke'] },
  { title: 'SETUP', names: ['profile', 'completion'] },
]
const LAST = 'MORE'

/** Verbs in the order of their use; others follow by name. */
const VERBS =
  'start stop restart status logs wipe create list describe alter delete add-partitions offsets truncate get set unset explain diff add use remove show watch check export info health quorum features discover unregister elect balance upgrade downgrade reset delete-offsets'.split(
    ' ',
  )

const EXAMPLES = [
  ['mq broker start', 'on 127.0.0.1:9092; later commands use it'],
  ['mq topics create rawtrade --partitions 3', ''],
  ["echo 'AAPL:182.5' | mq produce rawtrade --key-separator :", ''],
  ['mq consume rawtrade --from earliest --until latest', 'what is there now'],
  ['mq lag watch', 'every group: lag, rates, who does not get on'],
  ['mq topics list -b broker-1:9092 --json', 'any Kafka cluster, one document'],
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
      '  $ mq COMMAND [FLAGS]        mq COMMAND --help explains it, with examples',
    ]
    for (const { title, names } of [...GROUPS, { title: LAST, names: rest }]) {
      const present = names.filter((name) => entries.has(name))
      if (present.length === 0) continue
      lines.push('', colours.heading(title))
      for (const name of present) {
        const { summary, verbs } = entries.get(name)!
        const [first = '', ...more] = wrap(summary, width + 4)
        lines.push(`  ${name.padEnd(width)}  ${first.trimStart()}`, ...more)
        if (verbs.length > 0) lines.push(...wrap(verbs.join(' '), width + 4).map(colours.muted))
      }
    }
    lines.push('', colours.heading('EXAMPLES'))
    for (const [command, remark] of EXAMPLES) {
      lines.push(`  $ ${command}${remark === '' ? '' : colours.muted(`   # ${remark}`)}`)
    }
    lines.push(
      '',
      'Every command takes --json, --timeout, --quiet and --no-color. Exit codes:',
      '0 done, 1 failed, 2 usage, 3 a check found something, 4 refused for safety,',
      '5 deadline passed, 70 a bug, 130 interrupted.',
    )
    this.log(lines.join('\n'))
  }

  /** The help of one command, in the order of a newcomer's questions. */
  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    const example = (text: string) => text.replaceAll('<%= config.bin %>', this.config.bin)
    const examples = (command.examples ?? []).map((entry) =>
      typeof entry === 'string'
        ? { command: example(entry) }
        : { command: example(entry.command), remark: entry.description },
    )
    const flags = Object.values(command.flags)
      .filter((flag) => !flag.hidden)
      .map((flag): HelpFlag => {
        const value = flag.type === 'option' ? flag : undefined
        const standard = value?.default
        return {
          ...flag,
          takesValue: value !== undefined,
          helpValue: value?.helpValue,
          options: value?.options,
          defaultText: typeof standard === 'string' || typeof standard === 'number' ? String(standard) : undefined,
          required: flag.required ?? false,
          multiple: value?.multiple ?? false,
        }
      })
    const args = Object.entries(command.args).map(([name, arg]) => ({
      name,
      description: arg.description,
      required: arg.required ?? false,
      multiple: arg.multiple ?? false,
      options: arg.options,
    }))
    const path = command.id.replaceAll(':', ' ')
    const { summary = '', description } = command
    this.log(commandHelp(this.config.bin, { path, summary, description, args, flags, examples }))
    // A command that is a noun as well.
    const { verbs = [] } = this.rootEntries().get(command.id) ?? {}
    if (verbs.length > 0) this.log(['', colours.heading('COMMANDS'), ...this.verbLines(command.id, verbs)].join('\n'))
  }

  /** `mq topics`: what can be done with it, in the order of use. */
  protected override async showTopicHelp(topic: Interfaces.Topic): Promise<void> {
    const { verbs = [], summary = '' } = this.rootEntries().get(topic.name) ?? {}
    const path = topic.name.replaceAll(':', ' ')
    const lines = [...wrap(topic.description ?? summary, 0), '', colours.heading('USAGE')]
    lines.push(`  $ ${this.config.bin} ${path} COMMAND [FLAGS]`, '', colours.heading('COMMANDS'))
    lines.push(...this.verbLines(topic.name, verbs))
    lines.push('', `${this.config.bin} ${path} COMMAND --help explains one, with examples.`)
    this.log(lines.join('\n'))
  }

  private verbLines(noun: string, verbs: readonly string[]): string[] {
    const names = verbs.map((verb) => `${this.config.bin} ${noun} ${verb}`)
    const width = Math.max(0, ...names.map((name) => name.length))
    return verbs.flatMap((verb, index) => {
      const command = this.sortedCommands.find(({ id }) => id === `${noun}:${verb.replaceAll(' ', ':')}`)
      const [first = '', ...more] = wrap(command?.summary ?? '', width + 4)
      return [`  ${names[index]!.padEnd(width)}  ${first.trimStart()}`, ...more]
    })
  }

  /** Each noun with its verbs, and each command without a noun. */
  private rootEntries(): Map<string, { summary: string; verbs: string[] }> {
    const entries = new Map<string, { summary: string; verbs: string[] }>()
    for (const command of this.sortedCommands) {
      const [name, verb] = command.id.split(':')
      if (name === undefined || verb !== undefined || command.hidden) continue
      entries.set(name, { summary: command.summary ?? '', verbs: [] })
    }
    const place = (verb: string) => (VERBS.includes(verb) ? VERBS.indexOf(verb) : VERBS.length)
    for (const topic of this.config.topics) {
      if (topic.name.includes(':')) continue
      const verbs = this.sortedCommands
        .filter((command) => command.id.startsWith(`${topic.name}:`) && !command.hidden)
        .map((command) => command.id.slice(topic.name.length + 1).replaceAll(':', ' '))
        .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
      // A noun can be a command as well.
      const summary = entries.get(topic.name)?.summary ?? topic.description ?? ''
      if (verbs.length > 0) entries.set(topic.name, { summary, verbs })
    }
    return entries
  }
}
