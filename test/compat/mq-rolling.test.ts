/**
 * Local clusters of several nodes as real processes: started, broken, grown, shrunk, and restarted one node at a time under load
 * without a record lost or a producer that notices.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mq } from './support/bundled.ts'
import { mqRunner } from './support/mq-run.ts'
import { eventually } from './support/process.ts'

const PORT = 23_800
const START_MS = 60_000

interface NodeRow {
  readonly id: number
  readonly state: string
  readonly pid: number | null
  readonly roles: string[]
  readonly dataDir: string
}

describe('a local cluster of several nodes', () => {
  const home = mkdtempSync(join(tmpdir(), 'compat-local-'))
  const addresses = [0, 1, 2].map((at) => `127.0.0.1:${PORT + at}`).join(',')
  const client = mqRunner(() => ({ bootstrap: addresses }))
  const local = (...args: string[]) =>
    mq(args, { env: { MQ_HOME: home, MQ_BOOTSTRAP_SERVER: undefined }, timeoutMs: START_MS })
  const ok = async (...args: string[]) => {
    const done = await local(...args)
    expect({ args, code: done.code, stderr: done.code === 0 ? '' : done.stderr }).toEqual({ args, code: 0, stderr: '' })
    return done.stdout
  }
  const nodes = async (): Promise<NodeRow[]> =>
    JSON.parse(await ok('broker', 'status', '--name', 'local', '--json')).clusters[0].nodes
  const kill = async (...ids: number[]) => {
    for (const { id, pid } of await nodes()) if (ids.includes(id)) process.kill(pid!, 'SIGKILL')
    await eventually('they are gone', async () =>
      (await nodes()).every(({ id, state }) => !ids.includes(id) || state === 'crashed'),
    )
  }
  const inSync = (topic: string) =>
    eventually(
      `${topic} is in sync`,
      async () => {
        const { topics } = await client.json(['topics', 'describe', topic])
        return topics[0].partitions.every((one: { isr: number[] }) => one.isr.length === 3)
      },
      START_MS,
    )

  afterAll(async () => {
    await local('broker', 'stop', '--name', 'local')
    for (const { pid } of await nodes()) if (pid !== null) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })

  it('starts three combined nodes and prints where they are', async () => {
    expect(await ok('broker', 'start', '--nodes', '3', '--racks', 'a,b,c', '--port', String(PORT))).toBe(
      `${addresses}\n`,
    )
    const quorum = await client.json(['cluster', 'quorum'])
    expect(quorum.voters.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3])
    const info = await client.json(['cluster', 'info'])
    expect(info.brokers.map(({ rack }: { rack: string }) => rack)).toEqual(['a', 'b', 'c'])
  })

  it('replicates internal topics as its size allows', async () => {
    await ok(
      'topics',
      'create',
      'orders',
      '--partitions',
      '6',
      '--replication-factor',
      '3',
      '--config',
      'min.insync.replicas=2',
    )
    await client.fill('orders', ['a', 'b', 'c'])
    await client.run(['consume', 'orders', '--group', 'g', '--from', 'earliest', '--max-messages', '3'])
    const { topics } = await client.json(['topics', 'describe', '__consumer_offsets'])
    expect(topics[0].partitions[0].replicas).toHaveLength(3)
  })

  it('after kill -9 of one, and of all, starts what is missing and has everything', async () => {
    await kill(2)
    await client.fill('orders', ['d'])
    expect(JSON.parse(await ok('broker', 'start', '--json')).started).toEqual([2])
    await inSync('orders')
    await kill(1, 2, 3)
    expect(JSON.parse(await ok('broker', 'start', '--json')).started).toEqual([1, 2, 3])
    const { stdout } = await client.run([
      'consume',
      'orders',
      '--from',
      'earliest',
      '--until',
      'latest',
      '--format',
      '%v\n',
    ])
    expect(stdout.trim().split('\n').sort()).toEqual(['a', 'b', 'c', 'd'])
    await inSync('orders')
  })

  it('grows by a node and shrinks by it, but not while it holds replicas', async () => {
    expect(JSON.parse(await ok('broker', 'start', '--nodes', '4', '--json')).started).toEqual([4])
    await ok('topics', 'create', 'onfour', '--replica-assignment', '4')
    const refused = await local('broker', 'wipe', '--node', '4', '--yes')
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('mq reassign drain 4')
    await ok('topics', 'delete', 'onfour', '--yes')
    await eventually('node 4 votes', async () => (await client.json(['cluster', 'quorum'])).voters.length === 4)
    await kill(2)
    const quorumless = await local('broker', 'wipe', '--node', '4', '--yes')
    expect([quorumless.code, quorumless.stderr]).toEqual([4, expect.stringContaining('quorum would stand still')])
    await ok('broker', 'start')
    await eventually(
      'the metadata know',
      async () => (await local('broker', 'wipe', '--node', '4', '--yes')).code === 0,
    )
    expect((await nodes()).map(({ id }) => id)).toEqual([1, 2, 3])
    expect(readdirSync(join(home, 'clusters', 'local'))).not.toContain('node-4')
    const quorum = await client.json(['cluster', 'quorum'])
    expect(quorum.voters.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3])
  })

  it('restarts node by node under load: nothing is lost and nobody notices', async () => {
    await inSync('orders')
    await ok(
      'topics',
      'create',
      'load',
      '--partitions',
      '6',
      '--replication-factor',
      '3',
      '--config',
      'min.insync.replicas=2',
    )
    const before = await nodes()
    const lines = Array.from({ length: 60_000 }, (_, index) => String(index))
    const producing = client.run(['produce', 'load', '--rate', '5000/s'], { input: `${lines.join('\n')}\n` })
    const { rolling } = JSON.parse(await ok('broker', 'restart', '--rolling', '--json'))
    expect(rolling[0].operation).toMatchObject({ outcome: 'done', findings: [] })
    expect((await producing).code).toBe(0)
    const { stdout } = await client.run([
      'consume',
      'load',
      '--from',
      'earliest',
      '--until',
      'latest',
      '--format',
      '%v\n',
    ])
    expect(
      stdout
        .trim()
        .split('\n')
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(lines.map(Number))
    const after = await nodes()
    for (const [at, node] of after.entries()) expect(node.pid).not.toBe(before[at]!.pid)
  })

  it('refuses a rolling restart that would take a partition offline or under its minimum', async () => {
    await ok('topics', 'create', 'single')
    const refused = await local('broker', 'restart', '--rolling')
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('single-0 would be offline')
    await ok('topics', 'delete', 'single', '--yes')
    await ok('config', 'set', '--topic', 'load', 'min.insync.replicas=3')
    await eventually('the minimum counts', async () => {
      const done = await local('broker', 'restart', '--rolling', '--dry-run')
      return done.code === 4 && done.stderr.includes('of at least 3')
    })
    await ok('config', 'set', '--topic', 'load', 'min.insync.replicas=2')
    // Of any other cluster, whatever word is used for it.
    for (const word of ['--bootstrap-server', '--cluster', '--profile']) {
      const elsewhere = await local('broker', 'restart', '--rolling', word, addresses)
      expect([elsewhere.code, elsewhere.stderr]).toEqual([4, expect.stringContaining('restarts local clusters')])
    }
  })

  it('gives up nothing where nothing was begun, and restarts nothing either', async () => {
    const alone = ['--name', 'alone']
    await ok('broker', 'start', ...alone, '--port', String(PORT + 50))
    const pidsOf = async (name: string) =>
      JSON.parse(await ok('broker', 'status', '--name', name, '--json')).clusters[0].nodes.map(
        (one: NodeRow) => one.pid,
      )
    for (const name of ['alone', 'local']) {
      const before = await pidsOf(name)
      const done = await local('broker', 'restart', '--rolling', '--cancel', '--name', name)
      expect([done.code, done.stderr]).toEqual([0, `no rolling restart of ${name} has stopped half way\n`])
      expect(await pidsOf(name)).toEqual(before)
    }
    await ok('broker', 'stop', ...alone)
    const down = await local('broker', 'restart', '--rolling', '--cancel', ...alone)
    expect([down.code, down.stderr]).toEqual([1, expect.stringContaining('no node of alone runs')])
    await ok('broker', 'wipe', ...alone, '--yes')
  })

  it('stops all nodes at once and has them back', async () => {
    await ok('broker', 'stop')
    expect((await nodes()).map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped'])
    await ok('broker', 'start')
    await inSync('load')
  })
})
