/**
 * The idempotent and transactional producers of a partition: who they are, what they sent last, which transactions run.
 * Everything here follows from the batches of the log up to `mapEndOffset`; snapshots shorten the way there.
 *
 * Invariants: a transaction is ongoing from its first data batch to its marker, and unreplicated until the high
 * watermark passes the marker; the first unstable offset is the least first offset among both.
 */
import type { Logger } from '../../base/log.ts'
import type { CompletedTxn, ProducerUpdates } from './producer-updates.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import type { SnapshotFiles } from './snapshot-files.ts'

interface UnreplicatedTxn {
  readonly firstOffset: number
  /** Offset of its marker. */
  readonly lastOffset: number
}

export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1: no transaction runs. */
  readonly currentTxnStartOffset: number
}

export interface ProducerStateOptions {
  readonly snapshots: SnapshotFiles
  readonly log: Logger
  /** Producers without records for this long are forgotten; asked at the time of use. */
  readonly expirationMs: () => number
}

export class ProducerState {
  readonly snapshots: SnapshotFiles
  /** Exclusive end of the batches that the state covers. */
  mapEndOffset = 0
  private readonly expirationMs: () => number
  private readonly log: Logger
  private readonly producers = new Map<number, ProducerEntry>()
  /** First offset -> producer id. */
  private readonly ongoing = new Map<number, number>()
  private unreplicated: UnreplicatedTxn[] = []
  private lastSnapshotOffset = 0

  constructor(options: ProducerStateOptions) {
    this.snapshots = options.snapshots
    this.log = options.log
    this.expirationMs = options.expirationMs
  }

  get isEmpty(): boolean {
    return this.producers.size === 0 && this.unreplicated.length === 0
  }

  entry(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId)
  }

  /** Start of the oldest transaction that is not yet decided and replicated; undefined when there is none. */
  firstUnstableOffset(): number | undefined {
    let first: number | undefined
    for (const offset of this.ongoing.keys()) if (first === undefined || offset < first) first = offset
    for (const { firstOffset } of this.unreplicated) if (first === undefined || firstOffset < first) first = firstOffset
    return first
  }

  /** Takes over what a checked append changed; completed transactions are handed to `completeTxn` one by one. */
  apply(updates: ProducerUpdates): void {
    for (const entry of updates.entries()) this.producers.set(entry.producerId, entry)
    for (const [firstOffset, producerId] of updates.startedTxns) this.ongoing.set(firstOffset, producerId)
  }

  /** Knows from now on what another one of the same log knows: more than a snapshot holds, which has one batch each. */
  takeOver(other: ProducerState): void {
    if (other.mapEndOffset !== this.mapEndOffset) return
    for (const [id, entry] of other.producers) this.producers.set(id, entry)
    for (const [offset, id] of other.ongoing) this.ongoing.set(offset, id)
    this.unreplicated = [...other.unreplicated]
  }

  /** The last stable offset once `completed` is decided; goes into the transaction index. */
  stableOffsetAfter(completed: CompletedTxn): number {
    let first = completed.lastOffset + 1
    for (const [offset, producerId] of this.ongoing) {
      if (producerId !== completed.producerId && offset < first) first = offset
    }
    return first
  }

  completeTxn(completed: CompletedTxn): void {
    this.ongoing.delete(completed.firstOffset)
    this.unreplicated.push({ firstOffset: completed.firstOffset, lastOffset: completed.lastOffset })
  }

  onHighWatermark(highWatermark: number): void {
    if (this.unreplicated.length === 0) return
    this.unreplicated = this.unreplicated.filter((txn) => txn.lastOffset >= highWatermark)
  }

  onLogStartOffset(logStartOffset: number): void {
    this.unreplicated = this.unreplicated.filter((txn) => txn.lastOffset >= logStartOffset)
    if (this.mapEndOffset < logStartOffset) this.mapEndOffset = logStartOffset
    this.lastSnapshotOffset = this.snapshots.latest() ?? logStartOffset
  }

  removeExpired(nowMs: number): void {
    for (const entry of this.producers.values()) {
      if (this.isExpired(entry, nowMs)) this.producers.delete(entry.producerId)
    }
  }

  /** All that are known, with those that the next round of expiry takes away. */
  active(): ActiveProducer[] {
    return [...this.producers.values()].map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: entry.currentTxnFirstOffset ?? -1,
    }))
  }

  /** Writes the state at `mapEndOffset`, unless that is done already. */
  takeSnapshot(options: { sync: boolean }): void {
    if (this.mapEndOffset <= this.lastSnapshotOffset) return
    this.snapshots.write(this.mapEndOffset, encodeProducerSnapshot(this.producers.values()), options.sync)
    this.lastSnapshotOffset = this.mapEndOffset
  }

  /**
   * Goes back to the newest snapshot within (`logStartOffset`, `endOffset`], removing those outside. The caller replays
   * the log from `mapEndOffset` on.
   */
  reloadFromSnapshot(logStartOffset: number, endOffset: number, nowMs: number): void {
    this.snapshots.removeIf((offset) => offset > endOffset || offset <= logStartOffset)
    if (endOffset === this.mapEndOffset) {
      this.onLogStartOffset(logStartOffset)
      return
    }
    this.clear()
    for (;;) {
      const offset = this.snapshots.latest()
      if (offset === undefined) break
      if (this.load(offset, nowMs)) return
      this.snapshots.removeIf((each) => each === offset)
    }
    this.mapEndOffset = logStartOffset
    this.lastSnapshotOffset = logStartOffset
  }

  /** Nothing is known any more; the log starts anew at `offset`. */
  resetTo(offset: number): void {
    this.clear()
    this.snapshots.removeIf(() => true)
    this.mapEndOffset = offset
    this.lastSnapshotOffset = 0
  }

  private clear(): void {
    this.producers.clear()
    this.ongoing.clear()
    this.unreplicated = []
  }

  private load(offset: number, nowMs: number): boolean {
    try {
      for (const entry of decodeProducerSnapshot(this.snapshots.read(offset))) {
        if (this.isExpired(entry, nowMs)) continue
        this.producers.set(entry.producerId, entry)
        if (entry.currentTxnFirstOffset !== undefined) this.ongoing.set(entry.currentTxnFirstOffset, entry.producerId)
      }
    } catch (error) {
      this.log.warn(`the producer snapshot at offset ${offset} cannot be used and is removed`, error)
      this.clear()
      return false
    }
    this.mapEndOffset = offset
    this.lastSnapshotOffset = offset
    return true
  }

  private isExpired(entry: ProducerEntry, nowMs: number): boolean {
    return entry.currentTxnFirstOffset === undefined && nowMs - entry.lastTimestamp >= this.expirationMs()
  }
}
