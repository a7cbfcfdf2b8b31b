/** When the cleaner works, on what, how it is stopped and what it says: everything around a cleaning of a log. */
import { describe, expect, it } from 'vitest'
import { ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { CompactingNode, dataOf, Workload } from './compaction-support.ts'
import { batchOf } from './support.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'

const AT = { topic: 'c', partition: 0 }

/** `count` records of a few keys, one batch each; returns the log end. */
function fill(node: CompactingNode, count: number, keys = 3, value = 'v'.repeat(100)): number {
  const { log } = node
  for (let i = 0; i < count; i++) {
    const batch = batchOf({ values: [`${i} ${value}`], keys: [`k${i % keys}`], timestamp: node.clock.nowMs() })
    log.appendAsLeader(batch, { leaderEpoch: 0, origin: 'client' })
  }
  log.updateHighWatermark(log.logEndOffset)
  return log.logEndOffset
}

function tombstone(node: CompactingNode, key: string): void {
  const { log } = node
  const records = [{ timestamp: node.clock.nowMs(), key: Buffer.from(key), value: null }]
  log.appendAsLeader(encodeBatch({}, records), { leaderEpoch: 0, origin: 'client' })
  log.updateHighWatermark(log.logEndOffset)
}

const offsets = (node: CompactingNode): number[] => dataOf(node.log).map((record) => record.offset)
const keysOf = (node: CompactingNode): string[] =>
  dataOf(node.log).map(({ key, value }) => `${key}=${value === null ? '' : 'v'}`)

describe('what is cleaned', () => {
  it('is the log below the active segment, once', () => {
    const node = new CompactingNode()
    fill(node, 60)
    const active = node.log.files.active.baseOffset
    node.clean()
    expect(node.cleanedTo).toBe(active)
    expect(offsets(node).filter((offset) => offset < active)).toHaveLength(3)
    const files = node.disk.list(node.log.path)
    node.clock.advance(200_000)
    expect(node.disk.list(node.log.path)).toEqual(files.filter((name) => !name.endsWith('.deleted')))
    expect(node.logs.cleaner.metrics).toMatchObject({ maxDirtyPercent: 0, deadThreadCount: 0, recopyPercent: 5 })
  })

  it('is nothing above the last stable offset', () => {
    const node = new CompactingNode()
    fill(node, 20)
    const open = batchOf({
      values: ['open'],
      keys: ['k0'],
      producerId: 5,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
    })
    const { firstOffset } = node.log.appendAsLeader(open, { leaderEpoch: 0, origin: 'client' })
    fill(node, 60)
    node.clean()
    expect(node.cleanedTo).toBeLessThanOrEqual(firstOffset)
    expect(node.cleanedTo).toBe(
      node.log.files.segments.find((segment) => segment.baseOffset === node.cleanedTo)?.baseOffset,
    )
    const behind = offsets(node).filter((offset) => offset >= firstOffset)
    expect(behind).toHaveLength(node.log.logEndOffset - firstOffset)
  })

  it('is nothing above the high watermark', () => {
    const node = new CompactingNode()
    fill(node, 60)
    const log = node.log
    node.restart()
    node.kill('killed')
    const reopened = node.logs.get('c', 0)!
    expect(reopened.logEndOffset).toBe(log.logEndOffset)
    node.logs.close(1)
    node.logs = node.open()
    node.logs.get('c', 0)!.updateHighWatermark(7)
    node.clean()
    expect(node.cleanedTo ?? 0).toBeLessThanOrEqual(60)
  })

  it('waits for the dirty ratio, and not longer than max.compaction.lag.ms', () => {
    const node = new CompactingNode({}, { 'min.cleanable.dirty.ratio': '0.9', 'max.compaction.lag.ms': '600000' })
    fill(node, 60, 60)
    node.clean()
    const first = node.cleanedTo!
    expect(first).toBeGreaterThan(0)
    fill(node, 20, 60)
    node.clean()
    expect(node.cleanedTo).toBe(first)
    expect(node.logs.cleaner.metrics.maxDirtyPercent).toBeGreaterThan(0)
    node.clock.advance(620_000)
    node.clean()
    expect(node.cleanedTo).toBeGreaterThan(first)
  })

  it('leaves records younger than min.compaction.lag.ms', () => {
    const node = new CompactingNode({}, { 'min.compaction.lag.ms': '100000' })
    fill(node, 40)
    node.clean()
    expect(node.cleanedTo).toBeUndefined()
    node.clock.advance(120_000)
    expect(node.cleanedTo).toBeGreaterThan(0)
  })

  it('keeps tombstones for delete.retention.ms after the first cleaning that met them', () => {
    const node = new CompactingNode()
    fill(node, 20)
    tombstone(node, 'k0')
    fill(node, 40, 2)
    tombstone(node, 'k1')
    fill(node, 30, 1)
    node.clean()
    const isThere = (): boolean => keysOf(node).includes('k1=')
    expect(isThere()).toBe(true)
    node.clock.advance(50_000)
    fill(node, 30, 1)
    node.clean()
    expect(isThere()).toBe(node.clock.nowMs() - 1_700_000_000_000 < 77_000)
    node.clock.advance(60_000)
    fill(node, 30, 1)
    node.clean()
    expect(isThere()).toBe(false)
  })

  it('is nothing without compact in the policy, or while the cleaner is off', () => {
    const plain = new CompactingNode({}, { 'cleanup.policy': '' })
    fill(plain, 60)
    plain.clean()
    expect(plain.cleanedTo).toBeUndefined()
    expect(offsets(plain)).toHaveLength(60)
    const off = new CompactingNode({ 'log.cleaner.enable': 'false' })
    fill(off, 60)
    off.clean()
    expect(off.logs.cleaner.isActive).toBe(false)
    expect(off.cleanedTo).toBeUndefined()
  })

  it('loses what is too old besides, with compact,delete', () => {
    const node = new CompactingNode({}, { 'cleanup.policy': 'compact,delete', 'retention.ms': '100000' })
    fill(node, 60, 60)
    node.clean()
    expect(offsets(node)).toHaveLength(60)
    node.clock.advance(200_000)
    fill(node, 1)
    node.clock.advance(20_000)
    expect(node.log.logStartOffset).toBeGreaterThan(0)
    expect(offsets(node)[0]).toBe(node.log.logStartOffset)
    fill(node, 60, 2)
    node.clean()
    expect(node.cleanedTo).toBeGreaterThan(60)
  })
})

describe('a cleaning under way', () => {
  /** A node in the middle of a cleaning of several groups. */
  function cleaning(): CompactingNode {
    const node = new CompactingNode({
      'log.cleaner.io.buffer.size': '200',
      'log.cleaner.io.max.bytes.per.second': '20000',
    })
    fill(node, 200, 150)
    node.logs.cleaner.start()
    for (let turn = 0; !node.disk.list(node.log.path).some((name) => name.endsWith('.log.cleaned')); turn++) {
      expect(turn).toBeLessThan(5000)
      node.clock.advance(1)
    }
    return node
  }
  const leftovers = (node: CompactingNode) => node.disk.list(node.log.path).filter((name) => name.endsWith('.cleaned'))

  it('ends when it is paused, and begins again after the last resume', () => {
    const node = cleaning()
    node.logs.cleaner.abortAndPause(AT)
    node.logs.cleaner.abortAndPause(AT)
    expect(leftovers(node)).toEqual([])
    node.logs.cleaner.resume(AT)
    node.clock.advance(60_000)
    expect(node.cleanedTo ?? 0).toBe(0)
    node.logs.cleaner.resume(AT)
    node.clock.advance(60_000)
    expect(node.cleanedTo).toBeGreaterThan(0)
  })

  it.each([
    ['truncation', (node: CompactingNode) => node.log.truncateTo(90)],
    ['a new start of the log', (node: CompactingNode) => node.log.truncateFullyAndStartAt(500)],
    [
      'removed segments',
      (node: CompactingNode) => {
        node.log.advanceLogStartOffset(60)
        node.log.applyRetention(node.clock.nowMs())
      },
    ],
  ])('survives %s', (_, change) => {
    const node = cleaning()
    change(node)
    const before = dataOf(node.log)
    node.clock.advance(60_000)
    expect(leftovers(node)).toEqual([])
    expect(node.failed).toEqual([])
    const newest = new Map(before.map((record) => [record.key, record.offset]))
    const active = node.log.files.active.baseOffset
    const expected = before.filter(
      ({ key, offset }) => offset >= active || newest.get(key)! >= active || newest.get(key) === offset,
    )
    expect(offsets(node)).toEqual(
      expect.arrayContaining(
        expected.filter(({ key, offset }) => newest.get(key) === offset).map(({ offset }) => offset),
      ),
    )
    fill(node, 60)
    node.clean()
    node.restart()
    expect(offsets(node).at(-1)).toBe(node.log.logEndOffset - 1)
  })

  it('ends with the deletion of its topic, and leaves nothing behind for one of that name', () => {
    const node = cleaning()
    node.clock.advance(60_000)
    expect(node.cleanedTo).toBeGreaterThan(0)
    node.logs.delete('c', 0)
    expect(node.cleanedTo).toBeUndefined()
    fill(node, 30)
    node.clean()
    expect(node.failed).toEqual([])
    expect(node.cleanedTo).toBeLessThan(31)
  })

  it('ends with its directory', () => {
    const node = cleaning()
    node.disk.fail({ operation: 'write', errno: 'EIO', path: '.cleaned', times: 1 })
    node.clock.advance(60_000)
    expect(node.failed).toHaveLength(1)
    expect(node.logs.directories[0]!.state).toBe('offline')
  })

  it('waits for room on a full disk', () => {
    const node = cleaning()
    node.disk.fail({ operation: 'write', errno: 'ENOSPC', path: '.cleaned', times: 1 })
    for (let turn = 0; leftovers(node).length > 0; turn++) {
      expect(turn).toBeLessThan(5000)
      node.clock.advance(1)
    }
    expect(node.lines.messages('WARN').join()).toContain('c-0 is cleaned later')
    node.clock.advance(60_000)
    expect(node.failed).toEqual([])
    expect(node.cleanedTo).toBeGreaterThan(0)
  })

  it('is done in small slices, at the rate that is set', () => {
    const node = new CompactingNode({ 'log.cleaner.io.max.bytes.per.second': '10000' })
    fill(node, 200, 150)
    const bytes = node.log.files.segments.slice(0, -1).reduce((sum, segment) => sum + segment.sizeBytes, 0)
    node.logs.cleaner.start()
    const startedMs = node.clock.nowMs()
    while (!((node.cleanedTo ?? 0) > 0)) node.clock.advance(10)
    // Read twice.
    expect(node.clock.nowMs() - startedMs).toBeGreaterThan((bytes / 10_000) * 1000)
  })
})

describe('a log on its way to another directory', () => {
  const moving = (): CompactingNode => {
    const node = new CompactingNode({}, {}, ['/a', '/b'])
    fill(node, 60)
    return node
  }
  const swaps = (node: CompactingNode) => node.lines.messages('INFO').filter((line) => line.startsWith('Cleaned'))

  it.each(['while the node runs', 'after a restart'])('is not compacted, in neither of them, %s', (when) => {
    const node = moving()
    const future = node.logs.futures.create(AT, '/b', node.making)
    for (const piece of node.log.read(0, { maxBytes: 1e6, minOneBatch: true, upTo: 40 }).records) {
      future.appendAsFollower(piece)
    }
    future.updateHighWatermark(future.logEndOffset)
    if (when === 'after a restart') node.restart()
    node.logs.futures.get('c', 0)!.updateConfig(node.making.config)
    node.logs.futures.get('c', 0)!.updateHighWatermark(40)
    node.clean()
    expect(swaps(node)).toEqual([])
    node.logs.futures.remove('c', 0)
    node.clean()
    expect(swaps(node)).toHaveLength(1)
  })

  it('is given up by a cleaning under way', () => {
    const node = moving()
    node.current.update([['log.cleaner.io.max.bytes.per.second', '5000']], [])
    node.logs.cleaner.start()
    for (let turn = 0; !node.disk.list(node.log.path).some((name) => name.endsWith('.log.cleaned')); turn++) {
      expect(turn).toBeLessThan(5000)
      node.clock.advance(1)
    }
    node.logs.futures.create(AT, '/b', node.making)
    expect(node.disk.list(node.log.path).filter((name) => name.endsWith('.cleaned'))).toEqual([])
    node.clock.advance(60_000)
    expect(swaps(node)).toEqual([])
  })
})

describe('settings of the cleaner', () => {
  it('take effect at once: no old pause is waited for, no old rate is kept', () => {
    const node = new CompactingNode({ 'log.cleaner.backoff.ms': '3600000' })
    fill(node, 1)
    node.clean()
    fill(node, 60)
    node.clean()
    expect(node.cleanedTo).toBeUndefined()
    node.current.update(
      [
        ['log.cleaner.backoff.ms', '100'],
        ['log.cleaner.io.max.bytes.per.second', '0.1'],
      ],
      [],
    )
    node.clock.advance(1_000)
    expect(node.cleanedTo).toBeUndefined()
    node.current.update([['log.cleaner.backoff.ms', '100']], [])
    node.clock.advance(1_000)
    expect(node.cleanedTo).toBeGreaterThan(0)
  })
})

describe('a log that cannot be cleaned', () => {
  it('is left alone, counted, and the others are cleaned', () => {
    const node = new CompactingNode()
    fill(node, 60)
    node.log.flush()
    const { path, files } = node.log
    const file = node.disk.open(`${path}/${String(files.segments[1]!.baseOffset).padStart(20, '0')}.log`, 'readwrite')
    file.write(70, [Buffer.from([1, 2, 3])])
    node.clean()
    const { metrics } = node.logs.cleaner
    expect(metrics.uncleanablePartitionsCount('/a')).toBe(1)
    expect(metrics.uncleanableBytes('/a')).toBe(node.log.sizeBytes)
    expect(node.failed).toEqual([])
    expect(node.lines.messages('ERROR').join()).toContain('c-0 cannot be cleaned')
    node.clock.advance(100_000)
    expect(node.disk.list(path).filter((name) => name.endsWith('.cleaned'))).toEqual([])
    node.logs.delete('c', 0)
    expect(metrics.uncleanablePartitionsCount('/a')).toBe(0)
  })
})

describe('checkpoints', () => {
  it('go back before a truncation, so that a crash after it finds what was appended since', () => {
    const node = new CompactingNode()
    fill(node, 60)
    node.log.flush()
    node.clean()
    node.logs.forEachDirectory((directory) => directory.writeRecoveryPoints({ sync: true }))
    const point = (): number => {
      const lines = node.disk.readFile('/a/recovery-point-offset-checkpoint').toString().split('\n')
      return Number(lines.find((line) => line.startsWith('c 0 '))!.slice(4))
    }
    expect(point()).toBe(60)
    const target = node.log.files.active.baseOffset - 1
    node.log.truncateTo(target)
    expect(point()).toBeLessThanOrEqual(target)
    expect(node.cleanedTo).toBeLessThanOrEqual(target)
  })

  it('are set right when the log does not reach that far', () => {
    const node = new CompactingNode()
    fill(node, 60)
    node.logs.close(1)
    node.disk.writeFile('/a/cleaner-offset-checkpoint', Buffer.from('0\n1\nc 0 5000\n'))
    node.logs = node.open()
    node.log.updateHighWatermark(60)
    node.clean()
    expect(node.cleanedTo).toBe(node.log.files.active.baseOffset)
  })

  it('name a log before its first swap', () => {
    for (let step = 1; ; step++) {
      const node = new CompactingNode()
      fill(node, 60)
      node.log.flush()
      node.disk.dieAfter(step)
      try {
        node.clean()
        void node.cleanedTo
        break
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error
      }
      node.disk.restartProcess()
      const swapped = node.disk.list('/a/c-0').some((name) => /\.(swap|deleted)$/.test(name))
      if (swapped) expect([step, node.cleanedTo]).not.toEqual([step, undefined])
    }
  })
})

describe('a workload of everything', () => {
  it('is cleaned by several threads as by one', () => {
    const node = new CompactingNode({ 'log.cleaner.threads': '3' })
    const work = new Workload(node, seededChance(99))
    work.run(150)
    work.settle()
    node.clean()
    work.checkAlways()
    work.checkCleaned()
  })
})
