/** A log as its users see it: offsets, reads, rolls, bounds. */
import { describe, expect, it } from 'vitest'
import { appendValues, batchOf, errorOf, openBench, readAll, START_MS, valuesOf } from './support.ts'

describe('append and read', () => {
  it('gives offsets in order and returns what was appended, from files and from the tail cache', () => {
    for (const tailBytes of [0, 1_000_000]) {
      const { log } = openBench({ tailBytes })
      const expected: string[] = []
      for (let i = 0; i < 200; i++) {
        const values = Array.from({ length: 1 + (i % 5) }, (_, j) => `record ${i}.${j}`)
        expect(appendValues(log, values)).toBe(expected.length)
        expected.push(...values)
      }
      expect(log.logEndOffset).toBe(expected.length)
      expect(log.files.segments.length).toBeGreaterThan(3)
      expect(valuesOf(log)).toEqual(expected)
      for (const offset of [0, 1, 17, 100, expected.length - 1])
        expect(valuesOf(log, offset)).toEqual(expected.slice(offset))
    }
  })

  it('returns the whole batch that holds the offset, at least one, and none beyond the bound', () => {
    for (const tailBytes of [0, 1_000_000]) {
      const { log } = openBench({ tailBytes })
      appendValues(log, ['a', 'b', 'c'])
      appendValues(log, ['d', 'e'])
      const inside = log.read(1, { maxBytes: 1, minOneBatch: true, upTo: 5 })
      expect(inside.nextOffset).toBe(3)
      expect(log.read(1, { maxBytes: 1, minOneBatch: false, upTo: 5 }).records).toEqual([])
      expect(log.read(0, { maxBytes: 10_000, minOneBatch: true, upTo: 3 }).nextOffset).toBe(3)
      expect(log.read(3, { maxBytes: 10_000, minOneBatch: true, upTo: 4 }).records).toEqual([])
      expect(log.read(5, { maxBytes: 10_000, minOneBatch: true, upTo: 5 }).records).toEqual([])
      expect(errorOf(() => log.read(6, { maxBytes: 1, minOneBatch: true, upTo: 6 }))).toBe('OFFSET_OUT_OF_RANGE')
    }
  })

  it('reads batches larger than a read piece', () => {
    const { log } = openBench({ settings: { segmentBytes: 10_000_000 } })
    const large = 'x'.repeat(700_000)
    appendValues(log, ['small'])
    appendValues(log, [large])
    appendValues(log, ['after'])
    expect(valuesOf(log).map((value) => value.length)).toEqual([5, 700_000, 5])
    const all = log.read(0, { maxBytes: 2_000_000, minOneBatch: true, upTo: 3 })
    expect(all.nextOffset).toBe(3)
  })

  it('stamps the leader epoch and notes where it begins', () => {
    const { log } = openBench()
    log.appendAsLeader(batchOf({ values: 2 }), { leaderEpoch: 3, origin: 'client' })
    log.appendAsLeader(batchOf({ values: 2 }), { leaderEpoch: 5, origin: 'client' })
    expect(log.epochs.all()).toEqual([
      { epoch: 3, startOffset: 0 },
      { epoch: 5, startOffset: 2 },
    ])
    expect(log.epochs.endOffsetFor(3)).toEqual({ epoch: 3, endOffset: 2 })
    expect(log.epochs.endOffsetFor(4)).toEqual({ epoch: 3, endOffset: 2 })
    expect(log.epochs.endOffsetFor(5)).toEqual({ epoch: 5, endOffset: 4 })
    expect(log.epochs.endOffsetFor(6)).toEqual({ epoch: -1, endOffset: -1 })
    expect(log.epochs.endOffsetFor(1)).toEqual({ epoch: 1, endOffset: 0 })
    expect(log.epochs.forOffset(1)).toBe(3)
    expect(log.epochs.forOffset(2)).toBe(5)
  })
})

