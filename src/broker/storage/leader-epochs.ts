/**
 * Which leader epoch begins at which offset: how a replica finds where its log parted from the leader's. Kept in
 * `leader-epoch-checkpoint`; every batch carries its epoch too, so what a crash loses of the file, recovery restores.
 * Therefore a new epoch reaches the file with the next flush, and only once it has records: a node that leads thousands
 * of partitions writes nothing when it starts or stops.
 *
 * Invariants: epochs and start offsets rise from entry to entry; the file never holds what contradicts the entries.
 */
import { type Disk, DiskError } from '../../base/disk.ts'
import { type EpochStart, renderEpochCheckpoint } from './checkpoint.ts'
import { FILE } from './file-names.ts'

export interface EpochEnd {
  /** -1: unknown. */
  readonly epoch: number
  /** Exclusive; -1: unknown. */
  readonly endOffset: number
}

export class LeaderEpochs {
  private readonly disk: Disk
  private readonly logEndOffset: () => number
  private readonly directory: string
  private entries: EpochStart[]
  /** What the file holds. */
  private stored: readonly EpochStart[]
  /** The entries may differ from what the file holds. */
  private unwritten = false
  private unsynced = false

  constructor(options: {
    disk: Disk
    directory: string
    entries: readonly EpochStart[]
    logEndOffset: () => number
  }) {
    this.disk = options.disk
    this.directory = options.directory
    this.entries = [...options.entries]
    this.stored = options.entries
    this.logEndOffset = options.logEndOffset
  }

  all(): readonly EpochStart[] {
    return this.entries
  }

  latest(): number | undefined {
    return this.entries.at(-1)?.epoch
  }

  earliest(): EpochStart | undefined {
    return this.entries[0]
  }

  /** `epoch` begins at `startOffset`. Entries that contradict it (greater or equal epoch or offset) give way. */
  assign(epoch: number, startOffset: number): void {
    if (epoch < 0) return
    const last = this.entries.at(-1)
    if (last !== undefined && last.epoch === epoch && startOffset >= last.startOffset) return
    const kept = this.entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset)
    const contradicts = this.stored.some((entry) => entry.epoch >= epoch || entry.startOffset >= startOffset)
    if (contradicts) this.replace([...kept, { epoch, startOffset }])
    else {
      this.entries = [...kept, { epoch, startOffset }]
      this.unwritten = true
    }
  }

  /**
   * A batch of `epoch` lies at `offset`: entries that say otherwise give way. Nothing else is taken back: compaction may
   * have removed the first batches of an epoch, or all of them.
   */
  seen(epoch: number, offset: number): void {
    if (epoch < 0 || this.forOffset(offset) === epoch) return
    const before = this.entries.filter(
      (entry) => entry.epoch === epoch || (entry.epoch < epoch && entry.startOffset < offset),
    )
    const own = before.at(-1)?.epoch === epoch ? before.pop() : undefined
    const startOffset = own === undefined ? offset : Math.min(own.startOffset, offset)
    const after = this.entries.filter((entry) => entry.epoch > epoch && entry.startOffset > offset)
    this.entries = [...before, { epoch, startOffset }, ...after]
    this.unwritten = true
  }

  /** Where `requestedEpoch`, or the largest one below it, ends. */
  endOffsetFor(requestedEpoch: number): EpochEnd {
    const latest = this.latest()
    if (requestedEpoch === -1 || latest === undefined || requestedEpoch > latest) return { epoch: -1, endOffset: -1 }
    if (requestedEpoch === latest) return { epoch: requestedEpoch, endOffset: this.logEndOffset() }
    const next = this.entries.findIndex((entry) => entry.epoch > requestedEpoch)
    const floor = this.entries[next - 1]
    return { epoch: floor?.epoch ?? requestedEpoch, endOffset: this.entries[next]!.startOffset }
  }

  /** Epoch of the record at `offset`; undefined when it lies before the first entry. */
  forOffset(offset: number): number | undefined {
    for (let index = this.entries.length - 1; index >= 0; index -= 1) {
      if (this.entries[index]!.startOffset <= offset) return this.entries[index]!.epoch
    }
    return undefined
  }

  /** Removes the epochs that begin at or beyond `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    if ((this.entries.at(-1)?.startOffset ?? -1) < endOffset) return
    this.replace(this.entries.filter((entry) => entry.startOffset < endOffset))
  }

  /** The log now starts at `startOffset`: the epoch in force there begins there. */
  truncateFromStart(startOffset: number): void {
    const later = this.entries.filter((entry) => entry.startOffset > startOffset)
    const current = this.entries[this.entries.length - later.length - 1]
    if (current === undefined || (later.length === this.entries.length - 1 && current.startOffset === startOffset))
      return
    this.replace([{ epoch: current.epoch, startOffset }, ...later])
  }

  clear(): void {
    if (this.entries.length > 0) this.replace([])
  }

  /** Brings the file to stable storage if it changed. */
  flush(): void {
    if (this.unwritten) this.writeDue()
    if (!this.unsynced) return
    const file = this.disk.open(this.path, 'readwrite')
    try {
      file.sync()
    } finally {
      file.close()
    }
    this.disk.syncDirectory(this.directory)
    this.unsynced = false
  }

  private get path(): string {
    return `${this.directory}/${FILE.leaderEpochs}`
  }

  /** Writes the entries that have records; those that have none yet stay for a later flush. */
  private writeDue(): void {
    const endOffset = this.logEndOffset()
    const due = this.entries.filter((entry) => entry.startOffset < endOffset)
    if (!areEqual(due, this.stored)) this.write(due)
    this.unwritten = due.length < this.entries.length
  }

  private replace(entries: EpochStart[]): void {
    this.entries = entries
    try {
      this.write(entries)
      this.unwritten = false
    } catch (error) {
      // The epochs are in the batches too; the file is written when there is room again.
      if (!(error instanceof DiskError && error.isFull)) throw error
      this.unwritten = true
    }
  }

  private write(entries: readonly EpochStart[]): void {
    // Without the sync a power cut could leave an empty file where entries were; the first ones have nothing to lose.
    const sync = this.stored.length > 0
    this.disk.writeFile(`${this.path}.tmp`, Buffer.from(renderEpochCheckpoint(entries)), { sync })
    this.disk.rename(`${this.path}.tmp`, this.path)
    this.stored = entries
    this.unsynced = true
  }
}

function areEqual(one: readonly EpochStart[], other: readonly EpochStart[]): boolean {
  if (one.length !== other.length) return false
  return one.every(({ epoch, startOffset }, at) => epoch === other[at]!.epoch && startOffset === other[at]!.startOffset)
}
