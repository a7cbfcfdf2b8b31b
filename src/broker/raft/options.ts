/** What consensus is given: who it is, what it reads, and how long it waits. */
import type { Random } from '../../base/random.ts'
import type { LogView } from './log.ts'
import type { QuorumState } from './quorum-state.ts'
import type { ReplicaKey, VoterEndpoint, VoterHistory } from './voters.ts'

export interface RaftOptions {
  readonly local: ReplicaKey
  /** Where this voter listens now; a leader of a dynamic quorum that finds itself elsewhere in the set corrects it. */
  readonly localEndpoints?: readonly VoterEndpoint[]
  /** False for a node without the controller role: it fetches and never votes. */
  readonly canVote: boolean
  readonly log: LogView
  /** The shell adds the sets that it appends or finds in the log; the latest is in force. */
  readonly voters: VoterHistory
  /** The kraft.version in force: from 1 on voter sets live in the log. */
  kraftVersion(): number
  readonly state: QuorumState
  /** Ids that stand for `controller.quorum.bootstrap.servers`: asked for the leader by who is no voter. */
  readonly bootstrapIds?: readonly number[]
  readonly random: Random
  /** controller.quorum.election.timeout.ms and so on, all in milliseconds. */
  readonly electionTimeoutMs: number
  readonly electionBackoffMaxMs: number
  readonly fetchTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly fetchMaxWaitMs: number
}
