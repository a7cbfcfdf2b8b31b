/**
 * What the controller knows of brokers and does not write down: when each was last heard, how much of the metadata it has
 * applied, when its controlled shutdown was decided. A new controller begins without contacts and gives every unfenced
 * broker one session to be heard.
 */
import type { MetadataImage } from '../metadata/image.ts'

interface Contact {
  readonly id: number
  readonly epoch: number
  atMs: number
}

interface Progress {
  /** Metadata offset that the broker has applied; -1 until it told. */
  metadataOffset: number
  /** Offset at which its controlled shutdown was decided; -1: it is not on its way down. */
  shutdownOffset: number
  /** Where its registration stands in the log: it may be unfenced when it has come so far. */
  registrationOffset: number
}

export class Heartbeats {
  readonly sessionTimeoutMs: number
  /** By id and epoch: a former life's heartbeat does not keep the present one alive. */
  private readonly contacts = new Map<string, Contact>()
  private readonly progress = new Map<number, Progress>()

  constructor(sessionTimeoutMs: number) {
    this.sessionTimeoutMs = sessionTimeoutMs
  }

  /** Takes over from another controller: everybody who was up gets a session, whose metadata offset nobody knows yet. */
  static begin(state: MetadataImage, offset: number, sessionTimeoutMs: number, nowMs: number): Heartbeats {
    const heartbeats = new Heartbeats(sessionTimeoutMs)
    for (const { id, epoch, fenced } of state.brokers.values()) {
      heartbeats.registered(id, offset)
      if (!fenced) heartbeats.touch(id, epoch, nowMs)
    }
    return heartbeats
  }

  touch(id: number, epoch: number, nowMs: number): void {
    this.contacts.set(`${id}:${epoch}`, { id, epoch, atMs: nowMs })
  }

  /** This process stood still for so long: nobody could be heard, and nobody is to pay for it. */
  extendAll(byMs: number): void {
    for (const contact of this.contacts.values()) contact.atMs += byMs
  }

  /** A registration is about to be written at `offset`; nothing is known of the broker's progress since. */
  registered(id: number, offset: number): void {
    this.progress.set(id, { metadataOffset: -1, shutdownOffset: -1, registrationOffset: offset })
  }

  applied(id: number, metadataOffset: number): void {
    const progress = this.progress.get(id)
    if (progress !== undefined) progress.metadataOffset = metadataOffset
  }

  registrationOffset(id: number): number {
    return this.progress.get(id)?.registrationOffset ?? -1
  }

  /** The broker is gone for good, or went down as agreed: its id is free at once. */
  forget(id: number, epoch: number): void {
    this.contacts.delete(`${id}:${epoch}`)
    this.progress.delete(id)
  }

  hasValidSession(id: number, epoch: number, nowMs: number): boolean {
    const contact = this.contacts.get(`${id}:${epoch}`)
    return contact !== undefined && nowMs - contact.atMs < this.sessionTimeoutMs
  }

  /** The broker's process is proven gone: its session has ended, unless it is heard again. */
  died(id: number, epoch: number): void {
    const contact = this.contacts.get(`${id}:${epoch}`)
    if (contact !== undefined) contact.atMs = Number.NEGATIVE_INFINITY
  }

  /** The sessions that have ended and nobody has drawn a line under yet. */
  *expired(nowMs: number): Generator<{ readonly id: number; readonly epoch: number }> {
    for (const contact of this.contacts.values()) {
      if (nowMs - contact.atMs >= this.sessionTimeoutMs) yield contact
    }
  }

  /** What follows from the session's end is written. */
  endSession(id: number, epoch: number): void {
    this.contacts.delete(`${id}:${epoch}`)
  }

  /** When the next session ends; Infinity without any. */
  nextExpiryMs(): number {
    let next = Infinity
    for (const contact of this.contacts.values()) next = Math.min(next, contact.atMs + this.sessionTimeoutMs)
    return next
  }

  isShuttingDown(id: number): boolean {
    return this.shutdownOffset(id) >= 0
  }

  shutdownOffset(id: number): number {
    return this.progress.get(id)?.shutdownOffset ?? -1
  }

  /** -1: the broker is fenced, or serves on. The first offset of one shutdown stays. */
  shutdownDecided(id: number, offset: number): void {
    const progress = this.progress.get(id)
    if (progress !== undefined && (offset < 0 || progress.shutdownOffset < 0)) progress.shutdownOffset = offset
  }

  /** The smallest offset applied by any of `ids`; Infinity for none. */
  lowestOffset(ids: Iterable<number>): number {
    let lowest = Infinity
    for (const id of ids) lowest = Math.min(lowest, this.progress.get(id)?.metadataOffset ?? -1)
    return lowest
  }
}
