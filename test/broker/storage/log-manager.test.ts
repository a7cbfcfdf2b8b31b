/** The logs of a node: directories, identities, checkpoints, clean and unclean restarts, deletion. */
import { describe, expect, it } from 'vitest'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { TopicConfig } from '../../../src/config/topic-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { appendValues, batchOf, errorOf, nodeConfig, START_MS, valuesOf } from './support.ts'

const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
const IDS = ['4JfddA7kQwaxqBhb7x4aVw', 'E9ZFpHovQzW2u6utZcwLtQ'] as const
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAZA'

const brokerConfig = nodeConfig(['/a', '/b'])

class Node {
  readonly disk = new CrashDisk()
  readonly clock = new ManualClock(START_MS)
  readonly lines = new QuietLog()
  readonly failed: string[] = []
  logs: LogManager

  constructor() {
    for (const [index, path] of ['/a', '/b'].entries()) {
      this.disk.makeDirectory(path)
      const properties = { version: 1, clusterId: CLUSTER, nodeId: 1, directoryId: IDS[index]! }
      writeMetaProperties(this.disk, path, properties, START_MS)
    }
    this.logs = this.manager()
    this.logs.open()
  }

  manager(identity: { clusterId?: string; nodeId?: number } = {}): LogManager {
    const { disk, clock, lines: log } = this
    return new LogManager({
      disk,
      clock,
      log,
      logDirs: ['/a', '/b'],
      brokerConfig,
      clusterId: CLUSTER,
      nodeId: 1,
      onDirectoryFailure: (directory) => void this.failed.push(directory),
      ...identity,
    })
  }

  create(topic: string, overrides: Record<string, string> = {}, directoryId?: string, partition = 0) {
    const config = TopicConfig.of(overrides, brokerConfig)
    return this.logs.getOrCreate(topic, partition, { topicId: IDS[0], config, ...(directoryId ? { directoryId } : {}) })
  }

  restart(): void {
    this.disk.restartProcess()
    this.logs = this.manager()
    this.logs.open()
  }
}

const names = (node: Node, path: string) => node.disk.list(path).filter((name) => !name.startsWith('.'))

describe('directories', () => {
  it('hold what Kafka puts there', () => {
    const node = new Node()
    const log = node.create('t', {}, IDS[0])
    expect(node.disk.list('/a')).toEqual([
      '.lock',
      'cleaner-offset-checkpoint',
      'log-start-offset-checkpoint',
      'meta.properties',
      'recovery-point-offset-checkpoint',
      'replication-offset-checkpoint',
      't-0',
    ])
    expect(node.disk.list('/a/t-0')).toEqual([])
    appendValues(log, ['the first'])
    expect(node.disk.list('/a/t-0')).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      'partition.metadata',
    ])
    expect(node.logs.directories).toMatchObject([
      { path: '/a', id: IDS[0], state: 'online' },
      { path: '/b', id: IDS[1], state: 'online' },
    ])
  })

  it('are filled evenly, or as told', () => {
    const node = new Node()
    expect(['t1', 't2', 't3', 't4'].map((topic) => node.create(topic).directory)).toEqual(['/a', '/b', '/a', '/b'])
    expect(node.create('t5', {}, IDS[1]).directory).toBe('/b')
    expect(node.create('t5').directory).toBe('/b')
  })

  it('are refused when locked, foreign or not formatted', () => {
    const node = new Node()
    expect(() => node.manager().open()).toThrow(/ELOCKED/)
    node.logs.close()
    expect(() => node.manager({ clusterId: OTHER_ID }).open()).toThrow(/cluster.id/)
    expect(() => node.manager({ nodeId: 2 }).open()).toThrow(/node.id/)
    node.disk.removeFile('/b/meta.properties')
    expect(() => node.manager().open()).toThrow(/missing/)
    // Nothing stays locked behind a refusal.
    node.disk.removeTree('/b')
    expect(() => node.disk.lockDirectory('/a')).not.toThrow()
  })

  it('go offline alone when their disk fails, and are used again after a restart', () => {
    const node = new Node()
    const first = node.create('t1', {}, IDS[0])
    node.create('t2', {}, IDS[1])
    appendValues(first, ['x'])
    node.disk.fail({ operation: 'write', errno: 'EIO', path: '/a/t1-0' })
    expect(errorOf(() => appendValues(first, ['y']))).toBe('KAFKA_STORAGE_ERROR')
    expect(node.failed).toEqual(['/a'])
    expect([node.logs.get('t1', 0), node.logs.get('t2', 0)?.directory]).toEqual([undefined, '/b'])
    expect(errorOf(() => node.create('t1', {}, IDS[0]))).toBe('KAFKA_STORAGE_ERROR')
    expect(node.create('t9').directory).toBe('/b')
    node.logs.close()
    node.restart()
    expect(valuesOf(node.logs.get('t1', 0)!)).toEqual(['x'])
  })

  it('that cannot be opened are left out, unless none is left', () => {
    const node = new Node()
    node.logs.close()
    node.disk.fail({ operation: 'lock', errno: 'EROFS', path: '/a' })
    node.logs = node.manager()
    node.logs.open()
    expect(node.logs.directories.map((each) => each.state)).toEqual(['offline', 'online'])
    expect(node.failed).toEqual(['/a'])
    node.logs.close()
    node.disk.fail({ operation: 'lock', errno: 'EROFS', times: 2 })
    expect(() => node.manager().open()).toThrow(/EROFS/)
  })
})

