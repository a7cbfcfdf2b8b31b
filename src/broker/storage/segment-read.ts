/**
 * Reads whole batches out of a log file, in pieces of a quarter megabyte: large buffers cost more to allocate than the
 * read itself, and these are used again once they are sent. Every piece ends where a batch ends, so that nobody has to look across two of them.
 */
import { readBuffers } from '../../base/buffer-pool.ts'
import type { DiskFile } from '../../base/disk.ts'
import { BATCH_OVERHEAD } from '../../protocol/records/batch.ts'
import { batchBytesAt, lastOffsetAt } from './batch-fields.ts'

const PIECE_BYTES = 256 * 1024
/** From here on a pooled buffer is worth its size. */
const POOLED_FROM_BYTES = 32 * 1024

export interface ReadLimits {
  readonly maxBytes: number
  /** The first batch is returned even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** Exclusive: only batches that lie wholly before it. */
  readonly upTo: number
}

export interface Pieces {
  readonly records: Buffer[]
  /** Offset after the last record read; -1 when nothing was read. */
  readonly nextOffset: number
  readonly nextPosition: number
  /** What stands at `nextPosition` is no batch. */
  readonly damaged: boolean
}

/** Batches from `position` to at most `end` of the file. */
export function readPieces(file: DiskFile, position: number, end: number, limits: ReadLimits): Pieces {
  const records: Buffer[] = []
  let at = position
  let nextOffset = -1
  let budget = limits.maxBytes
  let forced = limits.minOneBatch
  let damaged = false
  while (end - at >= BATCH_OVERHEAD && (forced || budget >= BATCH_OVERHEAD)) {
    const wanted = forced ? Math.max(budget, BATCH_OVERHEAD) : budget
    let piece = bufferFor(Math.min(PIECE_BYTES, wanted, end - at))
    let filled = file.read(at, piece, 0, piece.length)
    const needed = filled < BATCH_OVERHEAD ? -1 : batchBytesAt(piece, 0)
    damaged = needed < 0 || needed > end - at
    if (damaged || (needed > budget && !forced)) {
      readBuffers.giveBack(piece)
      break
    }
    if (needed > filled) {
      const larger = bufferFor(needed)
      piece.copy(larger, 0, 0, filled)
      readBuffers.giveBack(piece)
      piece = larger
      filled += file.read(at + filled, piece, filled, needed - filled)
      if (filled < needed) break
    }
    const whole = wholeBatches(piece.subarray(0, filled), limits.upTo, forced ? Math.max(budget, needed) : budget)
    if (whole.bytes === 0) {
      readBuffers.giveBack(piece)
      break
    }
    records.push(piece.subarray(0, whole.bytes))
    nextOffset = whole.nextOffset
    at += whole.bytes
    budget -= whole.bytes
    forced = false
    if (whole.reachedLimit) break
  }
  return { records, nextOffset, nextPosition: at, damaged }
}

function bufferFor(bytes: number): Buffer {
  return bytes < POOLED_FROM_BYTES ? Buffer.allocUnsafe(bytes) : readBuffers.take(bytes)
}

/** How much of `buffer`, from its start, is whole batches before `upTo` and within `maxBytes`. */
export function wholeBatches(
  buffer: Buffer,
  upTo: number,
  maxBytes: number,
): { bytes: number; nextOffset: number; reachedLimit: boolean } {
  let at = 0
  let nextOffset = -1
  while (buffer.length - at >= BATCH_OVERHEAD) {
    const bytes = batchBytesAt(buffer, at)
    if (bytes < 0 || bytes > buffer.length - at) break
    const last = lastOffsetAt(buffer, at)
    if (last >= upTo || at + bytes > maxBytes) return { bytes: at, nextOffset, reachedLimit: true }
    nextOffset = last + 1
    at += bytes
  }
  return { bytes: at, nextOffset, reachedLimit: false }
}
