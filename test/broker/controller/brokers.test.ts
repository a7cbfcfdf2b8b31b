/** A broker's life: registration, fencing, controlled shutdown, and what becomes of its partitions. */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { CLUSTER_ID, ControllerHarness, OWN_LIFE, uuid } from './harness.ts'

function withTopic(replicationFactor: number, brokers: number[]): { harness: ControllerHarness; epochs: number[] } {
  const harness = new ControllerHarness()
  const epochs = harness.brokers(...brokers)
  harness.request('CreateTopics', 7, {
    topics: [
      {
        name: 't',
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: brokers.slice(0, replicationFactor) }],
      },
    ],
  })
  return { harness, epochs }
}

const partition = (harness: ControllerHarness) => harness.state.topics.get('t')!.partitions[0]!

describe('registration', () => {
  it('gives the offset of the record as epoch, fenced at first', () => {
    const harness = new ControllerHarness()
    const offset = harness.records.length
    expect(harness.register(7)).toBe(offset)
    expect(harness.state.brokers.get(7)).toMatchObject({ epoch: offset, fenced: true })
    expect(harness.heartbeat(7, offset, { currentMetadataOffset: offset - 1 })).toMatchObject({ isFenced: true })
    expect(harness.heartbeat(7, offset)).toMatchObject({ isFenced: false, isCaughtUp: true })
    expect(harness.state.brokers.get(7)).toMatchObject({ fenced: false })
  })

  it('of a second process under the same id waits for the session of the first to end', () => {
    const harness = new ControllerHarness()
    const [first] = harness.brokers(1)
    const again = () =>
      harness.request('BrokerRegistration', 4, {
        brokerId: 1,
        clusterId: CLUSTER_ID,
        incarnationId: uuid(50),
        features: [
          { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
          { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
        ],
        logDirs: [uuid(150)],
      })
    expect(errorName(again().errorCode)).toBe('DUPLICATE_BROKER_REGISTRATION')
    harness.nowMs += 9_000
    expect(again().brokerEpoch).toBeGreaterThan(first!)
    expect(errorName(harness.heartbeat(1, first!).errorCode)).toBe('STALE_BROKER_EPOCH')
  })

  it('of the process that the controller runs in needs not wait: its former one is dead', () => {
    const harness = new ControllerHarness()
    const [first] = harness.brokers(1, 2)
    // Another process under the id of this node, and this one under another id, wait like any.
    expect(harness.tryRegister(1, { incarnationId: uuid(50) })).toBeUndefined()
    expect(harness.tryRegister(2, { incarnationId: OWN_LIFE })).toBeUndefined()
    expect(harness.tryRegister(1, { incarnationId: OWN_LIFE })).toBeGreaterThan(first!)
    expect(errorName(harness.heartbeat(1, first!).errorCode)).toBe('STALE_BROKER_EPOCH')
    // The former life's session ends without a trace.
    harness.nowMs += 9_000
    harness.heartbeat(2, harness.state.brokers.get(2)!.epoch)
    expect(harness.expire()).toBeUndefined()
  })

  it('is refused for another cluster, or without the finalised features', () => {
    const harness = new ControllerHarness()
    const ask = (over: object) => {
      const request = { brokerId: 1, clusterId: CLUSTER_ID, incarnationId: uuid(1), ...over }
      return errorName(harness.request('BrokerRegistration', 4, request).errorCode)
    }
    expect(ask({ clusterId: 'another' })).toBe('INCONSISTENT_CLUSTER_ID')
    const logDirs = [uuid(101)]
    const level = (minSupportedVersion: number, maxSupportedVersion: number) => ({
      logDirs,
      features: [{ name: 'metadata.version', minSupportedVersion, maxSupportedVersion }],
    })
    expect(ask({ logDirs })).toBe('INVALID_REGISTRATION')
    expect(ask(level(7, 29))).toBe('UNSUPPORTED_VERSION')
    expect(ask({ ...level(7, 30), logDirs: [] })).toBe('INVALID_REGISTRATION')
    expect(ask({ ...level(7, 30), logDirs: [uuid(101), uuid(101)] })).toBe('INVALID_REGISTRATION')
    expect(ask(level(7, 30))).toBe('NONE')
  })

  it('of a new life takes the broker out of its partitions until it is unfenced', () => {
    const { harness } = withTopic(1, [1])
    const { leaderEpoch } = partition(harness)
    harness.nowMs += 9_000
    const epoch = harness.register(1, { incarnationId: uuid(50) })
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [1] })
    harness.heartbeat(1, epoch)
    expect(partition(harness)).toMatchObject({ leader: 1, isr: [1], leaderEpoch: leaderEpoch + 2 })
  })
})

