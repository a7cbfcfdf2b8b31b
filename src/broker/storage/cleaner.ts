/**
 * One cleaning of one log, as a generator that does a little at a time: it looks at a batch, or at a part of a large one,
 * says how many bytes it moved, and goes on when it is asked to. What changes the log in between (truncation, deletion, a failed disk) ends the
 * cleaning; whatever it has not swapped in by then leaves no trace.
 *
 * First the dirty part is read for the newest offset of each key, as far as the offset map reaches; then all segments up to
 * there are written anew, group by group, and each group takes the place of what it was made from.
 */
import { readBuffers } from '../../base/buffer-pool.ts'
import { DiskError } from '../../base/disk.ts'
import { ApiError } from '../../protocol/errors.ts'
import { checkBatchCrc } from '../../protocol/records/batch.ts'
import { collectAbortedTxns } from './aborted-transactions.ts'
import { type BatchInfo, batchBytesAt, batchInfoAt, isControl } from './batch-fields.ts'
import { type FilterRules, filterBatch, LARGE_SECTION_BYTES, RECORDS_PER_STEP, recordSection } from './batch-filter.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import { type CleaningPlan, groupSegments, segmentsIn } from './cleaner-plan.ts'
import { SUFFIX } from './file-names.ts'
import type { Log } from './log.ts'
import { OFFSET_MAP_ENTRY_BYTES, OffsetMap } from './offset-map.ts'
import { RecordWalk, type WalkedRecord } from './record-walk.ts'
import type { Segment } from './segment.ts'

/** Bytes read and written since the last step, or work that goes on elsewhere and calls back when it is done. */
export type CleaningStep = number | ((done: (error: unknown) => void) => void)

export interface CleaningOptions {
  readonly plan: CleaningPlan
  readonly nowMs: number
  /** Memory for the offset map. */
  readonly mapBytes: number
  /** How full the map may become, 0 to 1. */
  readonly loadFactor: number
  /** Bytes read at a time, but for larger batches. */
  readonly readBytes: number
  /** Called before each swap; throws when it must not happen. */
  readonly beforeSwap: () => void
}

export interface CleaningStats {
  /** Exclusive end of what is clean now. */
  endOffset: number
  mapBytesRead: number
  bytesRead: number
  bytesWritten: number
  recordsRead: number
  recordsWritten: number
  /** Share of the map's memory that was needed. */
  bufferUtilization: number
}

/** The log changed under the cleaning, or went away. */
export class CleaningAborted extends Error {}

/** The files of a log may be half exchanged: nobody can go on with them but the next start. */
export class SwapFailed extends Error {}

/** Cleans the log; returns what it did. Throws DiskError, ApiError (what lies there cannot be read), CleaningAborted, SwapFailed. */
export function* cleanLog(o: CleaningOptions): Generator<CleaningStep, CleaningStats, void> {
  return yield* new Cleaning(o).run()
}

class Cleaning {
  private readonly o: CleaningOptions
  private readonly log: Log
  private readonly map: OffsetMap
  private readonly keysMax: number
  private readonly stats: CleaningStats
  private generation: number
  private unswapped: Segment | undefined

  constructor(o: CleaningOptions) {
    const { firstDirtyOffset, firstUncleanableOffset, log } = o.plan
    this.o = o
    this.log = log
    this.generation = log.files.generation
    const slots = Math.max(1, Math.floor(o.mapBytes / OFFSET_MAP_ENTRY_BYTES))
    this.keysMax = Math.max(1, Math.floor(slots * o.loadFactor))
    // There are no more keys than offsets: a small dirty part needs a small map.
    const enough = Math.ceil((firstUncleanableOffset - firstDirtyOffset) / Math.min(o.loadFactor, 0.9)) + 2
    this.map = new OffsetMap(Math.min(slots, enough))
    this.stats = {
      endOffset: firstDirtyOffset,
      mapBytesRead: 0,
      bytesRead: 0,
      bytesWritten: 0,
      recordsRead: 0,
      recordsWritten: 0,
      bufferUtilization: 0,
    }
  }

