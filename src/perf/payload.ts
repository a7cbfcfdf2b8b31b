/**
 * What a load generator sends: random letters of one size, lines that somebody gave, or a running number; and keys from a
 * fixed set. Values are slices of larger buffers, so that making one costs nothing. The same seed gives the same values.
 */
import { Prng } from '../base/prng.ts'
import type { Slice } from '../client/packed-batch.ts'
import { partitionOfKey } from '../client/partitioner.ts'

/** Gives the value of one record after the other. A slice is good until the next one. */
export interface PayloadSource {
  next(): Slice
  /** No value has more bytes. */
  readonly maxBytes: number
}

/** More than a batch holds, so that none contains the same bytes twice, which would flatter compression. */
const SLAB_BYTES = 2 << 20
const LETTERS = 26
const LETTER_A = 65

/** Capital letters by chance, `bytes` of them. */
export function letters(bytes: number, seed: number): PayloadSource {
  const random = new Prng(seed)
  const slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, bytes * 2))
  for (let at = 0; at < slab.length; at++) slab[at] = LETTER_A + random.int(LETTERS)
  const slice = { bytes: slab, start: 0, end: 0 }
  return {
    maxBytes: bytes,
    next() {
      // Each round through the slab begins elsewhere: the second one is not the first again.
      slice.start = slice.end + bytes > slab.length ? random.int(bytes + 1) : slice.end
      slice.end = slice.start + bytes
      return slice
    },
  }
}

/** One of these by chance for each record. There must be at least one. */
export function chosen(values: readonly Buffer[], seed: number): PayloadSource {
  const random = new Prng(seed)
  const slices = values.map((bytes) => ({ bytes, start: 0, end: bytes.length }))
  return {
    maxBytes: values.reduce((most, { length }) => Math.max(most, length), 0),
    next: () => slices[random.int(slices.length)]!,
  }
}

/** 0, 1, 2 and so on, as text. */
export function runningNumber(): PayloadSource {
  let number = 0
  return {
    maxBytes: 16,
    next() {
      const bytes = Buffer.from(String(number++), 'latin1')
      return { bytes, start: 0, end: bytes.length }
    },
  }
}

export interface KeySource {
  /** The key of the next record and the partition it belongs to. */
  next(): { readonly key: Slice; readonly partition: number }
  readonly maxBytes: number
}

/** `count` different keys, one by chance for each record, with the partitions that Java clients would choose. */
export function keys(count: number, partitions: number, seed: number): KeySource {
  const random = new Prng(seed ^ 0x6b657973)
  const all = Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.from(`key-${index}`)
    return { key: { bytes, start: 0, end: bytes.length }, partition: partitionOfKey(bytes, partitions) }
  })
  return { maxBytes: all.at(-1)?.key.end ?? 0, next: () => all[random.int(count)]! }
}
