/** Full disks, I/O errors, and what is served meanwhile. */
import { describe, expect, it } from 'vitest'
import { CrashDisk } from '../../support/memory-disk.ts'
import { appendValues, batchOf, DIRECTORY, errorOf, openBench, START_MS, valuesOf } from './support.ts'

function bench(settings = {}) {
  const disk = new CrashDisk()
  return { ...openBench({ disk, settings }), disk }
}

describe('a full disk', () => {
  it('refuses the append, keeps the log as it was, and serves again when there is room', () => {
    for (const partialBytes of [0, 1, 40, 100]) {
      const { log, disk, failures } = bench()
      for (let i = 0; i < 10; i++) appendValues(log, [`v${i}`])
      const size = log.sizeBytes
      disk.fail({ operation: 'write', errno: 'ENOSPC', path: '.log', partialBytes })
      expect(errorOf(() => appendValues(log, ['lost']))).toBe('KAFKA_STORAGE_ERROR')
      expect([log.logEndOffset, log.sizeBytes, disk.stat(`${DIRECTORY}/00000000000000000000.log`)!.sizeBytes]).toEqual([
        10,
        size,
        size,
      ])
      expect(valuesOf(log).length).toBe(10)
      expect(appendValues(log, ['kept'])).toBe(10)
      expect(failures).toEqual([])
      expect(openBench({ disk, clean: false }).log.logEndOffset).toBe(11)
    }
  })

  it('may hit any operation of a roll', () => {
    for (const operation of ['write', 'truncate', 'rename'] as const) {
      for (let times = 1; times <= 6; times++) {
        const { log, disk, failures } = bench()
        let acknowledged = 0
        const expected: string[] = []
        for (let i = 0; i < 120; i++) {
          if (i === 20) disk.fail({ operation, errno: 'ENOSPC', times })
          const value = `v${i} ${'x'.repeat(200)}`
          if (errorOf(() => appendValues(log, [value])) === 'none') {
            acknowledged += 1
            expected.push(value)
          }
        }
        expect(failures).toEqual([])
        expect(acknowledged).toBeGreaterThanOrEqual(120 - times)
        expect(valuesOf(log)).toEqual(expected)
        expect(valuesOf(openBench({ disk, clean: false }).log)).toEqual(expected)
      }
    }
  })

  it('whose batch is sent again is told of it only when it is synced', () => {
    const { log, disk, failures } = bench({ flushMessages: 1 })
    const send = () => {
      const records = batchOf({ values: ['once'], producerId: 7, producerEpoch: 0, baseSequence: 0 })
      return log.appendAsLeader(records, { leaderEpoch: 3, origin: 'client', nowMs: START_MS })
    }
    disk.fail({ operation: 'write', errno: 'ENOSPC', path: 'leader-epoch-checkpoint', times: 2 })
    expect(errorOf(send)).toBe('KAFKA_STORAGE_ERROR')
    expect(errorOf(send)).toBe('KAFKA_STORAGE_ERROR')
    expect(send()).toMatchObject({ duplicate: true, firstOffset: 0 })
    expect(failures).toEqual([])
    expect(log.recoveryPoint).toBe(1)
  })

  it('cannot keep an index from being complete in the end', () => {
    const { log, disk } = bench({ segmentBytes: 100_000, indexBytes: 100_000 })
    disk.fail({ operation: 'write', errno: 'ENOSPC', path: 'index', times: 50 })
    for (let i = 0; i < 600; i++) appendValues(log, [`v${i}`])
    disk.clearFaults()
    log.close()
    const again = openBench({ disk, clean: true, settings: { segmentBytes: 100_000, indexBytes: 100_000 } })
    expect(valuesOf(again.log).length).toBe(600)
    expect(again.lines.messages('WARN')).toEqual([])
  })
})