describe('restarts', () => {
  it('after a clean shutdown need no recovery and know everything', () => {
    const node = new Node()
    const log = node.create('t', { 'internal.segment.bytes': '2000' })
    for (let i = 0; i < 40; i++) appendValues(log, [`v${i} ${'x'.repeat(100)}`])
    log.updateHighWatermark(35)
    log.advanceLogStartOffset(3)
    const directory = log.directory
    node.logs.close(77)
    expect(node.disk.readFile(`${directory}/recovery-point-offset-checkpoint`).toString()).toBe('0\n1\nt 0 40\n')
    expect(node.disk.readFile(`${directory}/replication-offset-checkpoint`).toString()).toBe('0\n1\nt 0 35\n')
    expect(node.disk.readFile(`${directory}/log-start-offset-checkpoint`).toString()).toBe('0\n1\nt 0 3\n')
    node.restart()
    expect([node.logs.wasClean, node.logs.previousBrokerEpoch]).toEqual([true, 77])
    const again = node.logs.get('t', 0)!
    expect([again.logStartOffset, again.highWatermark, again.logEndOffset, again.topicId]).toEqual([3, 35, 40, IDS[0]])
    expect(valuesOf(again).length).toBe(37)
    expect(node.disk.stat(`${directory}/.kafka_cleanshutdown`)).toBeUndefined()
    expect(node.lines.messages('INFO').join()).not.toMatch(/recovering/)
  })

  it('that were started in vain count as closed by the life before', () => {
    const node = new Node()
    appendValues(node.create('t', {}, IDS[0]), ['a'])
    node.logs.close(42)
    node.restart()
    // No controller took the registration: this life had no epoch, and nothing was appended.
    node.logs.close(-1)
    node.restart()
    expect([node.logs.wasClean, node.logs.previousBrokerEpoch]).toEqual([true, 42])
    node.disk.restartProcess()
    node.restart()
    node.logs.close(-1)
    node.restart()
    expect([node.logs.wasClean, node.logs.previousBrokerEpoch]).toEqual([true, -1])
  })

  it('after a crash recover, from the recovery point on', () => {
    const node = new Node()
    const log = node.create('t', { 'internal.segment.bytes': '2000' })
    for (let i = 0; i < 40; i++) appendValues(log, [`v${i} ${'x'.repeat(100)}`])
    node.logs.forEachDirectory((directory) => directory.writeRecoveryPoints({ sync: false }))
    node.restart()
    expect([node.logs.wasClean, node.logs.previousBrokerEpoch]).toEqual([false, -1])
    expect(valuesOf(node.logs.get('t', 0)!).length).toBe(40)
    expect(node.lines.messages('INFO').filter((line) => /recovering/.test(line)).length).toBe(1)
  })

  it('after a crash know that a log was cut before its start, and filled anew', () => {
    const node = new Node()
    const log = node.create('t', { 'flush.messages': '1' }, IDS[0])
    appendValues(log, ['a', 'b', 'c', 'd', 'e', 'f'])
    log.updateHighWatermark(6)
    log.advanceLogStartOffset(5)
    node.logs.forEachDirectory((directory) => directory.writeLogStarts())
    expect(node.disk.readFile('/a/log-start-offset-checkpoint').toString()).toBe('0\n1\nt 0 5\n')
    // An unclean election may cost committed records: the new leader's log ends before this one starts.
    log.truncateTo(0)
    appendValues(log, ['x', 'y'])
    node.restart()
    expect(valuesOf(node.logs.get('t', 0)!)).toEqual(['x', 'y'])
  })

  it('pass over damaged checkpoints', () => {
    const node = new Node()
    const log = node.create('t')
    appendValues(log, ['a', 'b'])
    node.logs.close()
    for (const name of ['recovery-point', 'replication', 'log-start']) {
      node.disk.writeFile(`${log.directory}/${name}-offset-checkpoint`, Buffer.from('nonsense'))
    }
    node.restart()
    expect(valuesOf(node.logs.get('t', 0)!)).toEqual(['a', 'b'])
    expect(node.lines.messages('WARN').length).toBe(3)
  })

  it('refuse a partition that lies in two directories, with records in both', () => {
    const node = new Node()
    appendValues(node.create('t', {}, IDS[0]), ['a'])
    node.logs.close()
    node.disk.makeDirectory('/b/t-0')
    const file = 't-0/00000000000000000000.log'
    node.disk.writeFile(`/b/${file}`, node.disk.readFile(`/a/${file}`))
    expect(() => node.manager().open()).toThrow(/both in \/a and in \/b/)
  })
})

