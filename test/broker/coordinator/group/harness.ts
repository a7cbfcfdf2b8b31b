/** A group coordinator on a log in memory and virtual time, and a client that speaks to it. One partition holds all. */
import { createHash } from 'node:crypto'
import { GroupCoordinator, type GroupSettings, defaultGroupSettings } from '../../../../src/broker/coordinator/index.ts'
import type { OffsetsFound } from '../../../../src/broker/coordinator/group/fetch-offsets.ts'
import type { Random } from '../../../../src/base/random.ts'
import { ZERO_UUID } from '../../../../src/base/uuid.ts'
import { encodeMessage } from '../../../../src/protocol/codec.ts'
import { ConsumerProtocolSubscription } from '../../../../src/protocol/logs/consumer-protocol.ts'
import { errorName, type ErrorName } from '../../../../src/protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../../src/protocol/apis.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { QuietLog } from '../../../support/quiet-log.ts'
import { FakeLog } from '../fake-log.ts'

/** Bytes that differ from call to call and are the same in every run. */
export class CountingRandom implements Random {
  #count = 0
  int(bound: number): number {
    return this.bytes(4).readUInt32BE(0) % bound
  }
  bytes(count: number): Buffer {
    return createHash('sha512')
      .update(String(this.#count++))
      .digest()
      .subarray(0, count)
  }
}

export type JoinAnswer = Omit<ResponseInput<'JoinGroup'>, 'errorCode'> & { error: ErrorName; memberId: string }

/** A promise whose outcome can be asked for without waiting. */
export class Pending<T> {
  value: T | undefined
  readonly promise: Promise<T>
  constructor(promise: Promise<T>) {
    this.promise = promise.then((value) => {
      this.value = value
      return value
    })
  }
}

export const topicIds = new Map([
  ['news', 'AAAAAAAAAAAAAAAAAAAAnQ'],
  ['trades', 'AAAAAAAAAAAAAAAAAAAAtQ'],
])

export class Harness {
  readonly clock = new ManualClock()
  readonly random = new CountingRandom()
  readonly logger = new QuietLog()
  readonly log: FakeLog
  readonly coordinator: GroupCoordinator
  version = { join: 9, sync: 4, heartbeat: 4, leave: 5, commit: 9 }

  constructor(settings: Partial<GroupSettings> = {}, log = new FakeLog(), elected = true) {
    this.log = log
    this.coordinator = new GroupCoordinator({
      log,
      clock: this.clock,
      random: this.random,
      logger: this.logger,
      settings: { ...defaultGroupSettings, initialRebalanceDelayMs: 0, topicPartitions: 1, ...settings },
      topics: {
        idOf: (name) => topicIds.get(name),
        nameOf: (id) => [...topicIds].find(([, each]) => each === id)?.[0],
        partitionCount: (name) => (name === '__consumer_offsets' ? 1 : 4),
      },
    })
    if (elected) this.coordinator.onElected(0, 1)
  }

  context(version: number) {
    return { version, clientId: 'client', clientHost: '127.0.0.1' }
  }

  join(request: Partial<RequestOf<'JoinGroup'>> = {}, version = this.version.join): Pending<JoinAnswer> {
    const full: RequestOf<'JoinGroup'> = {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription(['news']) }],
      reason: null,
      ...request,
    }
    return new Pending(
      this.coordinator.joinGroup(full, this.context(version)).then(({ errorCode, ...answer }) => ({
        ...answer,
        memberId: answer.memberId ?? '',
        error: errorName(errorCode ?? 0),
      })),
    )
  }

  sync(request: Partial<RequestOf<'SyncGroup'>>) {
    const full: RequestOf<'SyncGroup'> = {
      groupId: 'g',
      generationId: 1,
      memberId: '',
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [],
      ...request,
    }
    return new Pending(
      this.coordinator.syncGroup(full, this.context(this.version.sync)).then((answer) => ({
        error: errorName(answer.errorCode ?? 0),
        assignment: String(answer.assignment ?? ''),
        protocolName: answer.protocolName,
        protocolType: answer.protocolType,
      })),
    )
  }

  async heartbeat(memberId: string, generationId: number, groupInstanceId: string | null = null): Promise<ErrorName> {
    const answer = await this.coordinator.heartbeat(
      { groupId: 'g', generationId, memberId, groupInstanceId },
      this.context(this.version.heartbeat),
    )
    return errorName(answer.errorCode ?? 0)
  }

