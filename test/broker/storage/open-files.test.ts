/** Few descriptors for many logs: files are closed and opened again under load, and no failed write-back is forgotten with one. */
import { describe, expect, it } from 'vitest'
import { DiskError, type DiskFile, type OpenMode } from '../../../src/base/disk.ts'
import { logEnvironment } from '../../../src/broker/storage/log-environment.ts'
import { openLog } from '../../../src/broker/storage/log-loader.ts'
import type { Log } from '../../../src/broker/storage/log.ts'
import { OpenFiles, openFilesLimit } from '../../../src/broker/storage/open-files.ts'
import { TailCache } from '../../../src/broker/storage/tail-cache.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk, seededChance } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { appendValues, errorOf, SMALL, START_MS, valuesOf } from './support.ts'

/** Counts what is open, has a limit for it as a process has, and ends background syncs when the test says so. */
class CountingDisk extends CrashDisk {
  opened = 0
  most = 0
  processLimit = Number.POSITIVE_INFINITY
  readonly late: (() => void)[] = []
  isLate = false
  /** The errno of background syncs that end now; undefined: they succeed. */
  lateErrno: string | undefined

  override open(path: string, mode: OpenMode): DiskFile {
    if (this.opened >= this.processLimit) this.fail({ operation: 'open', errno: 'EMFILE', path })
    const file = super.open(path, mode)
    this.opened += 1
    this.most = Math.max(this.most, this.opened)
    let isOpen = true
    const close = file.close.bind(file)
    file.close = () => {
      if (isOpen) this.opened -= 1
      isOpen = false
      close()
    }
    const syncInBackground = file.syncInBackground.bind(file)
    file.syncInBackground = (done) => {
      // The system keeps a file open while it is synced, whoever closes it.
      if (this.isLate) this.late.push(() => done(this.lateErrno && new DiskError('sync', path, this.lateErrno)))
      else syncInBackground(done)
    }
    return file
  }

  finishSyncs(): void {
    for (let sync = this.late.shift(); sync !== undefined; sync = this.late.shift()) sync()
  }
}

function node(count: number, limit: number) {
  const disk = new CountingDisk()
  disk.makeDirectory('data')
  const openFiles = new OpenFiles(limit)
  const environment = logEnvironment({
    disk,
    clock: new ManualClock(START_MS),
    log: new QuietLog(),
    tailCache: new TailCache(0),
    openFiles,
  })
  const failures = new Map<number, unknown[]>()
  const openOne = (partition: number, clean?: boolean): Log => {
    failures.set(partition, [])
    return openLog(environment, {
      directory: `data/many-${partition}`,
      topic: 'many',
      partition,
      settings: SMALL,
      onFailure: (error) => failures.get(partition)!.push(error),
      ...(clean === undefined ? {} : { clean }),
    })
  }
  const logs = Array.from({ length: count }, (_, partition) => openOne(partition))
  return { disk, openFiles, logs, failures, openOne }
}

