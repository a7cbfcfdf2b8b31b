/** Receive memory: what is in use is never written to, what was recycled is used again, the rest is left alone. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlabReader } from '../../src/platform/slab-reader.ts'

/** Plays the system: reads `bytes` bytes of `value` into wherever the reader says, and gives the chunk. */
function rig() {
  const reader = new SlabReader()
  let newest: Buffer = Buffer.alloc(0)
  reader.deliverTo((chunk) => {
    newest = chunk
  })
  let target = reader.onread.buffer()
  return {
    reader,
    room: () => target.length,
    read(bytes: number, value: number): Buffer {
      target.fill(value, 0, bytes)
      reader.onread.callback(bytes, target)
      target = reader.onread.buffer()
      return newest
    },
  }
}

describe('SlabReader', () => {
  it('puts consecutive reads side by side', () => {
    const { read } = rig()
    const first = read(100, 1)
    const second = read(50, 2)
    expect(second.buffer).toBe(first.buffer)
    expect(second.byteOffset).toBe(first.byteOffset + 100)
  })

  it('begins at the front again when everything was recycled while it was delivered', () => {
    const { read, reader } = rig()
    const first = read(100, 1)
    expect(read(100, 2).byteOffset).toBe(first.byteOffset + 100)
    reader.recycle(first, 200)
    reader.deliverTo((chunk) => reader.recycle(chunk, chunk.length))
    read(10, 3)
    const delivered: Buffer[] = []
    reader.deliverTo((chunk) => delivered.push(chunk))
    read(10, 4)
    expect(delivered[0]!.buffer).toBe(first.buffer)
    expect(delivered[0]!.byteOffset).toBe(first.byteOffset)
  })

  it('grows while reads fill the room, up to reads of a quarter megabyte', () => {
    const { read, room } = rig()
    expect(room()).toBeLessThanOrEqual(16 * 1024)
    for (let round = 0; round < 40; round++) read(room(), round)
    expect(room()).toBe(256 * 1024)
  })

  it('stays small for a connection of small requests', () => {
    const { read, reader, room } = rig()
    for (let round = 0; round < 10_000; round++) {
      const chunk = read(90, 1)
      if (round % 3 === 0) reader.recycle(chunk, 90)
    }
    expect(room()).toBeLessThanOrEqual(16 * 1024)
  })

  it('moves the beginning of something large to where the rest fits', () => {
    const { read, reader, room } = rig()
    for (let round = 0; round < 40; round++) read(room(), 1)
    let partial = read(1000, 7)
    while (partial.byteOffset + 3_900_000 <= partial.buffer.byteLength) partial = read(200_000, 7)
    const moved = reader.gather(partial, 3_900_000)
    expect(moved.buffer).not.toBe(partial.buffer)
    expect(moved.equals(partial)).toBe(true)
    // One read may still be on its way to the former place; the ones after it follow the moved bytes.
    read(10, 8)
    const next = read(10, 9)
    expect(next.buffer).toBe(moved.buffer)
    expect(next.byteOffset).toBe(moved.byteOffset + moved.length)
    expect(reader.gather(moved, 100_000_000)).toBe(moved)
  })

  it('lets go of a full slab whose bytes nobody hands back', async () => {
    const { read, reader, room } = rig()
    const slabs = new Set<ArrayBufferLike>()
    for (let round = 0; round < 100; round++) slabs.add(read(room(), 1).buffer)
    reader.deliverTo(() => {})
    const weak = [...slabs].map((slab) => new WeakRef(slab))
    slabs.clear()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(weak.length).toBeGreaterThan(5)
    expect(weak.filter((slab) => slab.deref() !== undefined).length).toBeLessThanOrEqual(2)
    expect(room()).toBeGreaterThan(0)
  })

  it('never writes into bytes that were not recycled', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ share: fc.double({ min: 0.001, max: 1, noNaN: true }), recycle: fc.integer({ min: 0, max: 3 }) }),
          { maxLength: 300 },
        ),
        (steps) => {
          const { read, reader, room } = rig()
          const held: { chunk: Buffer; value: number }[] = []
          steps.forEach(({ share, recycle }, index) => {
            const value = index % 251
            held.push({ chunk: read(Math.max(1, Math.floor(room() * share)), value), value })
            for (let count = 0; count < recycle && held.length > 0; count++) {
              const [gone] = held.splice((index * 7 + count) % held.length, 1)
              reader.recycle(gone!.chunk, gone!.chunk.length)
            }
          })
          expect(held.every(({ chunk, value }) => chunk.every((byte) => byte === value))).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })
})