describe('rolling', () => {
  it('begins a segment when the next batch would exceed the size', () => {
    const { log } = openBench()
    for (let i = 0; i < 100; i++) appendValues(log, ['x'.repeat(200)])
    for (const segment of log.files.segments) expect(segment.sizeBytes).toBeLessThanOrEqual(4096)
    expect(log.files.segments.length).toBeGreaterThanOrEqual(6)
  })

  it('begins a segment when record time moves on by segment.ms', () => {
    const { log } = openBench({ settings: { segmentMs: 1000, timestampAfterMaxMs: 10_000 } })
    appendValues(log, ['a'], { timestamp: START_MS })
    appendValues(log, ['b'], { timestamp: START_MS + 1000 })
    expect(log.files.segments.length).toBe(1)
    appendValues(log, ['c'], { timestamp: START_MS + 1001 })
    expect(log.files.segments.map((segment) => segment.baseOffset)).toEqual([0, 2])
  })

  it('begins a segment when an index is full', () => {
    const { log } = openBench({ settings: { segmentBytes: 1_000_000, indexBytes: 80 } })
    for (let i = 0; i < 40; i++) appendValues(log, ['y'.repeat(60)])
    expect(log.files.segments.length).toBeGreaterThan(2)
    expect(valuesOf(log).length).toBe(40)
  })

  it('begins a segment when offsets get too far from its base', () => {
    const { log } = openBench()
    appendValues(log, ['a'])
    log.appendAsFollower(batchOf({ baseOffset: 2 ** 31 + 5, partitionLeaderEpoch: 0 }))
    expect(log.files.segments.map((segment) => segment.baseOffset)).toEqual([0, 2 ** 31 + 5])
    expect(readAll(log).map((record) => record.offset)).toEqual([0, 2 ** 31 + 5])
  })
})

describe('a replica whose leader begins in the middle of a batch', () => {
  it('takes the whole batch when it is empty', () => {
    const { log } = openBench()
    log.truncateFullyAndStartAt(46)
    log.appendAsFollower(batchOf({ baseOffset: 45, values: ['a', 'b'], partitionLeaderEpoch: 0 }))
    log.updateHighWatermark(47)
    log.advanceLogStartOffset(46)
    expect([log.logStartOffset, log.logEndOffset, valuesOf(log)]).toEqual([46, 47, ['b']])
    expect(log.epochs.latest()).toBe(0)
  })

  it('takes no batch that ends before, nor one that overlaps what it has', () => {
    const { log } = openBench()
    log.truncateFullyAndStartAt(46)
    const early = batchOf({ baseOffset: 44, values: ['a', 'b'], partitionLeaderEpoch: 0 })
    expect(errorOf(() => log.appendAsFollower(early))).toBe('INVALID_RECORD')
    log.appendAsFollower(batchOf({ baseOffset: 46, values: ['c'], partitionLeaderEpoch: 0 }))
    const late = batchOf({ baseOffset: 46, values: ['d', 'e'], partitionLeaderEpoch: 0 })
    expect(errorOf(() => log.appendAsFollower(late))).toBe('INVALID_RECORD')
    expect([log.logStartOffset, log.logEndOffset]).toEqual([46, 47])
  })
})

describe('times', () => {
  it('finds the first record at or after a time, and the latest', () => {
    const { log } = openBench({ settings: { timestampAfterMaxMs: 1e12 } })
    for (let i = 0; i < 60; i++) {
      log.appendAsLeader(
        batchOf({ values: 3, timestamps: [START_MS + i * 10, START_MS + i * 10 + 1, START_MS + i * 10 + 2] }),
        { leaderEpoch: 1, origin: 'client' },
      )
    }
    expect(log.offsetForTimestamp(0)).toEqual({ offset: 0, timestamp: START_MS, leaderEpoch: 1 })
    expect(log.offsetForTimestamp(START_MS + 251)).toEqual({ offset: 76, timestamp: START_MS + 251, leaderEpoch: 1 })
    expect(log.offsetForTimestamp(START_MS + 253)).toEqual({ offset: 78, timestamp: START_MS + 260, leaderEpoch: 1 })
    expect(log.offsetForTimestamp(START_MS + 10_000)).toBeNull()
    expect(log.maxTimestamp()).toEqual({ offset: 179, timestamp: START_MS + 592, leaderEpoch: 1 })
    expect(openBench().log.maxTimestamp()).toBeNull()
  })

  it('agrees with a plain search when times jump back and forth', () => {
    const { log } = openBench({ settings: { timestampAfterMaxMs: 1e12 } })
    const times: number[] = []
    let state = 12345
    for (let i = 0; i < 300; i++) {
      state = (state * 1103515245 + 12345) % 2 ** 31
      times.push(START_MS + (state % 5000))
      appendValues(log, [`t${i}`], { timestamp: times[i]! })
    }
    for (let target = START_MS - 1; target < START_MS + 5001; target += 37) {
      const offset = times.findIndex((time) => time >= target)
      expect(log.offsetForTimestamp(target)?.offset ?? -1).toBe(offset)
    }
    expect(log.maxTimestamp()?.offset).toBe(times.indexOf(Math.max(...times)))
  })
})

