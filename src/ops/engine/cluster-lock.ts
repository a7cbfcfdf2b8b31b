/**
 * The lock that every machine sees: a seat in a group on the cluster itself. Whoever leads the group holds the lock; a second
 * one sees that and is refused with the holder's words. The group's coordinator frees the seat of a holder that died. Where
 * groups cannot be had, work goes on under this machine's lock alone, with a warning: repairing a cluster must stay possible.
 */
import type { Clock } from '../../base/clock.ts'
import { MqError, RefusedError, TimeoutError } from '../../base/errors.ts'
import { type LockGroup, type LockMember, type LockSeat, SeatGone } from './lock-group.ts'
import type { ClusterLock, HeldLock, SeatMemory } from './store.ts'

/** How long the coordinator waits for a holder that says nothing. */
export const SESSION_MS = 15_000
const HEARTBEAT_MS = 3000
/** How long others that are just joining or leaving are waited for, and how long taking the lock may last altogether. */
const SETTLE_MS = 6000
const TAKE_MS = 30_000
const LOOK_MS = 250
const JOINS_MAX = 3

/** What the holder tells the others. */
export interface LockWords {
  /** `user@host (pid 12)`. */
  readonly operator: string
  readonly sinceMs: number
  /** The command, `mq reassign run`. */
  readonly work: string
}

export interface GroupClusterLockOptions {
  readonly group: LockGroup
  readonly clock: Clock
  readonly work: string
  /** Where a killed process finds the seat that it held, to give it back at once. */
  readonly memory: SeatMemory
  /** How long taking it may last; then work goes on without. Default 30 s. */
  readonly takeMs?: number | undefined
  readonly warn: (text: string) => void
}

export class GroupClusterLock implements ClusterLock {
  readonly #options: GroupClusterLockOptions

  constructor(options: GroupClusterLockOptions) {
    this.#options = options
  }

  async take(operator: string, onLost: (error: MqError) => void = () => {}): Promise<HeldLock> {
    const { clock, warn, work } = this.#options
    const words = { operator, sinceMs: clock.nowMs(), work }
    try {
      const sitting = this.#sitDown(words)
      const seat = await this.#withDeadline(sitting, () => {
        // What is had too late is given back; where that fails the coordinator takes it after the session.
        sitting.then((late) => this.#options.group.leave(late.memberId)).catch(() => {})
      })
      return this.#hold(seat, words, onLost)
    } catch (error) {
      if (error instanceof RefusedError || !(error instanceof MqError)) throw error
      warn(`the cluster cannot hold a lock (${error.message}): only this machine keeps a second operator out`)
      return { release: async () => {} }
    }
  }

  async #sitDown(words: LockWords): Promise<LockSeat> {
    const { group, memory } = this.#options
    const stale = memory.read()
    if (stale !== undefined) await group.leave(stale)
    memory.write(undefined)
    await this.#refuseOthers()
    for (let joins = 1; ; joins += 1) {
      try {
        const memberId = await group.enter()
        // Written down before the seat is had: a kill in between leaves nothing that has to be waited for.
        if (memberId !== '') memory.write(memberId)
        const seat = await group.join(memberId, wordsText(words))
        memory.write(seat.memberId)
        if (seat.leader === seat.memberId) {
          await group.sync(seat, wordsText(words))
          return seat
        }
        await group.leave(seat.memberId)
        memory.write(undefined)
        await this.#refuseOthers()
      } catch (error) {
        if (!(error instanceof SeatGone)) throw error
      }
      if (joins === JOINS_MAX) throw new RefusedError('other operators want this cluster too', 'try again in a moment')
    }
  }

  /** Throws RefusedError while anybody else is in the group; somebody who only looks in is waited for. */
  async #refuseOthers(): Promise<void> {
    const { group, clock } = this.#options
    const deadlineMs = clock.monotonicMs() + SETTLE_MS
    for (;;) {
      const { members, settled } = await group.look()
      if (members.length === 0) return
      if (settled || clock.monotonicMs() >= deadlineMs) throw heldBy(members[0]!)
      await this.#pause(LOOK_MS)
    }
  }

  #hold(first: LockSeat, words: LockWords, onLost: (error: MqError) => void): HeldLock {
    const { clock, group, memory } = this.#options
    let seat = first
    let isHeld = true
    let beating: Promise<void> = Promise.resolve()
    let timer = clock.schedule(HEARTBEAT_MS, () => beat())
    const beat = () => {
      beating = this.#beat(seat, words)
        .then(
          (next) => {
            seat = next
          },
          (error: unknown) => {
            // A coordinator that moves or is away keeps the seat, so only a plain word counts as the end of it.
            if (!(error instanceof RefusedError)) return
            isHeld = false
            onLost(new RefusedError(`the lock on the cluster was lost: ${error.message}`, error.hint))
          },
        )
        .then(() => {
          if (isHeld) timer = clock.schedule(HEARTBEAT_MS, beat)
        })
    }
    return {
      release: async () => {
        timer.cancel()
        const wasHeld = isHeld
        isHeld = false
        await beating
        timer.cancel()
        // What cannot be given back is taken by the coordinator after the session.
        if (wasHeld) await this.#withDeadline(group.leave(seat.memberId).then(() => group.remove())).catch(() => {})
        memory.write(undefined)
      },
    }
  }

  /** One heartbeat; returns the seat, a new one where the group had to be joined again. */
  async #beat(seat: LockSeat, words: LockWords): Promise<LockSeat> {
    const { group, memory } = this.#options
    try {
      if ((await group.heartbeat(seat)) === 'kept') return seat
      const again = await group.join(seat.memberId, wordsText(words))
      if (again.leader === again.memberId) {
        await group.sync(again, wordsText(words))
        return again
      }
      await group.leave(again.memberId)
    } catch (error) {
      if (!(error instanceof SeatGone)) throw error
    }
    // This process was away for longer than a session. If nobody came meanwhile, nothing was lost.
    memory.write(undefined)
    return this.#sitDown(words)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(ms, resolve))
  }

  #withDeadline<T>(work: Promise<T>, onLate: () => void = () => {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const limitMs = this.#options.takeMs ?? TAKE_MS
      const timer = this.#options.clock.schedule(limitMs, () => {
        onLate()
        reject(new TimeoutError(`no answer within ${limitMs / 1000} s`))
      })
      work.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}

function wordsText(words: LockWords): Buffer {
  return Buffer.from(JSON.stringify(words))
}

/** What a holder says of itself; null where it has not said so yet. */
export function saidBy({ words, clientId, host }: LockMember): {
  operator: string
  host: string
  sinceMs: number | null
  work: string | null
} {
  const said = readWords(words)
  return said === undefined ? { operator: clientId, host, sinceMs: null, work: null } : { ...said, host }
}

function heldBy(holder: LockMember): RefusedError {
  const { operator, host, sinceMs, work } = saidBy(holder)
  const who = `${operator} at ${host}`
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString()} (${work})`
  return new RefusedError(
    `${who} works on this cluster${since}; nothing was changed`,
    `wait until that has finished; of a command that was killed the lock ends within ${SESSION_MS / 1000} s`,
  )
}

function readWords(text: Buffer): LockWords | undefined {
  try {
    const words = JSON.parse(text.toString()) as Partial<LockWords>
    const { operator, sinceMs, work } = words
    if (typeof operator !== 'string' || typeof sinceMs !== 'number' || typeof work !== 'string') return undefined
    return { operator, sinceMs, work }
  } catch {
    // Whatever somebody else wrote there: that they are there is enough.
    return undefined
  }
}
