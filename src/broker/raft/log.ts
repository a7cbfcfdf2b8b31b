/**
 * The metadata log as consensus needs it. Offsets count records; an end offset is the offset of the next record. The
 * implementation adapts the broker's segment log; tests use an array.
 */

export const METADATA_TOPIC = '__cluster_metadata'

export interface OffsetAndEpoch {
  readonly offset: number
  readonly epoch: number
}

/** What the core reads; it never writes. */
export interface LogView {
  /** First offset still in the log; before it there is only a snapshot. */
  readonly startOffset: number
  /** Next offset, and the epoch of the record before it (of the snapshot's end when the log is empty, 0 at first). */
  endOffset(): OffsetAndEpoch
  /** The largest epoch that is at most `epoch`, and where it ends. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch
  /** End offset and epoch of the newest snapshot. */
  latestSnapshotId(): OffsetAndEpoch | undefined
}

export interface ReplicatedLog extends LogView {
  /** Appends batches whose offsets and epochs are set, back to back from the end offset. */
  append(records: Buffer): void
  /** Drops everything from `endOffset` on. */
  truncateTo(endOffset: number): void
  /** Returns when everything appended is durable. */
  sync(): void
  updateHighWatermark(offset: number): void
  /** Whole batches from the one that holds `offset`, at least one, up to about `maxBytes`, all before `upTo`. */
  read(offset: number, maxBytes: number, upTo: number): Buffer
  /** Bytes of all snapshots and segments that may be removed are removed: everything before the newest snapshot. */
  deleteBeforeSnapshot(): void
  /** Stores a complete snapshot under its id; atomic. */
  writeSnapshot(id: OffsetAndEpoch, bytes: Buffer): void
  /** Drops the whole log, which goes on where this snapshot ends. It was written before. */
  startAtSnapshot(id: OffsetAndEpoch): void
  /** The whole snapshot; undefined when there is none under this id. */
  readSnapshot(id: OffsetAndEpoch): Buffer | undefined
  /** Bytes of the snapshot; undefined when there is none under this id. */
  snapshotBytes(id: OffsetAndEpoch): number | undefined
  /** Up to `length` bytes of a snapshot that is there, from `position`; less only at its end. */
  readSnapshotPiece(id: OffsetAndEpoch, position: number, length: number): Buffer
  /** Size in bytes of the records from `offset` on, roughly: decides when the next snapshot is due. */
  readonly sizeBytes: number
  close(): void
}
