/**
 * What must hold of the metadata quorum (M1 to M11 of the catalogue), looked at from outside at every event: the checker
 * knows each node's disk, every vote that left, and everything that anybody ever called committed.
 */
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import type { VoteRequest, VoteResponse } from '../../../src/broker/raft/messages.ts'
import type { QuorumState } from '../../../src/broker/raft/quorum-state.ts'
import { type ReplicaKey, sameReplica, type VoterSet } from '../../../src/broker/raft/voters.ts'
import { Violation } from '../engine/violation.ts'
import type { DiskImage } from './sim-log.ts'

/** What the checker may look at of a node. */
export interface CheckedNode {
  readonly id: number
  readonly key: ReplicaKey
  readonly disk: DiskImage
}

const CONTROL = -1

export class QuorumChecks {
  /** Of every offset that is committed: the epoch and the value, CONTROL for the quorum's own records. */
  readonly epochs: number[] = []
  readonly values: number[] = []
  /** Of every offset that a leader called committed: the epoch of the first that did. */
  private readonly committedIn: number[] = []
  /** Hash of the state after the batch that ends at an offset. */
  private readonly states = new Map<number, number>()
  private readonly leaders = new Map<number, string>()
  private readonly votes = new Map<string, string>()
  private readonly persisted = new Map<string, number>()
  readonly nodes: () => Iterable<CheckedNode>

  constructor(nodes: () => Iterable<CheckedNode>) {
    this.nodes = nodes
  }

  /** Everything before was committed by some leader. */
  get committedEnd(): number {
    return this.epochs.length
  }

  /**
   * M1, M4: a node leads `epoch`; `holds` looks into its log. What a leader of a later epoch has committed is not asked
   * for: votes that were late make a leader that nobody follows any more.
   */
  elected(node: CheckedNode, epoch: number, holds: (offset: number, epoch: number) => boolean): void {
    const name = nameOf(node.key)
    const other = this.leaders.get(epoch)
    if (other !== undefined && other !== name) fail('M1', `nodes ${other} and ${name} lead epoch ${epoch}`)
    this.leaders.set(epoch, name)
    for (let offset = 0; offset < this.epochs.length; offset++) {
      if (this.committedIn[offset]! >= epoch) break
      if (!holds(offset, this.epochs[offset]!)) {
        fail('M4', `node ${name} leads epoch ${epoch} without the committed record ${offset} of ${this.epochs[offset]}`)
      }
    }
  }

  /** M7: epochs on a disk never fall; a vote, once there, stands for its epoch. */
  persists(node: CheckedNode, state: QuorumState): void {
    const name = nameOf(node.key)
    const former = this.persisted.get(name) ?? 0
    if (state.epoch < former) fail('M7', `the epoch of node ${name} falls from ${former} to ${state.epoch} on its disk`)
    this.persisted.set(name, state.epoch)
  }

  /** M7: what a node says, its disk knows. */
  says(node: CheckedNode, epoch: number): void {
    const known = node.disk.state?.epoch ?? 0
    if (epoch > 0 && known < epoch)
      fail('M7', `node ${nameOf(node.key)} speaks for epoch ${epoch}, on its disk is ${known}`)
  }

  /** M2: a candidate asks in an epoch in which it has voted for itself. */
  asksForVotes(node: CheckedNode, request: VoteRequest): void {
    if (!request.preVote) this.casts(node, request.epoch, request.candidate)
  }

  /** M2: a vote is on the disk before it leaves, and is the only one of its epoch. */
  grants(node: CheckedNode, request: VoteRequest, response: VoteResponse): void {
    if (response.granted && !request.preVote) this.casts(node, request.epoch, request.candidate)
  }

  private casts(node: CheckedNode, epoch: number, candidate: ReplicaKey): void {
    const { state } = node.disk
    const name = nameOf(node.key)
    if (state === undefined || state.epoch < epoch)
      fail('M2', `node ${name} votes in epoch ${epoch} before it is on its disk`)
    // A leader, and who knows one, keeps no vote: that the epoch has a leader forbids others.
    const isKept = state.epoch > epoch || state.votedId === candidate.id || state.leaderId === node.id
    if (!isKept) fail('M2', `node ${name} votes for ${candidate.id} in epoch ${epoch}, on its disk is ${state.votedId}`)
    const key = `${name}/${epoch}`
    const former = this.votes.get(key)
    if (former !== undefined && former !== nameOf(candidate)) {
      fail('M2', `node ${name} votes for ${former} and for ${nameOf(candidate)} in epoch ${epoch}`)
    }
    this.votes.set(key, nameOf(candidate))
  }

