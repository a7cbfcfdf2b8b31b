/**
 * Voter sets. A set is immutable; the history says which set holds at which offset of the log, because a set written
 * into the log (kraft.version 1) takes effect when it is appended, not when it commits, and goes again when the log is
 * truncated before it.
 */
import { assert } from '../../base/assert.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { QuorumControlRecord } from './control-batch.ts'
import type { ControlRecord } from './messages.ts'

export interface VoterEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** A replica of the metadata log: the node, and the directory that holds its log (a new disk is a new replica). */
export interface ReplicaKey {
  readonly id: number
  /** ZERO_UUID where it is unknown: static voters are named by id alone. */
  readonly directoryId: Uuid
}

export interface Voter extends ReplicaKey {
  readonly endpoints: readonly VoterEndpoint[]
  readonly kraftVersionMin: number
  readonly kraftVersionMax: number
}

/** Largest epoch that the protocol can say. */
export const EPOCH_MAX = 2 ** 31 - 1

/** True when `known` stands for `replica`: of the same id, and of the same directory where that of `known` is known. */
export function standsFor(known: ReplicaKey, replica: ReplicaKey): boolean {
  if (known.id !== replica.id) return false
  return known.directoryId === ZERO_UUID || known.directoryId === replica.directoryId
}

/** True when both name the same replica; an unknown directory matches any. */
export function sameReplica(one: ReplicaKey, other: ReplicaKey): boolean {
  if (one.id !== other.id) return false
  return one.directoryId === other.directoryId || one.directoryId === ZERO_UUID || other.directoryId === ZERO_UUID
}

export class VoterSet {
  private readonly byId: ReadonlyMap<number, Voter>

  constructor(voters: Iterable<Voter>) {
    const byId = new Map<number, Voter>()
    for (const voter of voters) {
      assert(!byId.has(voter.id), `voter ${voter.id} stands twice in the set`)
      byId.set(voter.id, voter)
    }
    this.byId = byId
  }

  get size(): number {
    return this.byId.size
  }

  /** Votes needed to win, replicas needed to commit. */
  get majority(): number {
    return Math.floor(this.byId.size / 2) + 1
  }

  ids(): number[] {
    return [...this.byId.keys()]
  }

  values(): Voter[] {
    return [...this.byId.values()]
  }

  get(id: number): Voter | undefined {
    return this.byId.get(id)
  }

  has(replica: ReplicaKey): boolean {
    const voter = this.byId.get(replica.id)
    return voter !== undefined && standsFor(voter, replica)
  }

  /** The same voters, with voter `id` at these endpoints; this very set when it is there already. */
  movedTo(id: number, endpoints: readonly VoterEndpoint[]): VoterSet {
    const voter = this.byId.get(id)
    if (voter === undefined || JSON.stringify(voter.endpoints) === JSON.stringify(endpoints)) return this
    return new VoterSet(this.values().map((each) => (each.id === id ? { ...each, endpoints } : each)))
  }

  /** True when `replica` alone is the quorum. */
  isOnly(replica: ReplicaKey): boolean {
    return this.byId.size === 1 && this.has(replica)
  }
}

interface HistoryEntry {
  /** Offset of the record; -1: from the configuration or the bootstrap checkpoint, which are not replicated. */
  readonly offset: number
  readonly voters: VoterSet
}

export class VoterHistory {
  private entries: HistoryEntry[]
  /** Levels of kraft.version, by the offsets of their records. */
  private versions: { readonly offset: number; readonly version: number }[]

  /** `offset`: where a snapshot that has the set ends, less one; -1: the set was never replicated. */
  constructor(initial: VoterSet, offset = -1, kraftVersion = 0) {
    this.entries = [{ offset, voters: initial }]
    this.versions = [{ offset, version: kraftVersion }]
  }

  /** Begins anew with the set of a snapshot. */
  reset(voters: VoterSet, offset: number, kraftVersion: number): void {
    this.entries = [{ offset, voters }]
    this.versions = [{ offset, version: kraftVersion }]
  }

  /** The kraft.version in force, at the end of the log or where it ends before `endOffset`. */
  kraftVersion(endOffset = Infinity): number {
    return (this.versions.findLast(({ offset }) => offset < endOffset) ?? this.versions[0]!).version
  }

  addVersion(offset: number, version: number): void {
    this.versions.push({ offset, version })
  }

  /** Takes what a control record at `offset` says of the voters, if it says something. */
  learn(offset: number, record: ControlRecord | QuorumControlRecord): void {
    if (record.type === 'kraftVersion') this.addVersion(offset, record.version)
    else if (record.type === 'voters') this.add(offset, record.voters)
  }

  get latest(): VoterSet {
    return this.entries[this.entries.length - 1]!.voters
  }

  /** Offset of the record that made the latest set; -1 when no record of the log did. */
  get latestOffset(): number {
    return this.entries[this.entries.length - 1]!.offset
  }

  add(offset: number, voters: VoterSet): void {
    assert(offset > this.latestOffset, `voter set at ${offset} after one at ${this.latestOffset}`)
    this.entries.push({ offset, voters })
  }

  /** The set in force for a log that ends before `endOffset`. */
  at(endOffset: number): VoterSet {
    for (let index = this.entries.length - 1; index >= 0; index--) {
      const entry = this.entries[index]!
      if (entry.offset < endOffset) return entry.voters
    }
    return this.entries[0]!.voters
  }

  /** Forgets the sets of records at `endOffset` and after. */
  truncateTo(endOffset: number): void {
    while (this.entries.length > 1 && this.latestOffset >= endOffset) this.entries.pop()
    while (this.versions.length > 1 && this.versions.at(-1)!.offset >= endOffset) this.versions.pop()
  }
}
