/** What the loader finds after crashes and damage, and what it makes of it. */
import { describe, expect, it } from 'vitest'
import { CrashDisk } from '../../support/memory-disk.ts'
import { appendValues, type Bench, batchOf, DIRECTORY, openBench, START_MS, TOPIC_ID, valuesOf } from './support.ts'

const path = (offset: number, suffix: string) => `${DIRECTORY}/${String(offset).padStart(20, '0')}${suffix}`

/** A log of 100 records in several segments; not closed. */
function filled(): Bench {
  const bench = openBench()
  for (let i = 0; i < 100; i++) appendValues(bench.log, [`v${i} ${'x'.repeat(150)}`], { timestamp: START_MS + i })
  return bench
}

const reopened = (bench: Bench, options: { clean?: boolean; recoveryPoint?: number; logStartOffset?: number } = {}) =>
  openBench({ disk: bench.disk, clock: bench.clock, clean: false, ...options })

function overwrite(bench: Bench, file: string, position: number, bytes: Buffer): void {
  const open = bench.disk.open(file, 'readwrite')
  open.write(position, [bytes])
  open.close()
}

describe('torn and damaged logs', () => {
  it('keeps every whole batch when the file is cut anywhere in its last three', () => {
    const { disk } = openBench()
    const sizes: number[] = []
    const sample = openBench({ disk: new CrashDisk() })
    for (let i = 0; i < 5; i++) {
      appendValues(sample.log, [`v${i}`])
      sizes.push(sample.log.sizeBytes)
    }
    const whole = sample.disk.readFile(path(0, '.log'))
    for (let cut = sizes[1]!; cut <= whole.length; cut++) {
      disk.writeFile(path(0, '.log'), whole.subarray(0, cut))
      const { log } = openBench({ disk, clean: false })
      const kept = sizes.filter((size) => size <= cut).length
      expect(log.logEndOffset).toBe(kept)
      expect(disk.stat(path(0, '.log'))!.sizeBytes).toBe(sizes[kept - 1])
      appendValues(log, ['next'])
      expect(valuesOf(log).length).toBe(kept + 1)
    }
  })

  it('ends the log at a damaged batch and removes later segments', () => {
    const bench = filled()
    const second = bench.log.files.segments[1]!
    overwrite(bench, second.path('.log'), 100, Buffer.from('damage'))
    const { log, lines } = reopened(bench)
    expect(log.logEndOffset).toBe(second.baseOffset)
    expect(log.files.segments.length).toBe(2)
    expect(lines.messages('WARN').join()).toMatch(
      /wrong checksum at byte 0; \d+ bytes and \d+ later segments are removed/,
    )
    appendValues(log, ['after'])
    expect(valuesOf(log).at(-1)).toBe('after')
  })

  it('trusts what lies before the recovery point, and does not read it', () => {
    const bench = filled()
    overwrite(bench, bench.log.files.segments[0]!.path('.log'), 100, Buffer.from('damage'))
    const third = bench.log.files.segments[2]!.baseOffset
    expect(reopened(bench, { recoveryPoint: third }).log.logEndOffset).toBe(100)
  })

  it('takes a missing end of an unsynced segment for damage, but not where compaction was at work', () => {
    const cut = (): Bench => {
      const bench = filled()
      const [first] = bench.log.files.segments
      const at = [...first!.batchesFrom(0)].at(-2)!
      const file = bench.disk.open(first!.path('.log'), 'readwrite')
      file.truncate(at.position)
      return bench
    }
    /** As compaction leaves them: they know of nothing but what is there. */
    const withOwnIndexes = (bench: Bench): Bench => {
      const [first] = bench.log.files.segments
      bench.disk.removeFile(first!.path('.index'))
      bench.disk.removeFile(first!.path('.timeindex'))
      return bench
    }
    const end = cut().log.files.segments[1]!.baseOffset - 2
    const open = (bench: Bench, compacted: boolean): number =>
      openBench({ disk: bench.disk, clean: false, compacted }).log.logEndOffset
    expect(open(withOwnIndexes(cut()), true)).toBe(100)
    expect(open(withOwnIndexes(cut()), false)).toBe(end)
    expect(open(cut(), false)).toBe(end)
    // The indexes tell that there was more, whatever else is known of the log.
    expect(open(cut(), true)).toBe(end)
  })

  it('starts anew where the log ends before its start', () => {
    const bench = filled()
    const { log } = reopened(bench, { logStartOffset: 500 })
    expect([log.logStartOffset, log.logEndOffset]).toEqual([500, 500])
    expect(appendValues(log, ['new'])).toBe(500)
  })

  it('keeps the log start of the checkpoint', () => {
    const { log } = reopened(filled(), { logStartOffset: 42 })
    expect(log.logStartOffset).toBe(42)
    expect(valuesOf(log).length).toBe(58)
  })
})

