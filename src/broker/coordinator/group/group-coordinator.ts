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
import { type ErrorName, errorCode, toApiError } from '../../../protocol/errors.ts'
import type { CoordinatorLog } from '../log.ts'
import { CoordinatorRuntime } from '../runtime.ts'
import { heartbeat } from './classic/heartbeat.ts'
import { joinGroup } from './classic/join.ts'
import { leaveGroup } from './classic/leave.ts'
import { syncGroup } from './classic/sync.ts'
import { commitOffsets } from './commit-offsets.ts'
import type { GroupSettings } from './config.ts'
import { emptyCensus, type GroupCensus, type GroupTotals, noTotals } from './census.ts'
import { coordinatorError, type GroupContext, type GroupDecision, type GroupRequestContext } from './context.ts'
import { deleteGroups, deleteOffsets, deleteOffsetsOfTopics } from './delete-offsets.ts'
import { describeGroups, listGroups } from './describe.ts'
import { fetchOffsets, type OffsetsFound, type OffsetsWanted } from './fetch-offsets.ts'
import { type GroupRecord, groupRecordCodec } from './records.ts'
import { GroupShard } from './shard.ts'
import { GROUP_METADATA_TOPIC, type GroupTopics, partitionForKey } from './topics.ts'

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
  readonly #runtime: CoordinatorRuntime<GroupRecord, GroupShard>
  readonly #totals = noTotals()

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
    const { log, clock, random, settings, topics } = options
    const logger = options.logger.named('org.apache.kafka.coordinator.group.GroupMetadataManager')
    this.#runtime = new CoordinatorRuntime({
      log,
      clock,
      logger,
      codec: groupRecordCodec,
      create: (_partition, timers) =>
        new GroupShard({ timers, settings, topics, random, logger, totals: this.#totals }),
      writeTimeoutMs: settings.commitTimeoutMs,
      loadBufferBytes: settings.loadBufferBytes,
    })
  }

  /** Partition of `__consumer_offsets` that holds the group. */
  partitionFor(groupId: string): number {
    const count = this.#options.topics.partitionCount(GROUP_METADATA_TOPIC) ?? this.#options.settings.topicPartitions
    return partitionForKey(groupId, count)
  }

  /** What was done since the start. */
  get totals(): Readonly<GroupTotals> {
    return this.#totals
  }

  /** The groups and offsets that are coordinated here now. */
  census(): GroupCensus {
    const census = emptyCensus()
    for (const { state, machine } of this.#runtime.machines()) {
      census.partitions[state]++
      if (state === 'active') machine.addTo(census)
    }
    return census
  }

  /** This broker leads `partition` from now on: reads it and serves its groups. */
  onElected(partition: number, leaderEpoch: number): void {
    this.#runtime.onElected(partition, leaderEpoch)
  }

  /** This broker no longer leads `partition`: forgets its groups and answers whoever waits. */
  onResigned(partition: number): void {
    this.#runtime.onResigned(partition)
  }

  /** Removes the offsets of deleted topics. */
  onTopicsDeleted(names: readonly string[]): void {
    const deleted = new Set(names)
    for (const partition of this.#runtime.partitions()) {
      if (!this.#runtime.isActive(partition)) continue
      this.#run(partition, (context) => deleteOffsetsOfTopics(context, deleted)).catch((error: unknown) => {
        this.#options.logger.error(`Could not delete offsets of deleted topics ${names.join(', ')}`, error)
      })
    }
  }

  /** Stops timers and answers whoever waits; nothing is served afterwards. */
  close(): void {
    this.#runtime.close()
  }

  joinGroup(request: RequestOf<'JoinGroup'>, from: GroupRequestContext): Promise<ResponseInput<'JoinGroup'>> {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.settings
    const { groupId, memberId, sessionTimeoutMs } = request
    return new Promise((resolve) => {
      const reply = (response: ResponseInput<'JoinGroup'>): void => resolve(atJoinVersion(response, from.version))
      const refuse = (error: ErrorName): void => reply({ memberId, errorCode: errorCode(error) })
      if (groupId === '') return refuse('INVALID_GROUP_ID')
      if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
        return refuse('INVALID_SESSION_TIMEOUT')
      }
      this.#ofGroup(groupId, (context) => joinGroup(context, { request, from, reply })).catch((error: unknown) => {
        reply({ errorCode: errorCode(outcome(error)) })
      })
    })
  }

  syncGroup(request: RequestOf<'SyncGroup'>, from: GroupRequestContext): Promise<ResponseInput<'SyncGroup'>> {
    return new Promise((resolve) => {
      // From version 5 on a member must say which protocol it believes in.
      if (from.version >= 5 && (request.protocolType === null || request.protocolName === null)) {
        return resolve({ errorCode: errorCode('INCONSISTENT_GROUP_PROTOCOL') })
      }
      if (request.groupId === '') return resolve({ errorCode: errorCode('INVALID_GROUP_ID') })
      this.#ofGroup(request.groupId, (context) => syncGroup(context, request, resolve)).catch((error: unknown) => {
        resolve({ errorCode: errorCode(outcome(error)) })
      })
    })
  }

  heartbeat(request: RequestOf<'Heartbeat'>, _from: GroupRequestContext): Promise<ResponseInput<'Heartbeat'>> {
    if (request.groupId === '') return Promise.resolve({ errorCode: errorCode('INVALID_GROUP_ID') })
    return this.#ofGroup(request.groupId, (context) => heartbeat(context, request)).then(
      (error) => ({ errorCode: errorCode(error) }),
      (error: unknown) => {
        const name = outcome(error)
        // A member whose group is still being read keeps its membership: it must not rejoin for that.
        return { errorCode: errorCode(name === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : name) }
      },
    )
  }

  leaveGroup(request: RequestOf<'LeaveGroup'>, from: GroupRequestContext): Promise<ResponseInput<'LeaveGroup'>> {
    if (request.groupId === '') return Promise.resolve({ errorCode: errorCode('INVALID_GROUP_ID') })
    const isSingle = from.version <= 2
    const leaving = isSingle ? [{ memberId: request.memberId, groupInstanceId: null, reason: null }] : request.members
    return this.#ofGroup(request.groupId, (context) => leaveGroup(context, request.groupId, leaving)).then(
      (response) => {
        if (!isSingle) return response
        const memberError = response.members?.[0]?.errorCode ?? 0
        return { errorCode: response.errorCode || memberError }
      },
      (error: unknown) => ({ errorCode: errorCode(outcome(error)) }),
    )
  }

  /** Topics must be named and exist. */
  commitOffsets(request: RequestOf<'OffsetCommit'>, from: GroupRequestContext): Promise<ResponseInput<'OffsetCommit'>> {
    return this.#ofGroup(request.groupId, (context) => commitOffsets(context, request, from)).catch(
      (error: unknown) => ({
        topics: request.topics.map(({ name, topicId, partitions }) => ({
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: errorCode(outcome(error)),
          })),
        })),
      }),
    )
  }

  /** Committed offsets of one group. */
  fetchOffsets(wanted: OffsetsWanted): Promise<OffsetsFound> {
    return this.#ofGroup(wanted.groupId, (context) => fetchOffsets(context, wanted)).catch((error: unknown) => ({
      groupId: wanted.groupId,
      topics: [],
      errorCode: errorCode(outcome(error)),
    }))
  }

  /** Topics must exist. */
  deleteOffsets(request: RequestOf<'OffsetDelete'>): Promise<ResponseInput<'OffsetDelete'>> {
    if (request.groupId === '') return Promise.resolve({ errorCode: errorCode('INVALID_GROUP_ID') })
    return this.#ofGroup(request.groupId, (context) => deleteOffsets(context, request)).catch((error: unknown) => ({
      errorCode: errorCode(outcome(error)),
    }))
  }

  /** The groups of all partitions that are led here; COORDINATOR_LOAD_IN_PROGRESS while one of them is still read. */
  listGroups(request: RequestOf<'ListGroups'>): Promise<ResponseInput<'ListGroups'>> {
    const filter = { states: request.statesFilter, types: request.typesFilter }
    const lists = this.#runtime.partitions().map((partition) =>
      this.#run(partition, (context) => listGroups(context, filter)).catch((error: unknown) => {
        if (outcome(error) === 'NOT_COORDINATOR') return []
        throw error
      }),
    )
    return Promise.all(lists).then(
      (groups) => ({ groups: groups.flat() }),
      (error: unknown) => ({ errorCode: errorCode(outcome(error)) }),
    )
  }

  describeGroups(
    groupIds: readonly string[],
    from: GroupRequestContext,
  ): Promise<NonNullable<ResponseInput<'DescribeGroups'>['groups']>> {
    const answers = this.#byPartition(groupIds).map(([partition, ids]) =>
      this.#run(partition, (context) => describeGroups(context, ids, from)).catch((error: unknown) =>
        ids.map((groupId) => ({ groupId, errorCode: errorCode(outcome(error)) })),
      ),
    )
    return Promise.all(answers).then((groups) => groups.flat())
  }

  deleteGroups(groupIds: readonly string[]): Promise<{ groupId: string; errorCode: number }[]> {
    const answers = this.#byPartition([...new Set(groupIds)]).map(([partition, ids]) =>
      this.#run(partition, (context) => deleteGroups(context, ids)).catch((error: unknown) =>
        ids.map((groupId) => ({ groupId, errorCode: errorCode(outcome(error)) })),
      ),
    )
    return Promise.all(answers).then((results) => results.flat())
  }

  #ofGroup<Res>(groupId: string, command: (context: GroupContext) => GroupDecision<Res>): Promise<Res> {
    return this.#run(this.partitionFor(groupId), command)
  }

  #run<Res>(partition: number, command: (context: GroupContext) => GroupDecision<Res>): Promise<Res> {
    return this.#runtime.execute(partition, (shard, nowMs) => shard.at(nowMs, command))
  }

  #byPartition(groupIds: readonly string[]): [number, string[]][] {
    const byPartition = new Map<number, string[]>()
    for (const groupId of groupIds) {
      const partition = this.partitionFor(groupId)
      const ids = byPartition.get(partition)
      if (ids === undefined) byPartition.set(partition, [groupId])
      else ids.push(groupId)
    }
    return [...byPartition]
  }
}

function outcome(error: unknown): ErrorName {
  return coordinatorError(toApiError(error))
}

/** Without a protocol its name is null, which versions before 7 cannot say. */
function atJoinVersion(response: ResponseInput<'JoinGroup'>, version: number): ResponseInput<'JoinGroup'> {
  return { ...response, protocolName: response.protocolName ?? (version < 7 ? '' : null) }
}
