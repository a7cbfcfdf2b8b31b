/**
 * The in-sync set of a partition as its leader sees it: what the controller committed, and the one change that may be on
 * its way there. Whether the controller took a change is unknown until it answers; so what must hold for all in-sync
 * replicas holds for the maximal set: the committed one, with who is proposed to join, and with who is proposed to leave.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { ErrorName } from '../../protocol/errors.ts'

/** A change of the in-sync set, made from one state of the partition; compared by identity. */
export interface IsrProposal {
  readonly topicId: Uuid
  readonly partition: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly change: 'expand' | 'shrink'
  /** With the epochs under which they fetch; -1: not known. */
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
}

/** What the controller said to a proposal. */
export type IsrAnswer =
  | { readonly error: ErrorName }
  | {
      readonly error: 'NONE'
      readonly leaderEpoch: number
      readonly partitionEpoch: number
      readonly isr: readonly number[]
      readonly leaderRecoveryState: number
    }

/** The proposal cannot succeed as it is, and another one may: the partition goes on from what is committed. */
export const REFUSED_FOR_NOW: ReadonlySet<ErrorName> = new Set(['OPERATION_NOT_ATTEMPTED', 'INELIGIBLE_REPLICA'])
/** The metadata has moved on: what follows from that comes with the metadata. */
export const OVERTAKEN: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INVALID_UPDATE_VERSION',
  'FENCED_LEADER_EPOCH',
  'INVALID_REQUEST',
  'NEW_LEADER_ELECTED',
])

/** The set that must have a record before it counts as committed. */
export function maximalIsr(committed: readonly number[], pending: IsrProposal | undefined): readonly number[] {
  if (pending?.change !== 'expand') return committed
  return pending.isr.map(({ brokerId }) => brokerId)
}