describe('an I/O error', () => {
  it.each([
    ['write', (log: ReturnType<typeof bench>['log']) => appendValues(log, ['x'])],
    ['read', (log: ReturnType<typeof bench>['log']) => log.read(0, { maxBytes: 10, minOneBatch: true, upTo: 1 })],
    ['sync', (log: ReturnType<typeof bench>['log']) => log.flush()],
  ] as const)('of a %s is reported once and ends the log', (operation, work) => {
    const { log, disk, failures } = bench()
    appendValues(log, ['first'])
    disk.fail({ operation, errno: 'EIO', times: 100 })
    expect(errorOf(() => work(log))).toBe('KAFKA_STORAGE_ERROR')
    disk.clearFaults()
    expect(errorOf(() => appendValues(log, ['y']))).toBe('KAFKA_STORAGE_ERROR')
    expect(errorOf(() => log.read(0, { maxBytes: 10, minOneBatch: true, upTo: 1 }))).toBe('KAFKA_STORAGE_ERROR')
    expect(failures.length).toBe(1)
    expect(openBench({ disk, clean: false }).log.logEndOffset).toBe(1)
  })

  it('of a background sync is reported too', () => {
    const { log, disk, failures } = bench()
    disk.fail({ operation: 'sync', errno: 'EIO', path: '.log' })
    for (let i = 0; i < 40 && failures.length === 0; i++) errorOf(() => appendValues(log, ['x'.repeat(300)]))
    expect(failures.length).toBe(1)
    expect(log.isOffline).toBe(true)
  })

  it.each([
    'ENOSPC',
    'EDQUOT',
    'ENOMEM',
  ])('of a sync counts as one although it is %s: the bytes may be gone, and a second sync would not tell', (errno) => {
    const { log, disk, failures } = bench()
    appendValues(log, ['first'])
    disk.fail({ operation: 'sync', errno, path: '.log' })
    expect(errorOf(() => log.flush())).toBe('KAFKA_STORAGE_ERROR')
    expect(failures.length).toBe(1)
    expect(errorOf(() => log.flush())).toBe('KAFKA_STORAGE_ERROR')
    expect(log.recoveryPoint).toBe(0)
  })

  it.each(['.snapshot', 'leader-epoch-checkpoint'])('of the sync of a %s counts as one too', (path) => {
    const { log, disk, failures } = bench()
    disk.fail({ operation: 'sync', errno: 'ENOSPC', path })
    for (let i = 0; i < 60; i++) errorOf(() => appendValues(log, ['x'.repeat(200)]))
    expect(failures.length).toBe(1)
    expect(log.recoveryPoint).toBe(0)
  })

  it('for want of file descriptors fails the operation only', () => {
    const { log, disk, failures } = bench()
    appendValues(log, ['first'])
    log.files.active.release()
    // It is tried once more after others were closed.
    disk.fail({ operation: 'open', errno: 'EMFILE', times: 2 })
    expect(errorOf(() => appendValues(log, ['x']))).toBe('KAFKA_STORAGE_ERROR')
    expect(appendValues(log, ['x'])).toBe(1)
    expect(failures).toEqual([])
  })
})

describe('flush settings', () => {
  it('flush.messages brings records to the disk before the append returns', () => {
    const disk = new CrashDisk()
    disk.makeDirectory('data')
    disk.syncDirectory('/')
    const { log } = openBench({ disk, settings: { flushMessages: 3 } })
    for (let i = 0; i < 8; i++) appendValues(log, [`v${i}`])
    expect(log.recoveryPoint).toBe(6)
    disk.powerCut({ int: () => 0 })
    expect(openBench({ disk, clean: false }).log.logEndOffset).toBe(6)
  })

  it('flush.ms does so after a time', () => {
    const { log, clock } = bench({ flushMs: 1000 })
    appendValues(log, ['a'])
    clock.advance(999)
    expect(log.recoveryPoint).toBe(0)
    clock.advance(1)
    expect(log.recoveryPoint).toBe(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('a full segment is synced when the next begins', () => {
    const { log } = bench()
    for (let i = 0; i < 60; i++) appendValues(log, ['x'.repeat(200)])
    expect(log.recoveryPoint).toBe(log.files.active.baseOffset)
  })
})
