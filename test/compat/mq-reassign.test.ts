/**
 * `mq reassign` on three nodes, the same on every engine: replicas added and taken away, brokers drained while producers write,
 * throttles that are there while it runs and gone afterwards, a run that is stopped, killed, cancelled, and a broker that dies
 * meanwhile. What a topic holds is compared record by record.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTopicOn, dynamicConfigs, readAll, replicasOf, runMq, seen, writeWhile } from './support/reassign.ts'
import { describeClusters } from './support/clusters.ts'
import { eventually } from './support/process.ts'

const LEADER_RATE = 'leader.replication.throttled.rate'
const FOLLOWER_RATE = 'follower.replication.throttled.rate'
const FOLLOWERS = 'follower.replication.throttled.replicas'
/** So slow that what it copies is still under way when a test looks at it, although Kafka lets eleven seconds' worth pass at once. */
const SLOW = '200KB/s'
const MIB = 1024 * 1024

describeClusters('mq reassign', ['bundled', 'apache', 'apache-3.9'], (cluster) => {
  const { json, failure, mq } = {
    json: (...args: Parameters<typeof cluster.json>) => cluster.json(...args),
    failure: (...args: Parameters<typeof cluster.failure>) => cluster.failure(...args),
    mq: (...args: Parameters<typeof cluster.mq>) => cluster.mq(...args),
  }
  const throttles = async () => {
    const found: Record<string, Record<string, string>> = {}
    for (const id of cluster.ids) found[id] = await dynamicConfigs(cluster, { broker: id })
    return found
  }
  const moving = async (): Promise<number[]> =>
    (await json(['reassign', 'status'])).moving.map(({ partition }: { partition: number }) => partition)
  const codesOf = (report: { findings: { code: string }[] }) => report.findings.map(({ code }) => code)
  const NONE = { 1: {}, 2: {}, 3: {} }

  it('adds and takes away replicas, keeps the preferred leaders, and does nothing twice', async () => {
    await createTopicOn(cluster, 'rf', ['1', '2', '3'])
    await cluster.fill(
      'rf',
      Array.from({ length: 300 }, (_, index) => `line ${index}`),
    )
    const up = await json(['reassign', 'rf', 'rf', '3', '--yes'])
    expect(up.operation).toMatchObject({ outcome: 'done', findings: [] })
    expect((await replicasOf(cluster, 'rf')).map((ids) => [ids[0], [...ids].sort()])).toEqual(
      [1, 2, 3].map((first) => [first, [1, 2, 3]]),
    )
    expect(await json(['reassign', 'rf', 'rf', '3', '--yes'])).toMatchObject({ moves: [], operation: null })
    expect(await json(['reassign', 'verify'])).toMatchObject({ partitions: 3, findings: [] })
    const down = await json(['reassign', 'rf', 'rf', '1', '--yes'])
    expect(down.operation).toMatchObject({ outcome: 'done', findings: [] })
    expect(await replicasOf(cluster, 'rf')).toEqual([[1], [2], [3]])
    expect((await readAll(cluster, 'rf')).length).toBe(300)
  })

  it('refuses what is not safe, with the exit code of the contract', async () => {
    expect((await failure(['reassign', 'rf', 'rf', '4', '--yes'], 4)).message).toContain('need 4 brokers')
    expect((await failure(['reassign', 'rf', 'rf', '2'], 4)).hint).toContain('--yes')
    expect((await failure(['reassign', 'move', 'rf:0=1,2', '--yes'], 4)).message).toContain('replication factor')
    expect((await failure(['reassign', 'move', 'rf:0=9', '--yes'], 4)).message).toContain('no broker 9')
    await failure(['reassign', 'move', 'rf=1'], 2)
    await failure(['reassign', 'drain', 'x'], 2)
    await failure(['reassign', 'plan', '--brokers', '7'], 2)
    await failure(['reassign', 'rf', 'rf', '2', '--throttle', 'fast'], 2)
    await failure(['reassign', 'resume'], 1)
    await failure(['reassign', 'run', '--plan', '/nowhere/plan.json'], 1)
    expect(await replicasOf(cluster, 'rf')).toEqual([[1], [2], [3]])
  })

  it('drains a broker while producers write, and loses nothing', async () => {
    await createTopicOn(cluster, 'drained', ['3,1', '1,3', '2,3', '3,2'])
    const written = await writeWhile(cluster, 'drained', async () => {
      const done = await json(['reassign', 'drain', '3', '--topics', 'drained', '--throttle', 'auto', '--yes'])
      expect(done.operation).toMatchObject({ outcome: 'done', findings: [] })
      expect(done.throttle).toBeGreaterThanOrEqual(10 * MIB)
    })
    expect((await replicasOf(cluster, 'drained')).flat()).not.toContain(3)
    const read = new Set(await readAll(cluster, 'drained'))
    expect(written.size).toBeGreaterThan(100)
    const lost = [...written].filter((name) => !read.has(name))
    expect({ written: written.size, lost: lost.length, some: lost.slice(0, 5) }).toMatchObject({ lost: 0 })
    expect(await throttles()).toEqual(NONE)
  })

  it('evens out, and then has nothing to do', async () => {
    await createTopicOn(cluster, 'uneven', ['1,2', '1,2', '1,2', '2,1', '1,2', '1,2'])
    const done = await json(['reassign', 'balance', '--topics', 'uneven', '--yes'])
    expect(done.operation).toMatchObject({ outcome: 'done', findings: [] })
    expect(done.after.score).toBeGreaterThanOrEqual(done.before.score)
    const again = await mq(['reassign', 'balance', '--topics', 'uneven', '--yes'])
    expect([again.code, again.stderr]).toEqual([0, 'nothing to move: the cluster is as it is asked for\n'])
  })

  it('throttles while it runs, leaves throttles of others alone, and can be watched', async () => {
    await createTopicOn(cluster, 'slow', ['1,2', '2,1'], { [FOLLOWERS]: '0:9' })
    await json(['config', 'set', '--broker', '1', `${FOLLOWER_RATE}=7777777`])
    await writeWhile(cluster, 'slow', async () => {}, 4 * MIB)
    const running = runMq(cluster, ['reassign', 'rf', 'slow', '3', '--throttle', SLOW, '--yes'])
    await seen(running, async () => (await throttles())[3]?.[FOLLOWER_RATE] === '200000')
    expect(await throttles()).toEqual({
      1: { [FOLLOWER_RATE]: '7777777', [LEADER_RATE]: '200000' },
      2: { [LEADER_RATE]: '200000' },
      3: { [FOLLOWER_RATE]: '200000' },
    })
    expect((await dynamicConfigs(cluster, { topic: 'slow' }))[FOLLOWERS]).toMatch(/^0:9,(0:3,1:3|1:3,0:3)$/)
    const status = await json(['reassign', 'status'])
    expect(status.operations.at(-1)).toMatchObject({ state: 'open', batches: 1, batchesDone: 0 })
    expect(status.moving[0].adding).toEqual([3])
    expect(status.totalBytes).toBeGreaterThan(MIB)
    expect(status.copiedBytes).toBeLessThan(status.totalBytes)

    // A second operator, as on another machine, and one on this machine.
    const other = await mq(['reassign', 'rf', 'rf', '2', '--yes'], { env: { MQ_HOME: `${cluster.home}/other` } })
    expect(other.code).toBe(4)
    expect(other.stderr).toMatch(/works on this cluster since .* \(mq reassign rf\); nothing was changed/)
    expect((await failure(['reassign', 'resume'], 4)).message).toContain('another mq command works on this cluster')
    const elsewhere = { env: { MQ_HOME: `${cluster.home}/other` } }
    for (const args of [
      ['leaders', 'elect', '--unclean', '--topic', 'slow', '--yes'],
      ['logdirs', 'move', 'slow', '--broker', '1', '--to', '/nowhere', '--yes'],
    ]) {
      expect(await mq(args, elsewhere)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('works on this cluster since'),
      })
    }
    const report = JSON.parse((await mq(['cluster', 'health', '--json'])).stdout)
    expect(report).toMatchObject({
      operations: [{ kind: 'reassign', state: 'running' }],
      lock: { work: 'mq reassign rf' },
    })
    expect(codesOf(report)).not.toContain('unfinished-operation')
    const file = join(cluster.home, 'given.json')
    writeFileSync(file, '{"version":1,"partitions":[{"topic":"slow","partition":0,"replicas":[1,2]}]}')
    const given = await mq(['reassign', 'cancel', '--plan', file, '--yes'], {
      env: { MQ_HOME: `${cluster.home}/other` },
    })
    expect([given.code, given.stderr]).toEqual([4, expect.stringContaining('works on this cluster since')])

    await json(['config', 'set', '--broker', '2', `${LEADER_RATE}=300000`])
    const ended = await running.ended
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 })
    // What somebody has changed meanwhile is theirs.
    expect(await throttles()).toEqual({ 1: { [FOLLOWER_RATE]: '7777777' }, 2: { [LEADER_RATE]: '300000' }, 3: {} })
    expect(await dynamicConfigs(cluster, { topic: 'slow' })).toEqual({ [FOLLOWERS]: '0:9' })
    await json(['config', 'unset', '--broker', '1', FOLLOWER_RATE])
    await json(['config', 'unset', '--broker', '2', LEADER_RATE])
  })

  it('refuses a plan whose throttle can no longer finish: what is written now counts, not what was then', async () => {
    await createTopicOn(cluster, 'busy', ['1,2', '2,1'])
    const file = join(cluster.home, 'busy.json')
    const asked = ['--topics', 'busy', '--exclude', '2', '--throttle', '20KB/s', '--plan', file]
    await json(['reassign', 'plan', ...asked])
    await writeWhile(cluster, 'busy', async () => {
      const refused = await failure(['reassign', 'run', '--plan', file, '--yes'], 4)
      expect(refused.message).toContain('can never finish')
    })
    expect((await replicasOf(cluster, 'busy')).flat()).toContain(2)
  })

  it('stops at a safe point, is cancelled midway, and restores the former replicas in their order', async () => {
    const former = ['2,1', '1,2', '1,3']
    await createTopicOn(cluster, 'given-up', former)
    await writeWhile(cluster, 'given-up', async () => {}, 8 * MIB)
    const moves = ['given-up:0=3,1', 'given-up:1=1,3', 'given-up:2=1,3,2']
    const running = runMq(cluster, ['reassign', 'move', ...moves, '--allow-rf-change', '--throttle', '50KB/s', '--yes'])
    await seen(running, async () => (await moving()).includes(2))
    const stopped = await running.stop('SIGINT')
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain('mq reassign resume goes on')
    const status = await json(['reassign', 'status'])
    expect(status.operations.at(-1)).toMatchObject({
      state: 'paused',
      reason: 'interrupted: batch-1 goes on in the cluster',
    })
    expect((await failure(['reassign', 'rf', 'rf', '2', '--yes'], 4)).message).toContain('has not ended')
    const report = await json(['cluster', 'health'], 3)
    expect([report.lock, report.operations]).toMatchObject([null, [{ kind: 'reassign', state: 'stopped' }]])
    expect(codesOf(report)).toContain('unfinished-operation')
    const cancelled = await json(['reassign', 'cancel', '--yes'])
    expect(cancelled).toMatchObject({ outcome: 'cancelled', partitions: null })
    expect((await replicasOf(cluster, 'given-up')).map(String)).toEqual(former)
    expect([await throttles(), await dynamicConfigs(cluster, { topic: 'given-up' })]).toEqual([NONE, {}])
    expect((await json(['reassign', 'status'])).moving).toEqual([])
  })

  it('goes on after kill -9 where it was', async () => {
    await createTopicOn(cluster, 'killed', ['1,2', '2,1', '1,2'])
    await writeWhile(cluster, 'killed', async () => {}, 6 * MIB)
    const asked = ['reassign', 'rf', 'killed', '3', '--throttle', SLOW, '--batch', '1', '--yes']
    const running = runMq(cluster, asked)
    await seen(running, async () => (await moving()).length === 1)
    expect((await running.stop('SIGKILL')).code).toBe(null)
    expect((await failure(['reassign', 'rf', 'rf', '2', '--yes'], 4)).message).toContain('has not ended')
    // At once: this machine's own seat in the lock's group is not waited for.
    const resumed = await json(['reassign', 'resume'])
    expect(resumed).toMatchObject({ outcome: 'done', findings: [] })
    expect((await replicasOf(cluster, 'killed')).map((ids) => ids.length)).toEqual([3, 3, 3])
    expect([await throttles(), await dynamicConfigs(cluster, { topic: 'killed' })]).toEqual([NONE, {}])
  })

  it('is cancelled although a broker is dead, whose throttles go too', async () => {
    // Its replicas would be away with the broker.
    await json(['topics', 'delete', 'rf', '--if-exists', '--yes'])
    await createTopicOn(cluster, 'dying', ['1,2', '2,1'])
    await writeWhile(cluster, 'dying', async () => {}, 4 * MIB)
    const running = runMq(cluster, ['reassign', 'rf', 'dying', '3', '--throttle', '50KB/s', '--yes'])
    await seen(running, async () => (await moving()).length > 0)
    await seen(running, async () => (await throttles())[3]?.[FOLLOWER_RATE] === '50000')
    await cluster.kill(3)
    try {
      await eventually('broker 3 to be missed', async () =>
        (await json(['cluster', 'info'])).brokers.every(
          (one: { id: number; fenced: boolean }) => one.id !== 3 || one.fenced,
        ),
      )
      expect((await running.stop('SIGINT')).code).toBe(130)
      const cancelled = await mq(['reassign', 'cancel', '--yes'])
      expect({ code: cancelled.code, stderr: cancelled.stderr }).toMatchObject({ code: 0 })
      expect((await replicasOf(cluster, 'dying')).map(String)).toEqual(['1,2', '2,1'])
      for (const id of [1, 2]) expect(await dynamicConfigs(cluster, { broker: id })).toEqual({})
    } finally {
      await cluster.start(3)
      await cluster.settled()
    }
    // Nobody else can have changed them, yet this process had not seen that: they go when the broker tells what it has.
    const verified = await mq(['reassign', 'verify'])
    expect({ code: verified.code, stdout: verified.stdout }).toEqual({ code: 0, stdout: '' })
    expect(await throttles()).toEqual(NONE)
  })
})
