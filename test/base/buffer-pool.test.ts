/** Buffers that are used again: only those that were taken, once, by any view of them. */
import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/base/buffer-pool.ts'

const pool = () =>
  new BufferPool([
    { bufferBytes: 100, freeMax: 2 },
    { bufferBytes: 1000, freeMax: 1 },
  ])

describe('BufferPool', () => {
  it('gives out again what came back, by whichever view', () => {
    const buffers = pool()
    const taken = buffers.take(80)
    expect(taken).toHaveLength(80)
    buffers.giveBack(taken.subarray(10, 20))
    expect(buffers.take(100).buffer).toBe(taken.buffer)
  })

  it('takes nothing back twice, and nothing that it did not give', () => {
    const buffers = pool()
    const taken = buffers.take(100)
    buffers.giveBack(taken)
    buffers.giveBack(taken)
    buffers.giveBack(Buffer.alloc(100))
    expect(buffers.free).toBe(1)
    expect(buffers.take(100).buffer).not.toBe(buffers.take(100).buffer)
  })

  it('uses the smallest class that is large enough, and plain memory above the largest', () => {
    const buffers = pool()
    expect(buffers.take(101).buffer.byteLength).toBe(1000)
    const huge = buffers.take(5000)
    expect(huge.buffer.byteLength).toBe(5000)
    buffers.giveBack(huge)
    expect(buffers.free).toBe(0)
  })

  it('keeps no more than its limit', () => {
    const buffers = pool()
    const taken = [1, 2, 3].map(() => buffers.take(100))
    for (const buffer of taken) buffers.giveBack(buffer)
    expect(buffers.free).toBe(2)
  })
})
