/**
 * How many connections a broker takes: in all (`max.connections`), on one listener, from one address
 * (`max.connections.per.ip`, with exceptions), and in a second (`max.connection.creation.rate`). One object for all
 * listeners of a node. Over the limit of an address a connection is refused; over the others it waits unread until
 * there is room, as it would in the system's queue.
 */
import type { Clock, Timer } from '../../base/clock.ts'

export interface ConnectionLimitSettings {
  readonly max: number
  readonly maxPerAddress: number
  /** Limits of single addresses, which replace `maxPerAddress` for them. */
  readonly overrides: ReadonlyMap<string, number>
  /** Limits of single listeners (`listener.name.<name>.max.connections`), beside `max`. */
  readonly perListener?: ReadonlyMap<string, number>
  /** Connections that may begin in a second; default: any number. Needs a clock. */
  readonly ratePerSecond?: number
}

/** Connections that may wait for a place; the system's own queue holds as many. */
const WAITING_MAX = 511

/** A rate this high is none. */
const RATE_UNLIMITED = 2_147_483_647

interface Waiting {
  readonly listener: string
  readonly begin: () => void
}

export class ConnectionLimits {
  #settings: ConnectionLimitSettings
  readonly #clock: Clock | undefined
  readonly #perAddress = new Map<string, number>()
  readonly #perListener = new Map<string, number>()
  readonly #waiting: Waiting[] = []
  #count = 0
  /** Connections that may begin now, and since when that is known. */
  #tokens: number
  #tokensAtMs: number
  #timer: Timer | undefined

  constructor(settings: ConnectionLimitSettings, clock?: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.#tokens = this.#rate
    this.#tokensAtMs = clock?.monotonicMs() ?? 0
  }

  get count(): number {
    return this.#count
  }

  /** Takes over changed settings; existing connections stay. */
  update(settings: ConnectionLimitSettings): void {
    this.#refill()
    this.#settings = settings
    this.#tokens = Math.min(this.#tokens, this.#rate)
    this.#admitWaiting()
  }

  /**
   * Asks for a place. 'admitted': `begin` has run; 'waiting': it will, once there is room; 'refused': it never will.
   * Every begun connection must call `release` when it ends, with the same listener.
   */
  admit(address: string, begin: () => void, listener = ''): 'admitted' | 'waiting' | 'refused' {
    const limit = this.#settings.overrides.get(address) ?? this.#settings.maxPerAddress
    const used = this.#perAddress.get(address) ?? 0
    if (used >= limit) return 'refused'
    this.#refill()
    if (!this.#hasRoom(listener)) {
      if (this.#waiting.length >= WAITING_MAX) return 'refused'
      this.#perAddress.set(address, used + 1)
      this.#waiting.push({ listener, begin })
      this.#wakeWhenRated()
      return 'waiting'
    }
    this.#perAddress.set(address, used + 1)
    this.#take(listener)
    begin()
    return 'admitted'
  }

  release(address: string, listener = ''): void {
    this.#count--
    this.#perListener.set(listener, (this.#perListener.get(listener) ?? 1) - 1)
    const used = (this.#perAddress.get(address) ?? 1) - 1
    if (used === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, used)
    this.#admitWaiting()
  }

  get #rate(): number {
    return this.#clock === undefined ? RATE_UNLIMITED : (this.#settings.ratePerSecond ?? RATE_UNLIMITED)
  }

  #hasRoom(listener: string): boolean {
    const { max, perListener } = this.#settings
    if (this.#count >= max || this.#tokens < 1) return false
    const most = perListener?.get(listener)
    return most === undefined || (this.#perListener.get(listener) ?? 0) < most
  }

  #take(listener: string): void {
    this.#count++
    this.#perListener.set(listener, (this.#perListener.get(listener) ?? 0) + 1)
    if (this.#rate < RATE_UNLIMITED) this.#tokens--
  }

  #refill(): void {
    const rate = this.#rate
    const nowMs = this.#clock?.monotonicMs() ?? 0
    this.#tokens =
      rate === RATE_UNLIMITED ? rate : Math.min(rate, this.#tokens + ((nowMs - this.#tokensAtMs) * rate) / 1000)
    this.#tokensAtMs = nowMs
  }

  #admitWaiting(): void {
    this.#refill()
    for (let index = 0; index < this.#waiting.length; ) {
      const { listener, begin } = this.#waiting[index]!
      if (!this.#hasRoom(listener)) {
        index++
        continue
      }
      this.#waiting.splice(index, 1)
      this.#take(listener)
      begin()
    }
    this.#wakeWhenRated()
  }

  /** Looks at the queue again when the rate lets the next one begin. */
  #wakeWhenRated(): void {
    if (this.#waiting.length === 0 || this.#tokens >= 1 || this.#timer !== undefined) return
    const waitMs = Math.max(1, ((1 - this.#tokens) * 1000) / this.#rate)
    this.#timer = this.#clock?.schedule(waitMs, () => {
      this.#timer = undefined
      this.#admitWaiting()
    })
  }
}

/** Parses `max.connections.per.ip.overrides`: `host:limit` entries; entries that are no such pair are left out. */
export function parseOverrides(entries: readonly string[]): ReadonlyMap<string, number> {
  const overrides = new Map<string, number>()
  for (const entry of entries) {
    const at = entry.lastIndexOf(':')
    const limit = Number(entry.slice(at + 1))
    if (at > 0 && Number.isInteger(limit)) overrides.set(entry.slice(0, at).trim(), limit)
  }
  return overrides
}
