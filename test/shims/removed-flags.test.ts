/** What is told of flags that Kafka's tools no longer have: after their own words, on stderr, and only of such flags. */
import { describe, expect, it } from 'vitest'
import { joptFlags } from '../../src/shims/jopt.ts'
import { tools } from '../../src/shims/registry.ts'
import { removedFlags, replacementOf } from '../../src/shims/removed-flags.ts'
import { runShim } from '../../src/shims/run.ts'
import type { Grammar } from '../../src/shims/tool.ts'
import { capturedIo } from './captured-io.ts'

async function told(...argv: string[]) {
  const io = capturedIo()
  const code = await runShim(argv[0]!, argv.slice(1), io)
  return { code, lines: io.out.stderr.split('\n'), stdout: io.out.stdout }
}

const flagNames = (grammar: Grammar): string[] =>
  (grammar.kind === 'jopt'
    ? joptFlags(grammar)
    : [...grammar.flags, ...(grammar.commands ?? []).flatMap((command) => command.flags)]
  ).flatMap((flag) => [flag.name, ...(flag.aliases ?? [])])

describe('removed flags', () => {
  it('names the replacement behind what Kafka says, and keeps the exit code', async () => {
    const { code, lines, stdout } = await told('kafka-topics', '--zookeeper', 'zk:2181', '--list')
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(lines).toEqual([
      'zookeeper is not a recognized option',
      'joptsimple.UnrecognizedOptionException: zookeeper is not a recognized option',
      'mq: kafka-topics: --zookeeper was removed in Kafka 3.0: use --bootstrap-server HOST:PORT, the address of a broker',
      '',
    ])
  })

  it.each([
    ['kafka-console-producer', '--broker-list', '--bootstrap-server'],
    ['kafka-console-producer', '-broker-list', '--bootstrap-server'],
    ['kafka-console-consumer', '--whitelist=a|b', '--include PATTERN'],
    ['kafka-consumer-groups', '--new-consumer', 'leave it out'],
    ['kafka-consumer-perf-test', '--threads', '--group'],
    ['kafka-broker-api-versions', '--timeout', 'request.timeout.ms'],
    ['kafka-verifiable-consumer', '--broker-list', '--bootstrap-server'],
    ['kafka-metadata-quorum', '--zookeeper', '--bootstrap-server'],
    ['kafka-acls', '--authorizer', '--bootstrap-server'],
  ])('%s %s: %s', async (tool, flag, replacement) => {
    const { code, lines } = await told(tool, flag, 'x')
    expect(code).toBe(1)
    const hints = lines.filter((line) => line.startsWith('mq: '))
    expect(hints).toHaveLength(1)
    expect(hints[0]).toContain(replacement)
    expect(lines.at(-2)).toBe(hints[0])
  })

  it('stands on a line of its own where the tool leaves its line open', async () => {
    const { lines } = await told('kafka-features', 'describe', '--zookeeper', 'x')
    expect(lines.at(-2)).toMatch(/^mq: kafka-features: --zookeeper is no flag of this tool: use --bootstrap-server /)
  })

  it('says nothing of flags of which nothing is known, nor of what only looks like one', async () => {
    expect(replacementOf('kafka-topics', '--nonsense')).toBeUndefined()
    expect(replacementOf('kafka-topics', '--constructor')).toBeUndefined()
    const { lines } = await told('kafka-topics', '--nonsense', '--zookeeper')
    expect(lines.filter((line) => line.startsWith('mq: '))).toEqual([])
  })

  it('holds no flag that its tool still has', async () => {
    for (const [tool, flags] of Object.entries(removedFlags)) {
      const names = flagNames((await tools[tool]!()).grammar)
      expect(flags.filter((flag) => names.includes(flag))).toEqual([])
    }
  })
})
