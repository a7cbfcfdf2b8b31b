/**
 * The help of one command as text of at most 80 columns: what it does, examples that can be pasted, then arguments and
 * flags. Written for somebody who sees the command for the first time. Pure.
 */
import { colours } from '../output/colours.ts'

export interface HelpFlag {
  readonly name: string
  readonly char?: string | undefined
  readonly summary?: string | undefined
  readonly helpValue?: string | readonly string[] | undefined
  readonly helpGroup?: string | undefined
  readonly env?: string | undefined
  readonly options?: readonly string[] | undefined
  readonly defaultText?: string | undefined
  readonly takesValue: boolean
  readonly required: boolean
  readonly multiple: boolean
}

export interface HelpArg {
  readonly name: string
  readonly description?: string | undefined
  readonly required: boolean
  readonly multiple: boolean
  readonly options?: readonly string[] | undefined
}

export interface HelpExample {
  readonly command: string
  readonly remark?: string | undefined
}

export interface HelpCommand {
  /** `topics create`. */
  readonly path: string
  readonly summary: string
  readonly description?: string | undefined
  readonly args: readonly HelpArg[]
  readonly flags: readonly HelpFlag[]
  readonly examples: readonly HelpExample[]
}

const WIDTH = 80
const LABEL_MAX = 30
/** Groups that come last, in this order; the command's own flags come first. */
const LAST_GROUPS = ['CONNECTION', 'GLOBAL']

export function commandHelp(bin: string, command: HelpCommand): string {
  const args = command.args.map(argText)
  const required = command.flags.filter((flag) => flag.required).map((flag) => `--${flag.name} ${placeholderOf(flag)}`)
  const lines = [
    ...wrap(command.summary, 0),
    '',
    colours.heading('USAGE'),
    ...wrap(`$ ${[bin, command.path, ...args, ...required, '[FLAGS]'].join(' ')}`, 2, 6),
  ]
  for (const paragraph of (command.description ?? '').split(/\n\s*\n/)) {
    if (paragraph.trim() !== '') lines.push('', ...wrap(paragraph.replaceAll(/\s+/g, ' ').trim(), 2))
  }
  if (command.examples.length > 0) lines.push('', colours.heading('EXAMPLES'))
  for (const { command: example, remark } of command.examples) {
    if (remark !== undefined) lines.push(...wrap(`# ${remark}`, 2).map(colours.muted))
    lines.push(...wrapCommand(example))
  }
  if (command.args.length > 0) {
    lines.push('', colours.heading('ARGUMENTS'))
    const rows = command.args.map((arg): [string, string] => {
      const choice = arg.options === undefined ? '' : ` (${arg.options.join(', ')})`
      return [`${arg.name.toUpperCase()}${arg.multiple ? '...' : ''}`, `${arg.description ?? ''}${choice}`]
    })
    lines.push(...columns(rows))
  }
  const groups = new Map<string, HelpFlag[]>()
  for (const flag of command.flags) {
    const group = flag.helpGroup ?? ''
    groups.set(group, [...(groups.get(group) ?? []), flag])
  }
  const order = (group: string) =>
    group === '' ? -1 : LAST_GROUPS.includes(group) ? 1 + LAST_GROUPS.indexOf(group) : 0
  for (const [group, flags] of [...groups].sort(([a], [b]) => order(a) - order(b))) {
    lines.push('', colours.heading(group === '' ? 'FLAGS' : `${group} FLAGS`))
    const sorted = [...flags].sort((a, b) => (a.name < b.name ? -1 : 1))
    lines.push(...columns(sorted.map((flag): [string, string] => [flagLabel(flag), flagText(flag)])))
  }
  return lines.join('\n')
}

function argText({ name, required, multiple }: HelpArg): string {
  const text = `${name.toUpperCase()}${multiple ? '...' : ''}`
  return required ? text : `[${text}]`
}

function placeholderOf(flag: HelpFlag): string {
  const value = typeof flag.helpValue === 'string' ? flag.helpValue : flag.helpValue?.join(' ')
  if (value !== undefined && value !== '<value>' && value !== '<option>') return value
  const options = flag.options?.join('|')
  if (options !== undefined && options.length <= 16) return options
  return flag.name.split('-').at(-1)!.toUpperCase()
}

function flagLabel(flag: HelpFlag): string {
  const name = `${flag.char === undefined ? '    ' : `-${flag.char}, `}--${flag.name}`
  return flag.takesValue ? `${name} ${placeholderOf(flag)}` : name
}

function flagText(flag: HelpFlag): string {
  const choice =
    flag.options === undefined || flag.options.join('|').length <= 16 ? '' : ` One of ${flag.options.join(', ')}.`
  const standard = flag.defaultText === undefined ? '' : ` [default: ${flag.defaultText}]`
  const variable = flag.env === undefined ? '' : ` [${flag.env}]`
  return `${flag.summary ?? ''}${choice}${standard}${variable}`.trim()
}

/** Label and text side by side; a label that is too long stands on a line of its own. */
function columns(rows: readonly (readonly [label: string, text: string])[]): string[] {
  const width = Math.min(LABEL_MAX, Math.max(...rows.map(([label]) => label.length)))
  return rows.flatMap(([label, text]) => {
    const wrapped = wrap(text, 4 + width)
    if (label.length > width) return [`  ${label}`, ...wrapped]
    const [first = '', ...rest] = wrapped
    return [`  ${label.padEnd(width)}  ${first.trimStart()}`.trimEnd(), ...rest]
  })
}

/** Breaks at blanks; the first line is indented by `indent`, the others by `hanging`. */
export function wrap(text: string, indent: number, hanging = indent): string[] {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  for (const word of text.split(' ')) {
    const isEmpty = line.trim() === ''
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ' '.repeat(hanging) + word
    } else line += isEmpty ? word : ` ${word}`
  }
  return [...lines, line]
}

/** A long command goes on after a backslash, broken only where the shell would take it so too: outside of quotes. */
function wrapCommand(command: string): string[] {
  const words: string[] = []
  let quote = ''
  let word = ''
  for (const char of command) {
    if (quote === '' && char === ' ') {
      words.push(word)
      word = ''
      continue
    }
    if (char === quote) quote = ''
    else if (quote === '' && (char === "'" || char === '"')) quote = char
    word += char
  }
  words.push(word)
  // A flag stays on one line with its value.
  const units = words.reduce<string[]>((found, next) => {
    const last = found.at(-1)
    if (last !== undefined && /^--?[A-Za-z]\S*$/.test(last) && /^[^-|]/.test(next))
      found[found.length - 1] = `${last} ${next}`
    else found.push(next)
    return found
  }, [])
  const lines: string[] = []
  let line = '  $'
  for (const next of units) {
    if (line.length + next.length + 3 > WIDTH && line !== '  $' && line.trim() !== '') {
      lines.push(`${line} \\`)
      line = `      ${next}`
    } else line += ` ${next}`
  }
  return [...lines, line]
}
