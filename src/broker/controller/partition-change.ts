/**
 * Builds the record for a change of one partition: who is in the ISR, who leads. Rules: the leader is in the ISR; the
 * ISR never becomes empty (its last member stays, and the partition is offline while that broker is away); a leader from
 * outside the ISR only where unclean election is allowed, and then the partition is marked as recovering.
 */
import type { Uuid } from '../../base/uuid.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { LEADER_UNCHANGED, NO_LEADER, type PartitionImage, RECOVERED, RECOVERING } from '../metadata/topics.ts'

export interface PartitionChangeOptions {
  readonly topicId: Uuid
  readonly before: PartitionImage
  /** May this broker lead now? */
  readonly isAcceptableLeader: (id: number) => boolean
  readonly uncleanElection: boolean
  /** The first replica is to lead where it can. */
  readonly preferredElection?: boolean
  /** From the finalised features. */
  readonly recordVersion: number
  readonly metadataVersion: number
  readonly targetIsr?: readonly number[]
  readonly targetRecoveryState?: number
  /** The log directory of each replica, in the order of the replicas. */
  readonly targetDirectories?: readonly Uuid[]
}

/** The record, or undefined when nothing changes. */
export function partitionChange(options: PartitionChangeOptions): MetadataRecord | undefined {
  const { before, topicId } = options
  const wanted = options.targetIsr ?? before.isr
  const kept = wanted.length === 0 ? before.isr : wanted
  const elected = electLeader(options, kept)
  const recovery = elected.unclean
    ? RECOVERING
    : elected.leader === before.leader
      ? (options.targetRecoveryState ?? -1)
      : -1
  const isr = elected.unclean ? [elected.leader] : kept
  const isrChanges = !sameMembers(isr, before.isr)
  const leaderChanges = elected.leader !== before.leader
  const recoveryChanges = recovery !== -1 && recovery !== before.leaderRecoveryState
  const directories = options.targetDirectories
  const directoriesChange = directories?.some((id, index) => id !== before.directories[index]) === true
  if (!isrChanges && !leaderChanges && !recoveryChanges && !directoriesChange) return undefined
  // Up to 3.5 a smaller ISR needed a new leader epoch, so that followers notice.
  const bump = options.metadataVersion < 12 && isr.length < before.isr.length && elected.leader !== NO_LEADER
  return metadataRecord('PartitionChangeRecord', options.recordVersion, {
    partitionId: before.partition,
    topicId,
    ...(isrChanges ? { isr } : {}),
    leader: leaderChanges || bump ? elected.leader : LEADER_UNCHANGED,
    ...(recoveryChanges ? { leaderRecoveryState: recovery } : {}),
    ...(directoriesChange ? { directories } : {}),
  })
}

function electLeader(
  options: PartitionChangeOptions,
  isr: readonly number[],
): { readonly leader: number; readonly unclean: boolean } {
  const { before, isAcceptableLeader } = options
  const mayLead = (id: number) => isr.includes(id) && isAcceptableLeader(id)
  const preferred = before.replicas[0]
  if (options.preferredElection === true && preferred !== undefined && mayLead(preferred)) {
    return { leader: preferred, unclean: false }
  }
  if (before.leader !== NO_LEADER && mayLead(before.leader)) return { leader: before.leader, unclean: false }
  const clean = before.replicas.find(mayLead)
  if (clean !== undefined) return { leader: clean, unclean: false }
  if (options.uncleanElection) {
    const unclean = before.replicas.find(isAcceptableLeader)
    if (unclean !== undefined) return { leader: unclean, unclean: true }
  }
  return { leader: NO_LEADER, unclean: false }
}

export function sameMembers(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id))
}

export { RECOVERED }
