/** The judge of the soak: what it lets pass and what it sees. */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import type { Sample } from './node.ts'
import { judge } from './verdict.ts'
import { kindOf, World } from './world.ts'

const MB = 1 << 20

function samples(of: (index: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 100 }, (_, index) => ({
    atS: index * 10,
    rssBytes: 150 * MB,
    descriptors: 80,
    segments: 40,
    heapBytes: 30 * MB,
    connections: 10,
    ...of(index),
  }))
}

describe('the judge', () => {
  it('lets a process grow into its work and swing', () => {
    const { findings } = judge(samples((i) => ({ rssBytes: (90 + Math.min(i, 30) * 2 + (i % 7) * 3) * MB })))
    expect(findings).toEqual([])
  })

  it('sees memory that goes on growing', () => {
    const { findings } = judge(samples((i) => ({ rssBytes: (100 + i) * MB, heapBytes: (30 + i / 2) * MB })))
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatch(/^resident memory rises by 6\d\.\d MB/)
  })

  it('sees descriptors that no segment explains', () => {
    expect(judge(samples((i) => ({ descriptors: 80 + i }))).findings).toHaveLength(1)
    expect(judge(samples((i) => ({ descriptors: 80 + i, segments: 40 + i }))).findings).toEqual([])
  })
})

describe('the book of errors', () => {
  it('takes errors of a disturbed node for expected, and all others for findings', () => {
    const world = new World('127.0.0.1:1', new Prng(1))
    world.error('client', new Error('connect ECONNREFUSED 127.0.0.1:9092'))
    world.disturb()
    world.error('client', new Error('connect ECONNREFUSED 127.0.0.1:9093'))
    expect([...world.kinds.values()]).toMatchObject([{ source: 'client', count: 2, unexpected: 1 }])
  })

  it('knows errors that differ in numbers alone as one kind', () => {
    expect(kindOf(new Error('offset 17 of p-3'))).toBe(kindOf(new Error('offset 4711 of p-0')))
  })
})
