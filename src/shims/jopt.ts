/**
 * Parses as joptsimple does for Kafka's tools: `--flag value`, `--flag=value`, `-flag value`, no abbreviations; a flag with
 * an argument takes the next word, whatever it is; one with an optional argument only a word that is no flag; words that
 * belong to nothing are passed over; `--` ends the flags. Also makes the help.
 */
import { columns } from './help.ts'
import { Options } from './options.ts'
import { type Flag, type JoptGrammar, ParseError } from './tool.ts'

const STANDARD: readonly Flag[] = [
  { name: 'help', help: 'Print this help.' },
  { name: 'version', help: 'Print the version of Kafka that this tool stands in for.' },
]

/** The flags of a grammar with those that every tool has. */
export function joptFlags(grammar: JoptGrammar): Flag[] {
  const own = new Set(grammar.flags.map((flag) => flag.name))
  return [...grammar.flags, ...STANDARD.filter((flag) => !own.has(flag.name))]
}

/** Throws ParseError. */
export function parseJopt(grammar: JoptGrammar, argv: readonly string[]): Options {
  const flags = joptFlags(grammar)
  const byName = new Map<string, Flag>()
  for (const flag of flags) for (const name of [flag.name, ...(flag.aliases ?? [])]) byName.set(name, flag)
  const values = new Map<string, string[]>()
  const words: string[] = []
  const add = (flag: Flag, value?: string) => {
    const list = values.get(flag.name) ?? []
    const parts = value === undefined ? [] : flag.separator === undefined ? [value] : value.split(flag.separator)
    list.push(...parts.filter((part) => flag.separator === undefined || part !== ''))
    values.set(flag.name, list)
  }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') {
      words.push(...argv.slice(at + 1))
      break
    }
    if (!looksLikeFlag(word)) {
      words.push(word)
      continue
    }
    const { key, value } = split(word)
    const flag = byName.get(key)
    if (flag === undefined) throw unknown(word, key)
    if (flag.arg === undefined) {
      if (value !== undefined && value !== '') throw unknownArgument(flag, value)
      add(flag)
    } else if (value !== undefined && value !== '') {
      add(flag, value)
    } else if (flag.arg === 'required') {
      const next = argv[++at]
      if (next === undefined) {
        throw new ParseError(
          'joptsimple.OptionMissingRequiredArgumentException',
          `Option ${named(flag)} requires an argument`,
        )
      }
      add(flag, next)
    } else {
      const next = argv[at + 1]
      if (next === undefined || looksLikeFlag(next)) add(flag)
      else {
        add(flag, next)
        at += 1
      }
    }
  }
  const options = new Options({ argv, values, flags, words })
  requireFlags(flags, options)
  return options
}

const looksLikeFlag = (word: string) => word.startsWith('-') && word !== '-'

function split(word: string): { key: string; value: string | undefined } {
  const bare = word.replace(/^--?/, '')
  const at = bare.indexOf('=')
  return at < 0 ? { key: bare, value: undefined } : { key: bare.slice(0, at), value: bare.slice(at + 1) }
}

const named = (flag: Flag) =>
  flag.aliases === undefined ? flag.name : `[${[flag.name, ...flag.aliases].sort().join('/')}]`

/** Behind one dash the parser reads a cluster of letters, and complains of the first one that it does not know. */
function unknown(word: string, key: string): ParseError {
  const shown = word.startsWith('--') ? key : key.slice(0, 1)
  return new ParseError('joptsimple.UnrecognizedOptionException', `${shown} is not a recognized option`, word)
}

/** A switch takes no argument; the parser passes over one that is there behind two dashes. */
function unknownArgument(flag: Flag, value: string): ParseError {
  return new ParseError(
    'joptsimple.OptionArgumentConversionException',
    `Cannot parse argument '${value}' of option ${named(flag)}`,
  )
}

function requireFlags(flags: readonly Flag[], options: Options): void {
  if (options.has('help') || options.has('version')) return
  const stray = flags.filter(
    (flag) => options.has(flag.name) && flag.onlyWith?.some((name) => options.has(name)) === false,
  )
  if (stray.length > 0) {
    const why = `Option(s) [${stray.map(named).join(', ')}] are unavailable given other options on the command line`
    throw new ParseError('joptsimple.UnavailableOptionException', why)
  }
  const missing = flags.filter((flag) => flag.required === true && !options.has(flag.name))
  if (missing.length === 0) return
  const names = missing.map(named).join(', ')
  throw new ParseError('joptsimple.MissingRequiredOptionsException', `Missing required option(s) [${names}]`)
}

/** The table of flags, in alphabetical order. */
export function joptHelp(grammar: JoptGrammar): string {
  const rows = joptFlags(grammar)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag): [string, string] => [spelling(flag), helpText(flag)])
  return columns([['Option', 'Description'], ['------', '-----------'], ...rows])
}

function spelling(flag: Flag): string {
  const names = [flag.name, ...(flag.aliases ?? [])].sort((a, b) => a.length - b.length)
  const dashed = names.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)).join(', ')
  if (flag.arg === undefined) return dashed
  const type = flag.type ?? 'String'
  const argument = flag.argName === undefined ? type : `${type}: ${flag.argName}`
  return `${dashed} ${flag.arg === 'required' ? `<${argument}>` : `[${argument}]`}`
}

function helpText(flag: Flag): string {
  const standard = flag.default === undefined ? '' : ` (default: ${flag.default})`
  return `${flag.required === true ? 'REQUIRED: ' : ''}${flag.help}${standard}`
}
