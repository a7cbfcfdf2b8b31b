/** Full segments are synced while other things happen: what fails then has no caller to tell, and must not end the process. */
import { describe, expect, it } from 'vitest'
import type { DiskFile, OpenMode } from '../../../src/base/disk.ts'
import { CrashDisk } from '../../support/memory-disk.ts'
import { appendValues, openBench, valuesOf } from './support.ts'

/** Background syncs end when the test says so, as they do on a real disk. */
class LateDisk extends CrashDisk {
  readonly late: (() => void)[] = []
  nextSyncIsOld = false

  private isOld(): boolean {
    const { nextSyncIsOld } = this
    this.nextSyncIsOld = false
    return nextSyncIsOld
  }

  override open(path: string, mode: OpenMode): DiskFile {
    const file = super.open(path, mode)
    const syncInBackground = file.syncInBackground.bind(file)
    file.syncInBackground = (done) =>
      void this.late.push(() => (this.isOld() ? done(undefined) : syncInBackground(done)))
    return file
  }

  finishSyncs(): void {
    for (let sync = this.late.shift(); sync !== undefined; sync = this.late.shift()) sync()
  }
}

/** A log of several segments, none of which is synced yet. */
function rolled() {
  const disk = new LateDisk()
  const bench = openBench({ disk })
  const values = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(200)}`)
  for (const value of values) appendValues(bench.log, [value])
  return { ...bench, disk, values }
}

describe('a full segment whose sync ends late', () => {
  it('moves the recovery point then', () => {
    const { log, disk } = rolled()
    expect(log.recoveryPoint).toBe(0)
    disk.finishSyncs()
    expect(log.recoveryPoint).toBe(log.files.active.baseOffset)
  })

  it.each(['.log', '.index', '.snapshot', 'leader-epoch-checkpoint'])('reports an I/O error of a %s', (path) => {
    const { log, disk, failures } = rolled()
    disk.fail({ operation: 'sync', errno: 'EIO', path, times: 100 })
    disk.finishSyncs()
    expect(failures.length).toBe(1)
    expect(log.isOffline).toBe(true)
  })

  it.each(['.index', '.snapshot'])('passes over a want of file descriptors for a %s', (path) => {
    const { log, disk, failures, values } = rolled()
    disk.fail({ operation: 'open', errno: 'EMFILE', path, times: 100 })
    disk.finishSyncs()
    disk.clearFaults()
    expect(failures).toEqual([])
    expect(log.isOffline).toBe(false)
    log.flush()
    expect(valuesOf(log)).toEqual(values)
    expect(log.recoveryPoint).toBe(60)
  })

  it('does not count for what was written after its segment was cut and filled again', () => {
    const { log, disk } = rolled()
    const [begun] = disk.late
    log.truncateTo(3)
    for (let index = 0; index < 60; index++) appendValues(log, ['y'.repeat(200)])
    disk.late.length = 0
    // It had gone through before the cut; only the news of it is late.
    disk.nextSyncIsOld = true
    begun!()
    expect(log.recoveryPoint).toBeLessThanOrEqual(3)
    disk.finishSyncs()
    expect(log.recoveryPoint).toBe(log.files.active.baseOffset)
  })

  it('does not matter once its segment was truncated or the log dropped', () => {
    const { log, disk, failures } = rolled()
    log.truncateTo(3)
    disk.finishSyncs()
    expect(log.recoveryPoint).toBeLessThanOrEqual(3)
    for (let index = 0; index < 60; index++) appendValues(log, ['y'.repeat(200)])
    log.drop('the test ends')
    disk.finishSyncs()
    expect(failures).toEqual([])
  })
})
