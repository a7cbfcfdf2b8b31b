/**
 * Counts the records of a batch and the bytes of their keys and values without making an object of any. Checksum and sizes are
 * checked as a consumer does.
 */
import { ApiError } from '../protocol/errors.ts'
import { BATCH_OVERHEAD, type BatchHeader, checkBatchCrc } from '../protocol/records/batch.ts'
import { decompress } from '../protocol/records/compression.ts'
import { MAX_DECOMPRESSED_BYTES } from '../protocol/records/record.ts'

export interface Counted {
  records: number
  /** Of keys and values. */
  bytes: number
}

/**
 * Adds the records of one whole batch with offsets from `from` up to, not including, `until` to `counted`. Throws ApiError
 * CORRUPT_MESSAGE or INVALID_RECORD.
 */
export function countRecords(header: BatchHeader, batch: Buffer, from: number, until: number, counted: Counted): void {
  if (!checkBatchCrc(batch, 0)) throw new ApiError('CORRUPT_MESSAGE', 'the checksum of a record batch is wrong')
  const section = decompress(header.compression, batch.subarray(BATCH_OVERHEAD), MAX_DECOMPRESSED_BYTES)
  const first = from - header.baseOffset
  const behind = until - header.baseOffset
  const { length } = section
  let at = 0
  for (let left = header.recordCount; left > 0; left--) {
    let byte = 0
    let size = 0
    for (let shift = 0; ; shift += 7) {
      byte = section[at++]!
      size |= (byte & 0x7f) << shift
      if (byte < 0x80 || shift > 28) break
    }
    const end = at + (size >>> 1)
    if ((size & 1) !== 0 || end > length) throw new ApiError('INVALID_RECORD', 'a record does not fit its batch')
    // Attributes, then the time, whose value is of no interest.
    at++
    while (section[at++]! >= 0x80);
    let delta = 0
    for (let shift = 0; ; shift += 7) {
      byte = section[at++]!
      delta |= (byte & 0x7f) << shift
      if (byte < 0x80 || shift > 28) break
    }
    delta >>>= 1
    if (delta >= first && delta < behind) {
      counted.records++
      for (let field = 0; field < 2; field++) {
        let bytes = 0
        for (let shift = 0; ; shift += 7) {
          byte = section[at++]!
          bytes |= (byte & 0x7f) << shift
          if (byte < 0x80 || shift > 28) break
        }
        if ((bytes & 1) !== 0) continue
        bytes >>>= 1
        counted.bytes += bytes
        at += bytes
      }
      if (at > end) throw new ApiError('INVALID_RECORD', 'a record is longer than it says')
    }
    at = end
  }
}
