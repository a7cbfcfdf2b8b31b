/**
 * What a leader knows of one follower, from the follower's fetches: how far it is, and when it last had everything.
 * A follower is caught up at a moment when it had all that the leader had then; one that fetches steadily under load
 * never has the very end, so what the leader had at its fetch before counts too (KIP-16).
 */

/** One fetch of a follower, as it concerns a partition. */
export interface FollowerFetch {
  readonly replicaId: number
  /** The follower has everything before it. */
  readonly fetchOffset: number
  readonly logStartOffset: number
  /** Monotonic milliseconds. */
  readonly nowMs: number
  /** Epoch of the follower's registration (KIP-903); absent or -1: not told. */
  readonly brokerEpoch?: number
}

export class FollowerState {
  readonly replicaId: number
  /** Exclusive end of what the follower has, as its last fetch told; -1 before the first. */
  logEndOffset = -1
  logStartOffset = -1
  /** Monotonic milliseconds of the last moment when the follower had all that the leader had. */
  lastCaughtUpMs: number
  lastFetchMs = Number.NEGATIVE_INFINITY
  lastFetchLeaderEndOffset = 0
  /** Epoch of the registration under which it fetched last; -1: not told. */
  brokerEpoch = -1

  /** `lastCaughtUpMs`: now for one that is in sync (the benefit of the doubt), else the distant past. */
  constructor(replicaId: number, lastCaughtUpMs: number) {
    this.replicaId = replicaId
    this.lastCaughtUpMs = lastCaughtUpMs
  }

  /** The leader's log ended at `leaderEndOffset` when it served this fetch. */
  fetched(fetch: FollowerFetch, leaderEndOffset: number): void {
    if (fetch.fetchOffset >= leaderEndOffset) this.lastCaughtUpMs = fetch.nowMs
    else if (fetch.fetchOffset >= this.lastFetchLeaderEndOffset && this.lastFetchMs > this.lastCaughtUpMs) {
      this.lastCaughtUpMs = this.lastFetchMs
    }
    this.lastFetchMs = fetch.nowMs
    this.lastFetchLeaderEndOffset = leaderEndOffset
    this.logEndOffset = fetch.fetchOffset
    this.logStartOffset = fetch.logStartOffset
    this.brokerEpoch = fetch.brokerEpoch ?? -1
  }

  /** It is out of sync, and must have everything again before it counts as caught up. */
  leftInSync(): void {
    this.lastCaughtUpMs = Number.NEGATIVE_INFINITY
    this.lastFetchMs = Number.NEGATIVE_INFINITY
  }

  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    return this.logEndOffset === leaderEndOffset || nowMs - this.lastCaughtUpMs <= maxLagMs
  }
}
