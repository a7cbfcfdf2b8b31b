/**
 * The groups of one partition of `__consumer_offsets` as a state machine. Durable are the committed offsets and the last
 * stored record of each group: only `replay` writes them. Who waits for a rebalance, open sessions and announced members
 * live in memory alone; after a change of coordinator clients bring them back by joining again.
 */
import type { Logger } from '../../../base/log.ts'
import type { Random } from '../../../base/random.ts'
import type { GroupMetadataValue } from '../../../protocol/logs/consumer-offsets.ts'
import { type ApiError, errorCode } from '../../../protocol/errors.ts'
import type { CoordinatorMachine, CoordinatorTimers, Decision, RecordPosition } from '../machine.ts'
import { ClassicGroup, completeSync } from './classic/group.ts'
import { groupFromRecord } from './classic/metadata-record.ts'
import { prepareRebalance, restartHeartbeat } from './classic/rebalance.ts'
import type { GroupSettings } from './config.ts'
import type { GroupCensus, GroupTotals } from './census.ts'
import { coordinatorError, type GroupContext, type GroupDecision, type GroupTimers, NOTHING } from './context.ts'
import { expireOffsets } from './expiry.ts'
import { OffsetStore, offsetValue } from './offset-store.ts'
import type { GroupRecord } from './records.ts'
import type { GroupTopics } from './topics.ts'

export interface GroupShardOptions {
  readonly timers: CoordinatorTimers<GroupRecord>
  readonly settings: GroupSettings
  readonly topics: GroupTopics
  readonly random: Random
  readonly logger: Logger
  /** Added to by what this shard replays while it is in service. */
  readonly totals: GroupTotals
}

const EXPIRY_KEY = 'expire-offsets'

export class GroupShard implements CoordinatorMachine<GroupRecord> {
  readonly #options: GroupShardOptions
  readonly #stored = new Map<string, GroupMetadataValue>()
  readonly #offsets = new OffsetStore()
  readonly #groups = new Map<string, ClassicGroup>()
  readonly #timers: GroupTimers
  readonly #context: GroupContext
  #isLoaded = false
  #nowMs = 0

  constructor(options: GroupShardOptions) {
    this.#options = options
    this.#timers = {
      schedule: (key, delayMs, operation) => {
        options.timers.schedule(key, delayMs, (nowMs) => {
          this.#nowMs = nowMs
          return operation()
        })
      },
      cancel: (key) => options.timers.cancel(key),
    }
    const now = () => this.#nowMs
    this.#context = {
      groups: this.#groups,
      offsets: this.#offsets,
      timers: this.#timers,
      settings: options.settings,
      topics: options.topics,
      random: options.random,
      logger: options.logger,
      get nowMs() {
        return now()
      },
    }
  }

  /** Runs a command of the group code at this time. */
  at<Res>(nowMs: number, command: (context: GroupContext) => GroupDecision<Res>): Decision<GroupRecord, Res> {
    this.#nowMs = nowMs
    return command(this.#context)
  }

  /** Adds the groups and offsets of this shard. */
  addTo(census: GroupCensus): void {
    for (const group of this.#groups.values()) {
      census.byState[group.state]++
      for (const partitions of this.#offsets.ofGroup(group.groupId).values()) census.offsets += partitions.size
    }
  }

  replay(record: GroupRecord, position: RecordPosition): void {
    if (this.#isLoaded) this.#count(record)
    if (record.kind === 'offset') {
      this.#offsets.replay(record, record.value, position)
      if (this.#isLoaded && record.value !== null) this.#ensureGroup(record.group)
    } else if (record.value === null) {
      this.#stored.delete(record.group)
      const group = this.#groups.get(record.group)
      if (group !== undefined) {
        group.transitionTo('Dead', this.#nowMs)
        this.#groups.delete(record.group)
      }
    } else {
      // The live group is the one that decided this record: it is ahead of it already.
      this.#stored.set(record.group, record.value)
    }
  }

  endTransaction(producerId: number, _producerEpoch: number, committed: boolean): void {
    this.#offsets.endTransaction(producerId, committed)
    if (this.#isLoaded) for (const groupId of this.#offsets.groupIds()) this.#ensureGroup(groupId)
  }

  onLoaded(nowMs: number): void {
    this.#nowMs = nowMs
    this.#isLoaded = true
    for (const [groupId, value] of this.#stored) this.#groups.set(groupId, groupFromRecord(groupId, value))
    for (const groupId of this.#offsets.groupIds()) this.#ensureGroup(groupId)
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) restartHeartbeat(this.#context, group, member)
      if (group.members.size > this.#options.settings.maxSize) {
        prepareRebalance(this.#context, group, `Freshly-loaded group ${group.groupId} is over capacity`)
      }
    }
    this.#scheduleExpiry()
  }

  onUnloaded(error: ApiError): void {
    const code = errorCode(coordinatorError(error))
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) {
        group.completeJoin(member, { memberId: member.memberId, errorCode: code })
        completeSync(member, { errorCode: code })
      }
    }
  }

  *snapshot(): Iterable<GroupRecord> {
    for (const groupId of this.#offsets.groupIds()) {
      for (const [topic, partitions] of this.#offsets.ofGroup(groupId)) {
        for (const [partition, offset] of partitions) {
          yield { kind: 'offset', group: groupId, topic, partition, value: offsetValue(offset) }
        }
      }
    }
    for (const [group, value] of this.#stored) yield { kind: 'group', group, value }
  }

  #count(record: GroupRecord): void {
    const { totals } = this.#options
    if (record.kind === 'offset') {
      if (record.value === null) totals.offsetDeletions++
      else totals.offsetCommits++
    } else if (record.value !== null && record.value.members.length > 0) totals.completedRebalances++
  }

  /** Offsets make a group also where nobody ever joined. */
  #ensureGroup(groupId: string): void {
    if (!this.#groups.has(groupId)) this.#groups.set(groupId, new ClassicGroup(groupId, 'Empty', this.#nowMs))
  }

  #scheduleExpiry(): void {
    this.#timers.schedule(EXPIRY_KEY, this.#options.settings.offsetsRetentionCheckIntervalMs, () => {
      this.#scheduleExpiry()
      const decision = expireOffsets(this.#context)
      const expired = decision.records.filter(({ kind }) => kind === 'offset').length
      this.#options.totals.offsetExpirations += expired
      this.#options.totals.offsetDeletions -= expired
      return decision.records.length === 0 ? NOTHING : decision
    })
  }
}
