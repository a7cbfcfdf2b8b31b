/** Frames come out whole however the stream was cut, large and small, in memory of their own and in shared memory. */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { FrameReader } from '../../src/client/frame-reader.ts'

const framed = (body: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, 0]), body])

describe.each([false, true])('a reader of frames, recycling: %s', (recycles) => {
  it.each([false, true])('gives each frame as it was sent; read to where it says: %s', (readsItself) => {
    const seed = Date.now() & 0xffff
    const random = new Prng(seed)
    const bodies = Array.from({ length: 40 }, () => random.bytes(4 + random.int(random.chance(0.3) ? 900_000 : 300)))
    const stream = Buffer.concat(
      bodies.map((body) => {
        const frame = framed(body)
        frame.writeInt32BE(body.length)
        return frame
      }),
    )
    const reader = new FrameReader('peer:1', false, recycles)
    let seen = 0
    for (let at = 0; at < stream.length; ) {
      const end = Math.min(stream.length, at + 1 + random.int(random.chance(0.5) ? 10 : 200_000))
      // As from a socket: the chunk is nobody else's; or read to where the reader wants it.
      const count = readsItself ? stream.copy(reader.room, 0, at, end) : end - at
      const frames = readsItself ? reader.took(count) : reader.push(Buffer.from(stream.subarray(at, end)))
      for (const frame of frames) {
        expect(frame.equals(bodies[seen]!), `seed ${seed}, frame ${seen}`).toBe(true)
        seen++
      }
      at += count
    }
    expect(seen, `seed ${seed}`).toBe(bodies.length)
  })

  it('leaves the last two large frames as they are', () => {
    const reader = new FrameReader('peer:1', false, recycles)
    const push = (fill: number) => {
      const frame = Buffer.alloc(300_004, fill)
      frame.writeInt32BE(300_000)
      return [...reader.push(frame.subarray(0, 1000)), ...reader.push(frame.subarray(1000))]
    }
    const frames = [1, 2, 3].flatMap(push)
    expect(frames.slice(1).map((frame) => [frame[0], frame.at(-1), frame.length])).toEqual([
      [2, 2, 300_000],
      [3, 3, 300_000],
    ])
    expect(frames[0]![0]).toBe(recycles ? 3 : 1)
  })

  it('refuses a size that no broker sends', () => {
    const reader = new FrameReader('peer:1', false, recycles)
    expect(() => reader.push(Buffer.from('HTTP/1.1 400'))).toThrow('it is a web server')
  })
})