  /** M5, M6: a leader calls everything before `end` committed; `epochAt` reads its log. */
  commits(node: CheckedNode, end: number, epoch: number, voters: VoterSet, lastEpoch: number): void {
    if (lastEpoch !== epoch) {
      fail('M6', `node ${node.id} commits up to ${end} in epoch ${epoch} by a record of epoch ${lastEpoch}`)
    }
    while (this.committedIn.length < end) this.committedIn.push(epoch)
    let holders = 0
    const nodes = [...this.nodes()]
    for (const voter of voters.values()) {
      const holder = nodes.find((each) => sameReplica(each.key, voter))
      if (holder?.disk.holds(end - 1, lastEpoch) === true) holders++
    }
    if (holders < voters.majority) {
      fail('M5', `node ${node.id} commits ${end - 1} of epoch ${epoch}, which is on ${holders} of ${voters.size} disks`)
    }
  }

  /** M5: a batch is handed to a node's state machine. */
  applies(
    node: CheckedNode,
    batch: { baseOffset: number; lastOffset: number; epoch: number },
    values: readonly number[],
  ): void {
    for (let offset = batch.baseOffset; offset <= batch.lastOffset; offset++) {
      const value = values[offset - batch.baseOffset] ?? CONTROL
      if (offset < this.epochs.length) {
        if (this.epochs[offset] !== batch.epoch || this.values[offset] !== value) {
          const known = `${this.values[offset]} of epoch ${this.epochs[offset]}`
          fail(
            'M5',
            `node ${node.id} applies ${value} of epoch ${batch.epoch} at ${offset}, where ${known} was committed`,
          )
        }
      } else if (offset > this.epochs.length)
        fail('M5', `node ${node.id} applies ${offset} before ${this.epochs.length}`)
      else {
        this.epochs.push(batch.epoch)
        this.values.push(value)
      }
    }
  }

  /** M9: the state after `offset` is the same on every node. */
  reached(node: CheckedNode, offset: number, state: number, how: 'M8' | 'M9'): void {
    const known = this.states.get(offset)
    if (known === undefined) {
      if (how === 'M8' && offset >= 0)
        fail('M8', `node ${node.id} loads a snapshot of ${offset}, which nobody has applied`)
      this.states.set(offset, state)
    } else if (known !== state) {
      fail(how, `the state of node ${node.id} after ${offset} is ${state}, another node's was ${known}`)
    }
  }

  /** M10: one voter comes or goes at a time, and only after the former change is committed. */
  changesVoters(node: CheckedNode, change: VoterChangeSeen): void {
    const { before, after, formerOffset, highWatermark, epochStart } = change
    const names = (voters: VoterSet) => new Set(voters.values().map(nameOf))
    const [had, has] = [names(before), names(after)]
    const moved = [...has].filter((name) => !had.has(name)).length + [...had].filter((name) => !has.has(name)).length
    if (moved === 0) return
    if (moved > 1) fail('M10', `node ${node.id} changes ${moved} voters at once`)
    if (formerOffset >= highWatermark && formerOffset >= 0) {
      fail('M10', `node ${node.id} changes the voters while the change at ${formerOffset} is not committed`)
    }
    if (highWatermark <= epochStart) {
      fail('M10', `node ${node.id} changes the voters before it has committed anything in its epoch`)
    }
  }
}

export interface VoterChangeSeen {
  readonly before: VoterSet
  readonly after: VoterSet
  /** Where the set before stands in the log; -1 when it does not. */
  readonly formerOffset: number
  readonly highWatermark: number
  readonly epochStart: number
}

export function nameOf({ id, directoryId }: ReplicaKey): string {
  return directoryId === ZERO_UUID ? String(id) : `${id}/${directoryId.slice(-4)}`
}

function fail(invariant: string, message: string): never {
  throw new Violation(invariant, message)
}