  *run(): Generator<CleaningStep, CleaningStats, void> {
    const { log, map, stats, o } = this
    const { firstDirtyOffset, firstUncleanableOffset } = o.plan
    yield* this.buildMap()
    if (map.latestOffset < firstDirtyOffset) {
      throw new Error(
        `one batch has more keys than the offset map of ${this.keysMax}: raise log.cleaner.dedupe.buffer.size`,
      )
    }
    const endOffset = map.latestOffset + 1
    stats.bufferUtilization = (map.size * OFFSET_MAP_ENTRY_BYTES) / o.mapBytes
    const live = new Map(log.producers.active().map((each) => [each.producerId, log.producers.entry(each.producerId)]))
    const rules: FilterRules = {
      map,
      transactions: new CleanedTransactions(),
      nowMs: o.nowMs,
      deleteRetentionMs: log.settings.deleteRetentionMs,
      upperBound: firstUncleanableOffset,
      isLastOfProducer: (batch) => {
        const entry = batch.producerId < 0 ? undefined : live.get(batch.producerId)
        if (entry === undefined) return false
        if (entry.lastOffset >= 0) return batch.lastOffset === entry.lastOffset
        return isControl(batch) && batch.producerEpoch === entry.producerEpoch
      },
    }
    const groups = groupSegments(
      segmentsIn(log.files.segments, 0, endOffset),
      log.settings,
      o.plan.firstUncleanableOffset,
    )
    try {
      for (const group of groups) yield* this.cleanGroup(group, rules)
    } finally {
      this.discard()
    }
    stats.endOffset = endOffset
    return stats
  }

  private *buildMap(): Generator<CleaningStep, void, void> {
    const { firstDirtyOffset, firstUncleanableOffset } = this.o.plan
    const { files } = this.log
    const segments = segmentsIn(files.segments, firstDirtyOffset, firstUncleanableOffset)
    const transactions = new CleanedTransactions()
    transactions.addAborted(collectAbortedTxns(files, firstDirtyOffset, firstUncleanableOffset))
    for (const [index, segment] of segments.entries()) {
      const isFull = yield* this.mapSegment(segment, transactions)
      if (isFull) return
      // A gap at the segment's end was seen too.
      this.map.sawUpTo((segments[index + 1]?.baseOffset ?? firstUncleanableOffset) - 1)
    }
  }

  /** Returns whether the map is full. */
  private *mapSegment(segment: Segment, transactions: CleanedTransactions): Generator<CleaningStep, boolean, void> {
    const { map, keysMax } = this
    const { firstDirtyOffset } = this.o.plan
    const position = segment.baseOffset >= firstDirtyOffset ? 0 : segment.locate(firstDirtyOffset)?.position
    if (position === undefined) return false
    let isFull = false
    yield* this.eachBatch(segment, position, function* (this: Cleaning, batch, bytes) {
      this.stats.mapBytesRead += batch.sizeBytes
      const obsolete = transactions.isObsolete(batch, bytes)
      if (!obsolete && !isControl(batch)) {
        const section = recordSection(batch, bytes)
        if (section.length >= LARGE_SECTION_BYTES) yield 0
        const visit = (record: WalkedRecord): void => {
          const offset = batch.baseOffset + record.offsetDelta
          if (isFull || record.keyBytes < 0 || offset < firstDirtyOffset) return
          if (map.size >= keysMax) isFull = true
          else map.put(section.subarray(record.keyStart, record.keyStart + record.keyBytes), offset)
        }
        const walk = new RecordWalk(section, batch.recordCount)
        while (walk.some(RECORDS_PER_STEP, visit)) yield 0
      }
      if (!isFull && batch.lastOffset >= firstDirtyOffset) map.sawUpTo(batch.lastOffset)
      return !isFull
    })
    return isFull
  }

