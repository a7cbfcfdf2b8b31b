/** `mq leaders elect` and `mq leaders balance` on three nodes, the same expectations on every engine. */
import { expect, it } from 'vitest'
import { describeClusters } from './support/clusters.ts'
import { eventually } from './support/process.ts'

interface Row {
  topic: string
  partition: number
  before: number | null
  after: number | null
  state: string
}

describeClusters('mq leaders', ['bundled', 'apache', 'apache-3.9'], (cluster) => {
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the document
  const describeTopic = async (topic: string): Promise<any[]> =>
    (await cluster.json(['topics', 'describe', topic])).topics[0].partitions
  /** Waits until a partition shows as asked for. */
  const until = (topic: string, partition: number, want: (row: { leader: number | null; isr: number[] }) => boolean) =>
    expect
      .poll(async () => want((await describeTopic(topic))[partition]), { timeout: 60_000, interval: 300 })
      .toBe(true)
  const create = (topic: string, assignment: string, ...more: string[]) =>
    cluster.json(['topics', 'create', topic, '--replica-assignment', assignment, ...more])

  it('elects preferred leaders where another leads, and only there', async () => {
    await create('led', '1:2:3,2:3:1,3:1:2')
    const before = await cluster.json(['leaders', 'elect', '--topic', 'led'])
    expect(before.partitions.map(({ state }: Row) => state)).toEqual(['not-needed', 'not-needed', 'not-needed'])

    await cluster.kill(1)
    try {
      await until('led', 0, ({ leader, isr }) => leader !== null && leader !== 1 && !isr.includes(1))
      const refused = await cluster.json(['leaders', 'elect', '--topic', 'led'], 1)
      expect(refused.partitions[0]).toMatchObject({
        state: 'failed',
        error: { code: 'PREFERRED_LEADER_NOT_AVAILABLE', hint: expect.stringContaining('in sync are') },
      })
      expect(refused.partitions[1]).toMatchObject({ state: 'not-needed', before: 2, after: 2 })
      const waiting = await cluster.json(['leaders', 'balance', '--topic', 'led'], 0, {})
      expect(waiting).toMatchObject({ partitions: [], waiting: [{ topic: 'led', partition: 0, broker: 1 }] })
    } finally {
      await cluster.start(1)
    }
    await cluster.settled()
    const dry = await cluster.json(['leaders', 'elect', '--all', '--dry-run'])
    expect(dry.partitions.filter(({ topic }: Row) => topic === 'led')).toMatchObject([
      { partition: 0, state: 'planned' },
    ])
    const done = await cluster.json(['leaders', 'elect', '--topic', 'led:0'])
    expect(done).toMatchObject({ type: 'preferred', partitions: [{ partition: 0, after: 1, state: 'elected' }] })
    await expect
      .poll(async () => (await describeTopic('led')).map(({ leader }) => leader), { timeout: 60_000, interval: 300 })
      .toEqual([1, 2, 3])
  })

  it('balances, and has nothing to do the second time', async () => {
    await create('even', '3:1,3:2,1:3,1:2,2:1,2:3')
    await cluster.stop(3)
    await until('even', 0, ({ leader }) => leader === 1)
    await cluster.start(3)
    await cluster.settled()
    const first = await cluster.json(['leaders', 'balance'])
    expect(first.partitions.filter(({ topic }: Row) => topic === 'even')).toMatchObject([
      { partition: 0, before: 1, after: 3, state: 'elected' },
      { partition: 1, before: 2, after: 3, state: 'elected' },
    ])
    expect(first.brokers.find(({ id }: { id: number }) => id === 3).lacks).toBeGreaterThanOrEqual(2)
    // A broker that lags may still name the leaders of before.
    await eventually('nothing is left to balance', async () => {
      const { partitions, waiting } = await cluster.json(['leaders', 'balance'])
      return partitions.length + waiting.length === 0
    })
    const shown = await cluster.mq(['leaders', 'balance'])
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: 'nothing to do\n' })
  })

  it('shows what an unclean election loses before it makes one', async () => {
    await create('torn', '2:3', '--config', 'min.insync.replicas=1')
    await cluster.fill('torn', ['a', 'b', 'c'])
    await until('torn', 0, ({ isr }) => isr.length === 2)
    await cluster.kill(3)
    await until('torn', 0, ({ isr }) => isr.join() === '2')
    await cluster.fill('torn', ['d', 'e'])
    const read = ['consume', 'torn', '--from', 'earliest', '--max-messages', '5', '--group', 'readers']
    expect((await cluster.mq(read)).stdout.split('\n').filter(Boolean)).toHaveLength(5)
    await cluster.kill(2)
    await cluster.start(3)
    try {
      await until('torn', 0, ({ leader }) => leader === null)
      const elect = ['leaders', 'elect', '--unclean', '--topic', 'torn']
      const dry = await cluster.json([...elect, '--dry-run'])
      expect(dry.losses).toMatchObject([{ alive: [3], survivor: 3, end: 3, knownEnd: 5, lost: 2 }])
      // who has everything: the last in-sync replica, or where the cluster has them the eligible ones
      expect([...dry.losses[0].isr, ...(dry.losses[0].elr ?? [])]).toEqual([2])
      const refused = await cluster.failure(elect, 4)
      expect(refused.code).toBe('MQ_REFUSED')
      expect((await describeTopic('torn'))[0].leader).toBe(null)
      const done = await cluster.json([...elect, '--yes'])
      expect(done.partitions).toMatchObject([{ before: null, after: 3, state: 'elected' }])
    } finally {
      await cluster.start(2)
    }
    await cluster.settled()
    await cluster.json(['leaders', 'balance'])
    const left = await cluster.mq(['consume', 'torn', '--from', 'earliest', '--until', 'latest'])
    expect(left.stdout).toBe('a\nb\nc\n')
  })

  it('says which names are not there, and what is missing on the line', async () => {
    const unknown = await cluster.json(
      ['leaders', 'elect', '--topic', 'leds', '--topic', 'led:7', '--topic', 'led:1'],
      1,
    )
    expect(unknown.partitions).toMatchObject([
      { topic: 'led', partition: 1, state: 'not-needed' },
      { topic: 'leds', partition: -1, error: { hint: 'did you mean led?' } },
      { topic: 'led', partition: 7, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } },
    ])
    expect((await cluster.failure(['leaders', 'elect'], 2)).code).toBe('MQ_USAGE')
    expect((await cluster.failure(['leaders', 'elect', '--all', '--unclean', '--preferred'], 2)).code).toBe('MQ_USAGE')
    expect((await cluster.failure(['leaders', 'elect', '--topic', 'led:x'], 2)).code).toBe('MQ_USAGE')
  })
})
