/**
 * The election state that must survive a restart: epoch, leader, vote. Kafka's `quorum-state` file holds it as one JSON
 * object, in version 0 (static voters) or 1 (kraft.version 1). A vote is durable before it is sent; that is what keeps
 * two leaders out of one epoch.
 */
import { MqError } from '../../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'

export interface QuorumState {
  readonly epoch: number
  /** -1 unknown. */
  readonly leaderId: number
  /** -1: no vote was given in this epoch. */
  readonly votedId: number
  readonly votedDirectoryId: Uuid
}

export const INITIAL_QUORUM_STATE: QuorumState = { epoch: 0, leaderId: -1, votedId: -1, votedDirectoryId: ZERO_UUID }

export interface QuorumStateStore {
  /** The stored state, undefined when there is none. Throws when the file cannot be read as one. */
  read(): QuorumState | undefined
  /** Replaces it, durably. */
  write(state: QuorumState): void
}

/** The file's text. `voters` are the ids that version 0 repeats. */
export function encodeQuorumState(state: QuorumState, version: 0 | 1, voters: readonly number[]): string {
  if (version === 0) {
    return JSON.stringify({
      clusterId: '',
      leaderId: state.leaderId,
      leaderEpoch: state.epoch,
      votedId: state.votedId,
      appliedOffset: 0,
      currentVoters: voters.map((voterId) => ({ voterId })),
      data_version: 0,
    })
  }
  return JSON.stringify({
    leaderId: state.leaderId,
    leaderEpoch: state.epoch,
    votedId: state.votedId,
    votedDirectoryId: state.votedDirectoryId,
    data_version: 1,
  })
}

/** Reads either version; throws MqError when the text is not a quorum state. */
export function decodeQuorumState(text: string, path: string): QuorumState {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new MqError('MQ_QUORUM_STATE', `${path} is not JSON`, { cause })
  }
  const fields = parsed as Record<string, unknown>
  const { leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: version } = fields
  if (version !== 0 && version !== 1) {
    throw new MqError('MQ_QUORUM_STATE', `${path} has data_version ${String(version)}; 0 and 1 are known`)
  }
  if (!Number.isInteger(leaderId) || !Number.isInteger(leaderEpoch) || !Number.isInteger(votedId)) {
    throw new MqError('MQ_QUORUM_STATE', `${path} lacks leaderId, leaderEpoch or votedId`)
  }
  return {
    epoch: Math.max(0, leaderEpoch as number),
    leaderId: leaderId as number,
    votedId: votedId as number,
    votedDirectoryId: typeof votedDirectoryId === 'string' ? votedDirectoryId : ZERO_UUID,
  }
}