  async leave(...members: { memberId?: string; groupInstanceId?: string | null }[]) {
    const answer = await this.coordinator.leaveGroup(
      {
        groupId: 'g',
        memberId: members[0]?.memberId ?? '',
        members: members.map((member) => ({ memberId: '', groupInstanceId: null, reason: null, ...member })),
      },
      this.context(this.version.leave),
    )
    return {
      error: errorName(answer.errorCode ?? 0),
      members: (answer.members ?? []).map((member) => errorName(member.errorCode ?? 0)),
    }
  }

  async commit(
    offsets: Record<string, Record<number, number>>,
    options: {
      groupId?: string
      generation?: number
      memberId?: string
      instanceId?: string | null
      metadata?: string | null
      retentionMs?: number
      version?: number
    } = {},
  ): Promise<ErrorName[]> {
    const answer = await this.coordinator.commitOffsets(
      {
        groupId: options.groupId ?? 'g',
        generationIdOrMemberEpoch: options.generation ?? -1,
        memberId: options.memberId ?? '',
        groupInstanceId: options.instanceId ?? null,
        retentionTimeMs: options.retentionMs ?? -1,
        topics: Object.entries(offsets).map(([name, partitions]) => ({
          name,
          topicId: ZERO_UUID,
          partitions: Object.entries(partitions).map(([partition, offset]) => ({
            partitionIndex: Number(partition),
            committedOffset: offset,
            committedLeaderEpoch: 3,
            committedMetadata: options.metadata === undefined ? 'note' : options.metadata,
          })),
        })),
      },
      this.context(options.version ?? this.version.commit),
    )
    return (answer.topics ?? []).flatMap((topic) =>
      (topic.partitions ?? []).map((partition) => errorName(partition.errorCode ?? 0)),
    )
  }

  /** Committed offsets as `topic-partition` to offset. */
  async offsets(groupId = 'g'): Promise<Record<string, number>> {
    const found = await this.fetch(groupId)
    return Object.fromEntries(
      found.topics.flatMap(({ name, partitions }) =>
        partitions.map((partition) => [`${name}-${partition.partitionIndex}`, partition.committedOffset]),
      ),
    )
  }

  fetch(groupId = 'g'): Promise<OffsetsFound> {
    return this.coordinator.fetchOffsets({ groupId, topics: null, requireStable: false })
  }

  async describe(groupId = 'g', version = 6) {
    return (await this.coordinator.describeGroups([groupId], this.context(version)))[0]!
  }

  /** A second coordinator that reads the same log from its start. */
  restarted(settings: Partial<GroupSettings> = {}): Harness {
    return new Harness(settings, this.log)
  }

  /** Lets promises settle. Virtual time stands still. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      this.clock.runDeferred()
      await Promise.resolve()
      await Promise.resolve()
    }
  }

  async advance(durationMs: number): Promise<void> {
    this.clock.advance(durationMs)
    await this.settle()
  }

  /** Joins with the detour over MEMBER_ID_REQUIRED; the answer waits for the rebalance. */
  async joinDynamic(
    request: Partial<RequestOf<'JoinGroup'>> = {},
  ): Promise<{ id: string; joined: Pending<JoinAnswer> }> {
    const first = await this.join(request).promise
    if (first.error !== 'MEMBER_ID_REQUIRED') throw new Error(`first join answered ${first.error}`)
    const joined = this.join({ ...request, memberId: first.memberId })
    await this.settle()
    return { id: first.memberId, joined }
  }

  /** A stable group of `count` dynamic members; the first leads. Each is assigned its own name. */
  async stableGroup(count: number): Promise<{ ids: string[]; generation: number }> {
    const members: { id: string; joined: Pending<JoinAnswer> }[] = []
    for (let i = 0; i < count; i++) members.push(await this.joinDynamic())
    await this.advance(0)
    const leader = members.find(({ joined }) => (joined.value?.members?.length ?? 0) > 0)
    if (leader === undefined) throw new Error('nobody leads')
    const generation = leader.joined.value!.generationId!
    const ids = members.map(({ id }) => id)
    await this.syncAll(ids, leader.id, generation)
    return { ids, generation }
  }

  /** All members ask for their assignment, the leader with one for each: its id. */
  async syncAll(ids: readonly string[], leaderId: string, generation: number): Promise<string[]> {
    const answers = ids.map((memberId) =>
      this.sync({
        memberId,
        generationId: generation,
        assignments:
          memberId === leaderId ? ids.map((each) => ({ memberId: each, assignment: Buffer.from(`for ${each}`) })) : [],
      }),
    )
    return (await Promise.all(answers.map(({ promise }) => promise))).map(({ error, assignment }) =>
      error === 'NONE' ? assignment : error,
    )
  }
}

export function subscription(topics: readonly string[]): Buffer {
  const version = Buffer.alloc(2)
  return Buffer.concat([version, encodeMessage(ConsumerProtocolSubscription, 0, { topics: [...topics] })])
}
