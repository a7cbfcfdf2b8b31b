/**
 * A member of a classic group: who it is, which protocols it can speak, what it was assigned, and the answers that it
 * waits for.
 */
import type { ResponseInput } from '../../../../protocol/apis.ts'

export type JoinReply = (response: ResponseInput<'JoinGroup'>) => void
export type SyncReply = (response: ResponseInput<'SyncGroup'>) => void

/** One way to share out the work that a member offers, with what its assignor needs to know. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface ClassicMember {
  readonly memberId: string
  /** Set for static members, which keep their place while they restart. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  protocols: readonly MemberProtocol[]
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  assignment: Buffer
  /** True until the first rebalance that it takes part in completes: until then its session runs while it waits. */
  isNew: boolean
  /** Set while a JoinGroup waits for the rebalance to complete. */
  awaitingJoin: JoinReply | undefined
  /** Set while a SyncGroup waits for the leader's assignment. */
  awaitingSync: SyncReply | undefined
}

export const NO_ASSIGNMENT = Buffer.alloc(0)

/** A member that waits for an answer needs no heartbeat, except a new one: its client may be gone. */
export function hasSatisfiedHeartbeat(member: ClassicMember): boolean {
  return !member.isNew && (member.awaitingJoin !== undefined || member.awaitingSync !== undefined)
}

/** Same protocols in the same order with the same metadata. */
export function offersSame(member: ClassicMember, protocols: readonly MemberProtocol[]): boolean {
  if (member.protocols.length !== protocols.length) return false
  return member.protocols.every((mine, index) => {
    const other = protocols[index]!
    return mine.name === other.name && mine.metadata.equals(other.metadata)
  })
}

/** The member's metadata for a protocol; empty when it does not offer it. */
export function metadataFor(member: ClassicMember, protocol: string | null): Buffer {
  return member.protocols.find((offered) => offered.name === protocol)?.metadata ?? NO_ASSIGNMENT
}

/** Detached from the request's buffer, which is much longer than what is kept. Of two with one name the first counts. */
export function copyProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  const byName = new Map<string, MemberProtocol>()
  for (const { name, metadata } of protocols) {
    if (!byName.has(name)) byName.set(name, { name, metadata: Buffer.from(metadata) })
  }
  return [...byName.values()]
}
