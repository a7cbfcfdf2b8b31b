/** A topic that is created again under the name of a deleted one: what the checkpoints said of the old one is void. */
import { describe, expect, it } from 'vitest'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { TopicConfig } from '../../../src/config/topic-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { appendValues, nodeConfig, START_MS, valuesOf } from './support.ts'

const CLUSTER = 'swa8PLLTR1KBb9HuFCy0-w'
const DIRECTORY_ID = '4JfddA7kQwaxqBhb7x4aVw'
const TOPIC_IDS = ['E9ZFpHovQzW2u6utZcwLtQ', 'AAAAAAAAAAAAAAAAAAAAZA'] as const

const brokerConfig = nodeConfig(['/a'])

class Node {
  readonly disk = new CrashDisk()
  readonly clock = new ManualClock(START_MS)
  logs: LogManager

  constructor() {
    this.disk.makeDirectory('/a')
    const properties = { version: 1, clusterId: CLUSTER, nodeId: 1, directoryId: DIRECTORY_ID }
    writeMetaProperties(this.disk, '/a', properties, START_MS)
    this.logs = this.start()
  }

  start(): LogManager {
    const { disk, clock } = this
    const logs = new LogManager({
      disk,
      clock,
      log: new QuietLog(),
      logDirs: ['/a'],
      brokerConfig,
      clusterId: CLUSTER,
      nodeId: 1,
      onDirectoryFailure: () => {},
    })
    logs.open()
    return logs
  }

  create(topicId: string) {
    return this.logs.getOrCreate('t', 0, { topicId, config: TopicConfig.of({}, brokerConfig) })
  }

  kill(): void {
    this.disk.restartProcess()
    this.logs = this.start()
  }
}

/** A first topic of eight records, the first five deleted, that the checkpoints know of. */
function withDeletedTopic(): Node {
  const node = new Node()
  const old = node.create(TOPIC_IDS[0])
  appendValues(old, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  old.updateHighWatermark(8)
  old.advanceLogStartOffset(5)
  old.flush()
  node.logs.forEachDirectory((directory) => {
    directory.writeLogStarts()
    directory.writeRecoveryPoints({ sync: false })
    directory.writeHighWatermarks({ sync: false })
  })
  node.logs.delete('t', 0)
  return node
}

describe('a topic created again under the name of a deleted one', () => {
  it('keeps its records over a crash that comes before the next checkpoint', () => {
    const node = withDeletedTopic()
    appendValues(node.create(TOPIC_IDS[1]), ['x', 'y'])
    node.kill()
    const log = node.logs.get('t', 0)!
    expect(log.logStartOffset).toBe(0)
    expect(log.logEndOffset).toBe(2)
    expect(valuesOf(log)).toEqual(['x', 'y'])
    expect(log.recoveryPoint).toBe(0)
    expect(log.highWatermark).toBe(0)
  })

  it('keeps them also when the node stopped between deletion and creation', () => {
    const node = withDeletedTopic()
    node.kill()
    appendValues(node.create(TOPIC_IDS[1]), ['x', 'y'])
    node.kill()
    expect(valuesOf(node.logs.get('t', 0)!)).toEqual(['x', 'y'])
  })
})
