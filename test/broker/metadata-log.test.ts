/** The metadata log over the broker's segment log: epochs, snapshots, what a snapshot replaces, what a crash leaves. */
import { describe, expect, it } from 'vitest'
import { METADATA_TOPIC_ID } from '../../src/base/uuid.ts'
import { MetadataLog } from '../../src/broker/metadata-log.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/broker/storage/log-config.ts'
import { logEnvironment } from '../../src/broker/storage/log-environment.ts'
import { openLog } from '../../src/broker/storage/log-loader.ts'
import { MemoryDisk } from '../../src/platform/memory-disk.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { CrashDisk, ProcessDied, seededChance } from '../support/memory-disk.ts'
import { QuietLog } from '../support/quiet-log.ts'

const DIRECTORY = '/data/__cluster_metadata-0'

function open(disk: MemoryDisk, over: { retentionBytes?: number; segmentBytes?: number } = {}): MetadataLog {
  const clock = new ManualClock()
  const logger = new QuietLog()
  const log = openLog(logEnvironment({ disk, clock, log: logger }), {
    directory: DIRECTORY,
    topic: '__cluster_metadata',
    partition: 0,
    topicId: METADATA_TOPIC_ID,
    settings: { ...DEFAULT_LOG_CONFIG, retentionMs: -1, segmentBytes: over.segmentBytes ?? 1 << 20 },
  })
  return new MetadataLog({ log, disk, clock, logger, retentionBytes: over.retentionBytes ?? -1, retentionMs: -1 })
}

function newDisk(): MemoryDisk {
  const disk = new MemoryDisk()
  disk.makeDirectory('/data')
  return disk
}

function append(log: MetadataLog, epoch: number, count: number): void {
  const baseOffset = log.endOffset().offset
  const records = Array.from({ length: count }, () => ({ timestamp: 1, key: null, value: Buffer.from('value') }))
  log.append(encodeBatch({ baseOffset, partitionLeaderEpoch: epoch }, records))
}

