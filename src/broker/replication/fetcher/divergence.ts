/**
 * Where a follower's log has to end once the leader has said where the follower's last epoch ends there (KIP-101, KIP-279,
 * KIP-595). Several rounds may be needed: each finds the largest epoch that both know, from one side or the other.
 */
import { readInt32 } from '../../../base/bytes.ts'
import { BATCH_FIELD } from '../../../protocol/records/batch.ts'
import type { EpochEnd } from '../../storage/leader-epochs.ts'

/** What of a log decides. */
export interface LogHistory {
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly epochs: { endOffsetFor(epoch: number): EpochEnd }
}

/**
 * The end that a log gets, given the largest epoch not above the follower's last one that the leader knows, and where
 * that ends in the leader's log. -1 as end offset: the leader knows no such epoch, only committed records may stay.
 */
export function truncationOffset(log: LogHistory, leader: EpochEnd): number {
  const { logEndOffset } = log
  if (leader.endOffset < 0) return Math.min(log.highWatermark, logEndOffset)
  if (leader.epoch < 0) return Math.min(leader.endOffset, logEndOffset)
  const own = log.epochs.endOffsetFor(leader.epoch)
  if (own.endOffset < 0) return Math.min(leader.endOffset, logEndOffset)
  // This log does not know the leader's epoch: it goes back to its own epoch before, and the leader is asked again.
  if (own.epoch !== leader.epoch) return Math.min(own.endOffset, logEndOffset)
  return Math.min(own.endOffset, leader.endOffset, logEndOffset)
}

/** The leader epoch of the batch at `position`. */
export function readBatchEpoch(records: Buffer, position: number): number {
  return readInt32(records, position + BATCH_FIELD.partitionLeaderEpoch)
}
