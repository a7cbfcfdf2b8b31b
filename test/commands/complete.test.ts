/** `mq complete`: names of a cluster and of this machine, and nothing at all when something is wrong. */
import { describe, expect, it } from 'vitest'
import Complete, { limits } from '../../src/commands/complete.ts'
import { runCommand } from '../support/run-command.ts'
import { startCluster, topic } from '../support/scripted-cluster.ts'

// The limit ends the process, which here is that of the tests; a busy machine would reach it.
limits.leastMs = 60_000

const ask = async (...argv: string[]) => {
  const ran = await runCommand(Complete, ...argv)
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  return ran.stdout.split('\n').filter((line) => line !== '')
}

describe('complete', () => {
  it('asks the cluster that the line is about', async () => {
    const cluster = await startCluster({
      topics: {
        orders: topic([{ start: 0, end: 1 }]),
        'orders.eu': topic([{ start: 0, end: 1 }]),
        payments: topic([{ start: 0, end: 1 }]),
        __consumer_offsets: topic([{ start: 0, end: 1 }], { internal: true }),
      },
      groups: { 'my group': { state: 'Empty', offsets: new Map() }, other: { state: 'Empty', offsets: new Map() } },
    })
    const line = ['--', 'topics', 'describe', '-b', cluster.address]
    expect(await ask('topics', 'or', ...line)).toEqual(['orders', 'orders.eu'])
    expect(await ask('topics', '', ...line)).toEqual(['orders', 'orders.eu', 'payments'])
    expect(await ask('topics', '__', ...line)).toEqual(['__consumer_offsets'])
    expect(await ask('topics', '--topic=pay', ...line)).toEqual(['payments'])
    expect(await ask('groups', 'my', '--', `--bootstrap-server=${cluster.address}`)).toEqual(['my group'])
    expect(await ask('brokers', '', ...line)).toEqual(['1'])
    await cluster.close()
  })

  it('says nothing when nobody answers', async () => {
    expect(await ask('topics', '', '--', '-b', '127.0.0.1:1')).toEqual([])
    expect(await ask('topics', '', '--', '-b', 'not an address')).toEqual([])
    expect(await ask('nonsense', '')).toEqual([])
  })

  it('knows settings and their values', async () => {
    expect(await ask('topic-settings', 'cleanup')).toEqual(['cleanup.policy='])
    expect(await ask('topic-settings', 'cleanup.policy=')).toEqual(['cleanup.policy=compact', 'cleanup.policy=delete'])
    expect(await ask('entity-keys', 'node.', '--', 'config', 'get', '--broker', '1')).toContain('node.id')
    expect(await ask('entity-keys', 'node.', '--', 'config', 'get', '--topic', 'x')).toEqual([])
    expect(await ask('client-settings', 'security.pr')).toContain('security.protocol=')
  })
})
