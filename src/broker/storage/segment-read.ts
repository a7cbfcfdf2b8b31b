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

/**
 * Batches from `position` to at most `end` of the file. The size of a batch is looked at before it is read: one that does
 * not fit is left alone, and one larger than a piece is read at once.
 */
export function readPieces(file: DiskFile, position: number, end: number, limits: ReadLimits): Pieces {
  const records: Buffer[] = []
  let at = position
  let nextOffset = -1
  let budget = limits.maxBytes
  let forced = limits.minOneBatch
  let damaged = false
  while (end - at >= BATCH_OVERHEAD && (forced || budget >= BATCH_OVERHEAD)) {
    const needed = file.read(at, sizeField, 0, SIZE_END) < SIZE_END ? -1 : batchBytesAt(sizeField, 0)
    damaged = needed < 0 || needed > end - at
    if (damaged || (needed > budget && !forced)) break
    const allowed = Math.max(budget, needed)
    const piece = bufferFor(Math.max(needed, Math.min(PIECE_BYTES, allowed, end - at)))
    const filled = file.read(at, piece, 0, piece.length)
    const whole = filled < needed ? NOTHING_WHOLE : wholeBatches(piece.subarray(0, filled), limits.upTo, allowed)
    if (whole.bytes === 0) {
      readBuffers.giveBack(piece)
      break
    }
    records.push(whole.bytes === piece.length ? piece : piece.subarray(0, whole.bytes))
    nextOffset = whole.nextOffset
    at += whole.bytes
    budget -= whole.bytes
    forced = false
    if (whole.reachedLimit) break
  }
  return { records, nextOffset, nextPosition: at, damaged }
}

/** What tells the size of a batch; read synchronously, so one is enough. */
const sizeField = Buffer.alloc(BATCH_OVERHEAD)
/** Up to and with the magic byte. */
const SIZE_END = 17
const NOTHING_WHOLE = { bytes: 0, nextOffset: -1, reachedLimit: true }

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
