/** Kafka's record batches against ours: every codec both ways, plain batches and control batches byte for byte. */
import { beforeAll, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { COMPRESSIONS, readBatchHeader } from '../../src/protocol/records/batch.ts'
import {
  controlRecord,
  decodeControlRecord,
  encodeControlBatch,
  endTxnMarker,
} from '../../src/protocol/records/control.ts'
import { decodeBatch, encodeBatch, type RecordInput } from '../../src/protocol/records/record.ts'
import { javaProgram } from './support/java-program.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

const ROUNDS = 30
const SEED = 99

interface Description {
  readonly compression: (typeof COMPRESSIONS)[number]
  readonly baseOffset: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly isTransactional: boolean
  readonly partitionLeaderEpoch: number
  readonly records: readonly (RecordInput & { readonly headers: NonNullable<RecordInput['headers']> })[]
}

function content(prng: Prng): Buffer {
  if (prng.chance(0.01)) return prng.bytes(100_000)
  if (prng.chance(0.01)) return Buffer.alloc(prng.int(300_000), 'repeated ')
  return prng.chance(0.5)
    ? prng.bytes(prng.int(200))
    : Buffer.from(`{"n":${prng.int(1e6)},"text":"value"}`.repeat(prng.int(9)))
}

function describeBatch(prng: Prng, compression: Description['compression']): Description {
  const idempotent = prng.chance(0.5)
  const start = 1_700_000_000_000 + prng.int(1e6)
  return {
    compression,
    baseOffset: prng.chance(0.5) ? 0 : Math.floor(prng.float() * 2 ** 50),
    producerId: idempotent ? prng.int(2 ** 31) * 3 : -1,
    producerEpoch: idempotent ? prng.int(100) : -1,
    baseSequence: idempotent ? prng.int(2 ** 30) : -1,
    isTransactional: idempotent && prng.chance(0.5),
    partitionLeaderEpoch: prng.int(9) - 1,
    records: Array.from({ length: 1 + prng.int(prng.chance(0.1) ? 300 : 9) }, (_, i) => ({
      timestamp: prng.chance(0.05) ? start + prng.int(2 ** 31) * 1000 : start + i,
      key: prng.chance(0.3) ? null : content(prng),
      value: prng.chance(0.2) ? null : content(prng),
      headers: Array.from({ length: prng.chance(0.6) ? 0 : prng.int(4) }, () => ({
        key: prng.pick(['', 'h', 'größe', 'trace-id']),
        value: prng.chance(0.2) ? null : prng.bytes(prng.int(20)),
      })),
    })),
  }
}

/** Buffers as base64, as the Java side has them; comparing text is also what keeps large batches quick. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

describeWith('Java record batches', apacheKafkaPeer(), (home) => {
  let java: (args: string[], input?: string) => string
  const prng = new Prng(SEED)
  const batches = COMPRESSIONS.flatMap((codec) => Array.from({ length: ROUNDS }, () => describeBatch(prng, codec)))
  const ours = batches.map(({ records, ...options }) => encodeBatch(options, records))

  beforeAll(() => {
    java = javaProgram('RecordVectors', home)
  })

  test('are read by us, and equal ours where nothing is compressed', () => {
    const input = batches.map((batch) => JSON.stringify(plain(batch))).join('\n')
    const theirs = lines(java(['write'], `${input}\n`)).map((line) => Buffer.from(line, 'base64'))
    expect(theirs).toHaveLength(batches.length)
    for (const [i, { records, ...options }] of batches.entries()) {
      expect(readBatchHeader(theirs[i]!, 0)).toMatchObject(options)
      const meant = records.map((record, n) => ({ offset: options.baseOffset + n, ...record }))
      expect(plain(decodeBatch(theirs[i]!))).toEqual(plain(meant))
      if (options.compression === 'none') expect(ours[i]!.equals(theirs[i]!)).toBe(true)
    }
  })

  test('read ours as we mean them', () => {
    const input = ours.map((batch) => JSON.stringify({ batch: batch.toString('base64') })).join('\n')
    const answers = lines(java(['read'], `${input}\n`)).map((line) => JSON.parse(line) as object)
    for (const [i, { records, ...options }] of batches.entries()) {
      expect(answers[i]).toMatchObject({
        ...options,
        batches: 1,
        sizeBytes: ours[i]!.length,
        isControl: false,
        timestampType: 'CreateTime',
        records: plain(records.map((record, n) => ({ offset: options.baseOffset + n, ...record }))),
      })
    }
  })

  test('of control records are ours byte for byte', () => {
    const theirs = Object.fromEntries(lines(java(['control'])).map((line) => line.split(' ') as [string, string]))
    const timestamp = 1_700_000_000_000
    const partitionLeaderEpoch = 3
    const directory = 'AAAAAAAAAAEAAAAAAAAAAg'
    const marker = { coordinatorEpoch: 9, producerId: 4_000_000_000, producerEpoch: 5, timestamp, baseOffset: 77 }
    const voter = { voterId: 1, voterDirectoryId: directory }
    const leaderChange = { leaderId: 1, voters: [{ voterId: 1 }], grantingVoters: [{ voterId: 1 }] }
    const batch = (baseOffset: number, record: RecordInput) =>
      encodeControlBatch({ baseOffset, partitionLeaderEpoch }, [record])
    const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 }
    const endpoints = [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }]
    const mine: Record<string, Buffer> = {
      COMMIT: endTxnMarker({ ...marker, partitionLeaderEpoch, commit: true }),
      ABORT: endTxnMarker({ ...marker, partitionLeaderEpoch, commit: false }),
      LEADER_CHANGE: batch(5, controlRecord('leaderChange', timestamp, leaderChange)),
      SNAPSHOT_HEADER: batch(
        0,
        controlRecord('snapshotHeader', timestamp, { lastContainedLogTimestamp: 1_600_000_000_000 }),
      ),
      SNAPSHOT_FOOTER: batch(9, controlRecord('snapshotFooter', timestamp, {})),
      KRAFT_VERSION: batch(1, controlRecord('kraftVersion', timestamp, { kRaftVersion: 1 })),
      VOTERS: batch(2, controlRecord('voters', timestamp, { voters: [{ ...voter, endpoints, kRaftVersionFeature }] })),
    }
    for (const [name, bytes] of Object.entries(mine)) expect(bytes.toString('base64'), name).toBe(theirs[name])
    expect(Object.keys(mine).sort()).toEqual(Object.keys(theirs).sort())
    const read = decodeControlRecord(decodeBatch(Buffer.from(theirs.VOTERS!, 'base64'))[0]!)
    expect(read).toEqual({
      name: 'voters',
      value: { version: 0, voters: [{ ...voter, endpoints, kRaftVersionFeature }] },
    })
  })
})
