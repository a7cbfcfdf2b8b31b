/**
 * A group's coordinator as the lock needs it: members join, who joined first leads, everybody has to join again when somebody
 * comes or goes, and who is silent for a session is dropped. Time is the test's clock.
 */
import type { Clock } from '../../../../src/base/clock.ts'
import { type LockGroup, type LockMember, type LockSeat, SeatGone } from '../../../../src/ops/engine/lock-group.ts'
import { ApiError, type ErrorName } from '../../../../src/protocol/errors.ts'

interface Member {
  host: string
  words: Buffer
  lastMs: number
  /** Waits for the round under way to end. */
  joining: ((seat: LockSeat) => void) | undefined
}

export class FakeCoordinator {
  readonly members = new Map<string, Member>()
  /** Members that have an id and did not join yet. */
  readonly pending = new Set<string>()
  generation = 0
  leader: string | undefined
  isStable = true
  refusal: ErrorName | undefined
  isSilent = false
  #ids = 0
  readonly #clock: Clock
  readonly #sessionMs: number

  constructor(clock: Clock, sessionMs: number) {
    this.#clock = clock
    this.#sessionMs = sessionMs
  }

  group(host: string): LockGroup {
    const answer = async <T>(work: () => T | Promise<T>): Promise<T> => {
      if (this.isSilent) return new Promise(() => {})
      if (this.refusal !== undefined) throw new ApiError(this.refusal)
      this.dropSilent()
      return work()
    }
    return {
      look: () =>
        answer(() => ({
          settled: this.isStable || this.members.size === 0,
          members: [...this.members].map(
            ([memberId, { words, host: at }]): LockMember => ({
              ...{ memberId, clientId: 'mq', host: at },
              words: this.isStable ? words : Buffer.alloc(0),
            }),
          ),
        })),
      enter: () =>
        answer(() => {
          const id = `${host}-${++this.#ids}`
          this.pending.add(id)
          return id
        }),
      join: (memberId, words) => answer(() => this.#join(host, memberId, words)),
      sync: (seat) =>
        answer(() => {
          this.#known(seat)
          if (seat.generation === this.generation && seat.memberId === this.leader) this.isStable = true
        }),
      heartbeat: (seat) =>
        answer(() => {
          const member = this.#known(seat)
          member.lastMs = this.#clock.monotonicMs()
          if (!this.isStable) return 'join-again' as const
          if (seat.generation !== this.generation) throw new SeatGone()
          return 'kept' as const
        }),
      leave: (memberId) => answer(() => this.drop(memberId)),
      remove: () => answer(() => {}),
    }
  }

  drop(memberId: string): void {
    if (!this.members.delete(memberId)) return
    if (this.leader === memberId) this.leader = undefined
    this.isStable = false
    this.#endRound()
  }

  dropSilent(): void {
    for (const [id, { lastMs, joining }] of this.members) {
      if (joining === undefined && this.#clock.monotonicMs() - lastMs > this.#sessionMs) this.drop(id)
    }
  }

  #known({ memberId }: LockSeat): Member {
    const member = this.members.get(memberId)
    if (member === undefined) throw new SeatGone()
    return member
  }

  #join(host: string, memberId: string, words: Buffer): Promise<LockSeat> {
    if (!this.members.has(memberId) && !this.pending.delete(memberId)) throw new SeatGone()
    this.isStable = false
    return new Promise((resolve) => {
      this.members.set(memberId, { host, words, lastMs: this.#clock.monotonicMs(), joining: resolve })
      // Those that come in the same turn come into the same round.
      queueMicrotask(() => this.#endRound())
    })
  }

  #endRound(): void {
    const members = [...this.members]
    if (members.length === 0 || members.some(([, { joining }]) => joining === undefined)) return
    this.generation += 1
    this.leader ??= members[0]![0]
    const { leader, generation } = this
    for (const [memberId, member] of members) {
      const seated = member.joining!
      member.joining = undefined
      seated({ memberId, generation, leader })
    }
  }
}
