/**
 * Which replica a consumer is sent to by the leader (KIP-392). `replica.selector.class` names Kafka's classes: without
 * one, or with LeaderSelector, it is the leader; RackAwareReplicaSelector prefers the consumer's rack.
 */

export const RACK_AWARE = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

/** A replica that could serve the offset in question: in sync, with the offset in its log. */
export interface ReplicaView {
  readonly id: number
  /** Null: its broker names none. */
  readonly rack: string | null
  readonly logEndOffset: number
  /** How long ago it had everything. */
  readonly behindMs: number
}

/**
 * The replica in the consumer's rack: the leader if it stands there, else the one that is furthest, then the one that was
 * caught up last, then the one with the highest id. The leader's id where there is none.
 */
export function rackAwareReplica(rack: string, leader: ReplicaView, followers: readonly ReplicaView[]): number {
  if (rack === '' || leader.rack === rack) return leader.id
  let best: ReplicaView | undefined
  for (const each of followers) {
    if (each.rack === rack && (best === undefined || isBetter(each, best))) best = each
  }
  return best?.id ?? leader.id
}

function isBetter(one: ReplicaView, other: ReplicaView): boolean {
  if (one.logEndOffset !== other.logEndOffset) return one.logEndOffset > other.logEndOffset
  return one.behindMs !== other.behindMs ? one.behindMs < other.behindMs : one.id > other.id
}
