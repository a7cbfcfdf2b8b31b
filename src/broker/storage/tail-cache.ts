/**
 * The newest small batches of all logs: a consumer that keeps up with a trickle never touches a file. One budget for the
 * node; the oldest bytes of all logs go first, and what nobody could want any more goes by age.
 *
 * Always copies, so that the network may use its memory again, and into pieces of memory of its own: a small buffer of Node
 * lies in a pool of 8 KB with whatever else was made just then, and would keep all of it. Large appends are not held:
 * reading them back from the page cache into a pooled buffer costs less than the copy and the garbage that it would become.
 *
 * Invariant: what is held lies in memory of at most the budget and two pieces.
 */
import { BATCH_OVERHEAD } from '../../protocol/records/batch.ts'
import { batchBytesAt, lastOffsetAt } from './batch-fields.ts'
import { type ReadLimits, wholeBatches } from './segment-read.ts'

/** Appends above this are left to the page cache. */
const APPEND_MAX_BYTES = 16 * 1024
/** Filled one after the other by the appends of all logs, and free when the last of its appends has gone. */
const PIECE_BYTES = 128 * 1024

const NOTHING = Buffer.alloc(0)

interface CachedAppend {
  readonly tail: LogTail
  readonly baseOffset: number
  /** Exclusive. */
  readonly endOffset: number
  /** Empty once dropped. */
  records: Buffer
  readonly sizeBytes: number
  readonly atMs: number
  dropped: boolean
}

export class TailCache {
  private readonly budgetBytes: number
  /** All logs' appends, oldest first, from `head` on. */
  private queue: CachedAppend[] = []
  private head = 0
  /** Of all that stands in the queue, also of what was forgotten: its memory goes with its neighbours'. */
  private heldBytes = 0
  private piece = NOTHING
  private filledBytes = 0

  constructor(budgetBytes = 8 * 1024 * 1024) {
    this.budgetBytes = budgetBytes
  }

  tailOf(): LogTail {
    return new LogTail(this)
  }

  get bytes(): number {
    return this.heldBytes
  }

  /** Drops what was appended more than `ageMs` ago: an idle log must not hold memory. */
  dropOlderThan(nowMs: number, ageMs: number): void {
    while (this.head < this.queue.length && nowMs - this.queue[this.head]!.atMs > ageMs) this.dropOldest()
  }

  /** @internal for LogTail: the bytes in memory that is the cache's own. */
  copyOf(records: Buffer): Buffer {
    if (records.length > this.piece.length - this.filledBytes) {
      this.piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
      this.filledBytes = 0
    }
    const copy = this.piece.subarray(this.filledBytes, this.filledBytes + records.length)
    records.copy(copy)
    this.filledBytes += records.length
    return copy
  }

  /** @internal for LogTail */
  add(append: CachedAppend): void {
    this.queue.push(append)
    this.heldBytes += append.sizeBytes
    while (this.heldBytes > this.budgetBytes && this.head < this.queue.length) this.dropOldest()
  }

  /** @internal for LogTail: the append stays queued, as an empty place. */
  forget(append: CachedAppend): void {
    append.dropped = true
    append.records = NOTHING
  }

  private dropOldest(): void {
    const oldest = this.queue[this.head]!
    this.head += 1
    this.heldBytes -= oldest.sizeBytes
    if (this.head === this.queue.length) this.piece = NOTHING
    if (!oldest.dropped) {
      this.forget(oldest)
      oldest.tail.oldestDropped()
    }
    if (this.head > 1024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
  }
}

/** The cached end of one log: a run of appends without gaps up to the log end. */
export class LogTail {
  private readonly cache: TailCache
  private appends: CachedAppend[] = []
  private first = 0

  constructor(cache: TailCache) {
    this.cache = cache
  }

  /** `records`: whole batches of the offsets [`baseOffset`, `endOffset`), just appended. */
  add(records: Buffer, baseOffset: number, endOffset: number, nowMs: number): void {
    if (records.length > APPEND_MAX_BYTES) {
      // What is held must be without gaps up to the log end.
      if (this.appends.length > 0) this.clear()
      return
    }
    const append = {
      tail: this,
      baseOffset,
      endOffset,
      records: this.cache.copyOf(records),
      sizeBytes: records.length,
      atMs: nowMs,
      dropped: false,
    }
    this.appends.push(append)
    this.cache.add(append)
  }

  /** Batches from the one that holds `offset` on; undefined when the cache does not reach back that far. */
  read(offset: number, limits: ReadLimits): { records: Buffer[]; nextOffset: number } | undefined {
    let index = this.indexOf(offset)
    if (index < 0) return undefined
    const records: Buffer[] = []
    let nextOffset = offset
    let budget = limits.maxBytes
    for (; index < this.appends.length; index += 1) {
      const append = this.appends[index]!
      let bytes = append.records
      if (records.length === 0) bytes = bytes.subarray(positionOf(bytes, offset))
      const forced = records.length === 0 && limits.minOneBatch
      const fits = append.endOffset <= limits.upTo && bytes.length <= budget
      if (fits) {
        records.push(bytes)
        nextOffset = append.endOffset
        budget -= bytes.length
        continue
      }
      const whole = wholeBatches(bytes, limits.upTo, forced ? Math.max(budget, batchBytesAt(bytes, 0)) : budget)
      if (whole.bytes > 0) {
        records.push(bytes.subarray(0, whole.bytes))
        nextOffset = whole.nextOffset
      }
      break
    }
    return { records, nextOffset }
  }

  /** Drops everything: the log was truncated. */
  clear(): void {
    for (let index = this.first; index < this.appends.length; index += 1) this.cache.forget(this.appends[index]!)
    this.appends = []
    this.first = 0
  }

  /** @internal for TailCache: the first append held was dropped. */
  oldestDropped(): void {
    this.first += 1
    if (this.first > 64 && this.first * 2 > this.appends.length) {
      this.appends = this.appends.slice(this.first)
      this.first = 0
    }
  }

  private indexOf(offset: number): number {
    let low = this.first
    let high = this.appends.length - 1
    if (low > high || offset < this.appends[low]!.baseOffset || offset >= this.appends[high]!.endOffset) return -1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.appends[middle]!.endOffset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Where the batch that holds `offset` begins among whole batches. */
function positionOf(records: Buffer, offset: number): number {
  let at = 0
  while (records.length - at >= BATCH_OVERHEAD && lastOffsetAt(records, at) < offset) at += batchBytesAt(records, at)
  return at
}
