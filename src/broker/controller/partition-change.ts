/**
 * Builds the record for a change of one partition: replicas, ISR, eligible leader replicas (KIP-966), leader. Rules: the leader
 * is in the ISR; without eligible leader replicas the ISR never becomes empty (its last member stays, and the partition is
 * offline while that broker is away); a leader from outside both only where unclean election is allowed, and then the
 * partition is marked as recovering. A reassignment whose new replicas are in the ISR ends with the change that brought
 * them there. The record says only what changes, as Kafka's does.
 */
import type { Uuid } from '../../base/uuid.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { LEADER_UNCHANGED, NO_LEADER, type PartitionImage, RECOVERED, RECOVERING } from '../metadata/topics.ts'

/** `online`: keep or find a leader; `preferred`: the first replica where it can lead; `unclean`: any replica if need be. */
export type Election = 'online' | 'preferred' | 'unclean'

export interface PartitionChangeOptions {
  readonly topicId: Uuid
  readonly before: PartitionImage
  /** May this broker lead now? */
  readonly isAcceptableLeader: (id: number) => boolean
  readonly election?: Election
  /** From the finalised features. */
  readonly recordVersion: number
  readonly metadataVersion: number
  readonly elrEnabled: boolean
  /** min.insync.replicas of the topic, at most its replication factor. */
  readonly minIsr: number
  /** Where a replica lies that the partition did not have before. */
  readonly defaultDirectory: (id: number) => Uuid
  readonly targetIsr?: readonly number[]
  readonly targetReplicas?: readonly number[]
  readonly targetRemoving?: readonly number[]
  readonly targetAdding?: readonly number[]
  readonly targetRecoveryState?: number
  /** A broker's replica lies in this directory. */
  readonly targetDirectory?: { readonly broker: number; readonly directory: Uuid }
  /** Lost what was not yet on disk: neither in sync nor eligible any more. */
  readonly uncleanShutdown?: number
}

/** metadata.version from which a smaller ISR needs no new leader epoch (3.6-IV0). */
const NO_BUMP_ON_SHRINK = 12
/** metadata.version from which partitions know the directories of their replicas (3.7-IV2). */
export const DIRECTORY_ASSIGNMENT_VERSION = 17

interface Target {
  isr: readonly number[]
  replicas: readonly number[]
  removing: readonly number[]
  adding: readonly number[]
  elr: readonly number[]
}

/** The record, or undefined when nothing changes. */
export function partitionChange(options: PartitionChangeOptions): MetadataRecord | undefined {
  const { before, elrEnabled } = options
  const target: Target = {
    isr: options.targetIsr ?? before.isr,
    replicas: options.targetReplicas ?? before.replicas,
    removing: options.targetRemoving ?? before.removing,
    adding: options.targetAdding ?? before.adding,
    elr: before.elr,
  }
  completeReassignment(target)
  if (elrEnabled) target.elr = eligibleLeaders(options, target)

  const elected = elect(options, target)
  const leaderChanges = elected.leader !== before.leader
  if (leaderChanges && target.elr.includes(elected.leader)) {
    target.isr = [elected.leader]
    target.elr = target.elr.filter((id) => id !== elected.leader)
  }
  const isUnclean = leaderChanges && elected.unclean
  let recovery = isUnclean && before.leaderRecoveryState !== RECOVERING ? RECOVERING : -1
  let leader = leaderChanges ? elected.leader : LEADER_UNCHANGED
  // A replica that goes must not be taken for one that is still there.
  if (leader === LEADER_UNCHANGED && !includesAll(target.replicas, before.replicas)) leader = before.leader

  if (isUnclean || !elrEnabled) target.elr = []
  let isr: readonly number[] | undefined
  if (isUnclean) isr = [elected.leader]
  else if ((target.isr.length > 0 || elrEnabled) && !sameList(target.isr, before.isr)) isr = target.isr
  // Up to 3.5 a smaller ISR needed a new leader epoch, so that followers notice.
  const isShrink = isr !== undefined && !includesAll(isr, before.isr)
  if (options.metadataVersion < NO_BUMP_ON_SHRINK && leader === LEADER_UNCHANGED && isShrink) leader = before.leader
  const wantedRecovery = options.targetRecoveryState ?? before.leaderRecoveryState
  if (wantedRecovery !== before.leaderRecoveryState) recovery = wantedRecovery

  const changes = {
    ...(isr === undefined ? {} : { isr }),
    ...(sameList(target.elr, before.elr) ? {} : { eligibleLeaderReplicas: target.elr }),
    ...lastKnownLeader(options, leader),
    ...assignmentChanges(options, target),
    ...(recovery === -1 ? {} : { leaderRecoveryState: recovery }),
    ...(leader === LEADER_UNCHANGED ? {} : { leader }),
  }
  if (Object.keys(changes).length === 0) return undefined
  return metadataRecord('PartitionChangeRecord', options.recordVersion, {
    partitionId: before.partition,
    topicId: options.topicId,
    leader: LEADER_UNCHANGED,
    ...changes,
  })
}

