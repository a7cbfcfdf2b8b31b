/** The grammar of argparse4j, as its tools were seen to behave. */
import { describe, expect, it } from 'vitest'
import { parseArgparse } from '../../src/shims/argparse.ts'
import { type ArgparseGrammar, ToolExit } from '../../src/shims/tool.ts'

const grammar: ArgparseGrammar = {
  kind: 'argparse',
  program: 'tool.sh',
  purpose: 'A tool.',
  commandName: 'COMMAND',
  version: '1.2.3',
  flags: [
    { name: 'version', aliases: ['v'], help: 'version' },
    { name: 'bootstrap-server', arg: 'required', argName: 'host:port', required: true, help: 'where' },
  ],
  commands: [
    {
      name: 'describe',
      help: 'd',
      flags: [{ name: 'id', aliases: ['i'], arg: 'required', type: 'Integer', help: 'id' }],
    },
    { name: 'describe-all', help: 'a', flags: [] },
    {
      name: 'list',
      help: 'l',
      flags: [
        { name: 'foo', help: 'f' },
        { name: 'bar', help: 'b' },
      ],
      oneOf: [{ flags: ['foo', 'bar'], required: true }],
    },
  ],
}
const parse = (...argv: string[]) => parseArgparse(grammar, argv)

function errorOf(...argv: string[]): string {
  try {
    parse(...argv)
  } catch (error) {
    if (error instanceof ToolExit)
      return `${error.code}: ${(error.out.stderr ?? error.out.stdout ?? '').replace(/\s+/g, ' ').trim()}`
    throw error
  }
  throw new Error('no error')
}

describe('argparse4j', () => {
  it('takes shortened flags and commands while they are unambiguous', () => {
    const options = parse('--boot', 'x:1', 'describe', '-i5')
    expect([options.command, options.one('bootstrap-server'), options.number('id')]).toEqual(['describe', 'x:1', 5])
    expect(parse('--bootstrap-server=x:1', 'l', '--foo').command).toBe('list')
  })

  it.each([
    [['--bootstrap-server', 'x', 'd'], 'error: ambiguous command: d could match describe, describe-all'],
    [
      ['--bootstrap-server', 'x', 'sing'],
      "error: invalid choice: 'sing' (choose from 'describe', 'describe-all', 'list')",
    ],
    [['--bootstrap-server', 'x'], 'error: too few arguments'],
    [['list', '--foo'], 'error: argument --bootstrap-server is required'],
    [['--bootstrap-server'], 'error: argument --bootstrap-server: expected one argument'],
    [
      ['--bootstrap-server', 'x', 'describe', '--id', 'y'],
      `error: argument --id/-i: could not convert 'y' to Integer (For input string: "y")`,
    ],
    [['--bootstrap-server', 'x', 'list', '--nosuch'], "error: unrecognized arguments: '--nosuch'"],
    [['--bootstrap-server', 'x', 'list', '--foo', '--bar'], 'error: argument --bar: not allowed with argument --foo'],
    [['--bootstrap-server', 'x', 'list'], 'error: one of the arguments --foo --bar is required'],
  ])('%j: %s', (argv, message) => {
    expect(errorOf(...argv)).toContain(message)
    expect(errorOf(...argv)).toMatch(/^1: usage: tool\.sh /)
  })

  it('answers --version and --help', () => {
    expect(errorOf('-v')).toBe('0: 1.2.3')
    expect(errorOf('describe', '--help')).toContain(
      'usage: tool.sh --bootstrap-server host:port describe [-h] [--id ID]',
    )
  })
})
