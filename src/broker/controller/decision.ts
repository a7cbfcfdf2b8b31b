/**
 * Decide, append, replay. A manager's function reads the state and returns the records that would change it and the
 * response; it changes nothing. The runtime appends the records, replays them, and lets the response go when they are
 * committed.
 */
import type { Random } from '../../base/random.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import type { BrokerImage } from '../metadata/cluster.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import type { Heartbeats } from './heartbeats.ts'

export interface Decision<R> {
  readonly records: readonly MetadataRecord[]
  readonly response: R
  /** The records may be written in several batches: each leaves a state that may be. Otherwise they are one batch. */
  readonly divisible?: boolean
}

/** What a decision is made from. */
export interface ControllerContext {
  /** The metadata with everything decided so far, committed or not. */
  readonly state: MetadataImage
  readonly heartbeats: Heartbeats
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly nodeId: number
  /** See ControllerOptions. */
  readonly ownIncarnationId?: Uuid
  /** The finalised kraft.version, which the quorum keeps by itself; absent: 0. */
  readonly kraftVersion?: () => number
  /** Raises it. Throws ApiError; absent: it cannot be raised. */
  readonly upgradeKraftVersion?: (version: number, validateOnly: boolean) => void
  readonly random: Random
  /** Offset that the next record will get. */
  readonly nextOffset: number
  /** Monotonic. */
  readonly nowMs: number
}

/** Records that one user request may cause at most. */
export const RECORDS_PER_REQUEST_MAX = 10_000

/** Throws ApiError POLICY_VIOLATION when a user's request would cause too many records. */
export function checkRecordCount(records: readonly MetadataRecord[]): void {
  if (records.length <= RECORDS_PER_REQUEST_MAX) return
  throw new ApiError('POLICY_VIOLATION', 'Unable to perform excessively large batch operation.')
}

/** Error fields of a response entry. */
export interface ErrorFields {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const NO_ERROR: ErrorFields = { errorCode: 0, errorMessage: null }

export function errorFields(error: unknown): ErrorFields {
  if (!(error instanceof ApiError)) throw error
  return { errorCode: errorCode(error.error), errorMessage: error.message }
}

/** Unfenced and not on its way down: may lead and get replicas. */
export function isActive(broker: BrokerImage | undefined): boolean {
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
}

/** Throws unless `id` is registered with just this epoch: an older one comes from a former life of the broker. */
export function checkBrokerEpoch(state: MetadataImage, id: number, epoch: number): BrokerImage {
  const broker = state.brokers.get(id)
  if (broker === undefined) {
    throw new ApiError('STALE_BROKER_EPOCH', `No broker registration found for broker id ${id}`)
  }
  if (broker.epoch !== epoch) {
    throw new ApiError('STALE_BROKER_EPOCH', `Expected broker epoch ${broker.epoch}, but got broker epoch ${epoch}`)
  }
  return broker
}

/** The keys that stand more than once in `items`. */
export function duplicatesOf<T>(items: readonly T[], keyOf: (item: T) => string): Set<string> {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const item of items) {
    const key = keyOf(item)
    if (seen.has(key)) duplicates.add(key)
    seen.add(key)
  }
  return duplicates
}