  private *cleanGroup(group: readonly Segment[], rules: FilterRules): Generator<CleaningStep, void, void> {
    const { log, stats } = this
    const { files } = log
    const cleaned = files.createCleaned(group[0]!.baseOffset)
    this.unswapped = cleaned
    rules.transactions.keepIn((aborted) => cleaned.txnIndex.append(aborted))
    for (const segment of group) {
      const end = files.segmentAfter(segment)?.baseOffset ?? files.endOffset
      rules.transactions.addAborted(collectAbortedTxns(files, segment.baseOffset, end))
      const pending = new PendingBatches(cleaned, stats)
      yield* this.eachBatch(
        segment,
        0,
        function* (this: Cleaning, batch, bytes) {
          const { bytes: kept, recordsKept } = yield* filterBatch(batch, bytes, rules)
          stats.bytesRead += batch.sizeBytes
          stats.recordsRead += batch.recordCount
          stats.recordsWritten += recordsKept
          if (kept !== undefined) pending.add(kept)
          return true
        },
        () => pending.flush(),
      )
    }
    cleaned.deactivate()
    cleaned.createdMs = group.at(-1)!.createdMs
    yield (done) => cleaned.syncLogInBackground(done)
    this.check()
    cleaned.syncIndexes()
    this.o.beforeSwap()
    this.unswapped = undefined
    try {
      files.replace(cleaned, group)
    } catch (error) {
      if (error instanceof DiskError) throw new SwapFailed(`${log.name}: ${error.message}`, { cause: error })
      throw error
    }
    this.generation = files.generation
    const gone = new Set(group.slice(1).map((segment) => segment.baseOffset))
    log.producers.snapshots.removeIf((offset) => gone.has(offset))
  }

  /** Visits the batches from `position` on until `visit` says no; `pieceDone` before the bytes are used again. */
  private *eachBatch(
    segment: Segment,
    position: number,
    visit: (this: Cleaning, batch: BatchInfo, bytes: Buffer) => Generator<CleaningStep, boolean, void>,
    pieceDone: () => void = () => {},
  ): Generator<CleaningStep, void, void> {
    const limits = { maxBytes: this.o.readBytes, minOneBatch: true, upTo: Number.POSITIVE_INFINITY }
    let next = position
    while (next < segment.sizeBytes) {
      const { records, nextPosition } = segment.read(next, limits)
      if (records.length === 0) throw unreadable(segment, next)
      for (const piece of records) {
        for (let at = 0; at < piece.length; ) {
          const batch = batchInfoAt(piece, at, next)
          if (!checkBatchCrc(piece, at)) throw unreadable(segment, next)
          const goOn = yield* visit.call(this, batch, piece.subarray(at, at + batchBytesAt(piece, at)))
          at += batch.sizeBytes
          next += batch.sizeBytes
          if (!goOn) return
          yield batch.sizeBytes
          this.check()
        }
        pieceDone()
        readBuffers.giveBack(piece)
      }
      next = nextPosition
    }
  }

  private check(): void {
    if (this.log.isOffline || this.log.files.generation !== this.generation) {
      throw new CleaningAborted(`${this.log.name} changed while it was cleaned`)
    }
  }

  /** Takes away what was written and not swapped in. */
  private discard(): void {
    const segment = this.unswapped
    this.unswapped = undefined
    if (segment === undefined) return
    if (this.log.isOffline) segment.drop()
    else segment.removeFiles()
  }
}

/** Batches on their way into the new segment, written some at a time. */
class PendingBatches {
  private readonly to: Segment
  private readonly stats: CleaningStats
  private pieces: Buffer[] = []

  constructor(to: Segment, stats: CleaningStats) {
    this.to = to
    this.stats = stats
  }

  add(batch: Buffer): void {
    this.pieces.push(batch)
  }

  flush(): void {
    if (this.pieces.length === 0) return
    const bytes = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces)
    if (this.to.sizeBytes + bytes.length > 0x7fffffff) throw new Error(`${this.to.path(SUFFIX.log)} outgrows a segment`)
    this.to.append(
      bytes,
      this.pieces.map((piece) => batchInfoAt(piece, 0)),
    )
    this.stats.bytesWritten += bytes.length
    this.pieces = []
  }
}

function unreadable(segment: Segment, position: number): ApiError {
  return new ApiError('CORRUPT_MESSAGE', `no whole record batch at byte ${position} of ${segment.path(SUFFIX.log)}`)
}
