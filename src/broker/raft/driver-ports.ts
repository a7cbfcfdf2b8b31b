/** What the shell of consensus needs from the node around it: who hears of it, and the way to other replicas. */
import type { OffsetAndEpoch } from './log.ts'
import type { RaftRequest, RoleName } from './messages.ts'

export interface CommittedBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly timestampMs: number
  readonly sizeBytes: number
  /** Values of the data records; empty for control batches, which still move the offset. */
  readonly values: readonly Buffer[]
}

export interface RaftListener {
  /** State to start from, before any committed batch. */
  onSnapshot(values: readonly Buffer[], id: OffsetAndEpoch): void
  /** Throws when a value that another node sent cannot be read; looked at before it is written. Absent: anything goes. */
  checkValues?(values: readonly Buffer[]): void
  onCommitted(batch: CommittedBatch): void
  onRole(change: { role: RoleName; epoch: number; leaderId: number }): void
  /** This node leads `epoch`, and everything before the epoch was committed and handed over. */
  onLeaderReady(epoch: number): void
  onFatal(error: unknown): void
}

/** The way to the other replicas. Answers come back through `respond` or `requestFailed`. */
export interface RaftNetwork {
  send(to: number, correlation: number, request: RaftRequest): void
  /** `epoch`: that of the leader `from`. The bytes go to `installSnapshot`, or the reason to `snapshotFailed`. */
  loadSnapshot(from: number, id: OffsetAndEpoch, epoch: number): void
}
