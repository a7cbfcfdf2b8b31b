/** Damages a frame in place: the kinds of damage that lengths, counts, tags and text in a message are sensitive to. */
import type { Prng } from '../../src/base/prng.ts'

const EXTREMES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

/** Changes `frame[0, length)`, at most up to its capacity, and returns the new length. */
export function mutate(frame: Buffer, length: number, prng: Prng): number {
  let size = length
  for (let rounds = 1 + prng.int(3); rounds > 0 && size > 0; rounds -= 1) size = once(frame, size, prng)
  return size
}

function once(frame: Buffer, length: number, prng: Prng): number {
  const at = prng.int(length)
  switch (prng.int(8)) {
    case 0:
      frame[at] = frame[at]! ^ (1 << prng.int(8))
      return length
    case 1:
      frame[at] = prng.uint32()
      return length
    case 2:
      frame[at] = prng.pick(EXTREMES)
      return length
    case 3:
      return at
    case 4: {
      // Four bytes at once: a length, a count, a varint.
      const byte = prng.pick(EXTREMES)
      frame.fill(byte, at, Math.min(length, at + 1 + prng.int(4)))
      return length
    }
    case 5: {
      const count = Math.min(1 + prng.int(16), frame.length - length)
      frame.copyWithin(at + count, at, length)
      for (let i = 0; i < count; i += 1) frame[at + i] = prng.uint32()
      return length + count
    }
    case 6: {
      const count = Math.min(1 + prng.int(8), length - at)
      frame.copyWithin(at, at + count, length)
      return length - count
    }
    default: {
      // A piece of the frame over another place of it.
      const from = prng.int(length)
      frame.copyWithin(at, from, Math.min(length, from + 1 + prng.int(24), from + length - at))
      return length
    }
  }
}
