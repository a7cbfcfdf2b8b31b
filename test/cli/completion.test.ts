/** Completion scripts: the tree they carry, and that bash completes with it. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type CompletionCommand, completionScript } from '../../src/cli/completion.ts'

const flag = (name: string, options: string[] = [], takesValue = options.length > 0) => ({
  name,
  char: undefined,
  summary: `the user's ${name}: [any]`,
  takesValue,
  options,
})
const COMMANDS: CompletionCommand[] = [
  {
    path: 'broker start',
    summary: 'Start.',
    flags: [flag('engine', ['bundled', 'apache']), flag('quiet')],
    choices: [],
  },
  { path: 'broker stop', summary: 'Stop.', flags: [flag('all')], choices: [] },
  { path: 'produce', summary: 'Send.', flags: [], choices: [] },
  { path: 'completion', summary: 'This.', flags: [], choices: ['bash', 'zsh'] },
]

const hasBash = spawnSync('bash', ['--version']).status === 0

function completeInBash(...words: string[]): string[] {
  const script = `${completionScript('bash', 'mq', COMMANDS)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _mq; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe.skipIf(!hasBash)('bash completes', () => {
  it.each([
    [
      ['mq', ''],
      ['broker', 'completion', 'produce'],
    ],
    [
      ['mq', 'broker', 'st'],
      ['start', 'stop'],
    ],
    [['mq', '--json', 'broker', 'sta'], ['start']],
    [
      ['mq', 'broker', 'start', '--'],
      ['--engine', '--quiet'],
    ],
    [['mq', 'broker', 'start', '--engine', 'a'], ['apache']],
    [
      ['mq', 'completion', ''],
      ['bash', 'zsh'],
    ],
    [['mq', 'nonsense', 'x'], []],
  ])('%j', (words, expected) => expect(completeInBash(...words)).toEqual(expected))
})

describe('every shell', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('%s gets each command and flag', (shell) => {
    const script = completionScript(shell, 'mq', COMMANDS)
    for (const word of ['broker', 'start', 'stop', 'produce', 'engine', 'bundled apache'])
      expect(script).toContain(word)
  })
})
