/** The removal of deleted logs: all of it, and never much at once. */
import { expect, it } from 'vitest'
import { TreeRemovals } from '../../../src/broker/storage/tree-removals.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { MemoryDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'

/** Each removal of a file takes a millisecond. */
class SlowDisk extends MemoryDisk {
  removedAtMs: number[] = []
  readonly #clock: ManualClock
  elapsedMs = 0

  constructor(clock: ManualClock) {
    super()
    this.#clock = clock
  }

  override removeFile(path: string): void {
    super.removeFile(path)
    this.elapsedMs += 1
    this.removedAtMs.push(this.#clock.nowMs())
  }
}

function rig() {
  const clock = new ManualClock(0)
  const disk = new SlowDisk(clock)
  const lines = new QuietLog()
  const timed = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + disk.elapsedMs,
    schedule: (delayMs: number, callback: () => void) => clock.schedule(delayMs, callback),
    defer: (callback: () => void) => clock.defer(callback),
  }
  for (const path of ['/d', '/d/a', '/d/b', '/d/b/inner']) disk.makeDirectory(path)
  for (let i = 0; i < 9; i++) disk.writeFile(`/d/a/${i}.log`, Buffer.from('x'))
  disk.writeFile('/d/b/0.log', Buffer.from('x'))
  disk.writeFile('/d/b/inner/file', Buffer.from('x'))
  return { clock, disk, lines, removals: new TreeRemovals(disk, timed, lines) }
}

it('takes everything away in slices, after the delay', () => {
  const { clock, disk, lines, removals } = rig()
  removals.later('/d/a', 100)
  removals.later('/d/b', 100)
  removals.later('/d/gone', 100)
  clock.advance(99)
  expect(disk.list('/d')).toEqual(['a', 'b'])
  clock.advance(1)
  expect(disk.list('/d/a')).toHaveLength(7)
  clock.advance(100)
  expect(disk.list('/d')).toEqual([])
  const atOnce = Math.max(...disk.removedAtMs.map((at) => disk.removedAtMs.filter((other) => other === at).length))
  expect(atOnce).toBeLessThanOrEqual(3)
  expect(lines.messages('WARN')).toEqual([])
  removals.later('/d/a', 0)
  clock.advance(10)
  expect(lines.messages('INFO').filter((line) => line === 'Deleted /d/a')).toHaveLength(2)
})

it('goes on after one that cannot be removed', () => {
  const { clock, disk, lines, removals } = rig()
  const list = disk.list.bind(disk)
  disk.list = (path) => {
    if (path === '/d/a') throw new Error('no')
    return list(path)
  }
  removals.later('/d/a', 0)
  removals.later('/d/b', 0)
  clock.advance(50)
  expect(list('/d')).toEqual(['a'])
  expect(lines.messages('WARN').join()).toContain('cannot remove /d/a')
})

it('lists a directory once, however many slices its files take', () => {
  const { clock, disk, removals } = rig()
  for (let i = 0; i < 500; i++) disk.writeFile(`/d/a/${i}.log`, Buffer.from('x'))
  const list = disk.list.bind(disk)
  let listings = 0
  disk.list = (path) => {
    listings += 1
    disk.elapsedMs += 30
    return list(path)
  }
  removals.later('/d/a', 0)
  clock.advance(10_000)
  expect(disk.stat('/d/a')).toBeUndefined()
  expect(listings).toBe(1)
})
