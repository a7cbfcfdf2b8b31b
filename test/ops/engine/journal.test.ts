/** The journal on disk and the plan's hash. */
import { describe, expect, it } from 'vitest'
import { Journal, type JournalEntry } from '../../../src/ops/engine/journal.ts'
import { canonical, isIntact, readPlan, sealPlan } from '../../../src/ops/engine/plan.ts'
import { MemoryDisk } from '../../support/memory-disk.ts'

const plan = sealPlan('counters', 'c1', { b: [1, 'é'], a: { y: null, x: true } })
const ENTRIES: JournalEntry[] = [
  { type: 'begun', atMs: 1, operator: 'me', plan },
  { type: 'step', atMs: 2, step: 's1', before: { text: 'line\nbreak' } },
  { type: 'step-done', atMs: 3, step: 's1' },
]

function written(): { disk: MemoryDisk; content: Buffer } {
  const disk = new MemoryDisk()
  disk.makeDirectory('/j')
  const journal = Journal.open(disk, '/j')
  for (const entry of ENTRIES) journal.append(entry)
  journal.close()
  return { disk, content: disk.readFile('/j/journal') }
}

describe('Journal', () => {
  it('gives back what was appended', () => {
    const { disk } = written()
    expect(Journal.read(disk, '/j')).toEqual(ENTRIES)
    expect(Journal.open(disk, '/j').entries).toEqual(ENTRIES)
    expect(Journal.read(disk, '/nowhere')).toEqual([])
  })

  it('cuts off a torn tail, wherever it is torn, and goes on after it', () => {
    const { content } = written()
    const lastStart = content.lastIndexOf(10, content.length - 2) + 1
    for (let cut = lastStart; cut < content.length; cut += 1) {
      const disk = new MemoryDisk()
      disk.makeDirectory('/j')
      disk.writeFile('/j/journal', content.subarray(0, cut))
      expect(Journal.read(disk, '/j')).toEqual(ENTRIES.slice(0, 2))
      const journal = Journal.open(disk, '/j')
      journal.append(ENTRIES[2]!)
      journal.close()
      expect(disk.readFile('/j/journal').equals(content)).toBe(true)
    }
  })

  it('refuses damage before its end', () => {
    const { disk, content } = written()
    for (const position of [3, 20, content.indexOf(10) + 12]) {
      const damaged = Buffer.from(content)
      damaged[position] = damaged[position]! ^ 1
      disk.writeFile('/j/journal', damaged)
      expect(() => Journal.read(disk, '/j')).toThrow('damaged in the middle')
    }
  })
})

describe('a plan', () => {
  it('has one hash for one content', () => {
    const same = sealPlan('counters', 'c1', { a: { x: true, y: null, z: undefined }, b: [1, 'é'] })
    expect(same.hash).toBe(plan.hash)
    expect(canonical(plan.body)).toBe('{"a":{"x":true,"y":null},"b":[1,"é"]}')
    const others = [
      sealPlan('other', 'c1', plan.body),
      sealPlan('counters', 'c2', plan.body),
      sealPlan('counters', 'c1', {}),
    ]
    expect(new Set([plan, ...others].map(({ hash }) => hash)).size).toBe(4)
    expect(() => canonical(Number.NaN)).toThrow('NaN')
  })

  it('is read back, unless it was edited', () => {
    const text = JSON.stringify(plan, null, 2)
    expect(readPlan(text, 'counters')).toEqual(plan)
    expect(isIntact(plan)).toBe(true)
    expect(() => readPlan(text.replace('"é"', '"e"'), 'counters')).toThrow('changed after it was made')
    expect(() => readPlan(text, 'reassign')).toThrow('not for reassign')
    expect(() => readPlan('{', 'counters')).toThrow('not JSON')
    expect(() => readPlan('{}', 'counters')).toThrow('no plan')
  })
})
