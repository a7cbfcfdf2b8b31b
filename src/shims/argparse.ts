/**
 * Parses as argparse4j does for some of Kafka's tools: flags may be shortened while they are unambiguous, so may subcommands;
 * `--flag=value`, `-f value`, `-fvalue`; what is required and what excludes what is checked. Errors print the usage first. Text
 * is wrapped at 75 characters, without the extra blanks that argparse4j puts between words.
 */
import { wrapped } from './help.ts'
import { isOfType, Options } from './options.ts'
import { type ArgparseGrammar, type Flag, type OneOf, type Subcommand, ToolExit } from './tool.ts'

const WIDTH = 75
const HELP_AT = 25
const HELP_FLAG: Flag = { name: 'help', aliases: ['h'], help: 'show this help message and exit' }

interface Level {
  readonly grammar: ArgparseGrammar
  readonly command: Subcommand | undefined
  readonly flags: readonly Flag[]
  readonly oneOf: readonly OneOf[]
}

/** What a tool throws where flags that could be read do not go together: usage and message, exit code 1. */
export function argparseFailure(grammar: ArgparseGrammar, message: string): ToolExit {
  try {
    return fail({ grammar, command: undefined, flags: withHelp(grammar.flags), oneOf: grammar.oneOf ?? [] }, message)
  } catch (error) {
    return error as ToolExit
  }
}

/** Throws ToolExit for help and for errors. */
export function parseArgparse(grammar: ArgparseGrammar, argv: readonly string[]): Options {
  if (argv.length === 0 && grammar.emptyHelps === true) throw new ToolExit(0, { stdout: argparseHelp(grammar) })
  const values = new Map<string, string[]>()
  const words: string[] = []
  let level: Level = { grammar, command: undefined, flags: withHelp(grammar.flags), oneOf: grammar.oneOf ?? [] }
  const levels = [level]
  for (let at = 0; at < argv.length; ) {
    const word = argv[at++]!
    if (word === '--') {
      words.push(...argv.slice(at))
      break
    }
    if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) {
      if (level.command !== undefined || grammar.commands === undefined) {
        words.push(word)
        continue
      }
      const command = commandOf(level, word)
      level = { grammar, command, flags: withHelp(command.flags), oneOf: command.oneOf ?? [] }
      levels.push(level)
      continue
    }
    const { flag, value } = flagOf(level, word)
    if (flag.name === 'help') throw new ToolExit(grammar.helpExit ?? 1, { stdout: helpOf(level) })
    if (flag.name === 'version' && grammar.version !== undefined)
      throw new ToolExit(0, { stdout: `${grammar.version}\n` })
    if (flag.arg === undefined) {
      put(values, flag, level, undefined)
      continue
    }
    const list = value === undefined ? [] : [value]
    while (value === undefined && at < argv.length && !isFlag(argv[at]!) && (flag.multi === true || list.length === 0))
      list.push(argv[at++]!)
    if (list.length === 0 && flag.arg === 'required') {
      fail(level, `argument ${spelling(flag)}: expected ${flag.multi === true ? 'at least one' : 'one'} argument`)
    }
    for (const one of list) put(values, flag, level, one)
    if (list.length === 0) put(values, flag, level, undefined)
  }
  if (words.length > 0) fail(level, `unrecognized arguments: '${words.join(' ')}'`)
  if (level.command === undefined && grammar.commands !== undefined) fail(level, 'too few arguments')
  for (const each of [...levels].reverse()) checkLevel(each, values)
  return new Options({
    argv,
    values,
    flags: levels.flatMap((each) => each.flags),
    command: level.command?.name,
  })
}

const isFlag = (word: string) => word.startsWith('-') && word !== '-' && !/^-\d/.test(word)

const withHelp = (flags: readonly Flag[]): Flag[] =>
  flags.some((flag) => flag.name === 'help') ? [...flags] : [HELP_FLAG, ...flags]