describe('indexes', () => {
  const damages: [string, (bench: Bench, file: string) => void][] = [
    ['missing', (bench, file) => bench.disk.removeFile(file)],
    ['empty', (bench, file) => bench.disk.writeFile(file, Buffer.alloc(0))],
    [
      'not trimmed',
      (bench, file) => bench.disk.writeFile(file, Buffer.concat([bench.disk.readFile(file), Buffer.alloc(96)])),
    ],
    ['of a wrong size', (bench, file) => bench.disk.writeFile(file, bench.disk.readFile(file).subarray(0, -3))],
    [
      'full of nonsense',
      (bench, file) => bench.disk.writeFile(file, Buffer.alloc(bench.disk.stat(file)!.sizeBytes, 0x5a)),
    ],
    ['half overwritten', (bench, file) => overwrite(bench, file, 8, Buffer.from('\0\0\0\x02\0\0\0\x09', 'latin1'))],
  ]
  it.each(damages)('%s are rebuilt when they are needed, after a clean shutdown too', (_, damage) => {
    for (const suffix of ['.index', '.timeindex']) {
      const bench = filled()
      const segments = bench.log.files.segments.map((segment) => segment.baseOffset)
      bench.log.close()
      damage(bench, path(segments[1]!, suffix))
      damage(bench, path(segments.at(-1)!, suffix))
      const { log } = reopened(bench, { clean: true })
      for (let offset = 0; offset < 100; offset++) expect(valuesOf(log, offset).length).toBe(100 - offset)
      for (let i = 0; i < 100; i += 7) expect(log.offsetForTimestamp(START_MS + i)?.offset).toBe(i)
      expect(log.maxTimestamp()?.offset).toBe(99)
    }
  })

  it('without a log are removed', () => {
    const bench = filled()
    bench.disk.writeFile(path(9999, '.index'), Buffer.alloc(8))
    bench.disk.writeFile(path(9999, '.timeindex'), Buffer.alloc(12))
    reopened(bench)
    expect(bench.disk.list(DIRECTORY).filter((name) => name.includes('9999'))).toEqual([])
  })
})

describe('left-overs', () => {
  it('removes what was deleted or not finished', () => {
    const bench = filled()
    const second = bench.log.files.segments[1]!.baseOffset
    for (const name of [
      path(0, '.log.deleted'),
      path(0, '.index.deleted'),
      path(second, '.log.cleaned'),
      path(7, '.snapshot.deleted'),
    ]) {
      bench.disk.writeFile(name, Buffer.from('rest'))
    }
    const { log, disk } = reopened(bench)
    expect(disk.list(DIRECTORY).filter((name) => /deleted|cleaned|tmp/.test(name))).toEqual([])
    expect(log.logEndOffset).toBe(100)
  })

  it('finishes a swap that was complete', () => {
    const bench = filled()
    const bases = bench.log.files.segments.map((segment) => segment.baseOffset)
    bench.log.close()
    // A compacted segment that stands for the first two: the last record of each.
    const swap = Buffer.concat([
      batchOf({ baseOffset: bases[1]! - 1, values: ['kept 1'], partitionLeaderEpoch: 0 }),
      batchOf({ baseOffset: bases[2]! - 1, values: ['kept 2'], partitionLeaderEpoch: 0 }),
    ])
    bench.disk.writeFile(path(0, '.log.swap'), swap)
    bench.disk.writeFile(path(0, '.index.swap'), Buffer.alloc(0))
    bench.disk.writeFile(path(0, '.timeindex.swap'), Buffer.alloc(0))
    const { log, disk } = openBench({ disk: bench.disk, clean: false, compacted: true })
    expect(valuesOf(log).slice(0, 2)).toEqual(['kept 1', 'kept 2'])
    expect(log.logEndOffset).toBe(100)
    expect(disk.stat(path(bases[1]!, '.log'))).toBeUndefined()
    expect(disk.list(DIRECTORY).some((name) => name.endsWith('.swap'))).toBe(false)
  })

  it('drops a swap whose other part was not finished', () => {
    const bench = filled()
    const second = bench.log.files.segments[1]!.baseOffset
    bench.disk.writeFile(path(second, '.log.swap'), Buffer.from('x'))
    bench.disk.writeFile(path(0, '.log.cleaned'), Buffer.from('x'))
    const { log } = reopened(bench)
    expect(log.logEndOffset).toBe(100)
    expect(valuesOf(log)[0]).toMatch(/^v0/)
  })
})

