/**
 * What compaction knows of the part of a log that it has not seen yet: for each key the newest offset. A table of fixed
 * size without the keys themselves: 16 bytes name a key, short ones by their own bytes, longer ones by the first half of
 * their SHA-256. 24 bytes a place, as in Kafka, so that `log.cleaner.dedupe.buffer.size` holds as many keys.
 */
import { hash } from 'node:crypto'

/** Memory of one key. */
export const OFFSET_MAP_ENTRY_BYTES = 24

const WORDS = 4
/** A key of up to this many bytes is its own name; the 16th byte tells its length. */
const INLINE_BYTES = 15

export class OffsetMap {
  readonly slots: number
  /** Number of different keys. */
  size = 0
  /** Everything up to here was seen; -1 before anything was. */
  latestOffset = -1
  private readonly names: Uint32Array
  /** Offset + 1, so that 0 is a free place. */
  private readonly offsets: Float64Array
  private readonly scratch = Buffer.alloc(16)
  private readonly scratchWords = new Uint32Array(this.scratch.buffer, this.scratch.byteOffset, WORDS)

  /** Room for `slots` keys, at least one. Memory is touched as keys come in. */
  constructor(slots: number) {
    this.slots = Math.max(1, slots)
    this.names = new Uint32Array(this.slots * WORDS)
    this.offsets = new Float64Array(this.slots)
  }

  /** Share of the places that is taken. */
  get utilization(): number {
    return this.size / this.slots
  }

  /** The key's record stands at `offset`; offsets of one key rise. Throws RangeError when there is no place left. */
  put(key: Buffer, offset: number): void {
    const place = this.placeOf(key)
    if (place < 0) throw new RangeError(`an offset map of ${this.slots} keys is full`)
    if (this.offsets[place] === 0) {
      this.size += 1
      this.names.set(this.scratchWords, place * WORDS)
    }
    this.offsets[place] = offset + 1
  }

  /** The key's newest offset; -1 when it is not here. */
  get(key: Buffer): number {
    const place = this.placeOf(key)
    return place < 0 ? -1 : this.offsets[place]! - 1
  }

  /** Everything up to `offset` was seen. */
  sawUpTo(offset: number): void {
    if (offset > this.latestOffset) this.latestOffset = offset
  }

  /** Where the key is, or the free place where it belongs; -1 when the table is full without it. */
  private placeOf(key: Buffer): number {
    const { names, offsets, slots, scratchWords } = this
    this.nameOf(key)
    const a = scratchWords[0]!
    const b = scratchWords[1]!
    const c = scratchWords[2]!
    const d = scratchWords[3]!
    let mixed = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) ^ Math.imul(b ^ (b >>> 13), 0x297a2d39)
    mixed ^= Math.imul(c ^ (c >>> 14), 0x68e31da4) ^ Math.imul(d, 0x1b873593)
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
    let place = ((mixed ^ (mixed >>> 15)) >>> 0) % slots
    for (let tried = 0; tried < slots; tried += 1) {
      if (offsets[place] === 0) return place
      const at = place * WORDS
      if (names[at] === a && names[at + 1] === b && names[at + 2] === c && names[at + 3] === d) return place
      place += 1
      if (place === slots) place = 0
    }
    return -1
  }

  private nameOf(key: Buffer): void {
    const { scratch } = this
    if (key.length <= INLINE_BYTES) {
      scratch.fill(0, key.length, INLINE_BYTES)
      scratch.set(key, 0)
      scratch[INLINE_BYTES] = key.length
      return
    }
    hash('sha256', key, 'buffer').copy(scratch, 0, 0, 16)
  }
}
