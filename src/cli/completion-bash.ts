/**
 * The completion script for bash 4 and later. It splits the line itself, since bash breaks words at `:` and `=`, and
 * quotes what it puts in, so that names with blanks, dollars and quotes arrive as they are.
 */
import type { CompletionCommand } from './completion.ts'
import { kindFunctions, quote, wordsAfter } from './completion-kinds.ts'

export function bashScript(bin: string, commands: readonly CompletionCommand[]): string {
  const me = `_${bin}`
  const words = [...wordsAfter(commands)].map(
    ([path, next]) => `    ${quote(path)}) next=${quote([...next.keys()].join(' '))} ;;`,
  )
  const flags = commands.map(
    ({ path, flags: all }) => `    ${quote(path)}) flags=${quote(all.map((flag) => `--${flag.name}`).join(' '))} ;;`,
  )
  return `# ${bin} completion for bash: source <(${bin} completion bash)
${me}() {
  local cur="" open="" path="" next="" flags="" kind="" prefix="" word skip=""
  local -a words=() replies=()
  ${me}_split "\${COMP_LINE:0:COMP_POINT}"
  for word in "\${words[@]:1}"; do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "$word" in
      --*=*) ;;
      -*) ${me}_kind "$path $word"; [[ -n $kind ]] && skip="$kind" ;;
      *) ${me}_next "$path"
         case " $next " in *" $word "*) path="\${path:+$path }$word" ;; esac ;;
    esac
  done
  kind="$skip"
  if [[ -z $kind && $cur == --*=* ]]; then
    prefix="\${cur%%=*}="
    ${me}_kind "$path \${cur%%=*}"
    cur="\${cur#*=}"
  elif [[ -z $kind && $cur == -* ]]; then
    ${me}_flags "$path"
    kind="words $flags"
  elif [[ -z $kind ]]; then
    ${me}_next "$path"
    if [[ -n $next ]]; then kind="words $next"; else ${me}_args "$path"; fi
  fi
  case "$kind" in
    words\\ *) read -ra replies <<< "\${kind#words }" ;;
    live\\ *) mapfile -t replies < <("\${words[0]}" complete "\${kind#live }" "$cur" -- "\${words[@]:1}" 2> /dev/null) ;;
    files) compopt -o filenames 2> /dev/null; mapfile -t replies < <(compgen -f -- "$cur") ;;
  esac
  ${me}_reply
}
# The words of the line without their quotes, the one under the cursor apart.
${me}_split() {
  local text="$1" char word="" begun="" i
  for ((i = 0; i < \${#text}; i++)); do
    char="\${text:i:1}"
    if [[ -n $open ]]; then
      if [[ $char == "$open" ]]; then open=""; else word+="$char"; fi
      continue
    fi
    case "$char" in
      \\'|\\") open="$char"; begun=1 ;;
      \\\\) ((i++)); word+="\${text:i:1}"; begun=1 ;;
      [[:space:]]) if [[ -n $begun ]]; then words+=("$word"); fi; word=""; begun="" ;;
      *) word+="$char"; begun=1 ;;
    esac
  done
  cur="$word"
}
# What matches, quoted, without what readline keeps: the text before the last character at which it breaks words.
${me}_reply() {
  local reply typed="$prefix$cur" keep="" breaks="" one
  COMPREPLY=()
  for one in : = @; do [[ $COMP_WORDBREAKS == *"$one"* ]] && breaks+="$one"; done
  if [[ -z $open && -n $breaks && $typed == *[$breaks]* ]]; then keep="\${typed%"\${typed##*[$breaks]}"}"; fi
  for reply in "\${replies[@]}"; do
    [[ $reply == "$cur"* ]] || continue
    reply="$prefix$reply"
    reply="\${reply#"$keep"}"
    [[ -z $open && $kind != files ]] && printf -v reply %q "$reply"
    COMPREPLY+=("$reply")
  done
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2> /dev/null; fi
}
${me}_next() {
  next=""
  case "$1" in
${words.join('\n')}
  esac
}
${me}_flags() {
  flags=""
  case "$1" in
${flags.join('\n')}
  esac
}
${kindFunctions(me, commands)}complete -F ${me} ${bin}
`
}
