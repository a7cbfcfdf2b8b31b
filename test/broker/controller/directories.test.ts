/** Log directories at the controller: assignments that brokers tell, and directories that fail. */
import { describe, expect, it } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerHarness, uuid } from './harness.ts'

const DIR = uuid(101)
const OTHER = uuid(555)

/** Broker 1 with two directories, and a topic of two partitions on it and, with `others`, on broker 2. */
function world(others: boolean) {
  const harness = new ControllerHarness()
  const [epoch] = harness.brokers(1)
  const again = harness.request('BrokerRegistration', 4, {
    brokerId: 1,
    clusterId: 'MkU3OEVBNTcwNTJENDM2Qg',
    incarnationId: uuid(1),
    listeners: [],
    features: [
      { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
      { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
    ],
    rack: null,
    logDirs: [DIR, OTHER],
  })
  expect(again.brokerEpoch).toBe(epoch)
  if (others) harness.brokers(2)
  const brokerIds = others ? [1, 2] : [1]
  const assignments = [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds }))
  harness.request('CreateTopics', 7, {
    topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments, configs: [] }],
    timeoutMs: 1000,
  })
  const topic = harness.state.topics.get('t')!
  const assign = (directory: string, partitions: number[], topicId = topic.id) =>
    harness.request('AssignReplicasToDirs', 0, {
      brokerId: 1,
      brokerEpoch: epoch!,
      directories: [
        {
          id: directory,
          topics: [{ topicId, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
        },
      ],
    })
  const partition = (index: number) => harness.state.topics.get('t')!.partitions[index]!
  const errorsOf = (answer: ReturnType<typeof assign>) =>
    answer.directories.flatMap((one) =>
      one.topics.flatMap((each) => each.partitions.map((one) => errorName(one.errorCode))),
    )
  return { harness, epoch: epoch!, assign, partition, errorsOf }
}

describe('AssignReplicasToDirs', () => {
  it('notes where a replica lies, once', () => {
    const { harness, assign, partition, errorsOf } = world(false)
    expect(errorsOf(assign(OTHER, [0]))).toEqual(['NONE'])
    expect(partition(0).directories).toEqual([OTHER])
    expect(partition(0).leader).toBe(1)
    const before = harness.records.length
    assign(OTHER, [0])
    expect(harness.records.length).toBe(before)
    expect(harness.replayed().topics.get('t')!.partitions[0]!.directories).toEqual([OTHER])
  })

  it('refuses what it does not know, one by one', () => {
    const { assign, errorsOf, harness } = world(false)
    expect(errorsOf(assign(OTHER, [1, 7]))).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(errorsOf(assign(OTHER, [0], uuid(9999)))).toEqual(['UNKNOWN_TOPIC_ID'])
    const stale = harness.request('AssignReplicasToDirs', 0, { brokerId: 1, brokerEpoch: 99_999, directories: [] })
    expect(errorName(stale.errorCode)).toBe('STALE_BROKER_EPOCH')
  })

  it('takes a replica in an unknown directory out of service', () => {
    const { assign, partition } = world(false)
    assign(uuid(4711), [0])
    expect(partition(0)).toMatchObject({ leader: -1, isr: [1], directories: [uuid(4711)] })
  })
})

describe('a failed directory', () => {
  it('costs the leadership of its partitions and no others', () => {
    const { harness, epoch, assign, partition } = world(true)
    assign(DIR, [0])
    assign(OTHER, [1])
    harness.heartbeat(1, epoch, { offlineLogDirs: [OTHER] })
    expect(partition(0)).toMatchObject({ leader: 1, isr: [1, 2] })
    expect(partition(1)).toMatchObject({ leader: 2, isr: [2] })
    expect(harness.state.brokers.get(1)!.logDirs).toEqual([DIR])
    const before = harness.records.length
    harness.heartbeat(1, epoch, { offlineLogDirs: [OTHER] })
    expect(harness.records.length).toBe(before)
  })

  it('leaves the only replica in sync, without a leader, until the directory is back', () => {
    const { harness, epoch, assign, partition } = world(false)
    assign(DIR, [0])
    assign(OTHER, [1])
    harness.heartbeat(1, epoch, { offlineLogDirs: [OTHER] })
    expect(partition(0).leader).toBe(1)
    expect(partition(1)).toMatchObject({ leader: -1, isr: [1] })
    // Another life without the directory: what lies in it stays offline.
    // Once to move its leaderships, once to be let go.
    harness.heartbeat(1, epoch, { wantShutDown: true })
    harness.heartbeat(1, epoch, { wantShutDown: true })
    let next = harness.register(1, { incarnationId: uuid(77) })
    harness.heartbeat(1, next)
    expect(partition(0).leader).toBe(1)
    expect(partition(1).leader).toBe(-1)
    // With it again (the replica is told to lie in the directory that is there).
    assign(DIR, [1])
    harness.heartbeat(1, next, { wantShutDown: true })
    harness.heartbeat(1, next, { wantShutDown: true })
    next = harness.register(1, { incarnationId: uuid(78) })
    harness.heartbeat(1, next)
    expect(partition(0).leader).toBe(1)
  })
})
