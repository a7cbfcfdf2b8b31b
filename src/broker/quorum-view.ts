/** The quorum as DescribeQuorum shows it: from the leader's bookkeeping, with times as wall clock. */
import type { Clock } from '../base/clock.ts'
import { ZERO_UUID } from '../base/uuid.ts'
import type { ResponseInput } from '../protocol/apis.ts'
import { errorCode } from '../protocol/errors.ts'
import { METADATA_TOPIC } from './format.ts'
import type { QuorumView } from './handlers/context.ts'
import type { RaftDriver } from './raft/driver.ts'
import type { Leader, ReplicaProgress } from './raft/roles/leader.ts'
import { sameReplica } from './raft/voters.ts'

export class DriverQuorumView implements QuorumView {
  private readonly driver: RaftDriver
  private readonly clock: Clock

  constructor(driver: RaftDriver, clock: Clock) {
    this.driver = driver
    this.clock = clock
  }

  get leaderId(): number {
    return this.driver.core.role.leaderId
  }

  get leaderEpoch(): number {
    return this.driver.core.role.epoch
  }

  get kraftVersion(): number {
    return this.driver.kraftVersion
  }

  describe(): ResponseInput<'DescribeQuorum'> {
    const { role } = this.driver.core
    if (role.kind !== 'leader') return this.partition({ errorCode: errorCode('NOT_LEADER_OR_FOLLOWER') })
    const voters = this.driver.voters.values()
    const isVoter = (replica: ReplicaProgress) => voters.some((voter) => sameReplica(voter, replica.key))
    const replicas = [...role.replicas.values()]
    return {
      ...this.partition({
        leaderId: role.leaderId,
        leaderEpoch: role.epoch,
        highWatermark: role.highWatermark,
        currentVoters: voters.map((voter) => this.state(role, role.progress(voter))),
        observers: replicas.filter((replica) => !isVoter(replica)).map((replica) => this.state(role, replica)),
      }),
      nodes: voters.map((voter) => ({ nodeId: voter.id, listeners: voter.endpoints })),
    }
  }

  private partition(
    fields: NonNullable<NonNullable<ResponseInput<'DescribeQuorum'>['topics']>[number]['partitions']>[number],
  ): ResponseInput<'DescribeQuorum'> {
    return { topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0, ...fields }] }] }
  }

  private state(role: Leader, replica: ReplicaProgress) {
    // The leader itself is always caught up, now.
    const isSelf = replica.key.id === role.leaderId
    const isKnown = this.driver.kraftVersion > 0 || this.driver.voters.get(replica.key.id) === undefined
    const ago = this.clock.nowMs() - this.clock.monotonicMs()
    const wallClock = (monotonicMs: number) => (monotonicMs < 0 ? -1 : Math.round(monotonicMs + ago))
    return {
      replicaId: replica.key.id,
      // Static voters are known by id alone.
      replicaDirectoryId: isKnown ? replica.key.directoryId : ZERO_UUID,
      logEndOffset: isSelf ? this.driver.endOffset : replica.endOffset,
      lastFetchTimestamp: isSelf ? this.clock.nowMs() : wallClock(replica.lastFetchMs),
      lastCaughtUpTimestamp: isSelf ? this.clock.nowMs() : wallClock(replica.lastCaughtUpMs),
    }
  }
}
