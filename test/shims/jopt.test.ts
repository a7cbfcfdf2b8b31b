/** The grammar of joptsimple, as its tools were seen to behave. */
import { describe, expect, it } from 'vitest'
import { joptHelp, parseJopt } from '../../src/shims/jopt.ts'
import type { JoptGrammar } from '../../src/shims/tool.ts'

const grammar: JoptGrammar = {
  kind: 'jopt',
  purpose: 'A tool.',
  flags: [
    { name: 'topic', arg: 'required', argName: 'topic', help: 'A topic.' },
    { name: 'partitions', arg: 'required', type: 'Integer', help: 'How many.' },
    { name: 'state', arg: 'optional', help: 'States.', onlyWith: ['list'] },
    { name: 'keys', arg: 'required', separator: ',', help: 'Keys.' },
    { name: 'timeout', arg: 'required', type: 'Long', default: '5000', help: 'A time.' },
    { name: 'list', help: 'List.' },
  ],
}
const parse = (...argv: string[]) => parseJopt(grammar, argv)

describe('joptsimple', () => {
  it('takes one dash or two, a value behind = or as the next word, and passes over stray words', () => {
    for (const argv of [
      ['--topic', 'a', '--list'],
      ['-topic', 'a', '-list'],
      ['--topic=a', 'stray', '--list'],
    ]) {
      const options = parse(...argv)
      expect([options.one('topic'), options.has('list')]).toEqual(['a', true])
    }
    expect(parse('--list', 'stray', '--', '--topic').words).toEqual(['stray', '--topic'])
  })

  it('gives a flag the next word whatever it is, but an optional argument only a word that is no flag', () => {
    expect(parse('--topic', '--list').one('topic')).toBe('--list')
    expect(parse('--list', '--state', '--topic', 'a').one('state')).toBeUndefined()
    expect(parse('--list', '--state', 'Empty').one('state')).toBe('Empty')
  })

  it('splits values that have a separator', () => {
    expect(parse('--keys', 'a,b,', '--keys', 'c').all('keys')).toEqual(['a', 'b', 'c'])
  })

  it.each([
    [['--lis'], 'lis is not a recognized option'],
    [['-x'], 'x is not a recognized option'],
    [['-nosuch'], 'n is not a recognized option'],
    [['--topic'], 'Option topic requires an argument'],
    [['--state', 'a'], 'Option(s) [state] are unavailable given other options on the command line'],
  ])('%j: %s', (argv, message) => {
    expect(() => parse(...argv)).toThrow(message)
  })

  it('complains of a value only when it is asked for', () => {
    const options = parse('--partitions', 'x', '--topic', 'a', '--topic', 'b')
    expect(() => options.one('partitions')).toThrow("Cannot parse argument 'x' of option partitions")
    expect(() => options.one('topic')).toThrow('Found multiple arguments for option topic, but you asked for only one')
    expect(() => parse('--partitions', '2147483648').number('partitions')).toThrow('Cannot parse argument')
    expect([options.number('timeout'), options.has('timeout')]).toEqual([5000, false])
  })

  it('lists the flags in order in its help, in two columns', () => {
    const lines = joptHelp(grammar).split('\n')
    expect(lines[0]).toMatch(/^Option {34} +Description/)
    const names = lines.flatMap((line) => /^--([a-z][\w-]*)/.exec(line)?.[1] ?? [])
    expect(names).toEqual(['help', 'keys', 'list', 'partitions', 'state', 'timeout', 'topic', 'version'])
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})
