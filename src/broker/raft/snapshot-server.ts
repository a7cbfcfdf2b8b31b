/**
 * The leader's side of loading a snapshot: pieces of the file, from any position, to replicas that ask again and again
 * until they have all of it. Each is read from the file when it is asked for.
 */
import type { Clock } from '../../base/clock.ts'
import type { ErrorName } from '../../protocol/error-codes.ts'
import type { RaftCore } from './core.ts'
import type { OffsetAndEpoch, ReplicatedLog } from './log.ts'
import type { ReplicaKey } from './voters.ts'

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

/** However much a replica asks for at once. */
const PIECE_BYTES_MAX = 8 * 1024 * 1024

export class SnapshotServer {
  private readonly core: RaftCore
  private readonly log: ReplicatedLog
  private readonly clock: Clock

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
    const isOurs = snapshotId.offset > 0 && snapshotId.epoch >= 0
    const sizeBytes = isOurs ? this.log.snapshotBytes(snapshotId) : undefined
    if (sizeBytes === undefined) return { ...head, error: 'SNAPSHOT_NOT_FOUND' }
    if (position < 0 || position >= sizeBytes) return { ...head, error: 'POSITION_OUT_OF_RANGE' }
    // Who loads a snapshot is as much alive as who fetches.
    if (replica.id >= 0) role.progress(replica).lastFetchMs = this.clock.monotonicMs()
    const length = Math.min(Math.max(1, maxBytes), PIECE_BYTES_MAX)
    return { ...head, error: 'NONE', sizeBytes, bytes: this.log.readSnapshotPiece(snapshotId, position, length) }
  }
}
