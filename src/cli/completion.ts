/**
 * Shell completion scripts from the command tree: commands, flags, and the values of flags that have a fixed choice.
 * Static and pure: nothing is asked while the user types, so completing costs no start of mq.
 */

export interface CompletionFlag {
  readonly name: string
  readonly char: string | undefined
  readonly summary: string
  readonly takesValue: boolean
  readonly options: readonly string[]
}

export interface CompletionCommand {
  /** `broker start`. */
  readonly path: string
  readonly summary: string
  readonly flags: readonly CompletionFlag[]
  /** Choices of the first argument, where it has fixed ones. */
  readonly choices: readonly string[]
}

export type Shell = 'bash' | 'zsh' | 'fish'
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

/** The script for one shell. */
export function completionScript(shell: Shell, bin: string, commands: readonly CompletionCommand[]): string {
  const sorted = [...commands].sort((a, b) => (a.path < b.path ? -1 : 1))
  switch (shell) {
    case 'bash':
      return bashScript(bin, sorted)
    case 'zsh':
      return zshScript(bin, sorted)
    case 'fish':
      return fishScript(bin, sorted)
  }
}

/** What may follow each word path: `''` has the nouns, `broker` has its verbs. */
function wordsAfter(commands: readonly CompletionCommand[]): Map<string, Map<string, string>> {
  const tree = new Map<string, Map<string, string>>([['', new Map()]])
  for (const { path, summary, choices } of commands) {
    const words = path.split(' ')
    for (let depth = 0; depth < words.length; depth++) {
      const parent = words.slice(0, depth).join(' ')
      const isLeaf = depth === words.length - 1
      const children = tree.get(parent) ?? new Map<string, string>()
      children.set(words[depth]!, isLeaf ? summary : (children.get(words[depth]!) ?? ''))
      tree.set(parent, children)
    }
    if (choices.length > 0) tree.set(path, new Map(choices.map((choice) => [choice, ''])))
  }
  return tree
}

/** The same loop in every shell: words that are in the tree make the path; flags and their values do not. */
function bashScript(bin: string, commands: readonly CompletionCommand[]): string {
  const name = `_${bin}`
  const words = [...wordsAfter(commands)].map(
    ([path, next]) => `    ${quote(path)}) words=${quote([...next.keys()].join(' '))} ;;`,
  )
  const flags = commands.map(
    ({ path, flags: all }) => `    ${quote(path)}) flags=${quote(all.map((flag) => `--${flag.name}`).join(' '))} ;;`,
  )
  const values = optionValues(commands).map(
    ([flag, options]) => `    ${flag}) COMPREPLY=($(compgen -W ${quote(options.join(' '))} -- "$cur")); return ;;`,
  )
  const valued = [
    ...new Set(
      commands.flatMap((command) => command.flags.filter((flag) => flag.takesValue).map((flag) => `--${flag.name}`)),
    ),
  ]
  return `# ${bin} completion for bash: source <(${bin} completion bash)
${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" flags="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word == -* || -z $word ]] && continue
    case " $(${name}_words "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac
  done
  case "$prev" in
${values.join('\n')}
${valued.length === 0 ? '' : `    ${valued.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(${name}_flags "$path")" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(${name}_words "$path")" -- "$cur"))
  fi
}
${name}_words() {
  local words=""
  case "$1" in
${words.join('\n')}
  esac
  printf '%s' "$words"
}
${name}_flags() {
  local flags=""
  case "$1" in
${flags.join('\n')}
  esac
  printf '%s' "$flags"
}
complete -F ${name} ${bin}
`
}

function zshScript(bin: string, commands: readonly CompletionCommand[]): string {
  const describe = (text: string) => text.replaceAll(/[[\]:'\\]/g, ' ')
  const words = [...wordsAfter(commands)].map(([path, next]) => {
    const items = [...next].map(([word, summary]) => `'${word}${summary === '' ? '' : `:${describe(summary)}`}'`)
    return `    ${quote(path)}) items=(${items.join(' ')}) ;;`
  })
  const flags = commands.map(({ path, flags: all }) => {
    const specs = all.map((flag) => {
      const value = flag.takesValue
        ? `:${flag.name}:${flag.options.length > 0 ? `(${flag.options.join(' ')})` : '_files'}`
        : ''
      return `'*--${flag.name}[${describe(flag.summary)}]${value}'`
    })
    return `    ${quote(path)}) specs=(${specs.join(' ')}) ;;`
  })
  return `#compdef ${bin}
# ${bin} completion for zsh: source <(${bin} completion zsh), or put it into a file _${bin} on $fpath
_${bin}_items() {
  items=()
  case "$1" in
${words.join('\n')}
  esac
}
_${bin}() {
  local path_="" word i
  local -a items specs
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    [[ $word == -* ]] && continue
    _${bin}_items "$path_"
    if (( \${items[(I)$word(|:*)]} )); then path_="\${path_:+$path_ }$word"; fi
  done
  _${bin}_items "$path_"
  if (( \${#items} )) && [[ \${words[CURRENT]} != -* ]]; then
    _describe '${bin} command' items
    return
  fi
  case "$path_" in
${flags.join('\n')}
  esac
  _arguments -S $specs '*:argument:_files'
}
if [[ \${funcstack[1]} == _${bin} ]]; then _${bin} "$@"; else compdef _${bin} ${bin}; fi
`
}

function fishScript(bin: string, commands: readonly CompletionCommand[]): string {
  const tree = wordsAfter(commands)
  const lines = [
    `# ${bin} completion for fish: ${bin} completion fish | source`,
    `function __${bin}_path`,
    '  set -l path',
    '  for word in (commandline -opc)[2..-1]',
    '    string match -q -- "-*" $word; and continue',
    '    set -l longer (string join " " $path $word)',
    `    contains -- "$longer" ${[...new Set([...tree.keys(), ...commands.map((command) => command.path)])]
      .filter((path) => path !== '')
      .map(quote)
      .join(' ')}; and set path $path $word`,
    '  end',
    '  string join " " $path',
    'end',
    `function __${bin}_at; test (__${bin}_path | string collect -a) = "$argv[1]"; end`,
  ]
  for (const [path, next] of tree) {
    for (const [word, summary] of next) {
      lines.push(
        `complete -c ${bin} -f -n ${quote(`__${bin}_at ${quote(path)}`)} -a ${quote(word)} -d ${quote(summary)}`,
      )
    }
  }
  for (const { path, flags } of commands) {
    for (const flag of flags) {
      const value = flag.takesValue
        ? ` -r${flag.options.length > 0 ? ` -f -a ${quote(flag.options.join(' '))}` : ''}`
        : ''
      const char = flag.char === undefined ? '' : ` -s ${flag.char}`
      lines.push(
        `complete -c ${bin} -n ${quote(`__${bin}_at ${quote(path)}`)}${char} -l ${flag.name}${value} -d ${quote(flag.summary)}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

/** Flags with a fixed choice; one name has the same choices in every command that has it. */
function optionValues(commands: readonly CompletionCommand[]): [string, readonly string[]][] {
  const values = new Map<string, Set<string>>()
  for (const flag of commands.flatMap((command) => command.flags)) {
    if (flag.options.length === 0) continue
    values.set(`--${flag.name}`, new Set([...(values.get(`--${flag.name}`) ?? []), ...flag.options]))
  }
  return [...values].map(([name, options]) => [name, [...options]])
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
