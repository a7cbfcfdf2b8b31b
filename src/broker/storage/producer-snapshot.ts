/**
 * `<offset>.snapshot`: the producers that a partition knew at that offset, so that a restart need not read the whole log.
 * Version 1, CRC-32C over everything behind the checksum. Holds the last batch of each producer only.
 */
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '../../base/bytes.ts'
import { MqError } from '../../base/errors.ts'
import { crc32c } from '../../protocol/records/batch.ts'
import { ProducerEntry } from './producer-entry.ts'

const VERSION = 1
const CRC_POSITION = 2
const ENTRIES_POSITION = 6
const HEADER_BYTES = 10
const ENTRY_BYTES = 46
const NONE = -1

/** A snapshot file that cannot be trusted. */
export class SnapshotError extends MqError {
  constructor(reason: string) {
    super('MQ_SNAPSHOT', `producer snapshot is damaged: ${reason}`)
  }
}

export function encodeProducerSnapshot(producers: Iterable<ProducerEntry>): Buffer {
  const entries = [...producers]
  const bytes = Buffer.alloc(HEADER_BYTES + entries.length * ENTRY_BYTES)
  writeInt16(bytes, 0, VERSION)
  writeInt32(bytes, ENTRIES_POSITION, entries.length)
  let at = HEADER_BYTES
  for (const entry of entries) {
    const last = entry.batches.at(-1)
    at = writeInt64(bytes, at, entry.producerId)
    at = writeInt16(bytes, at, entry.producerEpoch)
    at = writeInt32(bytes, at, last?.lastSequence ?? NONE)
    at = writeInt64(bytes, at, last?.lastOffset ?? NONE)
    at = writeInt32(bytes, at, last?.offsetDelta ?? 0)
    at = writeInt64(bytes, at, entry.lastTimestamp)
    at = writeInt32(bytes, at, entry.coordinatorEpoch)
    at = writeInt64(bytes, at, entry.currentTxnFirstOffset ?? NONE)
  }
  writeInt32(bytes, CRC_POSITION, crc32c(bytes.subarray(ENTRIES_POSITION)))
  return bytes
}

/** Throws SnapshotError on a wrong version, length or checksum. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] {
  if (bytes.length < HEADER_BYTES) throw new SnapshotError(`${bytes.length} bytes`)
  const version = readInt16(bytes, 0)
  if (version !== VERSION) throw new SnapshotError(`version ${version}`)
  if (readInt32(bytes, CRC_POSITION) >>> 0 !== crc32c(bytes.subarray(ENTRIES_POSITION))) {
    throw new SnapshotError('wrong checksum')
  }
  const count = readInt32(bytes, ENTRIES_POSITION)
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES)
    throw new SnapshotError(`${count} entries in ${bytes.length} bytes`)
  return Array.from({ length: count }, (_, index) => decodeEntry(bytes, HEADER_BYTES + index * ENTRY_BYTES))
}

function decodeEntry(bytes: Buffer, at: number): ProducerEntry {
  const entry = new ProducerEntry(readInt64(bytes, at))
  entry.producerEpoch = readInt16(bytes, at + 8)
  const lastSequence = readInt32(bytes, at + 10)
  const lastOffset = readInt64(bytes, at + 14)
  const offsetDelta = readInt32(bytes, at + 22)
  entry.lastTimestamp = readInt64(bytes, at + 26)
  entry.coordinatorEpoch = readInt32(bytes, at + 34)
  const txnFirstOffset = readInt64(bytes, at + 38)
  if (txnFirstOffset >= 0) entry.currentTxnFirstOffset = txnFirstOffset
  // A producer that only has a marker here has no batch.
  if (lastOffset >= 0) entry.batches = [{ lastSequence, lastOffset, offsetDelta, timestamp: entry.lastTimestamp }]
  return entry
}
