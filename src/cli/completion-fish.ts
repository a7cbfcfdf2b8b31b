/** The completion script for fish: one line for each word and flag; fish itself quotes what it puts in. */
import type { CompletionCommand } from './completion.ts'
import { quote, type Values, wordsAfter } from './completion-kinds.ts'

export function fishScript(bin: string, commands: readonly CompletionCommand[]): string {
  const tree = wordsAfter(commands)
  const paths = [...new Set([...tree.keys(), ...commands.map((command) => command.path)])].filter((path) => path !== '')
  const flags = commands.flatMap((command) => command.flags)
  const spelled = flags
    .filter(
      ({ name, values }) =>
        values !== undefined && flags.every((other) => other.name !== name || other.values !== undefined),
    )
    .flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])])
  const lines = [
    `# ${bin} completion for fish: ${bin} completion fish | source`,
    `function __${bin}_path`,
    '  set -l path',
    '  set -l skip 0',
    '  for word in (commandline -opc)[2..-1]',
    '    if test $skip = 1; set skip 0; continue; end',
    '    if string match -q -- "-*" $word',
    `      contains -- $word ${[...new Set(spelled)].join(' ')}; and set skip 1`,
    '      continue',
    '    end',
    '    set -l longer (string join " " $path $word)',
    `    contains -- "$longer" ${paths.map(quote).join(' ')}; and set path $path $word`,
    '  end',
    '  string join " " $path',
    'end',
    `function __${bin}_at; test (__${bin}_path | string collect -a) = "$argv[1]"; end`,
    `function __${bin}_live`,
    '  set -l words (commandline -opc)',
    '  set -l cur (commandline -ct | string unescape; or commandline -ct)',
    '  command $words[1] complete $argv[1] "$cur" -- $words[2..-1] 2> /dev/null',
    'end',
    `complete -c ${bin} -f`,
  ]
  const at = (path: string) => `-n ${quote(`__${bin}_at ${quote(path)}`)}`
  for (const [path, next] of tree) {
    for (const [word, summary] of next) {
      lines.push(`complete -c ${bin} -f ${at(path)} -a ${quote(word)} -d ${quote(summary)}`)
    }
  }
  for (const { path, flags: own, args } of commands) {
    const values = candidates(bin, args)
    if (values !== '') lines.push(`complete -c ${bin} ${at(path)}${values}`)
    for (const flag of own) {
      const value = flag.values === undefined ? '' : ` -r${candidates(bin, flag.values) || ' -f'}`
      const char = flag.char === undefined ? '' : ` -s ${flag.char}`
      lines.push(`complete -c ${bin} ${at(path)}${char} -l ${flag.name}${value} -d ${quote(flag.summary)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function candidates(bin: string, values: Values): string {
  switch (values.kind) {
    case 'words':
      return ` -f -a ${quote(values.words.join(' '))}`
    case 'live':
      return ` -f -a ${quote(`(__${bin}_live ${values.live})`)}`
    case 'files':
      return ' -F'
    default:
      return ''
  }
}
