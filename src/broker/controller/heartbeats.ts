/**
 * When each broker was last heard of: the controller's soft state, not in the log. A new controller starts without
 * contacts and gives every unfenced broker one session to be heard.
 */
export interface Contact {
  readonly epoch: number
  atMs: number
  /** Metadata offset that the broker has applied. */
  metadataOffset: number
}

export class Heartbeats {
  readonly sessionTimeoutMs: number
  private readonly contacts = new Map<number, Contact>()
  /** Offset at which a broker's controlled shutdown was decided. */
  private readonly shutdownOffsets = new Map<number, number>()

  constructor(sessionTimeoutMs: number) {
    this.sessionTimeoutMs = sessionTimeoutMs
  }

  touch(id: number, epoch: number, metadataOffset: number, nowMs: number): void {
    this.contacts.set(id, { epoch, atMs: nowMs, metadataOffset })
  }

  /** This process stood still for so long: nobody could be heard, and nobody is to pay for it. */
  extendAll(byMs: number): void {
    for (const contact of this.contacts.values()) contact.atMs += byMs
  }

  remove(id: number): void {
    this.contacts.delete(id)
    this.shutdownOffsets.delete(id)
  }

  hasValidSession(id: number, epoch: number, nowMs: number): boolean {
    const contact = this.contacts.get(id)
    return contact !== undefined && contact.epoch === epoch && nowMs - contact.atMs < this.sessionTimeoutMs
  }

  /** Ids of brokers whose session ended. */
  *expired(nowMs: number): Generator<number> {
    for (const [id, contact] of this.contacts) if (nowMs - contact.atMs >= this.sessionTimeoutMs) yield id
  }

  /** When the next session ends; Infinity without any. */
  nextExpiryMs(): number {
    let next = Infinity
    for (const contact of this.contacts.values()) next = Math.min(next, contact.atMs + this.sessionTimeoutMs)
    return next
  }

  shutdownDecided(id: number, offset: number): void {
    if (!this.shutdownOffsets.has(id)) this.shutdownOffsets.set(id, offset)
  }

  shutdownOffset(id: number): number {
    return this.shutdownOffsets.get(id) ?? -1
  }

  /** The smallest offset applied by any of `ids`; Infinity for none. */
  lowestOffset(ids: Iterable<number>): number {
    let lowest = Infinity
    for (const id of ids) lowest = Math.min(lowest, this.contacts.get(id)?.metadataOffset ?? -1)
    return lowest
  }
}
