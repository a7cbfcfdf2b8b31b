/**
 * The metadata log of a simulated node: batches in memory, and beside them what is on the disk. Whatever was done since
 * the last sync survives a crash up to a point that chance draws; a batch that was torn there is gone, as recovery drops it.
 */
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import type { OffsetAndEpoch, ReplicatedLog } from '../../../src/broker/raft/log.ts'
import type { QuorumState, QuorumStateStore } from '../../../src/broker/raft/quorum-state.ts'
import { snapshotFileName } from '../../../src/broker/raft/snapshot.ts'

export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly bytes: Buffer
}

interface StoredSnapshot {
  readonly id: OffsetAndEpoch
  readonly bytes: Buffer
}

type Change = { readonly append: StoredBatch } | { readonly truncate: number } | { readonly startAt: number }

/** What a disk holds. */
export class DiskImage {
  startOffset = 0
  batches: StoredBatch[] = []
  snapshots: StoredSnapshot[] = []
  state: QuorumState | undefined

  apply(change: Change): void {
    if ('append' in change) this.batches.push(change.append)
    else if ('truncate' in change) {
      while (this.batches.length > 0 && this.batches.at(-1)!.lastOffset >= change.truncate) this.batches.pop()
    } else {
      this.batches = []
      this.startOffset = change.startAt
    }
  }

  dropBefore(offset: number): void {
    const first = this.batches.findIndex((batch) => batch.lastOffset >= offset)
    this.batches = first < 0 ? [] : this.batches.slice(first)
    this.startOffset = Math.max(this.startOffset, offset)
    this.snapshots = this.snapshots.filter(({ id }) => id.offset >= offset)
  }

  get endOffset(): number {
    const last = this.batches.at(-1)
    return last === undefined ? this.startOffset : last.lastOffset + 1
  }

  /** Where a log that is opened from this disk ends. */
  get durableEnd(): number {
    return Math.max(this.endOffset, this.snapshots.at(-1)?.id.offset ?? 0)
  }

  /** True when the record at `offset` is here in `epoch`, or a snapshot stands for it. */
  holds(offset: number, epoch: number): boolean {
    if (this.snapshots.some(({ id }) => id.offset > offset)) return true
    let low = 0
    let high = this.batches.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const batch = this.batches[middle]!
      if (offset < batch.baseOffset) high = middle - 1
      else if (offset > batch.lastOffset) low = middle + 1
      else return batch.epoch === epoch
    }
    return false
  }
}

/** Told before the moments at which a crash is worth trying. */
export interface LogWatcher {
  beforeSync(): void
  afterSync(): void
  beforeSnapshot(): void
  beforePersist(): void
  afterPersist(state: QuorumState): void
}

export class SimLog implements ReplicatedLog {
  readonly disk: DiskImage
  startOffset: number
  batches: StoredBatch[]
  private readonly watcher: LogWatcher
  private snapshots: StoredSnapshot[]
  private pending: Change[] = []

  constructor(disk: DiskImage, watcher: LogWatcher) {
    this.disk = disk
    this.watcher = watcher
    const latest = disk.snapshots.at(-1)
    const lastEpoch = disk.batches.at(-1)?.epoch ?? latest?.id.epoch ?? 0
    if (latest !== undefined && (latest.id.offset > disk.endOffset || latest.id.epoch > lastEpoch)) {
      disk.apply({ startAt: latest.id.offset })
    }
    this.startOffset = disk.startOffset
    this.batches = [...disk.batches]
    this.snapshots = [...disk.snapshots]
  }

  /** What is found after a crash now: everything synced, and of the rest what `keep` (0 to 1) says. */
  crash(keep: number): void {
    const kept = Math.floor(keep * (this.pending.length + 1))
    for (const change of this.pending.slice(0, kept)) this.disk.apply(change)
    this.pending = []
  }

  get hasUnsynced(): boolean {
    return this.pending.length > 0
  }

  get sizeBytes(): number {
    return this.batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
  }