function put(values: Map<string, string[]>, flag: Flag, level: Level, value: string | undefined): void {
  for (const { flags } of level.oneOf) {
    const other = flags.find((name) => name !== flag.name && values.has(name))
    const clash = level.flags.find((each) => each.name === other)
    if (flags.includes(flag.name) && clash !== undefined)
      fail(level, `argument ${spelling(flag)}: not allowed with argument ${spelling(clash)}`)
  }
  if (value !== undefined && !isOfType(value, flag.type)) {
    fail(
      level,
      `argument ${spelling(flag)}: could not convert '${value}' to ${flag.type} (For input string: "${value}")`,
    )
  }
  if (value !== undefined && flag.choices !== undefined && !flag.choices.includes(value)) {
    fail(level, `argument ${spelling(flag)}: invalid choice: '${value}' (choose from {${flag.choices.join(',')}})`)
  }
  // The last one counts, where several values are not wanted.
  const list = flag.multi === true || flag.repeat === true ? (values.get(flag.name) ?? []) : []
  values.set(flag.name, value === undefined ? list : [...list, value])
}

function commandOf(level: Level, word: string): Subcommand {
  const all = level.grammar.commands ?? []
  const exact = all.find((command) => command.name === word)
  if (exact !== undefined) return exact
  const near = all.filter((command) => command.name.startsWith(word))
  if (near.length === 1) return near[0]!
  if (near.length > 1) fail(level, `ambiguous command: ${word} could match ${near.map((each) => each.name).join(', ')}`)
  return fail(level, `invalid choice: '${word}' (choose from ${all.map((each) => `'${each.name}'`).join(', ')})`)
}

function flagOf(level: Level, word: string): { flag: Flag; value: string | undefined } {
  const at = word.indexOf('=')
  const key = at < 0 ? word : word.slice(0, at)
  const value = at < 0 ? undefined : word.slice(at + 1)
  const exact = level.flags.find((flag) => dashed(flag).includes(key))
  if (exact !== undefined) return { flag: exact, value }
  if (!word.startsWith('--')) {
    const short = level.flags.find((flag) => dashed(flag).includes(word.slice(0, 2)))
    if (short?.arg !== undefined) return { flag: short, value: word.slice(2) }
    return fail(level, `unrecognized arguments: '${word}'`, word)
  }
  const near = level.flags.flatMap((flag) =>
    dashed(flag)
      .filter((name) => name.startsWith(key))
      .map((name) => ({ flag, name })),
  )
  if (near.length === 1) return { flag: near[0]!.flag, value }
  if (near.length === 0) return fail(level, `unrecognized arguments: '${word}'`, word)
  const names = near.map(({ name }) => name).sort()
  return fail(level, `ambiguous option: ${key} could match ${names.join(', ')}`)
}

function checkLevel(level: Level, values: ReadonlyMap<string, unknown>): void {
  // The last one is told, as the original does.
  const missing = level.flags.findLast((flag) => flag.required === true && !values.has(flag.name))
  if (missing !== undefined) fail(level, `argument ${spelling(missing)} is required`)
  for (const { flags, required } of level.oneOf) {
    if (!required || flags.some((name) => values.has(name))) continue
    const names = level.flags.filter((flag) => flags.includes(flag.name)).map(spelling)
    fail(level, `one of the arguments ${names.join(' ')} is required`)
  }
}

function fail(level: Level, message: string, unknownFlag?: string): never {
  const { usageError } = level.grammar
  if (usageError !== undefined) throw new ToolExit(1, { stderr: usageError(message) }, unknownFlag)
  const lines = wrapped(`${level.grammar.program}: error: ${message}`, WIDTH, 0)
  throw new ToolExit(1, { stderr: `${usageOf(level)}${lines.join('\n')}\n` }, unknownFlag)
}

const dashed = (flag: Flag): string[] =>
  [flag.name, ...(flag.aliases ?? [])].map((name) => (name.length === 1 ? `-${name}` : `--${name}`))