/** A reassignment under way ends when what it adds is in sync and what stays is not empty. */
function completeReassignment(target: Target): void {
  const { removing, adding } = target
  if (removing.length === 0 && adding.length === 0) return
  const isr = target.isr.filter((id) => !removing.includes(id))
  const replicas = target.replicas.filter((id) => !removing.includes(id))
  if (removing.length > 0 && (isr.length === 0 || replicas.length === 0)) return
  if (!includesAll(isr, adding)) return
  if (adding.length < removing.length && !includesAll(isr, replicas)) return
  target.isr = isr
  target.replicas = replicas
  target.removing = []
  target.adding = []
}

/**
 * While fewer than min.insync.replicas are in sync nothing new is acknowledged for them, so who leaves the ISR then still has
 * everything that was: it may lead later.
 */
function eligibleLeaders({ before, minIsr, uncleanShutdown }: PartitionChangeOptions, target: Target): number[] {
  if (target.isr.length >= minIsr) return []
  const candidates = [...new Set([...before.elr, ...before.isr])]
  // Whose replica went with a reassignment has nothing any more, and would have nothing if it came back.
  const isEligible = (id: number) => !target.isr.includes(id) && id !== uncleanShutdown && target.replicas.includes(id)
  return javaSetOrder(candidates.filter(isEligible))
}

/** The order in which a Java HashSet of few small numbers hands them out; records are written in it. */
function javaSetOrder(ids: number[]): number[] {
  const placeOf = (id: number): number => (id ^ (id >>> 16)) & 15
  return ids.sort((one, other) => placeOf(one) - placeOf(other))
}

function elect(
  options: PartitionChangeOptions,
  target: Target,
): { readonly leader: number; readonly unclean: boolean } {
  const { before, isAcceptableLeader, election } = options
  const mayLead = (id: number) =>
    (target.isr.includes(id) || (target.isr.length === 0 && target.elr.includes(id))) && isAcceptableLeader(id)
  const preferred = target.replicas[0]
  if (election === 'preferred' && preferred !== undefined && mayLead(preferred)) {
    return { leader: preferred, unclean: false }
  }
  if (mayLead(before.leader)) return { leader: before.leader, unclean: false }
  const clean = target.replicas.find(mayLead)
  if (clean !== undefined) return { leader: clean, unclean: false }
  const lastKnown = before.lastKnownElr.length === 1 ? before.lastKnownElr[0] : undefined
  const nobodyLeft = options.elrEnabled && target.elr.length === 0 && target.isr.length === 0
  if (nobodyLeft && lastKnown !== undefined && target.replicas.includes(lastKnown) && isAcceptableLeader(lastKnown)) {
    return { leader: lastKnown, unclean: true }
  }
  const unclean = election === 'unclean' ? target.replicas.find(isAcceptableLeader) : undefined
  return unclean === undefined ? { leader: NO_LEADER, unclean: false } : { leader: unclean, unclean: true }
}

/** Who led last is kept while nobody leads: when all replicas are lost, it is the one to begin with. */
function lastKnownLeader({ before, elrEnabled }: PartitionChangeOptions, leader: number) {
  if (!elrEnabled) return {}
  if (leader === NO_LEADER && before.lastKnownElr.length === 0) return { lastKnownElr: [before.leader] }
  return leader >= 0 && before.lastKnownElr.length > 0 ? { lastKnownElr: [] } : {}
}

function assignmentChanges(options: PartitionChangeOptions, target: Target) {
  const { before, targetDirectory, defaultDirectory } = options
  const directoryOf = (id: number): Uuid => {
    if (targetDirectory?.broker === id) return targetDirectory.directory
    return before.directories[before.replicas.indexOf(id)] ?? defaultDirectory(id)
  }
  const knowsDirectories = options.metadataVersion >= DIRECTORY_ASSIGNMENT_VERSION && target.replicas.length > 0
  const directories = knowsDirectories ? target.replicas.map(directoryOf) : before.directories
  return {
    ...(sameList(directories, before.directories) ? {} : { directories }),
    ...(target.replicas.length === 0 || sameList(target.replicas, before.replicas)
      ? {}
      : { replicas: target.replicas }),
    ...(sameList(target.removing, before.removing) ? {} : { removingReplicas: target.removing }),
    ...(sameList(target.adding, before.adding) ? {} : { addingReplicas: target.adding }),
  }
}

function includesAll(list: readonly number[], members: readonly number[]): boolean {
  return members.every((id) => list.includes(id))
}

function sameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one === other || (one.length === other.length && one.every((item, index) => item === other[index]))
}

export { RECOVERED }
