/** Compaction of the offsets topic, as commits of a real client fill it: the groups are there after a cleaning and a kill. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startEngine } from './support/engine.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

describe('the offsets topic of a bundled node', () => {
  it('is compacted, and its groups are there after a kill', async () => {
    const engine = await startEngine('bundled', {
      properties: { 'log.cleaner.backoff.ms': '200', 'offsets.topic.segment.bytes': '1048576' },
    })
    try {
      const topic = 'with-a-long-name-so-that-commits-are-large'
      await createTopic(engine.bootstrap, topic, 40)
      const consumer = kafkaJs(engine.bootstrap).consumer({ groupId: 'committer', maxWaitTimeInMs: 100 })
      let joined = false
      consumer.on(consumer.events.GROUP_JOIN, () => {
        joined = true
      })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ autoCommit: false, eachMessage: async () => {} })
      await eventually('the assignment', async () => joined)
      const commits = 500
      for (let round = 1; round <= commits; round++) {
        await consumer.commitOffsets(
          Array.from({ length: 40 }, (_, partition) => ({ topic, partition, offset: String(round * 100 + partition) })),
        )
      }
      await consumer.disconnect()
      await eventually('a cleaning of the offsets topic', async () =>
        /^__consumer_offsets \d+ [1-9]/m.test(readFileSync(join(engine.dataDir, 'cleaner-offset-checkpoint'), 'utf8')),
      )
      const committed = async (): Promise<string[]> => {
        const admin = kafkaJs(engine.bootstrap).admin()
        await admin.connect()
        const found = await eventually('the group', () => admin.fetchOffsets({ groupId: 'committer', topics: [topic] }))
        await admin.disconnect()
        return found[0]!.partitions.map(({ partition, offset }) => `${partition} ${offset}`).sort()
      }
      // The partitions are empty: kafkajs commits -2 of its own accord for one whose fetch it finds out of range.
      const before = await committed()
      expect(before.filter((line) => Number(line.split(' ')[1]) >= commits * 100).length).toBeGreaterThan(30)
      await engine.kill9()
      await engine.restart()
      expect(await committed()).toEqual(before)
    } finally {
      await engine.stop()
    }
  })
})
