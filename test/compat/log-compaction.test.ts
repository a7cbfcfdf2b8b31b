/**
 * The same workload to Apache Kafka and to the bundled broker, both compacting small segments: what is left to be consumed is the
 * same, record by record. Then the compacted directories change hands, after a clean stop and after a kill, both ways.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompressionTypes } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { startEngine } from './support/engine.ts'
import type { Engine, EngineKind } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

const TOPIC = 'compacted'
const NONE = ['eligible.leader.replicas', 'group', 'share', 'streams', 'transaction']
const options = {
  properties: { 'log.cleaner.backoff.ms': '200' },
  features: Object.fromEntries(NONE.map((name) => [`${name}.version`, 0])),
}
/** Long ago, so that both engines see the same records to the byte, and not so long that anything expires. */
const START_MS = Date.now() - 3_600_000

async function load(bootstrap: string, first: number, count: number): Promise<void> {
  const producer = kafkaJs(bootstrap).producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let batch = first; batch < first + count; batch++) {
    await producer.send({
      topic: TOPIC,
      compression: batch % 3 === 0 ? CompressionTypes.GZIP : CompressionTypes.None,
      messages: Array.from({ length: 8 }, (_, i) => {
        const number = batch * 8 + i
        return {
          key: `key-${(number * 7) % 90}${i === 3 ? ' with more than fifteen bytes' : ''}`,
          value: number % 11 === 0 ? null : `${number} ${String.fromCharCode(97 + (number % 26)).repeat(4_000)}`,
          timestamp: String(START_MS + number),
        }
      }),
    })
  }
  await producer.disconnect()
}

/** Where the cleaner is, and where it can get to: the start of the active segment. */
function progress(engine: Engine): { cleaned: number; active: number } {
  const lines = readFileSync(join(engine.dataDir, 'cleaner-offset-checkpoint'), 'utf8').split('\n')
  const line = lines.find((each) => each.startsWith(`${TOPIC} 0 `))
  const logs = readdirSync(join(engine.dataDir, `${TOPIC}-0`)).filter((name) => name.endsWith('.log'))
  return { cleaned: Number(line?.split(' ')[2] ?? -1), active: Number(logs.sort().at(-1)!.slice(0, 20)) }
}

const cleaned = (engine: Engine): Promise<number> =>
  eventually('a finished cleaning', async () => {
    const { cleaned: to, active } = progress(engine)
    return active > 0 && to === active ? to : undefined
  })

/** Everything a consumer gets: offset, key, start of the value, timestamp. */
async function consume(bootstrap: string): Promise<string[]> {
  const kafka = kafkaJs(bootstrap)
  const admin = kafka.admin()
  await admin.connect()
  // A node that has just started may not lead yet.
  const [place] = await eventually('the offsets', () => admin.fetchTopicOffsets(TOPIC))
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 200 })
  const found: string[] = []
  let last = -1
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      last = Number(message.offset)
      found.push(`${message.offset} ${message.key} ${message.value?.subarray(0, 12) ?? 'null'} ${message.timestamp}`)
    },
  })
  await eventually('all records', async () => last === Number(place!.high) - 1)
  await consumer.disconnect()
  return found
}

describeWith('compaction', apacheKafkaPeer(), () => {
  const engines: Partial<Record<EngineKind, Engine>> = {}
  const of = (kind: 'apache' | 'bundled'): Engine => engines[kind]!
  let left: string[] = []

  beforeAll(async () => {
    for (const kind of ['apache', 'bundled'] as const) {
      const engine = await startEngine(kind, options)
      engines[kind] = engine
      await createTopic(engine.bootstrap, TOPIC, 1, {
        'cleanup.policy': 'compact',
        'segment.bytes': '1048576',
        'min.cleanable.dirty.ratio': '0.01',
      })
      await load(engine.bootstrap, 0, 120)
    }
  })
  afterAll(async () => {
    for (const engine of Object.values(engines)) await engine.stop()
  })

  it('leaves the same records, at the same offsets', async () => {
    expect(await cleaned(of('bundled'))).toBe(await cleaned(of('apache')))
    left = await consume(of('bundled').bootstrap)
    expect(left.length).toBeLessThan(960)
    expect(left).toEqual(await consume(of('apache').bootstrap))
  })

  it('leaves segments and indexes that Kafka accepts', async () => {
    const engine = of('bundled')
    await engine.stop({ keep: true })
    const folder = join(engine.dataDir, `${TOPIC}-0`)
    const files = (suffix: string): string =>
      readdirSync(folder)
        .filter((name) => name.endsWith(suffix))
        .map((name) => join(folder, name))
        .join(',')
    const logs = await kafkaToolOk('kafka-dump-log', ['--files', files('.log'), '--deep-iteration', '--print-data-log'])
    expect(logs.stdout.match(/ payload: | payload size: | keySize: /g)?.length ?? 0).toBeGreaterThanOrEqual(left.length)
    expect(logs.stdout).not.toContain('isvalid: false')
    const indexes = `${files('.index')},${files('.timeindex')}`
    const sane = await kafkaToolOk('kafka-dump-log', ['--files', indexes, '--index-sanity-check'])
    // A segment of which little is left has no entry.
    expect(sane.stdout.match(/passed sanity check|is empty/g)?.length).toBe(indexes.split(',').length)
    const verified = await kafkaToolOk('kafka-dump-log', ['--files', indexes, '--verify-index-only'])
    expect(verified.stdout).not.toMatch(/Found|Index offset|mismatch/)
  })

  it.each([
    ['bundled', 'apache', 'a clean stop'],
    ['bundled', 'apache', 'a kill'],
    ['apache', 'bundled', 'a clean stop'],
    ['apache', 'bundled', 'a kill'],
  ] as const)('of %s is served, and gone on with, by %s after %s', async (from, by, how) => {
    const engine = of(from)
    await engine.stop({ keep: true })
    await engine.restart()
    const expected = await consume(engine.bootstrap)
    if (how === 'a kill') await engine.kill9()
    else await engine.stop({ keep: true })
    const other = await startEngine(by, { takeOver: engine })
    try {
      expect(await consume(other.bootstrap)).toEqual(expected)
      await load(other.bootstrap, 200, 40)
      await cleaned(other)
    } finally {
      await other.stop({ keep: true })
    }
    await engine.restart()
    const after = await consume(engine.bootstrap)
    expect(after.length).toBeGreaterThan(0)
    expect(new Set(after.map((line) => line.split(' ')[0])).size).toBe(after.length)
  })
})

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
