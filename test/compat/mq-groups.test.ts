/** `mq groups` and `mq lag` through the same expectations on every engine: what they print as JSON, what they refuse, their exit codes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

describeEngines('mq groups', ['bundled', 'apache', 'apache-3.9'], (engine) => {
  const { folder, run, json, failure, fill } = mqRunner(engine)

  describe('groups and lag', () => {
    const topic = 'mq-lag'
    /** Brings a group that ends empty to `offset`. */
    const commit = async (group: string, offset: string): Promise<void> => {
      const args = ['consume', topic, '--group', group, '--from', 'earliest', '--max-messages', offset]
      expect(await run(args)).toMatchObject({ code: 0 })
    }
    beforeAll(async () => {
      await createTopic(engine().bootstrap, topic, 1)
      await fill(
        topic,
        Array.from({ length: 10 }, (_, i) => `r${i}`),
      )
    })

    it('list, describe and lag of an empty group', async () => {
      await commit('mq-empty', '4')
      const listed = await json(['groups', 'list', '--regex', 'mq-empty'])
      expect(listed.groups).toEqual([
        { group: 'mq-empty', type: 'classic', state: 'Empty', protocol: 'consumer', coordinator: 1 },
      ])
      const described = await json(['groups', 'describe', 'mq-empty'])
      expect(described.groups[0]).toMatchObject({
        ...{ group: 'mq-empty', type: 'classic', state: 'Empty', coordinator: 1, totalLag: 6, members: [] },
        offsets: [{ topic, partition: 0, committed: 4, logStart: 0, logEnd: 10, lag: 6, memberId: null }],
      })
      const lag = await json(['lag', 'show', 'mq-empty'])
      expect(lag.groups[0]).toMatchObject({
        ...{ group: 'mq-empty', state: 'Empty', totalLag: 6 },
        partitions: [{ topic, partition: 0, committed: 4, logEnd: 10, lag: 6 }],
      })
      expect(lag.groups[0].maxTimeLagMs).toBeGreaterThan(0)
      expect((await run(['groups', 'describe', 'mq-empty', '--lag'])).stdout).toContain('mq-lag')
      expect((await run(['lag', 'show'])).stdout).toContain('mq-empty')
    })

    it('a group with a member is described, and left alone by reset and delete', async () => {
      const consumer = kafkaJs(engine().bootstrap, 'mq-client').consumer({ groupId: 'mq-live', maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async () => {} })
      try {
        await eventually('a stable group', async () => {
          const live = (await json(['groups', 'describe', 'mq-live'])).groups[0]
          return live.state === 'Stable' && live.members.length === 1
        })
        const live = (await json(['groups', 'describe', 'mq-live'])).groups[0]
        expect(live.members[0]).toMatchObject({
          ...{ clientId: 'mq-client', host: '/127.0.0.1', instanceId: null },
          assignment: [{ topic, partitions: [0] }],
        })
        expect(live.assignor).toBe('RoundRobinAssigner')
        await failure(['groups', 'reset', 'mq-live', '--all-topics', '--to-earliest', '--yes'], 4)
        expect((await failure(['groups', 'delete', 'mq-live', '--yes'], 4)).message).toContain('mq-live')
      } finally {
        await consumer.disconnect()
      }
    })

    it('reset in every way, and only with a yes', async () => {
      await commit('mq-reset', '5')
      const reset = async (...args: string[]) =>
        (await json(['groups', 'reset', 'mq-reset', '--yes', ...args])).groups[0].offsets
      const plan = ['groups', 'reset', 'mq-reset', '--all-topics', '--to-earliest']
      await failure(plan, 4)
      const dry = await json([...plan, '--dry-run'])
      expect(dry).toMatchObject({ dryRun: true, groups: [{ offsets: [{ topic, partition: 0, before: 5, after: 0 }] }] })
      expect((await json(['groups', 'describe', 'mq-reset'])).groups[0].offsets[0].committed).toBe(5)
      expect(await reset('--all-topics', '--to-earliest')).toMatchObject([{ before: 5, after: 0 }])
      expect(await reset('--topic', topic, '--to-latest')).toMatchObject([{ before: 0, after: 10 }])
      expect(await reset('--topic', `${topic}:0`, '--to-offset', '7')).toMatchObject([{ before: 10, after: 7 }])
      expect(await reset('--topic', topic, '--shift-by', '-3')).toMatchObject([{ before: 7, after: 4 }])
      expect(await reset('--topic', topic, '--to-datetime', '2020-01-01T00:00:00Z')).toMatchObject([{ after: 0 }])
      expect(await reset('--topic', topic, '--by-duration', '1h')).toMatchObject([{ after: 0 }])
      const file = join(folder, 'offsets.csv')
      writeFileSync(file, `${topic},0,6\n`)
      expect(await reset('--from-file', file)).toMatchObject([{ before: 0, after: 6 }])
      expect((await json(['groups', 'describe', 'mq-reset'])).groups[0].offsets[0].committed).toBe(6)
      await failure(['groups', 'reset', 'mq-reset', '--all-topics', '--yes'], 2)
    })

    it('copy, several groups at once, and what is held to the log', async () => {
      await commit('mq-one', '3')
      await commit('mq-two', '6')
      const copied = await json(['groups', 'reset', 'mq-copy', '--from-group', 'mq-one', '--yes'])
      expect(copied.groups).toMatchObject([{ group: 'mq-copy', state: null, executed: true, offsets: [{ after: 3 }] }])
      const both = await json(['groups', 'reset', 'mq-one', 'mq-two', '--all-topics', '--shift-by=-5', '--yes'])
      expect(both.groups).toMatchObject([
        { group: 'mq-one', offsets: [{ before: 3, requested: -2, after: 0, delta: -3, note: expect.anything() }] },
        { group: 'mq-two', offsets: [{ before: 6, requested: 1, after: 1, delta: -5, note: null }] },
      ])
      await failure(['groups', 'reset', 'mq-one', '--topic', 'mq-none', '--to-earliest', '--yes'], 1)
    })

    it('a deleted topic fails as a row', async () => {
      await createTopic(engine().bootstrap, 'mq-short', 1)
      await fill('mq-short', ['a', 'b'])
      await run(['consume', 'mq-short', '--group', 'mq-orphan', '--from', 'earliest', '--max-messages', '1'])
      await commit('mq-orphan', '2')
      await json(['topics', 'delete', 'mq-short', '--yes'])
      const shown = await run(['lag', 'show', 'mq-orphan', '--json'])
      const { partitions } = JSON.parse(shown.stdout).groups[0]
      // A coordinator forgets the offsets of a deleted topic a moment later; until then they fail as a row.
      const orphans = partitions.filter((row: { topic: string }) => row.topic === 'mq-short')
      expect(shown.code).toBe(orphans.length === 0 ? 0 : 1)
      for (const row of orphans)
        expect(row).toMatchObject({ logEnd: null, error: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } })
      expect(partitions).toContainEqual(expect.objectContaining({ topic, committed: 2, lag: 8 }))
    })

    it('forget offsets', async () => {
      await commit('mq-forget', '4')
      const gone = await json(['groups', 'delete-offsets', 'mq-forget', '--topic', `${topic}:0`, '--yes'])
      expect(gone.groups).toEqual([
        { group: 'mq-forget', type: 'classic', offsets: [{ topic, partition: 0, committed: 4, deleted: true }] },
      ])
      await failure(['groups', 'delete-offsets', 'mq-copy', '--topic', topic], 4)
    })

    it('time lag is that of the first unread record, and deleted records are counted', async () => {
      const early = Date.now() - 3_600_000
      await createTopic(engine().bootstrap, 'mq-times', 1, { 'retention.ms': '-1' })
      for (const [index, value] of ['a', 'b', 'c'].entries()) {
        await fill('mq-times', [value], '--timestamp', new Date(early + index * 60_000).toISOString())
      }
      const args = ['consume', 'mq-times', '--group', 'mq-timed', '--from', 'earliest', '--max-messages', '1']
      expect(await run(args)).toMatchObject({ code: 0 })
      const before = Date.now()
      const [behind] = (await json(['lag', 'show', 'mq-timed'])).groups[0].partitions
      expect(behind).toMatchObject({ committed: 1, logEnd: 3, lag: 2, lost: 0, reason: null })
      expect(behind.timeLagMs).toBeGreaterThanOrEqual(before - early - 60_000)
      expect(behind.timeLagMs).toBeLessThan(Date.now() - early - 60_000 + 1)
      await json(['topics', 'truncate', 'mq-times', '--before', '2', '--yes'])
      const [lost] = (await json(['lag', 'show', 'mq-timed'])).groups[0].partitions
      expect(lost).toMatchObject({ lag: 2, lost: 1, reason: '1 records were deleted before the group read them' })
      expect(lost.timeLagMs).toBeLessThan(Date.now() - early - 120_000 + 1)
      await json(['groups', 'reset', 'mq-timed', '--all-topics', '--to-latest', '--yes'])
      expect((await json(['lag', 'show', 'mq-timed'])).groups[0].partitions).toMatchObject([{ lag: 0, timeLagMs: 0 }])
    })

    it('delete', async () => {
      await commit('mq-delete', '1')
      await failure(['groups', 'delete', 'mq-delete'], 4)
      await json(['groups', 'delete', 'mq-delete', '--yes'])
      expect((await json(['groups', 'list', '--regex', 'mq-delete'])).groups).toEqual([])
      expect((await run(['groups', 'delete', 'mq-delete', '--yes'])).code).toBe(1)
      expect((await run(['groups', 'describe', 'mq-delete'])).code).toBe(1)
      expect((await run(['lag', 'show', 'mq-delete'])).code).toBe(1)
    })
  })
})
