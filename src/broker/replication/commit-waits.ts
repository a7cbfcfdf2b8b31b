/**
 * Waiting until appended records are committed: what a produce with acks=-1, and a coordinator, do after the append. Ends
 * with the high watermark, with leadership, or with the caller's patience.
 */
import { ApiError } from '../../protocol/errors.ts'
import type { Partition } from './partition.ts'
import type { Purgatory } from './purgatory.ts'

/** See ReplicaManager.awaitCommitted. */
export function awaitCommitted(
  parked: Purgatory<Partition>,
  partition: Partition,
  endOffset: number,
  timeoutMs: number,
): Promise<void> {
  const epoch = partition.leaderEpoch
  return new Promise((resolve, reject) => {
    const tryComplete = (): boolean => {
      try {
        if (!partition.isLeader || partition.leaderEpoch !== epoch) {
          throw new ApiError('NOT_LEADER_OR_FOLLOWER', 'leadership moved before the records were committed')
        }
        if (!partition.isCommitted(endOffset)) return false
        requireInSync(partition)
        resolve()
      } catch (error) {
        reject(error)
      }
      return true
    }
    if (tryComplete()) return
    parked.park([partition], timeoutMs, {
      kind: 'Produce',
      tryComplete,
      expire: () => reject(new ApiError('REQUEST_TIMED_OUT', 'the records were not committed in time')),
    })
  })
}

/** After the append: the write is refused late when the in-sync set shrank below what the topic demands. */
function requireInSync(partition: Partition): void {
  const needed = partition.minInSyncReplicas()
  const inSync = partition.maximalIsr.length
  if (inSync >= needed) return
  throw new ApiError(
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    `written, but only ${inSync} of ${needed} needed replicas are in sync`,
  )
}
