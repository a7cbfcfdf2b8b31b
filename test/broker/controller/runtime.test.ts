/** The controller's shell over a log that fails: leadership lost while it writes, a disk that is full for a while. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ControllerRuntime, type QuorumLog } from '../../../src/broker/controller/runtime.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { decodeMetadataRecord } from '../../../src/protocol/logs/metadata-record.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { seededRandom } from '../raft/memory-cluster.ts'
import { CLUSTER_ID, uuid } from './harness.ts'

const LEVELS = { 'metadata.version': 30, 'eligible.leader.replicas.version': 1 }

class FailingLog implements QuorumLog {
  endOffset = 0
  resignations = 0
  onAppend = (): void => {}
  readonly values: Buffer[] = []

  append(_epoch: number, values: readonly Buffer[]): number {
    this.onAppend()
    this.values.push(...values)
    this.endOffset += values.length
    return this.endOffset - 1
  }

  resign(): void {
    this.resignations++
  }
}

let clock: ManualClock
let log: FailingLog
let logger: QuietLog
let runtime: ControllerRuntime

beforeEach(() => {
  clock = new ManualClock()
  log = new FailingLog()
  logger = new QuietLog()
  runtime = new ControllerRuntime({
    nodeId: 1,
    clusterId: CLUSTER_ID,
    config: BrokerConfig.resolve({
      properties: {
        'process.roles': 'controller',
        'node.id': '1',
        listeners: 'CONTROLLER://127.0.0.1:9093',
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        'metadata.max.idle.interval.ms': '0',
      },
    }),
    random: seededRandom(1),
    log,
    committed: new MetadataImage(),
    bootstrap: Object.entries(LEVELS).map(([name, featureLevel]) =>
      metadataRecord('FeatureLevelRecord', 0, { name, featureLevel }),
    ),
    clock,
    logger,
  })
  runtime.activate(1)
})

/** Everything that was asked is committed as soon as it is decided. */
async function committed<T>(answer: Promise<T>): Promise<T> {
  runtime.committed(log.endOffset - 1)
  return answer
}

async function broker(id: number): Promise<number> {
  const { brokerEpoch } = await committed(
    runtime.send('BrokerRegistration', 4, {
      brokerId: id,
      clusterId: CLUSTER_ID,
      incarnationId: uuid(id),
      features: Object.keys({ ...LEVELS, 'kraft.version': 1 }).map((name) => ({
        name,
        minSupportedVersion: 0,
        maxSupportedVersion: 30,
      })),
      logDirs: [uuid(100 + id)],
    }),
  )
  const beat = { brokerId: id, brokerEpoch, currentMetadataOffset: log.endOffset, wantFence: false }
  expect(await committed(runtime.send('BrokerHeartbeat', 1, beat))).toMatchObject({ isFenced: false })
  return brokerEpoch
}

const create = () =>
  runtime.send('CreateTopics', 7, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] })

describe('a controller that loses its leadership while it writes', () => {
  it('says so to who asked, and takes it for no fault of its own', async () => {
    await broker(2)
    log.onAppend = () => runtime.resign()
    await expect(create()).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
    expect(logger.lines.filter(({ level }) => level === 'ERROR')).toEqual([])
    expect(log.resignations).toBe(0)
    await expect(create()).rejects.toMatchObject({ error: 'NOT_CONTROLLER' })
  })
})

describe('a controller whose disk is full', () => {
  it('fences who is silent as soon as there is room', async () => {
    await broker(2)
    log.onAppend = () => {
      throw new ApiError('KAFKA_STORAGE_ERROR', 'no room')
    }
    clock.advance(10_000)
    const { length } = log.values
    log.onAppend = () => {}
    clock.advance(2_000)
    const written = log.values.slice(length).map(decodeMetadataRecord)
    expect(written).toMatchObject([{ name: 'BrokerRegistrationChangeRecord', value: { brokerId: 2, fenced: 1 } }])
    expect(runtime.timeouts).toBe(1)
  })
})
