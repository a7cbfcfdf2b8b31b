/**
 * Walking the batches of a log file by their headers, and by their whole content where checksums are to be checked.
 * Stops where no whole batch follows; says why.
 */
import type { DiskFile } from '../../base/disk.ts'
import { BATCH_OVERHEAD, checkBatchCrc } from '../../protocol/records/batch.ts'
import { type BatchInfo, batchBytesAt, batchInfoAt } from './batch-fields.ts'

/** Small enough for Node's buffer pool; holds the header that a lookup is after nearly always. */
const HEADER_CHUNK_BYTES = 4000
const CONTENT_CHUNK_BYTES = 1024 * 1024

/**
 * The batches in [`position`, `end`) of the file, headers only. The view ends silently at the first place that holds no
 * whole batch.
 */
export function* scanHeaders(
  file: Pick<DiskFile, 'read'>,
  position: number,
  end: number,
): Generator<BatchInfo, void, undefined> {
  const chunk = Buffer.allocUnsafe(Math.min(HEADER_CHUNK_BYTES, Math.max(0, end - position)))
  let chunkStart = position
  let chunkEnd = position
  let at = position
  while (end - at >= BATCH_OVERHEAD) {
    if (at < chunkStart || at + BATCH_OVERHEAD > chunkEnd) {
      const wanted = Math.min(chunk.length, end - at)
      const read = file.read(at, chunk, 0, wanted)
      chunkStart = at
      chunkEnd = at + read
      if (read < BATCH_OVERHEAD) return
    }
    const bytes = batchBytesAt(chunk, at - chunkStart)
    if (bytes < 0 || bytes > end - at) return
    yield batchInfoAt(chunk, at - chunkStart, at)
    at += bytes
  }
}

export interface VerifiedBatch {
  readonly info: BatchInfo
  /** The whole batch; valid until the next step. */
  readonly bytes: Buffer
}

export interface ScanEnd {
  /** Where the valid part ends. */
  readonly position: number
  /** What stands there; undefined at the end of the file. */
  readonly damage: string | undefined
}

/**
 * Visits every whole batch with a right checksum in [`position`, `end`), up to the first one that is not. May be interrupted
 * after each megabyte.
 */
export function* scanVerified(
  file: Pick<DiskFile, 'read'>,
  position: number,
  end: number,
  visit: (batch: VerifiedBatch) => string | undefined,
): Generator<void, ScanEnd, void> {
  let chunk = Buffer.allocUnsafeSlow(Math.min(CONTENT_CHUNK_BYTES, Math.max(BATCH_OVERHEAD, end - position)))
  let start = position
  let filled = 0
  let at = position
  const fill = (): void => {
    start = at
    filled = file.read(at, chunk, 0, Math.min(chunk.length, end - at))
  }
  while (at < end) {
    if (end - at < BATCH_OVERHEAD) return { position: at, damage: `${end - at} bytes, less than a batch header` }
    if (at - start + BATCH_OVERHEAD > filled) {
      fill()
      yield
    }
    const bytes = filled < BATCH_OVERHEAD ? -1 : batchBytesAt(chunk, at - start)
    if (bytes < 0) return { position: at, damage: 'no record batch' }
    if (bytes > end - at) return { position: at, damage: `a batch of ${bytes} bytes, cut off after ${end - at}` }
    if (at - start + bytes > filled) {
      if (bytes > chunk.length) chunk = Buffer.allocUnsafeSlow(bytes)
      fill()
      yield
    }
    const from = at - start
    if (!checkBatchCrc(chunk, from)) return { position: at, damage: 'a batch with a wrong checksum' }
    const damage = visit({ info: batchInfoAt(chunk, from, at), bytes: chunk.subarray(from, from + bytes) })
    if (damage !== undefined) return { position: at, damage }
    at += bytes
  }
  return { position: at, damage: undefined }
}