describe('the bound of open files', () => {
  it('is half of what the process may open', () => {
    expect([openFilesLimit(20_000), openFilesLimit(1024), openFilesLimit(10), openFilesLimit(undefined)]).toEqual([
      10_000, 512, 64, 1000,
    ])
  })

  it('holds while many logs are written, read, rolled and truncated in turn', () => {
    const seed = 11
    const chance = seededChance(seed)
    const { disk, openFiles, logs, failures } = node(30, 8)
    const expected = logs.map(() => [] as string[])
    for (let step = 0; step < 3000; step++) {
      const at = chance.int(logs.length)
      const [log, values] = [logs[at]!, expected[at]!]
      const what = chance.int(10)
      if (what < 6) {
        const value = `${at} ${step} ${'x'.repeat(chance.int(300))}`
        appendValues(log, [value])
        values.push(value)
      } else if (what < 9) expect(valuesOf(log, values.length >> 1)).toEqual(values.slice(values.length >> 1))
      else if (what === 9 && values.length > 5 && chance.int(8) === 0) {
        log.truncateTo(values.length - 3)
        values.length -= 3
      }
      expect(openFiles.size).toBeLessThanOrEqual(10)
      expect(disk.opened).toBe(openFiles.size)
    }
    for (const [at, log] of logs.entries()) expect(valuesOf(log)).toEqual(expected[at])
    for (const log of logs) log.close()
    expect([disk.opened, openFiles.size]).toEqual([0, 0])
    expect([...failures.values()].flat()).toEqual([])
  })

  it('closes no file before what was written to it is on stable storage', () => {
    const { disk, logs } = node(20, 4)
    for (const [at, log] of logs.entries()) appendValues(log, [`value of ${at}`])
    expect(disk.opened).toBeLessThanOrEqual(5)
    disk.syncDirectory('.')
    disk.syncDirectory('data')
    for (let at = 0; at < 20; at++) disk.syncDirectory(`data/many-${at}`)
    disk.powerCut(seededChance(3))
    const again = node(0, 4)
    expect(again.logs).toEqual([])
    const kept = logs.filter((_, at) => disk.stat(`data/many-${at}/00000000000000000000.log`)!.sizeBytes > 0).length
    expect(kept).toBeGreaterThanOrEqual(15)
  })

  it('may be passed by a little while files wait for their sync, and is kept to afterwards', () => {
    const { disk, logs, openFiles } = node(40, 20)
    disk.isLate = true
    for (const log of logs) appendValues(log, ['x'])
    expect(openFiles.size).toBeGreaterThan(20)
    expect(openFiles.size).toBeLessThanOrEqual(25)
    disk.isLate = false
    disk.finishSyncs()
    for (const log of logs) appendValues(log, ['y'])
    expect(openFiles.size).toBeLessThanOrEqual(21)
    for (const log of logs) expect(valuesOf(log)).toEqual(['x', 'y'])
  })

  it.each([false, true])('tells a log of the failed sync before its file is closed, in the background: %s', (late) => {
    const { disk, logs, failures } = node(12, late ? 4 : 8)
    disk.isLate = late
    appendValues(logs[0]!, ['mine'])
    disk.fail({ operation: 'sync', errno: 'EIO', path: 'many-0/', times: 100 })
    for (const log of logs.slice(1)) appendValues(log, ['others'])
    disk.finishSyncs()
    expect(failures.get(0)!.length).toBe(1)
    expect(logs[0]!.isOffline).toBe(true)
    for (const log of logs.slice(1)) expect(valuesOf(log)).toEqual(['others'])
  })

  it('tells a log of a failed background sync also after its file was synced again and closed', () => {
    const { disk, logs, failures } = node(12, 4)
    disk.isLate = true
    appendValues(logs[0]!, ['mine'])
    for (const log of logs.slice(1)) appendValues(log, ['others'])
    // The system names a lost write-back to one sync only: the one in the background, which ends last.
    disk.lateErrno = 'EIO'
    disk.late.shift()!()
    expect(failures.get(0)!.length).toBe(1)
    expect(logs[0]!.isOffline).toBe(true)
  })

  it('tells a log that is closed for good nothing more', () => {
    const { disk, logs, failures } = node(12, 4)
    disk.isLate = true
    for (const log of logs) appendValues(log, ['x'])
    logs[0]!.drop('deleted')
    disk.lateErrno = 'EIO'
    disk.late.shift()!()
    expect(failures.get(0)).toEqual([])
  })
})

describe('a process without a descriptor left', () => {
  it('closes files of logs and goes on', () => {
    const { disk, logs, failures, openFiles } = node(30, 1000)
    disk.processLimit = 12
    for (let round = 0; round < 3; round++) for (const log of logs) appendValues(log, [`round ${round}`])
    for (const log of logs) expect(valuesOf(log).length).toBe(3)
    expect([...failures.values()].flat()).toEqual([])
    expect(openFiles.size).toBeLessThanOrEqual(12)
  })

  it('refuses what it has no descriptor for, and serves again when there is one', () => {
    const { disk, logs, failures } = node(3, 1000)
    appendValues(logs[0]!, ['before'])
    disk.processLimit = 0
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(errorOf(() => appendValues(logs[1]!, ['no']))).toBe('KAFKA_STORAGE_ERROR')
    }
    disk.processLimit = 100
    disk.clearFaults()
    expect(appendValues(logs[1]!, ['yes'])).toBe(0)
    expect(valuesOf(logs[0]!)).toEqual(['before'])
    expect([...failures.values()].flat()).toEqual([])
  })
})
