/**
 * The storage layer by itself against Kafka's own tools: DumpLogSegments must accept every byte of every file that our code
 * writes (all codecs, idempotent and transactional producers, several segments, before and after a clean close), and our
 * loader must read what Apache Kafka wrote, down to producers and epochs.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_LOG_CONFIG } from '../../src/broker/storage/log-config.ts'
import { logEnvironment } from '../../src/broker/storage/log-environment.ts'
import { openLog } from '../../src/broker/storage/log-loader.ts'
import type { Log } from '../../src/broker/storage/log.ts'
import { NodeClock } from '../../src/platform/node-clock.ts'
import { NodeDisk } from '../../src/platform/node-disk.ts'
import { COMPRESSIONS } from '../../src/protocol/records/batch.ts'
import { loadCodecs } from '../../src/protocol/records/compression.ts'
import { endTxnMarker } from '../../src/protocol/records/control.ts'
import { batchOf, readAll } from '../broker/storage/support.ts'
import { QuietLog } from '../support/quiet-log.ts'
import { kafkaTool, kafkaToolOk, startApacheKafka } from './support/apache-kafka.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { createTopic } from './support/topics.ts'

const SETTINGS = { ...DEFAULT_LOG_CONFIG, segmentBytes: 60_000, indexIntervalBytes: 1000, indexBytes: 100_000 }
const COMPLAINT = /mismatch|corrupt|exception|non-consecutive|found |fail|invalid|error/i

function open(directory: string, clean: boolean, lines = new QuietLog()): Log {
  const environment = logEnvironment({ disk: new NodeDisk(), clock: new NodeClock(), log: lines })
  const settings = SETTINGS
  return openLog(environment, {
    directory,
    topic: 'events',
    partition: 0,
    topicId: 'E9ZFpHovQzW2u6utZcwLtQ',
    settings,
    clean,
  })
}

/** Text that compresses, and differs from record to record. */
function values(round: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${round}.${i} ${'lorem ipsum '.repeat(1 + ((round * 7 + i) % 40))}`)
}

/** All codecs, plain, idempotent and transactional records; every third transaction is aborted. */
function fill(log: Log, rounds: number, producerEpoch: number): number {
  const sequences = new Map<number, number>()
  let records = 0
  const append = (round: number, producerId: number, isTransactional: boolean): void => {
    const compression = COMPRESSIONS[round % COMPRESSIONS.length]!
    const batch = values(round, 1 + (round % 20))
    const baseSequence = sequences.get(producerId) ?? 0
    const producer = producerId < 0 ? {} : { producerId, producerEpoch, baseSequence, isTransactional }
    sequences.set(producerId, baseSequence + batch.length)
    const bytes = batchOf({ values: batch, timestamp: Date.now() - 60_000 + round, compression, ...producer })
    log.appendAsLeader(bytes, { leaderEpoch: Math.floor(round / 50), origin: 'client' })
    records += batch.length
  }
  for (let round = 0; round < rounds; round++) {
    append(round, -1, false)
    append(round, 1000 + (round % 3), false)
    append(round, 2000 + (round % 2), true)
    if (round % 4 < 2) continue
    const end = { commit: round % 3 !== 0, coordinatorEpoch: 1, producerId: 2000 + (round % 2), producerEpoch }
    log.appendAsLeader(endTxnMarker({ ...end, timestamp: Date.now() }), {
      leaderEpoch: Math.floor(round / 50),
      origin: 'coordinator',
    })
  }
  return records
}

function filesOf(directory: string, suffix: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(directory, name))
}

/** What the tool says of every file that does not begin at offset 0, Kafka's own included; and its log lines. */
const HARMLESS = /Non-consecutive offsets in \S+\n {2}-1 is followed by \d+\n|^.*\bINFO\b.*$/gm

/** Runs DumpLogSegments over every file and returns what it printed of the logs. */
async function dumpAll(directory: string): Promise<string> {
  const logs = filesOf(directory, '.log').join()
  const dump = await kafkaToolOk('kafka-dump-log', ['--files', logs, '--deep-iteration', '--print-data-log'], {
    timeoutMs: 120_000,
  })
  expect(dump.stderr.replace(HARMLESS, '')).not.toMatch(COMPLAINT)
  for (const suffix of ['.index', '.timeindex', '.txnindex', '.snapshot']) {
    const files = filesOf(directory, suffix).join()
    const extra = suffix === '.index' ? ['--index-sanity-check'] : []
    const checked = await kafkaToolOk('kafka-dump-log', ['--files', files, ...extra])
    expect(checked.stdout + checked.stderr, suffix).not.toMatch(COMPLAINT)
    if (suffix !== '.index') continue
    for (const file of filesOf(directory, suffix)) expect(checked.stdout).toContain(`${file} passed sanity check`)
    const verified = await kafkaToolOk('kafka-dump-log', ['--files', files, '--verify-index-only'])
    expect(verified.stdout + verified.stderr).not.toMatch(COMPLAINT)
  }
  return dump.stdout
}

describeWith('files for Kafka', apacheKafkaPeer(), () => {
  const folder = mkdtempSync(join(tmpdir(), 'mq-storage-tools-'))
  const directory = join(folder, 'events-0')
  let records = 0

  beforeAll(async () => {
    await loadCodecs()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('accepts a log that is open, and one that was closed', async () => {
    const log = open(directory, false)
    records = fill(log, 150, 2)
    expect(log.files.segments.length).toBeGreaterThan(3)
    log.close()
    const dump = await dumpAll(directory)
    expect(dump.match(/^\| offset: \d+ .*payload: /gm)?.length).toBe(records)
    for (const codec of COMPRESSIONS) expect(dump.includes(`compresscodec: ${codec}`), codec).toBe(true)
    expect(dump.includes('endTxnMarker: ABORT')).toBe(true)

    const again = open(directory, true)
    records += fill(again, 30, 3)
    again.flush()
    cpSync(directory, join(folder, 'copy-0'), { recursive: true })
    const live = await dumpAll(join(folder, 'copy-0'))
    expect(live.match(/^\| offset: \d+ .*payload: /gm)?.length).toBe(records)
    again.close()
  })

  it('reads the producers of a snapshot as Kafka does', async () => {
    const log = open(directory, true)
    const expected = log
      .activeProducers()
      .map((each) => each.producerId)
      .sort()
    log.close()
    const newest = filesOf(directory, '.snapshot').at(-1)!
    const dump = await kafkaTool('kafka-dump-log', ['--files', newest])
    const seen = [...dump.stdout.matchAll(/producerId: (\d+)/g)].map((match) => Number(match[1])).sort()
    expect(seen).toEqual(expected)
  })
})

describeWith('files from Kafka', apacheKafkaPeer(), () => {
  it('are read, after a clean shutdown and after a kill', async () => {
    const engine = await startApacheKafka()
    const folder = mkdtempSync(join(tmpdir(), 'mq-storage-kafka-'))
    try {
      await createTopic(engine.bootstrap, 'made-by-kafka', 1, { 'segment.bytes': '1048576' })
      let count = 0
      for (const codec of COMPRESSIONS) {
        const props = [`bootstrap.servers=${engine.bootstrap}`, `compression.type=${codec}`]
        const size = ['--num-records', '3000', '--record-size', '500', '--throughput', '-1']
        await kafkaToolOk('kafka-producer-perf-test', [
          '--topic',
          'made-by-kafka',
          ...size,
          '--producer-props',
          ...props,
        ])
        count += 3000
      }
      const live = join(engine.dataDir, 'made-by-kafka-0')
      cpSync(live, join(folder, 'killed-0'), { recursive: true })
      await engine.stop({ keep: true })
      cpSync(live, join(folder, 'clean-0'), { recursive: true })
      for (const kind of ['clean', 'killed']) {
        const lines = new QuietLog()
        const log = open(join(folder, `${kind}-0`), kind === 'clean', lines)
        expect(readAll(log).map((record) => record.offset)).toEqual(Array.from({ length: count }, (_, i) => i))
        expect(log.activeProducers().length).toBe(COMPRESSIONS.length)
        expect(log.epochs.all()).toEqual([{ epoch: 0, startOffset: 0 }])
        expect(lines.messages('WARN')).toEqual([])
        log.close()
      }
    } finally {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
