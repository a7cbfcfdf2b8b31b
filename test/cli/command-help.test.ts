/** Help of commands: 80 columns, whole for every command of the manifest, examples that a shell takes. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandHelp, wrap } from '../../src/cli/command-help.ts'

const root = join(import.meta.dirname, '..', '..')
const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { hidden?: boolean; summary?: string; examples?: unknown[]; flags: object }>
}
const flag = { takesValue: true, required: false, multiple: false }

describe('commandHelp', () => {
  it('lays out what a command takes', () => {
    const text = commandHelp('mq', {
      path: 'topics make',
      summary: 'Make topics.',
      description: 'One\nparagraph.\n\nAnother.',
      args: [{ name: 'topic', description: 'Names.', required: true, multiple: true }],
      flags: [
        { ...flag, name: 'acks', options: ['all', '1'], defaultText: 'all', summary: 'Who.' },
        { ...flag, name: 'partitions', char: 'p', helpValue: 'N', required: true, summary: 'How many.' },
        { ...flag, name: 'timeout', helpGroup: 'GLOBAL', env: 'MQ_TIMEOUT', summary: 'Deadline.' },
      ],
      examples: [{ command: 'mq topics make a --partitions 3', remark: 'three' }],
    })
    expect(text.split('\n')).toEqual([
      'Make topics.',
      '',
      'USAGE',
      '  $ mq topics make TOPIC... --partitions N [FLAGS]',
      '',
      '  One paragraph.',
      '',
      '  Another.',
      '',
      'EXAMPLES',
      '  # three',
      '  $ mq topics make a --partitions 3',
      '',
      'ARGUMENTS',
      '  TOPIC...  Names.',
      '',
      'FLAGS',
      '      --acks all|1    Who. [default: all]',
      '  -p, --partitions N  How many.',
      '',
      'GLOBAL FLAGS',
      '      --timeout TIMEOUT  Deadline. [MQ_TIMEOUT]',
    ])
  })

  it('breaks lines at blanks', () => {
    expect(wrap('a '.repeat(60).trim(), 2, 4).map((line) => line.length)).toEqual([79, 45])
  })
})

describe('every command', () => {
  const shown = Object.entries(commands).filter(([, command]) => command.hidden !== true)
  it('has a summary and an example', () => {
    const poor = shown.filter(([, { summary, examples }]) => !summary || (examples ?? []).length === 0)
    expect(poor.map(([id]) => id)).toEqual([])
  })

  it('takes --yes, so that scripts can say it always', () => {
    expect(shown.filter(([, { flags }]) => !('yes' in flags)).map(([id]) => id)).toEqual([])
  })

  it.each(['', ...shown.map(([id]) => id.replaceAll(':', ' '))])('mq %s --help fits 80 columns', (path) => {
    const words = path === '' ? [] : path.split(' ')
    const env = { ...process.env, NO_COLOR: '1' }
    const run = spawnSync(process.execPath, [join(root, 'bin', 'run.js'), ...words, '--help'], {
      encoding: 'utf8',
      env,
    })
    expect(run.status).toBe(0)
    expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})
