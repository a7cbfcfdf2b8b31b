/**
 * The leader's side of loading a snapshot: pieces of the file, from any position, to replicas that ask again and again
 * until they have all of it. The bytes stay in memory while somebody asks.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { ErrorName } from '../../protocol/error-codes.ts'
import type { RaftCore } from './core.ts'
import type { OffsetAndEpoch, ReplicatedLog } from './log.ts'
import { snapshotFileName } from './snapshot.ts'
import type { ReplicaKey } from './voters.ts'

const KEPT_MS = 10_000

export interface SnapshotQuestion {
  readonly replica: ReplicaKey
  /** The leader's epoch, as the replica knows it. */
  readonly epoch: number
  readonly snapshotId: OffsetAndEpoch
  readonly position: number
  readonly maxBytes: number
}

export interface SnapshotPiece {
  readonly error: ErrorName
  readonly epoch: number
  readonly leaderId: number
  /** Of the whole snapshot. */
  readonly sizeBytes: number
  readonly bytes: Buffer
}

export class SnapshotServer {
  private readonly core: RaftCore
  private readonly log: ReplicatedLog
  private readonly clock: Clock
  private kept: { readonly name: string; readonly bytes: Buffer } | undefined
  private timer: Timer | undefined

  constructor(core: RaftCore, log: ReplicatedLog, clock: Clock) {
    this.core = core
    this.log = log
    this.clock = clock
  }

  piece({ replica, epoch, snapshotId, position, maxBytes }: SnapshotQuestion): SnapshotPiece {
    const { role } = this.core
    const head = { epoch: role.epoch, leaderId: role.leaderId, sizeBytes: 0, bytes: Buffer.alloc(0) }
    if (epoch < role.epoch) return { ...head, error: 'FENCED_LEADER_EPOCH' }
    if (epoch > role.epoch) return { ...head, error: 'UNKNOWN_LEADER_EPOCH' }
    if (role.kind !== 'leader') return { ...head, error: 'NOT_LEADER_OR_FOLLOWER' }
    // What a node is formatted with is its own: the first leader writes it into the log.
    const bytes = snapshotId.offset <= 0 ? undefined : this.bytesOf(snapshotId)
    if (bytes === undefined) return { ...head, error: 'SNAPSHOT_NOT_FOUND' }
    if (position < 0 || position >= bytes.length) return { ...head, error: 'POSITION_OUT_OF_RANGE' }
    // Who loads a snapshot is as much alive as who fetches.
    if (replica.id >= 0) role.progress(replica).lastFetchMs = this.clock.monotonicMs()
    const end = Math.min(bytes.length, position + Math.max(1, maxBytes))
    return { ...head, error: 'NONE', sizeBytes: bytes.length, bytes: bytes.subarray(position, end) }
  }

  close(): void {
    this.timer?.cancel()
    this.kept = undefined
  }

  private bytesOf(id: OffsetAndEpoch): Buffer | undefined {
    const name = snapshotFileName(id)
    if (this.kept?.name !== name) {
      const bytes = this.log.readSnapshot(id)
      this.kept = bytes === undefined ? undefined : { name, bytes }
    }
    this.timer?.cancel()
    this.timer = this.clock.schedule(KEPT_MS, () => {
      this.kept = undefined
    })
    return this.kept?.bytes
  }
}
