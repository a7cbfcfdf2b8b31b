/** Snapshot files against ones that Apache Kafka 4.3.1's StorageTool wrote, byte for byte but for the times. */
import { describe, expect, it } from 'vitest'
import { encodeRecord, metadataRecord } from '../../../src/broker/metadata/records.ts'
import {
  decodeSnapshot,
  encodeSnapshot,
  parseSnapshotFileName,
  snapshotFileName,
} from '../../../src/broker/raft/snapshot.ts'
import { VoterSet } from '../../../src/broker/raft/voters.ts'
import { BATCH_FIELD, eachBatch, writeBatchCrc } from '../../../src/protocol/records/batch.ts'

/** `kafka-storage.sh format` of a static node: bootstrap.checkpoint. */
const BOOTSTRAP = Buffer.from(
  'AAAAAAAAAAAAAABHAAAAAALZp2soACAAAAAAAAABof1shuQAAAGh/WyG5P//////////////////AAAAASoAAAAIAAAAAxYAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAQAAAPEAAAAAAjkuKBsAAAAAAAUAAAGh/WyHEgAAAaH9bIcS//////////////////8AAAAGOgAAAAEuAQwAEW1ldGFkYXRhLnZlcnNp' +
    'b24AHgAAWgAAAgFOAQwAIWVsaWdpYmxlLmxlYWRlci5yZXBsaWNhcy52ZXJzaW9uAAEAADQAAAQBKAEMAA5ncm91cC52ZXJzaW9uAAEAADQAAAYB' +
    'KAEMAA5zaGFyZS52ZXJzaW9uAAEAADgAAAgBLAEMABBzdHJlYW1zLnZlcnNpb24AAQAAQAAACgE0AQwAFHRyYW5zYWN0aW9uLnZlcnNpb24AAgAA' +
    'AAAAAAAAAAcAAAA/AAAAAAJz8b5KACAAAAAAAAABof1shxMAAAGh/WyHE///////////////////AAAAARoAAAAIAAAABAYAAAAA',
  'base64',
)

/** `kafka-storage.sh format --standalone`: 00000000000000000000-0000000000.checkpoint. */
const STANDALONE = Buffer.from(
  'AAAAAAAAAAAAAACaAAAAAAKFj9dsACAAAAACAAABof1sixoAAAGh/WyLGv//////////////////AAAAAyoAAAAIAAAAAxYAAAAAAaH9bIsQAAAe' +
    'AAACCAAAAAUKAAAAAQAAggEAAAQIAAAABm4AAAIAAAABz7KQVjy+SnaUnJXfvOItUQILQ09OVFJPTExFUgoxMjcuMC4wLjFTAwAAAAABAAAAAAAA' +
    'AAAAAAADAAAAPwAAAAACtHhBIAAgAAAAAAAAAaH9bIsfAAABof1six///////////////////wAAAAEaAAAACAAAAAQGAAAAAA==',
  'base64',
)

const TIME_MS = 1_700_000_000_000

/** The same file written at one moment: Kafka reads the clock for each batch. */
function atOneTime(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (const { position } of eachBatch(copy)) {
    copy.writeBigInt64BE(BigInt(TIME_MS), position + BATCH_FIELD.baseTimestamp)
    copy.writeBigInt64BE(BigInt(TIME_MS), position + BATCH_FIELD.maxTimestamp)
    writeBatchCrc(copy, position)
  }
  return copy
}

describe('snapshots', () => {
  it('are what StorageTool writes: feature levels', () => {
    const levels: [string, number][] = [
      ['metadata.version', 30],
      ['eligible.leader.replicas.version', 1],
      ['group.version', 1],
      ['share.version', 1],
      ['streams.version', 1],
      ['transaction.version', 2],
    ]
    const values = levels.map(([name, featureLevel]) =>
      encodeRecord(metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })),
    )
    const ours = encodeSnapshot({ lastContainedLogTimestamp: 0, values }, { epoch: 0, timestampMs: TIME_MS })
    expect(ours.toString('hex')).toBe(atOneTime(BOOTSTRAP).toString('hex'))
  })

  it('are what StorageTool writes: the first voter of a dynamic quorum', () => {
    const read = decodeSnapshot(STANDALONE, 'standalone')
    expect(read).toMatchObject({ kraftVersion: 1, values: [] })
    const voters = new VoterSet([
      {
        id: 1,
        directoryId: 'z7KQVjy-SnaUnJXfvOItUQ',
        endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 21251 }],
        kraftVersionMin: 0,
        kraftVersionMax: 1,
      },
    ])
    expect(read.voters?.values()).toEqual(voters.values())
    const { lastContainedLogTimestamp } = read
    const ours = encodeSnapshot(
      { lastContainedLogTimestamp, kraftVersion: 1, voters, values: [] },
      { epoch: 0, timestampMs: TIME_MS },
    )
    expect(ours.toString('hex')).toBe(atOneTime(STANDALONE).toString('hex'))
  })

  it('are refused when they are damaged or cut short', () => {
    expect(() => decodeSnapshot(BOOTSTRAP.subarray(0, BOOTSTRAP.length - 75), 'x')).toThrow(/not a complete snapshot/)
    expect(() => decodeSnapshot(BOOTSTRAP.subarray(0, BOOTSTRAP.length - 1), 'x')).toThrow()
    const flipped = Buffer.from(BOOTSTRAP)
    flipped[200]! ^= 1
    expect(() => decodeSnapshot(flipped, 'x')).toThrow(/damaged/)
  })

  it('have Kafka names', () => {
    expect(snapshotFileName({ offset: 123, epoch: 4 })).toBe('00000000000000000123-0000000004.checkpoint')
    expect(parseSnapshotFileName('00000000000000000123-0000000004.checkpoint')).toEqual({ offset: 123, epoch: 4 })
    expect(parseSnapshotFileName('bootstrap.checkpoint')).toBeUndefined()
  })
})
