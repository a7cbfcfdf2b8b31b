/**
 * The same bytes to Apache Kafka and to the bundled broker, of every codec: after the same cleanings DumpLogSegments finds
 * the same batches and records in both, tombstones and emptied batches included. What decides when a log is cleaned, and
 * what compacted topics refuse, is the same too.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeBatch, type RecordInput } from '../../src/protocol/records/record.ts'
import {
  CODECS,
  cleaned,
  cleaningOf,
  fillCompacted,
  keyed,
  makeTopic,
  produce,
  START_MS,
  setBroker,
  setTopic,
} from './directory/workload.ts'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { Side } from './support/parity.ts'
import { eventually } from './support/process.ts'

const KINDS = ['apache', 'bundled'] as const
type Kind = (typeof KINDS)[number]
const DELETE_RETENTION_MS = 1_500
const COMPACT = { 'cleanup.policy': 'compact', 'segment.bytes': '1048576' }

/** Batches of the plain producer, of one that falls silent early, and of single records: of all codecs. */
async function fillInput(side: Side, first: number, count: number): Promise<void> {
  for (let batch = first; batch < first + count; batch += 10) {
    await fillCompacted(side, 'input', batch, 10, 7001)
    const compression = CODECS[(batch / 10) % 5]!
    const early = { compression, producerId: 7002, producerEpoch: 3, baseSequence: batch }
    const lone = { timestamp: START_MS + batch, key: Buffer.from('lone'), value: Buffer.from(`lone ${batch}`) }
    if (batch < 50) await produce(side, 'input', 0, encodeBatch(early, keyed(batch * 3, 2)))
    await produce(side, 'input', 0, encodeBatch({ compression }, [lone]))
    await produce(side, 'input', 0, encodeBatch({ compression }, keyed(batch * 5, 4)))
  }
}

/** What DumpLogSegments says of all segments below the active one, without what must differ: places, sizes, horizons. */
async function dumpOf(engine: Engine, topic: string): Promise<string[]> {
  const folder = join(engine.dataDir, `${topic}-0`)
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const files = logs
    .sort()
    .slice(0, -1)
    .map((name) => join(folder, name))
  const { stdout } = await kafkaToolOk('kafka-dump-log', ['--files', files.join(), '--deep-iteration'])
  expect(stdout).not.toMatch(/isvalid: false|Found|Exception/)
  return stdout
    .split('\n')
    .filter((line) => /^(baseOffset|\| offset):/.test(line))
    .map((line) => {
      const comparable = /deleteHorizonMs: OptionalLong.empty.*compresscodec: none/.test(line)
      return line
        .replace(/OptionalLong\[\d+\]/, 'set')
        .replace(/ (position|size): \d+/g, '')
        .replace(comparable ? /$^/ : / crc: \d+/, '')
    })
}

