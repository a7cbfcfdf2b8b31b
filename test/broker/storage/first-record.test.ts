/** A partition without records has no files of a segment: they come with the first record, and whatever goes wrong then passes. */
import { describe, expect, it } from 'vitest'
import { CrashDisk, ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { appendValues, DIRECTORY, errorOf, openBench, valuesOf } from './support.ts'

function bench() {
  const disk = new CrashDisk()
  disk.makeDirectory('data')
  disk.syncDirectory('.')
  return { ...openBench({ disk }), disk }
}

describe('a log without records', () => {
  it('lies in a directory with its topic id only, and answers as an empty log does', () => {
    const { log, disk, lines } = bench()
    expect(disk.list(DIRECTORY)).toEqual(['partition.metadata'])
    expect([log.logStartOffset, log.logEndOffset, log.sizeBytes, log.recoveryPoint]).toEqual([0, 0, 0, 0])
    expect(log.read(0, { maxBytes: 100, minOneBatch: true, upTo: 0 }).records).toEqual([])
    expect([log.offsetForTimestamp(0), log.maxTimestamp()]).toEqual([null, null])
    log.truncateTo(0)
    log.updateHighWatermark(5)
    expect([log.applyRetention(1e15), log.removeSegmentsBefore(10), log.highWatermark]).toEqual([0, 0, 0])
    log.flush()
    expect(disk.list(DIRECTORY)).toEqual(['partition.metadata'])
    log.close()
    expect(disk.list(DIRECTORY)).toEqual(['partition.metadata'])
    expect(lines.messages('WARN')).toEqual([])
  })

  it.each([true, false])('is found again as it was, closed cleanly: %s', (clean) => {
    const { log, disk } = bench()
    if (clean) log.close()
    disk.restartProcess()
    const again = openBench({ disk, clean })
    expect(disk.list(DIRECTORY)).toEqual(['partition.metadata'])
    appendValues(again.log, ['a', 'b'])
    expect(valuesOf(again.log)).toEqual(['a', 'b'])
    expect(disk.list(DIRECTORY).length).toBe(4)
    expect(again.lines.messages('WARN')).toEqual([])
  })

  it('begins elsewhere than at 0 only with a file whose name says so', () => {
    const { log, disk } = bench()
    log.truncateFullyAndStartAt(42)
    expect(disk.list(DIRECTORY)).toContain('00000000000000000042.log')
    log.close()
    expect(openBench({ disk, clean: true }).log.logEndOffset).toBe(42)
    const other = openBench({ disk, directory: 'data/other-0', logStartOffset: 7 })
    expect(other.log.logEndOffset).toBe(7)
    expect(disk.list('data/other-0')).toContain('00000000000000000007.log')
  })
})

describe('the first record', () => {
  it.each([
    'ENOSPC',
    'EMFILE',
  ])('is refused while its files cannot be made (%s), each of them, and taken later', (errno) => {
    for (const path of ['.log', '.index', '.timeindex']) {
      for (const operation of ['open', 'truncate'] as const) {
        const { log, disk, failures } = bench()
        disk.fail({ operation, errno, path, times: 2 })
        for (let attempt = 0; attempt < 2; attempt++) {
          if (operation === 'open' && errno === 'ENOSPC')
            expect(errorOf(() => appendValues(log, ['no']))).toBe('KAFKA_STORAGE_ERROR')
          else errorOf(() => appendValues(log, ['no']))
        }
        disk.clearFaults()
        const before = log.logEndOffset
        expect(appendValues(log, ['yes'])).toBe(before)
        expect(failures).toEqual([])
        expect(valuesOf(openBench({ disk, clean: false }).log).at(-1)).toBe('yes')
      }
    }
  })

  it('may meet the end of the process or of the power anywhere', () => {
    for (const powerCut of [false, true]) {
      for (let steps = 0; steps < 25; steps++) {
        const { log, disk } = bench()
        let acknowledged = false
        disk.dieAfter(steps)
        try {
          appendValues(log, ['first'])
          log.flush()
          acknowledged = true
        } catch (error) {
          if (!(error instanceof ProcessDied)) throw error
        }
        if (powerCut) disk.powerCut(seededChance(steps + 1))
        disk.restartProcess()
        const again = openBench({ disk, clean: false })
        expect(valuesOf(again.log).length).toBeGreaterThanOrEqual(acknowledged ? 1 : 0)
        const count = valuesOf(again.log).length
        expect(appendValues(again.log, ['next'])).toBe(count)
      }
    }
  })
})
