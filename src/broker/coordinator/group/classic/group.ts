/**
 * One group of the classic protocol: its members, its generation, and where it stands in the rebalance.
 *
 *              member joins                 all joined, or time is up           leader's assignment stored
 *   Empty ------------------> Preparing --------------------------> Completing ---------------------------> Stable
 *     ^                       Rebalance <-- member comes or goes -- Rebalance                                  |
 *     |                         |   ^                                                                          |
 *     +---- nobody is left -----+   +------------------------- member comes or goes ---------------------------+
 *
 *   Dead: deleted; nothing leads out of it.
 *
 * Requests and timers change this state; what has to survive is written as a group record when a generation is stored.
 */
import { assert } from '../../../../base/assert.ts'
import { errorCode } from '../../../../protocol/errors.ts'
import { type ClassicMember, type JoinReply, type MemberProtocol, metadataFor, NO_ASSIGNMENT } from './member.ts'
import { subscribedTopicsOf } from './subscription.ts'

export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

const PREVIOUS: Record<ClassicState, readonly ClassicState[]> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'],
}

export const CONSUMER_PROTOCOL_TYPE = 'consumer'

export class ClassicGroup {
  readonly groupId: string
  state: ClassicState
  previousState: ClassicState = 'Dead'
  generation: number
  /** `consumer`, `connect` …; null until somebody joined. */
  protocolType: string | null
  /** The protocol chosen for this generation. */
  protocolName: string | null
  leaderId: string | null
  /** When the state changed last; -1 when a record of an old version did not say. */
  stateTimestampMs: number
  /** Someone joined while the first rebalance waits for more members. */
  newMemberAdded = false
  /** Topics of the chosen protocol's subscriptions; undefined when they are not known. */
  subscribedTopics: ReadonlySet<string> | undefined
  /** Invariant: in the order of joining; member ids are the keys. */
  readonly members = new Map<string, ClassicMember>()
  /** Instance id to member id. Invariant: each value is a key of `members`. */
  readonly staticMembers = new Map<string, string>()
  /** Ids given out with MEMBER_ID_REQUIRED whose owners did not come back yet. Disjoint from `members`. */
  readonly pendingJoin = new Set<string>()
  /** Members of this generation that have not asked for their assignment yet. */
  readonly pendingSync = new Set<string>()

  constructor(groupId: string, state: ClassicState, nowMs: number) {
    this.groupId = groupId
    this.state = state
    this.generation = 0
    this.protocolType = null
    this.protocolName = null
    this.leaderId = null
    this.stateTimestampMs = nowMs
  }

  transitionTo(state: ClassicState, nowMs: number): void {
    assert(PREVIOUS[state].includes(this.state), `group ${this.groupId} cannot go from ${this.state} to ${state}`)
    this.previousState = this.state
    this.state = state
    this.stateTimestampMs = nowMs
  }

  get canRebalance(): boolean {
    return PREVIOUS.PreparingRebalance.includes(this.state)
  }

  /** Committed to by consumers that use no group membership: nobody ever joined. */
  get isSimple(): boolean {
    return this.protocolType === null && this.state === 'Empty' && this.pendingJoin.size === 0
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  get awaitingJoinCount(): number {
    let count = 0
    for (const member of this.members.values()) if (member.awaitingJoin !== undefined) count++
    return count
  }

  get hasAllMembersJoined(): boolean {
    return this.pendingJoin.size === 0 && this.awaitingJoinCount === this.members.size
  }

  /** The longest rebalance timeout of the members; 0 without members. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  add(member: ClassicMember, protocolType: string): void {
    if (member.instanceId !== null) {
      assert(!this.staticMembers.has(member.instanceId), `instance ${member.instanceId} is a member already`)
      this.staticMembers.set(member.instanceId, member.memberId)
    }
    if (this.members.size === 0) this.protocolType = protocolType
    assert(this.protocolType === protocolType, 'members of a group share its protocol type')
    this.leaderId ??= member.memberId
    this.members.set(member.memberId, member)
    this.pendingJoin.delete(member.memberId)
  }

  /** Takes the member out; whoever waits for an answer under its id gets one. */
  remove(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) {
      this.completeJoin(member, { memberId, errorCode: errorCode('UNKNOWN_MEMBER_ID') })
      completeSync(member, { errorCode: errorCode('UNKNOWN_MEMBER_ID') })
      this.members.delete(memberId)
      if (member.instanceId !== null) this.staticMembers.delete(member.instanceId)
    }
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
    this.pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
  }