  endOffset(): OffsetAndEpoch {
    const last = this.batches[this.batches.length - 1]
    if (last !== undefined) return { offset: last.lastOffset + 1, epoch: last.epoch }
    return { offset: this.startOffset, epoch: this.latestSnapshotId()?.epoch ?? 0 }
  }

  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const end = this.endOffset()
    if (epoch >= end.epoch) return end
    for (let index = this.batches.length - 1; index >= 0; index--) {
      const batch = this.batches[index]!
      if (batch.epoch <= epoch) return { epoch: batch.epoch, offset: batch.lastOffset + 1 }
    }
    const oldest = this.snapshots.find(({ id }) => id.offset === this.startOffset)
    return { epoch: oldest?.id.epoch ?? 0, offset: this.startOffset }
  }

  latestSnapshotId(): OffsetAndEpoch | undefined {
    return this.snapshots.at(-1)?.id
  }

  append(records: Buffer): void {
    for (const { header, position } of eachBatch(records)) {
      const end = this.endOffset().offset
      if (header.baseOffset !== end)
        throw new Error(`batch at ${header.baseOffset} appended to a log that ends at ${end}`)
      this.do({
        append: {
          baseOffset: header.baseOffset,
          lastOffset: header.lastOffset,
          epoch: header.partitionLeaderEpoch,
          bytes: records.subarray(position, position + header.sizeBytes),
        },
      })
    }
  }

  truncateTo(endOffset: number): void {
    this.do({ truncate: endOffset })
  }

  sync(): void {
    this.watcher.beforeSync()
    for (const change of this.pending) this.disk.apply(change)
    this.pending = []
    this.watcher.afterSync()
  }

  updateHighWatermark(_offset: number): void {}

  read(offset: number, maxBytes: number, upTo: number): Buffer {
    const found: Buffer[] = []
    let bytes = 0
    for (let index = this.indexOf(offset); index < this.batches.length; index++) {
      const batch = this.batches[index]!
      if (batch.lastOffset >= upTo || (bytes > 0 && bytes + batch.bytes.length > maxBytes)) break
      found.push(batch.bytes)
      bytes += batch.bytes.length
    }
    return found.length === 1 ? found[0]! : Buffer.concat(found)
  }

  deleteBeforeSnapshot(): void {
    const latest = this.latestSnapshotId()
    if (latest === undefined) return
    const first = this.batches.findIndex((batch) => batch.lastOffset >= latest.offset)
    this.batches = first < 0 ? [] : this.batches.slice(first)
    this.startOffset = latest.offset
    this.snapshots = this.snapshots.filter(({ id }) => id.offset >= latest.offset)
    // Segments and snapshots are removed from the disk only as far as it has the rest.
    if (this.pending.length === 0) this.disk.dropBefore(latest.offset)
  }

  writeSnapshot(id: OffsetAndEpoch, bytes: Buffer): void {
    this.watcher.beforeSnapshot()
    const add = (list: readonly StoredSnapshot[]) => {
      const others = list.filter((other) => other.id.offset !== id.offset)
      return [...others, { id, bytes }].sort((one, other) => one.id.offset - other.id.offset)
    }
    this.snapshots = add(this.snapshots)
    this.disk.snapshots = add(this.disk.snapshots)
  }

  startAtSnapshot(id: OffsetAndEpoch): void {
    this.batches = []
    this.startOffset = id.offset
    this.snapshots = this.snapshots.filter((other) => other.id.offset >= id.offset)
    this.pending.push({ startAt: id.offset })
  }

  readSnapshot(id: OffsetAndEpoch): Buffer | undefined {
    const name = snapshotFileName(id)
    return this.snapshots.find((other) => snapshotFileName(other.id) === name)?.bytes
  }

  snapshotBytes(id: OffsetAndEpoch): number | undefined {
    return this.readSnapshot(id)?.length
  }

  readSnapshotPiece(id: OffsetAndEpoch, position: number, length: number): Buffer {
    return this.readSnapshot(id)!.subarray(position, position + length)
  }

  close(): void {}

  /** The epoch of the record at `offset`; -1 when the log has none. */
  epochAt(offset: number): number {
    const batch = this.batches[this.indexOf(offset)]
    return batch !== undefined && batch.baseOffset <= offset ? batch.epoch : -1
  }

  /** The quorum-state file. */
  store(): QuorumStateStore {
    return {
      read: () => this.disk.state,
      write: (state) => {
        this.watcher.beforePersist()
        this.disk.state = state
        this.watcher.afterPersist(state)
      },
    }
  }

  private do(change: Change): void {
    this.pending.push(change)
    if ('append' in change) this.batches.push(change.append)
    else if ('truncate' in change) {
      while (this.batches.length > 0 && this.batches.at(-1)!.lastOffset >= change.truncate) this.batches.pop()
    }
  }

  /** Index of the batch that holds `offset`, or of the next one. */
  private indexOf(offset: number): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.batches[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
