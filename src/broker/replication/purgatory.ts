/**
 * Parked operations: each waits for something to happen to one of its keys, or for its deadline. Nothing polls. Touches
 * of one turn are gathered and the operations looked at once at the end of it, so that one answer carries all that the
 * turn brought.
 */
import type { Clock, Timer } from '../../base/clock.ts'

/** What waits, for those who count: Kafka has a purgatory of each kind. */
export type ParkedKind = 'Fetch' | 'Produce' | 'other'

export interface ParkedOperation {
  readonly kind?: ParkedKind
  /** Asked after a key was touched. True: done, the operation leaves and is never called again. */
  tryComplete(): boolean
  /** The deadline passed first; the operation has left. */
  expire(): void
}

interface Entry {
  readonly operation: ParkedOperation
  /** The watcher sets it stands in. */
  readonly watched: Set<Entry>[]
  timer: Timer | undefined
  /** Invariant: true exactly while the entry stands in #touched. */
  touched: boolean
  done: boolean
}

/** Taken back by `park`'s caller when the wait has become pointless (its connection is gone). */
export interface ParkedHandle {
  cancel(): void
}

export class Purgatory<K> {
  readonly #clock: Clock
  /** Sets stay when they are empty: the same keys come again with the next request. */
  readonly #watchers = new Map<K, Set<Entry>>()
  #touched: Entry[] = []
  #sweepDeferred = false
  #size = 0
  readonly #counts = {
    Fetch: { size: 0, expired: 0 },
    Produce: { size: 0, expired: 0 },
    other: { size: 0, expired: 0 },
  }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Operations that wait now. */
  get size(): number {
    return this.#size
  }

  /** Operations of `kind`: that wait now, and whose deadline passed since the start. */
  countOf(kind: ParkedKind): { readonly size: number; readonly expired: number } {
    return this.#counts[kind]
  }

  /**
   * Parks `operation` until a touch completes it or `delayMs` passed. The caller has just seen that it is not complete.
   * With no keys only the deadline ends it.
   */
  park(keys: readonly K[], delayMs: number, operation: ParkedOperation): ParkedHandle {
    const entry: Entry = { operation, watched: [], timer: undefined, touched: false, done: false }
    for (const key of keys) {
      let watchers = this.#watchers.get(key)
      if (watchers === undefined) {
        watchers = new Set()
        this.#watchers.set(key, watchers)
      }
      watchers.add(entry)
      entry.watched.push(watchers)
    }
    this.#size++
    this.#counts[operation.kind ?? 'other'].size++
    entry.timer = this.#clock.schedule(delayMs, () => {
      if (entry.done) return
      this.#leave(entry)
      this.#counts[operation.kind ?? 'other'].expired++
      operation.expire()
    })
    return { cancel: () => this.#leave(entry) }
  }

  /** Something happened to `key`: its operations are looked at when this turn's input has been handled. */
  touch(key: K): void {
    const watchers = this.#watchers.get(key)
    if (watchers === undefined) return
    for (const entry of watchers) {
      if (entry.touched) continue
      entry.touched = true
      this.#touched.push(entry)
    }
    if (this.#sweepDeferred || this.#touched.length === 0) return
    this.#sweepDeferred = true
    this.#clock.defer(() => this.#sweep())
  }

  /** The key will not come again: what waits for it ends by its other keys or its deadline. */
  forget(key: K): void {
    this.#watchers.delete(key)
  }

  #sweep(): void {
    this.#sweepDeferred = false
    const touched = this.#touched
    this.#touched = []
    for (const entry of touched) {
      entry.touched = false
      if (!entry.done && entry.operation.tryComplete()) this.#leave(entry)
    }
  }

  #leave(entry: Entry): void {
    if (entry.done) return
    entry.done = true
    this.#size--
    this.#counts[entry.operation.kind ?? 'other'].size--
    entry.timer?.cancel()
    for (const watchers of entry.watched) watchers.delete(entry)
  }
}