describe('bounds', () => {
  it('keeps log start <= high watermark <= log end', () => {
    const { log } = openBench()
    for (let i = 0; i < 10; i++) appendValues(log, ['r'])
    expect(log.updateHighWatermark(7)).toBe(true)
    expect(log.updateHighWatermark(7)).toBe(false)
    expect(log.updateHighWatermark(99)).toBe(true)
    expect(log.highWatermark).toBe(10)
    expect(errorOf(() => log.advanceLogStartOffset(11))).toBe('OFFSET_OUT_OF_RANGE')
    log.advanceLogStartOffset(4)
    expect(log.logStartOffset).toBe(4)
    expect(errorOf(() => log.read(3, { maxBytes: 1, minOneBatch: true, upTo: 9 }))).toBe('OFFSET_OUT_OF_RANGE')
    expect(readAll(log, 4).length).toBe(6)
  })

  it('truncates anywhere and goes on from there', () => {
    for (const target of [0, 1, 39, 40, 41, 77, 99, 100]) {
      const { log } = openBench()
      for (let i = 0; i < 100; i++) appendValues(log, [`before ${i}`])
      log.updateHighWatermark(100)
      log.truncateTo(target)
      expect(log.logEndOffset).toBe(target)
      expect(log.highWatermark).toBe(target)
      appendValues(log, ['after'])
      expect(valuesOf(log)).toEqual([...Array.from({ length: target }, (_, i) => `before ${i}`), 'after'])
    }
  })

  it('starts anew at an offset', () => {
    const { log } = openBench()
    for (let i = 0; i < 50; i++) appendValues(log, ['old'])
    log.truncateFullyAndStartAt(1000)
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([1000, 1000, 1000])
    expect(appendValues(log, ['new'])).toBe(1000)
    expect(valuesOf(log)).toEqual(['new'])
    expect(log.epochs.all()).toEqual([{ epoch: 0, startOffset: 1000 }])
  })
})

describe('retention', () => {
  const filled = (settings: object) => {
    const bench = openBench({ settings: { timestampAfterMaxMs: 1e12, ...settings } })
    for (let i = 0; i < 100; i++)
      appendValues(bench.log, ['z'.repeat(200)], { keys: ['k'], timestamp: START_MS + i * 1000 })
    return bench
  }

  it('removes by size no more than needed', () => {
    const { log } = filled({ retentionBytes: 10_000 })
    expect(log.applyRetention(START_MS)).toBe(0)
    log.updateHighWatermark(100)
    expect(log.applyRetention(START_MS)).toBeGreaterThan(0)
    expect(log.sizeBytes).toBeGreaterThanOrEqual(10_000)
    expect(log.sizeBytes - log.files.segments[0]!.sizeBytes).toBeLessThan(10_000)
    expect(log.logStartOffset).toBe(log.files.segments[0]!.baseOffset)
  })

  it('removes by the time of the newest record of a segment, all of it if need be', () => {
    const { log, disk, clock } = filled({ retentionMs: 50_000 })
    log.updateHighWatermark(100)
    log.applyRetention(START_MS + 100_000)
    expect(log.files.segments[0]!.largestTimestamp).toBeGreaterThanOrEqual(START_MS + 50_000)
    log.applyRetention(START_MS + 1_000_000)
    expect([log.logStartOffset, log.logEndOffset, log.sizeBytes]).toEqual([100, 100, 0])
    expect(disk.list('data/events-0').some((name) => name.endsWith('.deleted'))).toBe(true)
    clock.advance(60_000)
    expect(disk.list('data/events-0').some((name) => name.endsWith('.deleted'))).toBe(false)
    expect(appendValues(log, ['next'])).toBe(100)
  })

  it('removes what lies before the log start offset, and nothing else from a compacted topic', () => {
    const { log } = filled({ retentionMs: 1, compact: true, delete: false })
    log.updateHighWatermark(100)
    expect(log.applyRetention(START_MS + 1e9)).toBe(0)
    log.advanceLogStartOffset(60)
    expect(log.applyRetention(START_MS + 1e9)).toBeGreaterThan(0)
    expect(log.files.segments[0]!.baseOffset).toBeLessThanOrEqual(60)
    expect(log.files.segments[1]!.baseOffset).toBeGreaterThan(60)
    expect(log.logStartOffset).toBe(60)
  })
})
