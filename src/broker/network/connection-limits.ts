/**
 * How many connections a broker takes: in all (`max.connections`) and from one address (`max.connections.per.ip`, with
 * exceptions). One object for all listeners of a node. Over the limit of an address a connection is refused; over the
 * total it waits unread until another one ends, as it would in the system's queue.
 */

export interface ConnectionLimitSettings {
  readonly max: number
  readonly maxPerAddress: number
  /** Limits of single addresses, which replace `maxPerAddress` for them. */
  readonly overrides: ReadonlyMap<string, number>
}

/** Connections that may wait for a place; the system's own queue holds as many. */
const WAITING_MAX = 511

export class ConnectionLimits {
  #settings: ConnectionLimitSettings
  readonly #perAddress = new Map<string, number>()
  readonly #waiting: { address: string; begin: () => void }[] = []
  #count = 0

  constructor(settings: ConnectionLimitSettings) {
    this.#settings = settings
  }

  get count(): number {
    return this.#count
  }

  /** Takes over changed settings; existing connections stay. */
  update(settings: ConnectionLimitSettings): void {
    this.#settings = settings
    this.#admitWaiting()
  }

  /**
   * Asks for a place. 'admitted': `begin` has run; 'waiting': it will, once there is room; 'refused': it never will.
   * Every begun connection must call `release` when it ends.
   */
  admit(address: string, begin: () => void): 'admitted' | 'waiting' | 'refused' {
    const limit = this.#settings.overrides.get(address) ?? this.#settings.maxPerAddress
    const used = this.#perAddress.get(address) ?? 0
    if (used >= limit) return 'refused'
    if (this.#count >= this.#settings.max) {
      if (this.#waiting.length >= WAITING_MAX) return 'refused'
      this.#perAddress.set(address, used + 1)
      this.#waiting.push({ address, begin })
      return 'waiting'
    }
    this.#perAddress.set(address, used + 1)
    this.#count++
    begin()
    return 'admitted'
  }

  release(address: string): void {
    this.#count--
    const used = (this.#perAddress.get(address) ?? 1) - 1
    if (used === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, used)
    this.#admitWaiting()
  }

  #admitWaiting(): void {
    while (this.#waiting.length > 0 && this.#count < this.#settings.max) {
      const { begin } = this.#waiting.shift()!
      this.#count++
      begin()
    }
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