describeWith('what is left of the same input', apacheKafkaPeer(), () => {
  const engines = {} as Record<Kind, Engine>
  const sides = {} as Record<Kind, Side>
  const both = <T>(work: (side: Side, engine: Engine) => Promise<T>): Promise<T[]> =>
    Promise.all(KINDS.map((kind) => work(sides[kind], engines[kind])))
  const dumps = (topic: string): Promise<string[][]> => both((_, engine) => dumpOf(engine, topic))

  beforeAll(async () => {
    for (const kind of KINDS) {
      engines[kind] = await startEngine(kind, { properties: { 'log.cleaner.backoff.ms': '100' } })
      sides[kind] = new Side(engines[kind].bootstrap)
    }
    await both(async (side, engine) => {
      const eager = { ...COMPACT, 'min.cleanable.dirty.ratio': '0.01' }
      await makeTopic(side, 'input', 1, {
        ...eager,
        'min.compaction.lag.ms': '7200000',
        'delete.retention.ms': String(DELETE_RETENTION_MS),
      })
      await setBroker(side, '', { 'log.cleaner.min.cleanable.ratio': '1' })
      await makeTopic(side, 'late', 1, COMPACT)
      await makeTopic(side, 'lazy', 1, COMPACT)
      await makeTopic(side, 'eager', 1, eager)
      await fillInput(side, 0, 120)
      for (const topic of ['late', 'lazy', 'eager']) await fillCompacted(side, topic, 0, 75, 7001)
      // The cleaner has passed by all of them when this one is clean, and clean again.
      await cleaned(engine, 'eager')
      await fillCompacted(side, 'eager', 75, 70, 7001)
      await cleaned(engine, 'eager')
    })
  })
  afterAll(async () => {
    for (const kind of KINDS) {
      sides[kind]?.close()
      await engines[kind]?.stop()
    }
  })

  it('waits for min.compaction.lag.ms, the dirty ratio of the brokers, and max.compaction.lag.ms', async () => {
    const waiting = await both(async (_, engine) => ['input', 'late', 'lazy'].map((t) => cleaningOf(engine, t).cleaned))
    expect(waiting).toEqual([
      [-1, -1, -1],
      [-1, -1, -1],
    ])
    const reached = await both(async (side, engine) => {
      await setTopic(side, 'late', { 'max.compaction.lag.ms': '60000' })
      const late = await cleaned(engine, 'late')
      const lazy = cleaningOf(engine, 'lazy').cleaned
      await setBroker(side, '', { 'log.cleaner.min.cleanable.ratio': '0.1' })
      return [late, lazy, await cleaned(engine, 'lazy')]
    })
    expect(reached[0]).toEqual(reached[1])
    expect(reached[0]![1]).toBe(-1)
  })

  it('is the same batches and records of every codec, cleaned once and twice', async () => {
    const ends = await both(async (side, engine) => {
      await setTopic(side, 'input', { 'min.compaction.lag.ms': '0' })
      return cleaned(engine, 'input')
    })
    expect(ends[0]).toBe(ends[1])
    const cleanedMs = Date.now()
    const [theirs, ours] = await dumps('input')
    expect(ours).toEqual(theirs)
    for (const codec of CODECS) expect(ours!.join('\n')).toContain(`compresscodec: ${codec}`)
    const tombstones = (lines: string[]) => lines.filter((line) => line.includes('valueSize: -1')).length
    expect(ours!.filter((line) => line.includes('deleteHorizonMs: set')).length).toBeGreaterThan(0)
    expect(ours!.filter((line) => / count: 0 .*producerId: 7002/.test(line))).toHaveLength(1)
    const before = tombstones(ours!)
    expect(before).toBeGreaterThan(0)

    await eventually('the end of delete.retention.ms', async () => Date.now() > cleanedMs + DELETE_RETENTION_MS)
    const further = await both(async (side, engine) => {
      await fillInput(side, 120, 80)
      return eventually('a second cleaning', async () => {
        const { cleaned: to, active } = cleaningOf(engine, 'input')
        return to === active && to > ends[0]! ? to : undefined
      })
    })
    expect(further[0]).toBe(further[1])
    const [theirsThen, oursThen] = await dumps('input')
    expect(oursThen).toEqual(theirsThen)
    const old = oursThen!.filter((line) => Number(/offset: (\d+)/i.exec(line)?.[1]) < ends[0]!)
    expect(tombstones(old)).toBe(0)
  })

  it('begins a segment when record time moves on by segment.ms, set while it is in use', async () => {
    const files = await both(async (side, engine) => {
      await makeTopic(side, 'timed', 1, { 'cleanup.policy': 'compact' })
      const append = (timestamp: number) =>
        produce(side, 'timed', 0, encodeBatch({}, [{ timestamp, key: Buffer.from('k'), value: Buffer.from('v') }]))
      await append(START_MS)
      await append(START_MS + 5_000)
      await setTopic(side, 'timed', { 'segment.ms': '1000' })
      await append(START_MS + 5_500)
      await setTopic(side, 'timed', { 'segment.ms': '100000', 'max.compaction.lag.ms': '2000' })
      await append(START_MS + 7_000)
      await append(START_MS + 9_000)
      return readdirSync(join(engine.dataDir, 'timed-0'))
        .filter((name) => name.endsWith('.log'))
        .sort()
    })
    expect(files[1]).toEqual(files[0])
    expect(files[0]).toHaveLength(3)
  })

  it('has no records without a key, which are named', async () => {
    const record = (key: string | null, timestamp = START_MS): RecordInput => ({
      timestamp,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from('v'),
    })
    const future = Date.now() + 86_400_000
    const inputs: RecordInput[][] = [
      [record(null)],
      [record('a'), record(null), record('b'), record(null)],
      [record('a'), record('b', future)],
      [record(null), record('b', future), record('c')],
      [record(null, future)],
      [record('fine')],
    ]
    const answers = await both(async (side) => {
      await makeTopic(side, 'keys', 1, { 'cleanup.policy': 'compact' })
      const seen: unknown[] = []
      for (const compression of ['none', 'lz4'] as const) {
        for (const records of inputs) {
          const answer = await produce(side, 'keys', 0, encodeBatch({ compression }, records))
          const { errorCode, baseOffset, recordErrors, errorMessage } = answer
          const which = recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [
            batchIndex,
            batchIndexErrorMessage !== null,
          ])
          seen.push({ errorCode, baseOffset, which, says: errorMessage !== null })
        }
      }
      return seen
    })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[0]![1]).toMatchObject({
      errorCode: 87,
      which: [
        [1, true],
        [3, true],
      ],
    })
  })
})
