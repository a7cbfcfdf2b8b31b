/**
 * What can stand where on a command line: the kind of value of each flag and argument, by name, with the few commands
 * where a name means something else. The one table behind the completion of every shell. Also what the scripts share.
 */
import type { CompletionCommand } from './completion.ts'

/** Kinds that `mq complete` answers. */
export type LiveKind =
  | 'topics'
  | 'groups'
  | 'brokers'
  | 'profiles'
  | 'clusters'
  | 'topic-keys'
  | 'topic-settings'
  | 'entity-keys'
  | 'entity-settings'
  | 'broker-settings'
  | 'client-settings'

export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'live'; readonly live: LiveKind }
  | { readonly kind: 'files' }
  | { readonly kind: 'none' }

const live = (kind: LiveKind): Values => ({ kind: 'live', live: kind })
const words = (...list: string[]): Values => ({ kind: 'words', words: list })
const FILES: Values = { kind: 'files' }
const NONE: Values = { kind: 'none' }
const PLACES = words('earliest', 'latest', '@-1h', '@-1d')

const FLAGS: Readonly<Record<string, Values>> = {
  topic: live('topics'),
  topics: live('topics'),
  group: live('groups'),
  'from-group': live('groups'),
  broker: live('brokers'),
  'broker-logger': live('brokers'),
  node: live('brokers'),
  profile: live('profiles'),
  confirm: live('profiles'),
  name: live('clusters'),
  config: live('topic-settings'),
  'delete-config': live('topic-keys'),
  append: live('entity-settings'),
  subtract: live('entity-settings'),
  override: live('broker-settings'),
  property: live('client-settings'),
  from: PLACES,
  until: PLACES,
  at: PLACES,
  before: PLACES,
  to: PLACES,
  'command-config': FILES,
  data: FILES,
  file: FILES,
  'from-file': FILES,
  output: FILES,
  'payload-file': FILES,
  policy: FILES,
  timeout: words('10s', '30s', '1m', '5m'),
  wait: words('30s', '1m', '5m'),
  interval: words('1s', '2s', '10s'),
  duration: words('10s', '30s', '1m'),
  'longer-than': words('1m', '15m', '1h'),
  'max-timeout': words('15m', '1h'),
  for: words('1m', '2m', '5m'),
  window: words('10s', '30s', '1m', '2m'),
  within: words('1m', '10m', '1h'),
  'max-time': words('30s', '1m', '5m'),
}

const FLAGS_OF: Readonly<Record<string, Values>> = {
  'broker start config': FILES,
  'logdirs move to': FILES,
  'partitions explain to': NONE,
}

const ARGS: Readonly<Record<string, Values>> = {
  topic: live('topics'),
  topics: live('topics'),
  replicas: live('topics'),
  group: live('groups'),
  profile: live('profiles'),
  key: live('entity-keys'),
  setting: live('entity-settings'),
  broker: live('brokers'),
  node: live('brokers'),
}

const ARGS_OF: Readonly<Record<string, Values>> = { 'topics create': NONE, 'profile add': NONE, 'shims install': FILES }

/** What the value of a flag can be. `options` are its fixed choices, which come first. */
export function valuesOfFlag(path: string, name: string, options: readonly string[] | undefined): Values {
  if (options !== undefined && options.length > 0) return words(...options)
  return FLAGS_OF[`${path} ${name}`] ?? FLAGS[name] ?? NONE
}

/** What an argument of this name can be. */
export function valuesOfArg(path: string, name: string | undefined, options: readonly string[] | undefined): Values {
  if (options !== undefined && options.length > 0) return words(...options)
  return ARGS_OF[path] ?? (name === undefined ? NONE : (ARGS[name] ?? NONE))
}

/** `live topics`, `words a b`, `files`, `none`: as the scripts hold it. */
function valuesText(values: Values): string {
  if (values.kind === 'words') return `words ${values.words.join(' ')}`
  return values.kind === 'live' ? `live ${values.live}` : values.kind
}

/** What may follow each word path: `''` has the nouns, `broker` has its verbs, each with its summary. */
export function wordsAfter(commands: readonly CompletionCommand[]): Map<string, Map<string, string>> {
  const tree = new Map<string, Map<string, string>>([['', new Map()]])
  for (const { path, summary } of commands) {
    const parts = path.split(' ')
    for (let depth = 0; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join(' ')
      const isLeaf = depth === parts.length - 1
      const children = tree.get(parent) ?? new Map<string, string>()
      children.set(parts[depth]!, isLeaf ? summary : (children.get(parts[depth]!) ?? ''))
      tree.set(parent, children)
    }
  }
  return tree
}

/**
 * Arms of a shell's `case` over `PATH FLAG`: patterns for each kind of value. A flag that means the same wherever it is
 * has one pattern, the others one for each command; those come first.
 */
function flagArms(commands: readonly CompletionCommand[]): { patterns: string[]; values: string }[] {
  const uses = new Map<string, { path: string; values: string | undefined }[]>()
  for (const { path, flags } of commands) {
    for (const { name, char, values } of flags) {
      for (const spelled of [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]) {
        const text = values === undefined ? undefined : valuesText(values)
        uses.set(spelled, [...(uses.get(spelled) ?? []), { path, values: text }])
      }
    }
  }
  const exact = new Map<string, string[]>()
  const anywhere = new Map<string, string[]>()
  const add = (arms: Map<string, string[]>, values: string, pattern: string) =>
    arms.set(values, [...(arms.get(values) ?? []), pattern])
  for (const [spelled, found] of uses) {
    const [first] = found
    if (found.every(({ values }) => values === first?.values)) {
      if (first?.values !== undefined) add(anywhere, first.values, `*' ${spelled}'`)
    } else {
      for (const { path, values } of found) if (values !== undefined) add(exact, values, `'${path} ${spelled}'`)
    }
  }
  return [...exact, ...anywhere].map(([values, patterns]) => ({ patterns, values }))
}

/** A word as the shells take it literally. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** The functions of bash and zsh that set `kind`: to what a flag of a command takes, and to what its arguments are. */
export function kindFunctions(me: string, commands: readonly CompletionCommand[]): string {
  const kinds = flagArms(commands).map(({ patterns, values }) => `    ${patterns.join('|')}) kind=${quote(values)} ;;`)
  const args = commands.map(({ path, args: values }) => `    ${quote(path)}) kind=${quote(valuesText(values))} ;;`)
  return `${me}_kind() {
  kind=""
  case "$1" in
${kinds.join('\n')}
  esac
}
${me}_args() {
  kind=""
  case "$1" in
${args.join('\n')}
  esac
}
`
}
