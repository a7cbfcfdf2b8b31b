/**
 * Which partition a record goes to, as Java clients decide: by murmur2 of the key; without a key to one partition until a
 * batch's worth of bytes is there, then to another (KIP-794), so that batches fill.
 */

/** Java's `batch.size`: so many bytes go to one partition before the next is drawn. */
const STICKY_BYTES = 16 << 10

/** Kafka's murmur2 (seed 0x9747b28c), as a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995
  const length = bytes.length
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, m)
    word ^= word >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(word, m)
  }
  const rest = length - at
  if (rest >= 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among `count`. */
export function partitionOfKey(key: Uint8Array, count: number): number {
  return (murmur2(key) & 0x7fffffff) % count
}

export interface PartitionerOptions {
  /** Numbers from 0 to 1. */
  readonly chance?: () => number
  /** Whether a partition has a leader now: records without a key go elsewhere while it has none. */
  readonly isLed?: (partition: number) => boolean
}

export class Partitioner {
  readonly #count: number
  readonly #chance: () => number
  readonly #isLed: (partition: number) => boolean
  #sticky: number
  #stickyBytes = 0

  constructor(count: number, { chance = Math.random, isLed = () => true }: PartitionerOptions = {}) {
    this.#count = count
    this.#chance = chance
    this.#isLed = isLed
    this.#sticky = this.#draw()
  }

  /** The partition of a record with this key that takes `bytes` bytes. */
  of(key: Uint8Array | null, bytes: number): number {
    if (key !== null) return partitionOfKey(key, this.#count)
    if (!this.#isLed(this.#sticky)) this.#change()
    const partition = this.#sticky
    this.#stickyBytes += bytes
    if (this.#stickyBytes >= STICKY_BYTES) this.#change()
    return partition
  }

  /** Another one from now on. */
  #change(): void {
    this.#sticky = this.#draw()
    this.#stickyBytes = 0
  }

  /** Among those with a leader; among all where none has one. */
  #draw(): number {
    const first = Math.floor(this.#chance() * this.#count)
    if (this.#isLed(first)) return first
    const led = Array.from({ length: this.#count }, (_, partition) => partition).filter(this.#isLed)
    return led[Math.floor(this.#chance() * led.length)] ?? first
  }
}