describe('epochs and ids', () => {
  it('restores epochs that the file lost, and rebuilds a damaged file', () => {
    for (const content of ['', '0\n1\n0 0\n', 'nonsense']) {
      const bench = openBench()
      for (let i = 0; i < 30; i++) {
        bench.log.appendAsLeader(batchOf({ values: ['x'.repeat(300)] }), {
          leaderEpoch: Math.floor(i / 10),
          origin: 'client',
        })
      }
      bench.disk.writeFile(`${DIRECTORY}/leader-epoch-checkpoint`, Buffer.from(content))
      expect(reopened(bench).log.epochs.all()).toEqual([
        { epoch: 0, startOffset: 0 },
        { epoch: 1, startOffset: 10 },
        { epoch: 2, startOffset: 20 },
      ])
    }
  })

  it('drops epochs beyond the end, and cuts them at the start', () => {
    const bench = filled()
    bench.disk.writeFile(`${DIRECTORY}/leader-epoch-checkpoint`, Buffer.from('0\n3\n0 0\n4 50\n9 100\n'))
    const { log } = reopened(bench, { logStartOffset: 60, clean: true })
    expect(log.epochs.all()).toEqual([{ epoch: 4, startOffset: 60 }])
  })

  it.each([
    ['an epoch that was cut off', '0\n2\n4 0\n5 10\n'],
    ['an epoch that began elsewhere', '0\n2\n4 0\n6 25\n'],
    ['a later epoch than the one that follows', '0\n2\n4 0\n7 29\n'],
    ['epochs in the wrong places', '0\n4\n4 0\n5 12\n6 13\n8 27\n'],
  ])('believes the batches where the file still names %s', (_what, content) => {
    // A power cut may undo the newest rename of the file, and leave records that were appended afterwards.
    const bench = openBench()
    for (let i = 0; i < 30; i++) {
      const leaderEpoch = i < 20 ? 4 : i < 28 ? 6 : 8
      bench.log.appendAsLeader(batchOf({ values: ['x'.repeat(300)] }), { leaderEpoch, origin: 'client' })
    }
    bench.disk.writeFile(`${DIRECTORY}/leader-epoch-checkpoint`, Buffer.from(content))
    expect(reopened(bench).log.epochs.all()).toEqual([
      { epoch: 4, startOffset: 0 },
      { epoch: 6, startOffset: 20 },
      { epoch: 8, startOffset: 28 },
    ])
  })

  it('believes the file where compaction took the first records of an epoch, or all of them', () => {
    const bench = openBench()
    const copy = (baseOffset: number, partitionLeaderEpoch: number) =>
      bench.log.appendAsFollower(batchOf({ baseOffset, partitionLeaderEpoch }))
    copy(0, 4)
    copy(25, 6)
    copy(30, 9)
    bench.disk.writeFile(`${DIRECTORY}/leader-epoch-checkpoint`, Buffer.from('0\n4\n4 0\n6 20\n8 27\n9 29\n'))
    expect(reopened(bench).log.epochs.all()).toEqual([
      { epoch: 4, startOffset: 0 },
      { epoch: 6, startOffset: 20 },
      { epoch: 8, startOffset: 27 },
      { epoch: 9, startOffset: 29 },
    ])
  })

  it('keeps the topic id of the directory', () => {
    const bench = openBench()
    expect(openBench({ disk: bench.disk, topicId: 'AAAAAAAAAAAAAAAAAAAAZA' }).log.topicId).toBe(TOPIC_ID)
  })
})