  /** Gives a static member's place to its restarted client. Whoever waits under the old id is fenced off. */
  replaceStatic(instanceId: string, oldMemberId: string, newMemberId: string): ClassicMember {
    const old = this.members.get(oldMemberId)
    assert(old !== undefined, `member ${oldMemberId} to be replaced is not in group ${this.groupId}`)
    this.completeJoin(old, { memberId: oldMemberId, errorCode: 82 })
    completeSync(old, { errorCode: 82 })
    const member: ClassicMember = { ...old, memberId: newMemberId, isNew: false }
    // Keeps the order of joining: the map is written anew with the id swapped.
    const entries = [...this.members.values()].map((each) => (each === old ? member : each))
    this.members.clear()
    for (const each of entries) this.members.set(each.memberId, each)
    if (this.leaderId === oldMemberId) this.leaderId = newMemberId
    if (this.pendingSync.delete(oldMemberId)) this.pendingSync.add(newMemberId)
    this.staticMembers.set(instanceId, newMemberId)
    return member
  }

  /** When the leader did not rejoin, one who did leads. False: nobody rejoined, or there is no leader. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.awaitingJoin !== undefined) return true
    for (const member of this.members.values()) {
      if (member.awaitingJoin === undefined) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** Begins the next generation with the members there are. */
  initNextGeneration(nowMs: number): void {
    this.generation++
    this.protocolName = this.members.size === 0 ? null : this.selectProtocol()
    this.subscribedTopics = this.computeSubscribedTopics()
    this.transitionTo(this.members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs)
    this.pendingSync.clear()
  }

  /** Each member votes for the first of its protocols that all share; the most votes win, the earliest on a tie. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const choice = member.protocols.find((offered) => this.#offeredByAll(offered.name))
      assert(choice !== undefined, `member ${member.memberId} shares no protocol with group ${this.groupId}`)
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    let winner: string | undefined
    for (const [name, count] of votes) if (winner === undefined || count > votes.get(winner)!) winner = name
    assert(winner !== undefined, 'a protocol is chosen among members')
    return winner
  }

  supportsProtocols(protocolType: string, protocols: readonly { readonly name: string }[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    return this.protocolType === protocolType && protocols.some((protocol) => this.#offeredByAll(protocol.name))
  }

  #offeredByAll(name: string): boolean {
    for (const member of this.members.values()) {
      if (!member.protocols.some((protocol) => protocol.name === name)) return false
    }
    return true
  }

  /** A JoinGroup that waits under this id is answered when another one takes its place: its connection waits for it. */
  updateMember(
    member: ClassicMember,
    protocols: readonly MemberProtocol[],
    timeouts: { rebalanceTimeoutMs: number; sessionTimeoutMs: number },
    awaitingJoin: JoinReply | undefined,
  ): void {
    member.protocols = protocols
    member.rebalanceTimeoutMs = timeouts.rebalanceTimeoutMs
    member.sessionTimeoutMs = timeouts.sessionTimeoutMs
    if (awaitingJoin !== undefined) {
      this.completeJoin(member, { memberId: member.memberId, errorCode: errorCode('REBALANCE_IN_PROGRESS') })
    }
    member.awaitingJoin = awaitingJoin
  }

  /** Answers a waiting JoinGroup; false when none waits. */
  completeJoin(member: ClassicMember, response: Parameters<JoinReply>[0]): boolean {
    const reply = member.awaitingJoin
    if (reply === undefined) return false
    member.awaitingJoin = undefined
    reply(response)
    return true
  }

  computeSubscribedTopics(): ReadonlySet<string> | undefined {
    if (this.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
    if (this.members.size === 0) return new Set()
    if (this.protocolName === null) return undefined
    return subscribedTopicsOf([...this.members.values()].map((member) => metadataFor(member, this.protocolName)))
  }

  /** True also for a consumer group whose subscriptions cannot be read: then no offset may be taken for unused. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  /** What the leader is told of the members. */
  memberList(): { memberId: string; groupInstanceId: string | null; metadata: Buffer }[] {
    return [...this.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      metadata: metadataFor(member, this.protocolName),
    }))
  }

  assignments(): Map<string, Buffer> {
    return new Map([...this.members.values()].map((member) => [member.memberId, member.assignment]))
  }
}

/** Answers a waiting SyncGroup; false when none waits. */
export function completeSync(
  member: ClassicMember,
  response: Parameters<NonNullable<ClassicMember['awaitingSync']>>[0],
): boolean {
  const reply = member.awaitingSync
  if (reply === undefined) return false
  member.awaitingSync = undefined
  reply({ assignment: NO_ASSIGNMENT, ...response })
  return true
}