describe('a silent broker', () => {
  it('is fenced when its session ends, and another leads', () => {
    const { harness, epochs } = withTopic(2, [1, 2])
    harness.nowMs += 8_000
    harness.heartbeat(2, epochs[1]!)
    harness.nowMs += 1_500
    expect(harness.expire()).toBe(1)
    expect(harness.expire()).toBeUndefined()
    expect(harness.state.brokers.get(1)).toMatchObject({ fenced: true })
    expect(partition(harness)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1, partitionEpoch: 1 })
  })

  it('keeps its place as the last one in sync', () => {
    const { harness, epochs } = withTopic(2, [1, 2])
    harness.nowMs += 5_000
    harness.heartbeat(2, epochs[1]!)
    harness.nowMs += 4_500
    expect(harness.expire()).toBe(1)
    harness.nowMs += 9_000
    expect(harness.expire()).toBe(2)
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [2] })
    // Broker 1 is not in sync: leading would lose what 2 has.
    harness.heartbeat(1, epochs[0]!)
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [2] })
    harness.heartbeat(2, epochs[1]!)
    expect(partition(harness)).toMatchObject({ leader: 2, isr: [2] })
  })
})

describe('controlled shutdown', () => {
  it('moves leadership, waits until the others know, then lets go', () => {
    const { harness, epochs } = withTopic(2, [1, 2])
    const [one, two] = epochs as [number, number]
    expect(harness.heartbeat(1, one, { wantShutDown: true })).toMatchObject({ shouldShutDown: false, isFenced: false })
    expect(harness.state.brokers.get(1)).toMatchObject({ inControlledShutdown: true })
    expect(partition(harness)).toMatchObject({ leader: 2, isr: [2] })
    expect(harness.heartbeat(1, one, { wantShutDown: true })).toMatchObject({ shouldShutDown: false })
    harness.heartbeat(2, two)
    expect(harness.heartbeat(1, one, { wantShutDown: true })).toMatchObject({ shouldShutDown: true, isFenced: true })
    expect(harness.state.brokers.get(1)).toMatchObject({ fenced: true })
  })

  it('of the only broker takes two steps', () => {
    const { harness, epochs } = withTopic(1, [1])
    harness.heartbeat(1, epochs[0]!, { wantShutDown: true })
    expect(partition(harness)).toMatchObject({ leader: -1, isr: [1] })
    expect(harness.heartbeat(1, epochs[0]!, { wantShutDown: true })).toMatchObject({ shouldShutDown: true })
  })
})

describe('AlterPartition', () => {
  const alter = (harness: ControllerHarness, brokerEpoch: number, over: object) => {
    const topicId = harness.state.topics.get('t')!.id
    const { leaderEpoch, partitionEpoch } = partition(harness)
    const answer = harness.request('AlterPartition', 3, {
      brokerId: 1,
      brokerEpoch,
      topics: [{ topicId, partitions: [{ partitionIndex: 0, leaderEpoch, partitionEpoch, ...over }] }],
    })
    return answer.errorCode !== 0 ? answer : answer.topics[0]!.partitions[0]!
  }

  it('shrinks and expands the in-sync set', () => {
    const { harness, epochs } = withTopic(2, [1, 2])
    const [one, two] = epochs as [number, number]
    expect(alter(harness, one, { newIsrWithEpochs: [{ brokerId: 1, brokerEpoch: one }] })).toMatchObject({
      errorCode: 0,
      isr: [1],
      partitionEpoch: 1,
      leaderEpoch: 0,
    })
    const both = [
      { brokerId: 1, brokerEpoch: one },
      { brokerId: 2, brokerEpoch: two },
    ]
    expect(alter(harness, one, { newIsrWithEpochs: both })).toMatchObject({ errorCode: 0, isr: [1, 2] })
  })

  it('refuses what is out of date or out of place', () => {
    const { harness, epochs } = withTopic(2, [1, 2])
    const [one] = epochs as [number]
    const alone = [{ brokerId: 1, brokerEpoch: one }]
    const error = (over: object, epoch = one) => errorName(alter(harness, epoch, over).errorCode)
    expect(error({ newIsrWithEpochs: alone }, one - 1)).toBe('STALE_BROKER_EPOCH')
    expect(error({ newIsrWithEpochs: alone, partitionEpoch: 9 })).toBe('NOT_CONTROLLER')
    expect(error({ newIsrWithEpochs: alone, leaderEpoch: -1 })).toBe('FENCED_LEADER_EPOCH')
    expect(error({ newIsrWithEpochs: [{ brokerId: 2, brokerEpoch: -1 }] })).toBe('INVALID_REQUEST')
    alter(harness, one, { newIsrWithEpochs: alone })
    expect(error({ newIsrWithEpochs: alone, partitionEpoch: 0 })).toBe('INVALID_UPDATE_VERSION')
    const stale = [...alone, { brokerId: 2, brokerEpoch: 1 }]
    expect(error({ newIsrWithEpochs: stale })).toBe('INELIGIBLE_REPLICA')
  })
})

describe('producer ids', () => {
  it('come in blocks of 1000 that never overlap', () => {
    const harness = new ControllerHarness()
    const [epoch] = harness.brokers(1)
    const next = () => harness.request('AllocateProducerIds', 0, { brokerId: 1, brokerEpoch: epoch! })
    expect(next()).toMatchObject({ producerIdStart: 0, producerIdLen: 1000 })
    expect(next()).toMatchObject({ producerIdStart: 1000, producerIdLen: 1000 })
    const stale = harness.request('AllocateProducerIds', 0, { brokerId: 1, brokerEpoch: 1 })
    expect(errorName(stale.errorCode)).toBe('STALE_BROKER_EPOCH')
  })
})