describe('deletion', () => {
  it('renames at once and removes after the delay, or after a restart', () => {
    const node = new Node()
    for (const topic of ['t1', 't2']) node.create(topic, { 'file.delete.delay.ms': '1000' }, IDS[0])
    node.logs.delete('t1', 0)
    expect(node.logs.get('t1', 0)).toBeUndefined()
    const marked = () => names(node, '/a').filter((name) => name.endsWith('-delete'))
    expect(marked()).toEqual([expect.stringMatching(/^t1-0\.[0-9a-f]{32}-delete$/)])
    node.clock.advance(1000)
    expect(marked()).toEqual([])
    node.logs.delete('t2', 0)
    node.logs.close()
    node.restart()
    expect(marked().length).toBe(1)
    node.clock.advance(60_000)
    expect(marked()).toEqual([])
    node.logs.delete('unknown', 0)
  })

  it('of many partitions syncs the names once', () => {
    const node = new Node()
    for (const partition of [0, 1, 2]) node.create('t', {}, IDS[0], partition)
    let syncs = 0
    const { disk } = node
    const sync = disk.syncDirectory.bind(disk)
    disk.syncDirectory = (path) => {
      if (path === '/a') syncs++
      sync(path)
    }
    node.logs.delete('t', 0, 1, 2)
    expect(syncs).toBe(1)
    expect([...node.logs.logs()]).toEqual([])
  })

  it('gives an id to a log that lost it, and does not take it for a stray', () => {
    const node = new Node()
    appendValues(node.create('t', {}, IDS[0]), ['kept'])
    node.logs.close()
    node.disk.removeFile('/a/t-0/partition.metadata')
    node.restart()
    node.logs.moveStrays(() => false)
    expect(valuesOf(node.create('t', {}, IDS[0]))).toEqual(['kept'])
    expect(node.disk.readFile('/a/t-0/partition.metadata').toString()).toContain(IDS[0])
  })

  it('moves aside a log of another topic id, and strays', () => {
    const node = new Node()
    appendValues(node.create('t', {}, IDS[0]), ['old'])
    const config = TopicConfig.of({}, brokerConfig)
    const fresh = node.logs.getOrCreate('t', 0, { topicId: OTHER_ID, config, directoryId: IDS[0] })
    expect([fresh.logEndOffset, fresh.topicId]).toEqual([0, OTHER_ID])
    node.logs.moveStrays((log) => log.topicId !== OTHER_ID)
    expect(node.logs.get('t', 0)).toBeUndefined()
    expect(names(node, '/a').filter((name) => name.endsWith('-stray')).length).toBe(2)
  })
})

describe('background', () => {
  it('applies retention, writes checkpoints, expires producers', () => {
    const node = new Node()
    const log = node.create('t', { 'internal.segment.bytes': '1000', 'retention.bytes': '1500' }, IDS[0])
    for (let i = 0; i < 30; i++) appendValues(log, ['x'.repeat(200)])
    log.appendAsLeader(batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 0 }), {
      leaderEpoch: 0,
      origin: 'client',
    })
    log.updateHighWatermark(31)
    node.logs.startBackground()
    node.clock.advance(700_000)
    expect(log.sizeBytes).toBeLessThan(3000)
    expect(node.disk.readFile('/a/replication-offset-checkpoint').toString()).toBe('0\n1\nt 0 31\n')
    expect(node.disk.readFile('/a/recovery-point-offset-checkpoint').toString()).toMatch(/^0\n1\nt 0 \d+\n$/)
    expect(log.activeProducers().length).toBe(1)
    node.clock.advance(86_400_000)
    expect(log.activeProducers().length).toBe(0)
    node.logs.close()
    expect(node.clock.pendingTimers).toBeLessThan(40)
  })

  it('takes over changed settings', () => {
    const node = new Node()
    const log = node.create('t')
    node.logs.updateConfig('t', TopicConfig.of({ 'max.message.bytes': '100' }, brokerConfig))
    expect(log.config.get('max.message.bytes')).toBe(100)
    expect(errorOf(() => appendValues(log, ['x'.repeat(100)]))).toBe('MESSAGE_TOO_LARGE')
  })
})
