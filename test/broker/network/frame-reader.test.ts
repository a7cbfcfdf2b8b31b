/** Frames from a byte stream: any cut gives the same frames, whole ones are views, sizes are checked first. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, FrameSizeError } from '../../../src/broker/network/frame-reader.ts'

function framed(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      return [size, body]
    }),
  )
}

function framesOf(reader: FrameReader): Buffer[] {
  const frames: Buffer[] = []
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame)
  return frames
}

describe('FrameReader', () => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.boolean(),
        (bodies, cuts, contiguous) => {
          const stream = framed(bodies)
          const reader = new FrameReader({ maxBytes: 100 })
          const frames: Buffer[] = []
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const piece = stream.subarray(at, at + cuts[turn % cuts.length]!)
            at += piece.length
            reader.push(contiguous ? piece : Buffer.from(Uint8Array.from(piece).buffer))
            frames.push(...framesOf(reader))
          }
          expect(frames.map((frame) => [...frame])).toEqual(bodies.map((body) => [...body]))
          expect(reader.bufferedBytes).toBe(0)
        },
      ),
    )
  })

  it('hands out views of what arrived, also of a frame that came in adjacent pieces', () => {
    const slab = framed([Buffer.alloc(10, 1), Buffer.alloc(20, 2)])
    const reader = new FrameReader({ maxBytes: 100 })
    reader.push(slab.subarray(0, 9))
    expect(reader.next()).toBeUndefined()
    reader.push(slab.subarray(9, 25))
    reader.push(slab.subarray(25))
    for (const frame of framesOf(reader)) expect(frame.buffer).toBe(slab.buffer)
  })

  it('asks for room in one piece when a frame has begun that is not complete', () => {
    const asked: number[] = []
    const reader = new FrameReader({
      maxBytes: 1000,
      gather: (partial, total) => {
        asked.push(total)
        const slab = Buffer.alloc(total)
        partial.copy(slab)
        return slab.subarray(0, partial.length)
      },
    })
    reader.push(framed([Buffer.alloc(500)]).subarray(0, 100))
    expect(reader.next()).toBeUndefined()
    expect(asked).toEqual([504])
  })

  it.each([
    ['negative', -1],
    ['above the limit', 101],
    ['the largest', 0x7fffffff],
    ['the smallest', -0x80000000],
  ])('refuses a size that is %s before keeping anything for it', (_name, size) => {
    const reader = new FrameReader({ maxBytes: 100 })
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size)
    reader.push(bytes)
    expect(() => reader.next()).toThrow(FrameSizeError)
  })
})
