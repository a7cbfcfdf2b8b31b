/**
 * What the commands of one group shard share: its groups, its offsets, its timers and settings, and the time of the
 * command at hand. No command reads a clock of its own.
 */
import type { Logger } from '../../../base/log.ts'
import type { Random } from '../../../base/random.ts'
import type { ApiError, ErrorName } from '../../../protocol/errors.ts'
import { ApiError as Outcome } from '../../../protocol/errors.ts'
import type { Decision } from '../machine.ts'
import type { ClassicGroup } from './classic/group.ts'
import type { GroupSettings } from './config.ts'
import type { OffsetStore } from './offset-store.ts'
import type { GroupRecord } from './records.ts'
import type { GroupTopics } from './topics.ts'

export type GroupDecision<Res = undefined> = Decision<GroupRecord, Res>

/** Who asks: the parts of a request's context that groups record or depend on. */
export interface GroupRequestContext {
  readonly version: number
  readonly clientId: string | null
  /** Address of the client, without a leading slash. */
  readonly clientHost: string
}

export interface GroupTimers {
  schedule(key: string, delayMs: number, operation: () => GroupDecision<unknown>): void
  cancel(key: string): void
}

export interface GroupContext {
  readonly groups: Map<string, ClassicGroup>
  readonly offsets: OffsetStore
  readonly timers: GroupTimers
  readonly settings: GroupSettings
  readonly topics: GroupTopics
  readonly random: Random
  readonly logger: Logger
  /** Wall clock of the command at hand. */
  readonly nowMs: number
}

/** Nothing to write, nothing to answer. */
export const NOTHING: GroupDecision = { records: [], response: undefined }

/** The group, or GROUP_ID_NOT_FOUND. */
export function requireGroup(context: GroupContext, groupId: string): ClassicGroup {
  const group = context.groups.get(groupId)
  if (group === undefined || group.state === 'Dead') {
    throw new Outcome('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`)
  }
  return group
}

/** What a client of the group sees of a failed write or a lost leadership. */
export function coordinatorError(error: ApiError): ErrorName {
  switch (error.error) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
      return 'COORDINATOR_NOT_AVAILABLE'
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'KAFKA_STORAGE_ERROR':
      return 'NOT_COORDINATOR'
    case 'NETWORK_EXCEPTION':
      return 'COORDINATOR_LOAD_IN_PROGRESS'
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
    case 'INVALID_FETCH_SIZE':
      return 'UNKNOWN_SERVER_ERROR'
    default:
      return error.error
  }
}
