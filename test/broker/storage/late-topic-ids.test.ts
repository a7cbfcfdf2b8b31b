/** The topic id of a new partition comes into its directory with the first record, or when there is time; a directory without is empty. */
import { describe, expect, it } from 'vitest'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { TopicConfig } from '../../../src/config/topic-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk, seededChance } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { appendValues, errorOf, nodeConfig, START_MS, valuesOf } from './support.ts'

const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
const TOPIC_ID = '4JfddA7kQwaxqBhb7x4aVw'
const OTHER_ID = 'E9ZFpHovQzW2u6utZcwLtQ'
const FILE = 'partition.metadata'

const brokerConfig = nodeConfig(['/a'])

class Node {
  readonly disk = new CrashDisk()
  readonly clock = new ManualClock(START_MS)
  readonly failed: string[] = []
  logs: LogManager

  constructor() {
    this.disk.makeDirectory('/a')
    const properties = { version: 1, clusterId: CLUSTER, nodeId: 1, directoryId: OTHER_ID } as const
    writeMetaProperties(this.disk, '/a', properties, START_MS)
    this.disk.syncDirectory('/')
    this.logs = this.start()
  }

  start(): LogManager {
    this.disk.restartProcess()
    const logs = new LogManager({
      disk: this.disk,
      clock: this.clock,
      log: new QuietLog(),
      logDirs: ['/a'],
      brokerConfig,
      clusterId: CLUSTER,
      nodeId: 1,
      onDirectoryFailure: (directory) => void this.failed.push(directory),
    })
    logs.open()
    return logs
  }

  create(partition = 0, topicId = TOPIC_ID) {
    return this.logs.getOrCreate('t', partition, { topicId, config: TopicConfig.of({}, brokerConfig) })
  }

  /** Partitions whose directory holds the topic id. */
  named(): string[] {
    return this.disk.list('/a').filter((name) => this.disk.stat(`/a/${name}/${FILE}`) !== undefined)
  }
}

describe('the topic id of a new partition', () => {
  it('is written when nothing was made for a second, a few at a time', () => {
    const node = new Node()
    for (let partition = 0; partition < 40; partition++) node.create(partition)
    node.clock.advance(900)
    node.create(40)
    node.clock.advance(900)
    expect(node.named()).toEqual([])
    node.clock.advance(100)
    expect(node.named().length).toBe(16)
    node.clock.advance(100)
    expect(node.named().length).toBe(41)
  })

  it('comes with the first record, or with the place where the log begins', () => {
    const node = new Node()
    appendValues(node.create(0), ['a'])
    node.create(1).truncateFullyAndStartAt(42)
    expect(node.named()).toEqual(['t-0', 't-1'])
    expect(node.disk.readFile(`/a/t-0/${FILE}`).toString()).toContain(TOPIC_ID)
  })

  it('lacks after a stop only where there is no record, and is given again', () => {
    for (const end of ['closed', 'killed', 'power cut'] as const) {
      const node = new Node()
      const log = node.create(0)
      node.create(1)
      appendValues(log, ['kept'])
      log.flush()
      if (end === 'closed') node.logs.close()
      if (end === 'power cut') node.disk.powerCut(seededChance(7))
      node.logs = node.start()
      expect(node.named()).toEqual(['t-0'])
      node.logs.moveStrays(({ partition }) => partition < 2)
      expect(valuesOf(node.create(0))).toEqual(['kept'])
      expect(node.create(1).topicId).toBe(TOPIC_ID)
      node.clock.advance(2000)
      expect(node.named()).toEqual(['t-0', 't-1'])
      appendValues(node.create(1), ['later'])
      node.create(1).flush()
      node.disk.powerCut(seededChance(8))
      node.logs = node.start()
      expect(node.named()).toEqual(['t-0', 't-1'])
    }
  })

  it('is not written for a partition that was deleted, nor after the end', () => {
    const node = new Node()
    node.create(0)
    node.logs.delete('t', 0)
    node.create(1)
    node.logs.close()
    node.clock.advance(5000)
    expect(node.named()).toEqual([])
  })

  it('leaves nobody whose topic is gone: without records it is a stray', () => {
    const node = new Node()
    node.create(0)
    node.logs.close()
    node.logs = node.start()
    node.logs.moveStrays(() => false)
    expect(node.disk.list('/a').filter((name) => name.startsWith('t-0'))).toEqual([expect.stringMatching(/-stray$/)])
    expect(node.create(0, OTHER_ID).topicId).toBe(OTHER_ID)
  })

  it('waits while the disk is full, and takes the directory away where the disk fails', () => {
    const node = new Node()
    const log = node.create(0)
    node.disk.fail({ operation: 'write', path: `/t-0/${FILE}`, errno: 'ENOSPC', times: 2 })
    node.clock.advance(2000)
    expect(errorOf(() => appendValues(log, ['refused']))).toBe('KAFKA_STORAGE_ERROR')
    appendValues(log, ['taken'])
    expect([valuesOf(log), node.failed]).toEqual([['taken'], []])
    node.create(1)
    node.disk.fail({ operation: 'write', path: `/t-1/${FILE}`, errno: 'EIO' })
    node.clock.advance(2000)
    expect(node.failed).toEqual(['/a'])
  })
})
