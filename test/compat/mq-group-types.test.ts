/**
 * `mq groups` for groups of every protocol: classic ones everywhere, consumer, share and streams groups on Apache Kafka 4.3.1. The same
 * steps for each: seen while a member is there, left alone, moved, peeked at, forgotten, deleted.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { kafkaRun } from './support/apache-kafka.ts'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { joinGroup } from './support/new-groups.ts'
import { eventually, run as runProgram } from './support/process.ts'
import { createTopic } from './support/topics.ts'
import { withClient } from './support/transactions.ts'

describeEngines('mq groups by type', ['bundled', 'apache', 'apache-3.9'], (engine, kind) => {
  const { run, json, failure, fill } = mqRunner(engine)
  const topic = 'typed'
  const described = async (group: string) => (await json(['groups', 'describe', group])).groups[0]

  beforeAll(async () => {
    await createTopic(engine().bootstrap, topic, 2)
    const lines = (partition: number) => Array.from({ length: 10 }, (_, i) => `k${i}:v${partition}-${i}`)
    for (const partition of [0, 1]) {
      await fill(topic, lines(partition), '--partition', String(partition), '--key-separator', ':')
    }
  })

  it('peeks at a classic group, at either side of its offsets', async () => {
    const name = 'peek-classic'
    await json(['groups', 'reset', name, '--topic', topic, '--to-offset', '4', '--yes'])
    const { partitions } = await json(['groups', 'peek', name, '--before', '2', '--after', '1'])
    expect(partitions).toMatchObject([
      {
        ...{ topic, partition: 0, committed: 4, lag: 6, note: null },
        records: [
          { read: true, offset: 2, key: 'k2', value: 'v0-2' },
          { read: true, offset: 3 },
          { read: false, offset: 4 },
        ],
      },
      { topic, partition: 1, records: [{ offset: 2 }, { offset: 3 }, { offset: 4, value: 'v1-4' }] },
    ])
    const lines = await run(['groups', 'peek', name, '--topic', `${topic}:1`, '--key', '/k[34]/', '-f', '%p@%o=%v\\n'])
    expect(lines).toMatchObject({ code: 0, stdout: '1@3=v1-3\n1@4=v1-4\n' })
    const table = (await run(['groups', 'peek', name, '--topic', `${topic}:0`])).stdout
    expect(table).toMatch(/^typed-0 {2}committed: 4 {2}lag: 6\n/)
    expect(table).toMatch(/^read +3 .* k3 +v0-3$/m)
    expect(table).toMatch(/^unread +4 .* k4 +v0-4$/m)
    await failure(['groups', 'peek', 'no-such-group'], 1)
    await failure(['groups', 'peek', name, '--topic', 'no-such-topic'], 1)
    await failure(['groups', 'peek', name, '--key', '/(/'], 2)
  })

  it('peeks where retention has passed the offset', async () => {
    const old = 'typed-old'
    await createTopic(engine().bootstrap, old, 1)
    await fill(old, ['a', 'b', 'c', 'd'])
    await json(['groups', 'reset', 'peek-old', '--topic', old, '--to-offset', '1', '--yes'])
    await json(['topics', 'truncate', old, '--before', '3', '--yes'])
    const { partitions } = await json(['groups', 'peek', 'peek-old'])
    expect(partitions).toMatchObject([{ committed: 1, logStart: 3, records: [{ read: false, offset: 3, value: 'd' }] }])
    expect(partitions[0].note).toContain('2 offsets were deleted before they were read')
  })

  const types = kind === 'apache' ? (['consumer', 'share', 'streams'] as const) : []
  describe.each(types)('a %s group', (type) => {
    const group = `new-${type}`
    const reset = (...args: string[]) => json(['groups', 'reset', group, '--yes', ...args])

    it('is seen, and left alone while it has a member', async () => {
      await withClient(engine().bootstrap, async (client) => {
        const { memberId, leave } = await joinGroup(client, type, group, topic)
        const listed = await json(['groups', 'list', '--type', type])
        expect(listed.groups).toMatchObject([{ group, type }])
        await eventually('the group is stable', async () => (await described(group)).state === 'Stable')
        expect(await described(group)).toMatchObject({
          ...{ group, type, state: 'Stable' },
          members: [{ memberId, assignment: [{ topic, partitions: [0, 1] }] }],
        })
        await failure(['groups', 'reset', group, '--topic', topic, '--to-earliest', '--yes'], 4)
        await failure(['groups', 'delete', group, '--yes'], 4)
        await leave()
      })
      await eventually('the group is empty', async () => (await described(group)).state === 'Empty')
    })

    it('is moved and peeked at', async () => {
      const moved = await reset('--topic', topic, '--to-offset', '4')
      expect(moved.groups[0]).toMatchObject({ group, executed: true, offsets: [{ after: 4 }, { after: 4 }] })
      expect(await described(group)).toMatchObject({
        totalLag: 12,
        offsets: [{ committed: 4, lag: 6 }, { committed: 4 }],
      })
      const shifted = await reset('--all-topics', '--shift-by=-2')
      expect(shifted.groups[0].offsets).toMatchObject([{ before: 4, after: 2, delta: -2 }, { after: 2 }])
      const exported = await run(['groups', 'reset', group, '--all-topics', '--export'])
      expect(exported.stdout).toBe(`${topic},0,2\n${topic},1,2\n`)
      const { partitions } = await json([
        'groups',
        'peek',
        group,
        '--topic',
        `${topic}:0`,
        '--before',
        '1',
        '--after',
        '1',
      ])
      expect(partitions[0].records).toMatchObject([
        { read: true, offset: 1 },
        { read: false, offset: 2 },
      ])
      const copied = await json(['groups', 'reset', `copy-${type}`, '--from-group', group, '--yes'])
      expect(copied.groups[0].offsets).toMatchObject([{ after: 2 }, { after: 2 }])
    })

    if (type === 'share') {
      it('is seen by kafka-share-groups where mq moved it', async () => {
        const java = await runProgram(kafkaRun(), [
          'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
          ...['--bootstrap-server', engine().bootstrap, '--describe', '--group', group],
        ])
        expect(java.stdout).toMatch(new RegExp(`${group}\\s+${topic}\\s+0\\s+2\\s`))
      })
    }

    it('forgets offsets, and is deleted', async () => {
      const forget = ['groups', 'delete-offsets', group, '--yes', '--topic']
      if (type === 'share') {
        const refused = await json([...forget, `${topic}:0`], 1)
        expect(refused.groups[0].error.code).toBe('MQ_GROUP_TYPE')
      }
      const gone = await json([...forget, topic])
      expect(gone.groups[0]).toMatchObject({
        group,
        type,
        offsets: [{ committed: 2, deleted: true }, { deleted: true }],
      })
      const left = await json(['groups', 'describe', group])
      expect(left.groups[0].offsets).toEqual([])
      expect(await json(['groups', 'delete', group, '--yes'])).toMatchObject({ groups: [{ group, deleted: true }] })
      const listed = await json(['groups', 'list', '--type', type])
      expect(listed.groups).toEqual([])
    })
  })
})