const spelling = (flag: Flag) => dashed(flag).join('/')
const metavar = (flag: Flag) =>
  flag.argName ?? flag.choices?.join(',').replace(/^(.*)$/, '{$1}') ?? flag.name.toUpperCase().replaceAll('-', '_')

function withArgument(flag: Flag): string {
  const isShort = flag.name === 'help' || flag.name === 'version'
  const name = dashed(flag).at(isShort ? -1 : 0)!
  if (flag.arg === undefined) return name
  return flag.multi === true ? `${name} ${metavar(flag)} [${metavar(flag)} ...]` : `${name} ${metavar(flag)}`
}

/** The usage lines; continuation stands below the first word after the program. */
function usageOf({ grammar, command, flags, oneOf }: Level): string {
  const start = `usage: ${grammar.program}`
  const parts: string[] = []
  const ofLevel = (list: readonly Flag[], groups: readonly OneOf[], requiredOnly: boolean) => {
    const grouped = new Set(groups.flatMap((group) => group.flags))
    for (const flag of list) {
      if (grouped.has(flag.name) || (requiredOnly && flag.required !== true)) continue
      parts.push(flag.required === true ? withArgument(flag) : `[${withArgument(flag)}]`)
    }
    for (const group of groups) {
      if (requiredOnly && !group.required) continue
      const [open, close] = group.required ? ['(', ')'] : ['[', ']']
      const members = list.filter((flag) => group.flags.includes(flag.name)).map(withArgument)
      members.forEach((text, index) => {
        parts.push(`${index === 0 ? open : ''}${text}${index === members.length - 1 ? close : ' |'}`)
      })
    }
  }
  if (command !== undefined) {
    ofLevel(grammar.flags, grammar.oneOf ?? [], true)
    parts.push(command.name)
  }
  ofLevel(flags, oneOf, false)
  if (command === undefined && grammar.commands !== undefined) parts.push(commandsName(grammar), '...')
  return `${folded(start, parts).join('\n')}\n`
}

function folded(start: string, parts: readonly string[]): string[] {
  const lines: string[] = []
  let line = start
  for (const part of parts) {
    if (`${line} ${part}`.length <= WIDTH || line.trim() === '') line = `${line} ${part}`
    else {
      lines.push(line)
      line = `${' '.repeat(start.length)} ${part}`
    }
  }
  return [...lines, line]
}

const commandsName = (grammar: ArgparseGrammar) =>
  grammar.commandName ?? `{${(grammar.commands ?? []).map((each) => each.name).join(',')}}`

/** The help of the tool as a whole. */
export function argparseHelp(grammar: ArgparseGrammar): string {
  return helpOf({ grammar, command: undefined, flags: withHelp(grammar.flags), oneOf: grammar.oneOf ?? [] })
}

function helpOf(level: Level): string {
  const { grammar, command, flags } = level
  const sections = [usageOf(level)]
  if (command === undefined) sections.push(`${wrapped(grammar.purpose, WIDTH, 0).join('\n')}\n`)
  if (command === undefined && grammar.commands !== undefined) {
    const rows = grammar.commands.map((each) => row(`    ${each.name}`, each.help))
    sections.push(
      `${grammar.commandName === undefined ? 'positional arguments' : 'commands'}:\n  ${commandsName(grammar)}\n${rows.join('')}`,
    )
  }
  const rows = flags.map((flag) => {
    const names = dashed(flag).sort((a, b) => a.length - b.length)
    return row(
      `  ${names.map((name) => (flag.arg === undefined ? name : `${name} ${metavar(flag)}`)).join(', ')}`,
      flag.help,
    )
  })
  sections.push(`optional arguments:\n${rows.join('')}`)
  return sections.join('\n')
}

function row(left: string, help: string): string {
  const lines = wrapped(help, WIDTH - HELP_AT, 0).map((line) => ' '.repeat(HELP_AT) + line)
  if (left.length + 2 > HELP_AT) return `${left}\n${lines.join('\n')}\n`
  return `${[left.padEnd(HELP_AT) + lines[0]!.slice(HELP_AT), ...lines.slice(1)].join('\n')}\n`
}
