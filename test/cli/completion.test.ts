/** Completion scripts, tried in each shell that is here: words, flags, values, live names with odd characters. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CompletionCommand, completionScript, type Shell } from '../../src/cli/completion.ts'
import { type Values, valuesOfArg, valuesOfFlag } from '../../src/cli/completion-kinds.ts'

const flag = (path: string, name: string, options?: string[], char?: string) => ({
  name,
  char,
  summary: `the user's ${name}: [any] $x`,
  values: valuesOfFlag(path, name, options),
})
const plain = (name: string) => ({ name, char: undefined, summary: 'No value.', values: undefined })
const NONE: Values = { kind: 'none' }
const COMMANDS: CompletionCommand[] = [
  {
    path: 'broker start',
    summary: 'Start: it.',
    flags: [flag('', 'engine', ['bundled', 'apache']), plain('quiet')],
    args: NONE,
  },
  { path: 'broker stop', summary: 'Stop.', flags: [plain('all'), plain('state')], args: NONE },
  { path: 'groups list', summary: 'List.', flags: [flag('', 'state', ['Empty', 'Stable'])], args: NONE },
  {
    path: 'groups describe',
    summary: 'Show.',
    flags: [flag('', 'topic', undefined, 't')],
    args: valuesOfArg('', 'group', undefined),
  },
  {
    path: 'produce',
    summary: 'Send.',
    flags: [flag('', 'property', undefined, 'X')],
    args: valuesOfArg('', 'topic', undefined),
  },
  { path: 'completion', summary: 'This.', flags: [], args: valuesOfArg('', 'shell', ['bash', 'zsh']) },
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mq-completion-'))
  const stub = join(folder, 'mq')
  // What a cluster would answer: names that a shell could take apart, and what it was asked.
  writeFileSync(
    stub,
    `#!/bin/sh
case "$2" in
  groups) printf '%s\\n' 'my group$x' "it's" 'a:b:c' 'say "hi"' ;;
  topics) printf '%s\\n' orders.eu orders.us "$(shift 4; printf 'orders.asked-%s' "$#")" ;;
  client-settings) printf '%s\\n' 'client.id=' 'client.rack=' ;;
esac
`,
  )
  chmodSync(stub, 0o755)
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    writeFileSync(join(folder, shell), completionScript(shell, 'mq', COMMANDS))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const has = (shell: Shell) => spawnSync(shell, ['--version']).status === 0
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

function run(command: string, args: string[]): string {
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder }
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env })
  expect(stderr).toBe('')
  return stdout
}

/** What bash puts in for `line`, each candidate as it goes into the line. */
const bash = (line: string) =>
  lines(
    run('bash', [
      '-c',
      `source "$1"; COMP_LINE="$2"; COMP_POINT=\${#2}; COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'; _mq; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      join(folder, 'bash'),
      line,
    ]),
  )

/** The candidates that zsh is given for the last of `words`; what fits, and its quoting, is zsh's own. */
const zsh = (...words: string[]) =>
  lines(
    run('zsh', [
      '-f',
      '-c',
      `compdef() { : }; script="$1"; shift; source "$script"
compadd() { while [[ $1 == -* ]]; do [[ $1 == -S ]] && shift; shift; done; print -rl -- "\${(@P)1}" }
_describe() { [[ $1 == -o ]] && shift; print -rl -- "\${(@P)2}" }
compset() { PREFIX="\${PREFIX#*=}" }
_files() { print FILES }
words=("$@"); CURRENT=$#; PREFIX="\${words[CURRENT]}"; _mq; true`,
      'zsh',
      join(folder, 'zsh'),
      ...words,
    ]),
  )

const fish = (line: string) =>
  lines(run('fish', ['--no-config', '-c', `source ${join(folder, 'fish')}; complete -C ${JSON.stringify(line)}`])).map(
    (candidate) => candidate.split('\t')[0],
  )

describe.skipIf(!has('bash'))('bash completes', () => {
  it.each([
    ['mq ', ['broker', 'completion', 'groups', 'produce']],
    ['mq broker st', ['start', 'stop']],
    ['mq --json broker sta', ['start']],
    ['mq broker start --', ['--engine', '--quiet']],
    ['mq broker start --engine a', ['apache']],
    ['mq broker start --engine=a', ['apache']],
    ['mq broker start --engine apache --q', ['--quiet']],
    ['mq completion ', ['bash', 'zsh']],
    ['mq nonsense x', []],
    ['mq groups describe my', ['my\\ group\\$x']],
    ["mq groups describe 'my gr", ['my group$x']],
    ['mq groups describe my\\ gr', ['my\\ group\\$x']],
    ['mq groups describe it', ["it\\'s"]],
    ['mq groups describe a:b', ['b:c']],
    ['mq groups describe -t orders.e', ['orders.eu']],
    ['mq groups describe --topic orders.asked', ['orders.asked-3']],
    ['mq groups list --state S', ['Stable']],
    ['mq produce -X client.i', ['client.id=']],
  ])('%s', (line, expected) => expect(bash(line)).toEqual(expected))
})

describe.skipIf(!has('zsh'))('zsh completes', () => {
  it.each([
    [
      ['mq', ''],
      ['broker', 'completion:This.', 'groups', 'produce:Send.'],
    ],
    [
      ['mq', 'broker', 'st'],
      ['start:Start - it.', 'stop:Stop.'],
    ],
    [
      ['mq', 'broker', 'start', '--engine', 'a'],
      ['bundled', 'apache'],
    ],
    [
      ['mq', 'broker', 'start', '--engine=a'],
      ['bundled', 'apache'],
    ],
    [
      ['mq', 'completion', ''],
      ['bash', 'zsh'],
    ],
    [
      ['mq', 'nonsense', 'x'],
      ['broker', 'completion:This.', 'groups', 'produce:Send.'],
    ],
    [
      ['mq', 'groups', 'describe', 'my'],
      ['my group$x', "it's", 'a:b:c', 'say "hi"'],
    ],
    [
      ['mq', 'groups', 'describe', '-t', ''],
      ['orders.eu', 'orders.us', 'orders.asked-3'],
    ],
    [
      ['mq', 'produce', '-X', ''],
      ['client.id=', 'client.rack='],
    ],
  ])('%j', (words, expected) => expect(zsh(...words)).toEqual(expected))
})

describe.skipIf(!has('fish'))('fish completes', () => {
  it.each([
    ['mq ', ['broker', 'completion', 'groups', 'produce']],
    ['mq broker sta', ['start']],
    ['mq broker start --', ['--engine', '--quiet']],
    ['mq broker start --engine a', ['apache']],
    ['mq completion ', ['bash', 'zsh']],
    ['mq groups describe my', ['my group$x']],
    ['mq groups describe a:b', ['a:b:c']],
    ['mq groups describe -t orders.e', ['orders.eu']],
    ['mq produce -X client.i', ['client.id=']],
  ])('%s', (line, expected) => {
    // Candidates that merely contain what was typed come too; the shell ranks them behind.
    expect(
      fish(line)
        .filter((word) => expected.includes(word!))
        .sort(),
    ).toEqual([...expected].sort())
  })
})

describe('every shell', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('%s gets each command and flag', (shell) => {
    const script = completionScript(shell, 'mq', COMMANDS)
    for (const word of ['broker', 'start', 'stop', 'produce', 'engine', 'bundled apache'])
      expect(script).toContain(word)
  })
})
