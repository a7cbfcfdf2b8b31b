/**
 * The time of a record inside a batch without decoding the records around it: lengths are skipped, keys and values never
 * looked at, the checksum is not verified. For readers that want times of many places and nothing else.
 */
import { ApiError } from '../errors.ts'
import { BATCH_OVERHEAD, type BatchHeader } from './batch.ts'
import { decompress } from './compression.ts'
import { MAX_DECOMPRESSED_BYTES } from './record.ts'

/** The record section of a whole batch, decompressed. Throws CORRUPT_MESSAGE. */
export function recordSection(header: BatchHeader, batch: Buffer): Buffer {
  return decompress(header.compression, batch.subarray(BATCH_OVERHEAD), MAX_DECOMPRESSED_BYTES)
}

/**
 * Milliseconds of the first record at or after `offset` in a batch whose section is given; undefined when the batch has
 * none. Throws INVALID_RECORD when the section is no list of records.
 */
export function timeOfRecord(header: BatchHeader, section: Buffer, offset: number): number | undefined {
  let position = 0
  /** A zigzag number of up to 64 bits; exact within 2^53. */
  const number = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = section[position]
      if (byte === undefined || scale > 2 ** 63) throw new ApiError('INVALID_RECORD', 'a record ends early')
      position += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
  }
  for (let index = 0; index < header.recordCount; index += 1) {
    const length = number()
    const end = position + length
    if (length < 0 || end > section.length) throw new ApiError('INVALID_RECORD', 'a record ends early')
    position += 1
    const timestampDelta = number()
    const recordOffset = header.baseOffset + number()
    if (recordOffset >= offset) {
      return header.timestampType === 'LogAppendTime' ? header.maxTimestamp : header.baseTimestamp + timestampDelta
    }
    position = end
  }
  return undefined
}
