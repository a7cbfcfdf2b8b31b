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
      expect((await run(args)).code).toBe(0)
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
      const reset = async (...args: string[]) => (await json(['groups', 'reset', 'mq-reset', '--yes', ...args])).offsets
      const plan = ['groups', 'reset', 'mq-reset', '--all-topics', '--to-earliest']
      await failure(plan, 4)
      const dry = await json([...plan, '--dry-run'])
      expect(dry.offsets).toMatchObject([{ topic, partition: 0, before: 5, after: 0 }])
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
