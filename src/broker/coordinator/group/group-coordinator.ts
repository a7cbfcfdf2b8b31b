/**
 * The group coordinator's public face: one call per group API, each taking the decoded request and resolving to the
 * response body. Requests are routed to the shard of the group's partition; a partition that is not led here answers
 * NOT_COORDINATOR, one that is still read answers COORDINATOR_LOAD_IN_PROGRESS. Promises never reject for a protocol
 * outcome: it is in the response.
 */
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { Random } from '../../../base/random.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/apis.ts'
import type { CoordinatorLog } from '../log.ts'
import type { GroupSettings } from './config.ts'
import { type GroupTopics, partitionForKey, GROUP_METADATA_TOPIC } from './topics.ts'

/** Who asks: the parts of a request's context that groups record or depend on. */
export interface GroupRequestContext {
  readonly version: number
  readonly clientId: string | null
  readonly clientHost: string
}

export interface GroupCoordinatorOptions {
  readonly log: CoordinatorLog
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: GroupSettings
  readonly topics: GroupTopics
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
  }

  /** Partition of `__consumer_offsets` that holds the group. */
  partitionFor(groupId: string): number {
    const count = this.#options.topics.partitionCount(GROUP_METADATA_TOPIC) ?? this.#options.settings.topicPartitions
    return partitionForKey(groupId, count)
  }

  /** This broker leads `partition` from now on: reads it and serves its groups. */
  onElected(_partition: number, _leaderEpoch: number): void {}
  /** This broker no longer leads `partition`: forgets its groups and answers whoever waits. */
  onResigned(_partition: number): void {}
  /** Removes the offsets of deleted topics. */
  onTopicsDeleted(_names: readonly string[]): void {}
  /** Stops timers and answers whoever waits; nothing is served afterwards. */
  close(): void {}

  joinGroup(_request: RequestOf<'JoinGroup'>, _context: GroupRequestContext): Promise<ResponseInput<'JoinGroup'>> {
    return Promise.resolve({ errorCode: 15 })
  }
  syncGroup(_request: RequestOf<'SyncGroup'>, _context: GroupRequestContext): Promise<ResponseInput<'SyncGroup'>> {
    return Promise.resolve({ errorCode: 15 })
  }
  heartbeat(_request: RequestOf<'Heartbeat'>, _context: GroupRequestContext): Promise<ResponseInput<'Heartbeat'>> {
    return Promise.resolve({ errorCode: 15 })
  }
  leaveGroup(_request: RequestOf<'LeaveGroup'>, _context: GroupRequestContext): Promise<ResponseInput<'LeaveGroup'>> {
    return Promise.resolve({ errorCode: 15 })
  }
  commitOffsets(
    _request: RequestOf<'OffsetCommit'>,
    _context: GroupRequestContext,
  ): Promise<ResponseInput<'OffsetCommit'>> {
    return Promise.resolve({})
  }
  fetchOffsets(
    _request: RequestOf<'OffsetFetch'>,
    _context: GroupRequestContext,
  ): Promise<ResponseInput<'OffsetFetch'>> {
    return Promise.resolve({})
  }
  deleteOffsets(
    _request: RequestOf<'OffsetDelete'>,
    _context: GroupRequestContext,
  ): Promise<ResponseInput<'OffsetDelete'>> {
    return Promise.resolve({ errorCode: 15 })
  }
  listGroups(_request: RequestOf<'ListGroups'>, _context: GroupRequestContext): Promise<ResponseInput<'ListGroups'>> {
    return Promise.resolve({})
  }
  describeGroups(
    _request: RequestOf<'DescribeGroups'>,
    _context: GroupRequestContext,
  ): Promise<ResponseInput<'DescribeGroups'>> {
    return Promise.resolve({})
  }
  deleteGroups(
    _request: RequestOf<'DeleteGroups'>,
    _context: GroupRequestContext,
  ): Promise<ResponseInput<'DeleteGroups'>> {
    return Promise.resolve({})
  }
}
