/** The completion script for zsh: commands and flags with their descriptions; zsh itself quotes what it puts in. */
import type { CompletionCommand } from './completion.ts'
import { kindFunctions, quote, wordsAfter } from './completion-kinds.ts'

export function zshScript(bin: string, commands: readonly CompletionCommand[]): string {
  const me = `_${bin}`
  const item = (name: string, text: string) => quote(text === '' ? name : `${name}:${text.replaceAll(':', ' -')}`)
  const words = [...wordsAfter(commands)].map(
    ([path, next]) => `    ${quote(path)}) items=(${[...next].map((pair) => item(...pair)).join(' ')}) ;;`,
  )
  const flags = commands.map(
    ({ path, flags: all }) =>
      `    ${quote(path)}) items=(${all.map(({ name, summary }) => item(`--${name}`, summary)).join(' ')}) ;;`,
  )
  return `#compdef ${bin}
# ${bin} completion for zsh: source <(${bin} completion zsh), or put it into a file _${bin} on $fpath
${me}() {
  local path_="" word skip="" kind="" cur
  local -a items typed replies open
  typed=("\${(@Q)words[2,CURRENT-1]}")
  for word in "\${typed[@]}"; do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "$word" in
      --*=*) ;;
      -*) ${me}_kind "$path_ $word"; skip="$kind" ;;
      *) ${me}_items "$path_"
         if (( \${items[(I)\${(b)word}(|:*)]} )); then path_="\${path_:+$path_ }$word"; fi ;;
    esac
  done
  kind="$skip"
  cur="\${(Q)PREFIX}"
  if [[ -z $kind && $cur == --*=* ]]; then
    ${me}_kind "$path_ \${cur%%=*}"
    compset -P '*='
    cur="\${(Q)PREFIX}"
  elif [[ -z $kind && $cur == -* ]]; then
    ${me}_flags "$path_"
    _describe -o flag items
    return
  elif [[ -z $kind ]]; then
    ${me}_items "$path_"
    if (( \${#items} )); then
      _describe '${bin} command' items
      return
    fi
    ${me}_args "$path_"
  fi
  case "$kind" in
    words\\ *) replies=(\${=kind#words }) ;;
    live\\ *) replies=("\${(@f)$("\${(Q)words[1]}" complete "\${kind#live }" "$cur" -- "\${typed[@]}" 2> /dev/null)}") ;;
    files) _files; return ;;
    *) return 1 ;;
  esac
  replies=("\${(@)replies:#}")
  open=("\${(@M)replies:#*=}")
  compadd -a -S '' open
  replies=("\${(@)replies:#*=}")
  compadd -a replies
}
${me}_items() {
  items=()
  case "$1" in
${words.join('\n')}
  esac
}
${me}_flags() {
  items=()
  case "$1" in
${flags.join('\n')}
  esac
}
${kindFunctions(me, commands)}if [[ \${funcstack[1]} == ${me} ]]; then ${me} "$@"; else compdef ${me} ${bin}; fi
`
}