describe('the metadata log', () => {
  it('tells where epochs end', () => {
    const log = open(newDisk())
    expect(log.endOffset()).toEqual({ offset: 0, epoch: 0 })
    append(log, 1, 3)
    append(log, 1, 2)
    append(log, 4, 1)
    expect(log.endOffset()).toEqual({ offset: 6, epoch: 4 })
    expect(log.endOffsetForEpoch(1)).toEqual({ offset: 5, epoch: 1 })
    expect(log.endOffsetForEpoch(3)).toEqual({ offset: 5, epoch: 1 })
    expect(log.endOffsetForEpoch(4)).toEqual({ offset: 6, epoch: 4 })
    expect(log.endOffsetForEpoch(9)).toEqual({ offset: 6, epoch: 4 })
    expect(log.endOffsetForEpoch(0)).toEqual({ offset: 0, epoch: 0 })
    log.truncateTo(4)
    expect(log.endOffset()).toEqual({ offset: 4, epoch: 1 })
  })

  it('takes away what a full disk has left of a snapshot', () => {
    const disk = new CrashDisk()
    disk.makeDirectory('/data')
    const log = open(disk)
    append(log, 2, 5)
    disk.fail({ operation: 'write', path: '.checkpoint.part', errno: 'ENOSPC', partialBytes: 2 })
    expect(() => log.writeSnapshot({ offset: 5, epoch: 2 }, Buffer.from('five'))).toThrow('ENOSPC')
    expect(disk.list(DIRECTORY).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(log.latestSnapshotId()).toBeUndefined()
  })

  it('keeps snapshots over a restart and forgets half-written ones', () => {
    const disk = newDisk()
    const log = open(disk)
    append(log, 2, 5)
    log.sync()
    log.writeSnapshot({ offset: 3, epoch: 2 }, Buffer.from('three'))
    log.writeSnapshot({ offset: 5, epoch: 2 }, Buffer.from('five'))
    disk.writeFile(`${DIRECTORY}/00000000000000000009-0000000002.checkpoint.part`, Buffer.from('half'))
    log.close()
    const again = open(disk)
    expect(again.latestSnapshotId()).toEqual({ offset: 5, epoch: 2 })
    expect(again.readSnapshot({ offset: 3, epoch: 2 })?.toString()).toBe('three')
    expect(again.readSnapshot({ offset: 4, epoch: 2 })).toBeUndefined()
    expect(disk.list(DIRECTORY).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('drops segments and snapshots before the newest one that fits', () => {
    const log = open(newDisk(), { retentionBytes: 400, segmentBytes: 300 })
    for (let batch = 0; batch < 10; batch++) append(log, 1, 4)
    log.sync()
    log.updateHighWatermark(40)
    log.writeSnapshot({ offset: 20, epoch: 1 }, Buffer.alloc(50))
    log.deleteBeforeSnapshot()
    expect(log.startOffset).toBe(0)
    log.writeSnapshot({ offset: 40, epoch: 1 }, Buffer.alloc(50))
    log.deleteBeforeSnapshot()
    expect(log.startOffset).toBe(40)
    expect(log.latestSnapshotId()).toEqual({ offset: 40, epoch: 1 })
    expect(log.readSnapshot({ offset: 20, epoch: 1 })).toBeUndefined()
    expect(log.endOffset()).toEqual({ offset: 40, epoch: 1 })
    append(log, 1, 1)
    expect(log.endOffset().offset).toBe(41)
  })

  it('says of an epoch that is older than all of it that the snapshot is what it has', () => {
    const log = open(newDisk(), { retentionBytes: 0, segmentBytes: 300 })
    append(log, 1, 2)
    for (let batch = 0; batch < 5; batch++) append(log, 2, 4)
    log.sync()
    log.updateHighWatermark(22)
    log.writeSnapshot({ offset: 10, epoch: 2 }, Buffer.alloc(50))
    log.writeSnapshot({ offset: 18, epoch: 2 }, Buffer.alloc(50))
    log.deleteBeforeSnapshot()
    expect(log.startOffset).toBe(18)
    expect(log.endOffsetForEpoch(1)).toEqual({ offset: 18, epoch: 2 })
  })

  it('begins at a snapshot that reaches beyond its end', () => {
    const disk = newDisk()
    const log = open(disk)
    append(log, 1, 2)
    log.writeSnapshot({ offset: 100, epoch: 3 }, Buffer.from('loaded from a leader'))
    log.close()
    const again = open(disk)
    expect(again.startOffset).toBe(100)
    expect(again.endOffset()).toEqual({ offset: 100, epoch: 3 })
  })

  // M8: a crash leaves the old log or the new one, never a mix.
  for (const offset of [6, 40]) {
    for (const end of ['the process dies', 'the power fails'] as const) {
      it(`is as before or begins at ${offset} when ${end} at any step of taking a snapshot's place`, () => {
        const id = { offset, epoch: 3 }
        const seen = { before: 0, after: 0 }
        for (let step = 1; ; step++) {
          const disk = new CrashDisk()
          disk.makeDirectory('/data')
          disk.syncDirectory('/data')
          disk.syncDirectory('/')
          const log = open(disk, { segmentBytes: 300 })
          append(log, 1, 5)
          append(log, 2, 4)
          log.sync()
          disk.syncDirectory(DIRECTORY)
          disk.dieAfter(step)
          let isOver = true
          try {
            log.writeSnapshot(id, Buffer.from('a whole snapshot'))
            log.startAtSnapshot(id)
          } catch (error) {
            expect(error).toBeInstanceOf(ProcessDied)
            isOver = false
          }
          if (end === 'the power fails') disk.powerCut(seededChance(step))
          else disk.restartProcess()
          const next = open(disk, { segmentBytes: 300 })
          const at = `step ${step}`
          if (next.latestSnapshotId() === undefined) {
            seen.before++
            expect([next.startOffset, next.endOffset()], at).toEqual([0, { offset: 9, epoch: 2 }])
          } else {
            seen.after++
            expect(next.readSnapshot(id)?.toString(), at).toBe('a whole snapshot')
            expect([next.startOffset, next.endOffset()], at).toEqual([offset, id])
            append(next, 4, 1)
            expect(next.endOffset(), at).toEqual({ offset: offset + 1, epoch: 4 })
          }
          if (isOver) break
        }
        expect(seen.before).toBeGreaterThan(0)
        expect(seen.after).toBeGreaterThan(2)
      })
    }
  }
})
