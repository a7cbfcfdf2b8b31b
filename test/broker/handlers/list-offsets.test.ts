/** ListOffsets and OffsetForLeaderEpoch: every named place, by time, by version, epochs. */
import { beforeEach, describe, expect, it } from 'vitest'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { batch, TOPIC, TOPIC_ID, World } from './world.ts'

const T0 = 1_700_000_000_000
let world: World

beforeEach(() => {
  world = new World()
  world.createTopic()
})

async function list(timestamp: number, options: { version?: number; isolationLevel?: number; epoch?: number } = {}) {
  const { topics } = await world.ask('ListOffsets', options.version ?? 11, {
    replicaId: -1,
    isolationLevel: options.isolationLevel ?? 0,
    topics: [
      {
        name: TOPIC,
        partitions: [{ partitionIndex: 0, timestamp, currentLeaderEpoch: options.epoch ?? -1 }],
      },
    ],
  })
  const { errorCode, timestamp: found, offset, leaderEpoch } = topics[0]!.partitions[0]!
  return [errorCode, found, offset, leaderEpoch]
}

describe('ListOffsets', () => {
  it.each([
    ['latest', -1, [0, -1, 0, 0]],
    ['earliest', -2, [0, -1, 0, 0]],
    ['largest timestamp', -3, [0, -1, -1, -1]],
    ['earliest local', -4, [0, -1, 0, 0]],
    ['last tiered', -5, [0, -1, -1, -1]],
    ['earliest pending upload', -6, [0, -1, -1, -1]],
    ['any time', 0, [0, -1, -1, -1]],
  ])('of an empty log finds for %s what Kafka finds', async (_name, timestamp, answer) => {
    expect(await list(timestamp)).toEqual(answer)
  })

  it.each([
    ['latest', -1, [0, -1, 6, 0]],
    ['earliest', -2, [0, -1, 2, 0]],
    ['largest timestamp', -3, [0, T0 + 202, 5, 0]],
    ['earliest local', -4, [0, -1, 2, 0]],
    ['the exact time of a record', T0 + 201, [0, T0 + 201, 4, 0]],
    ['a time between records', T0 + 150, [0, T0 + 200, 3, 0]],
    ['a time before the log start', 0, [0, T0 + 2, 2, 0]],
    ['a time after the last record', T0 + 1000, [0, -1, -1, -1]],
  ])('finds %s', async (_name, timestamp, answer) => {
    await world.produce(batch(['a', 'b', 'c'], { timestamp: T0 }))
    await world.produce(batch(['d', 'e', 'f'], { timestamp: T0 + 200 }))
    await world.ask('DeleteRecords', 2, {
      timeoutMs: 1000,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 2 }] }],
    })
    expect(await list(timestamp)).toEqual(answer)
  })

  it.each([
    [-3, 6],
    [-4, 7],
    [-5, 8],
    [-6, 10],
    [-7, 11],
  ])('does not know %i in version %i', async (timestamp, version) => {
    expect(await list(timestamp, { version })).toEqual([35, -1, -1, -1])
  })

  it('tells no epoch before version 4', async () => {
    await world.produce(batch(['a']))
    expect(await list(-1, { version: 3 })).toEqual([0, -1, 1, -1])
  })

  it('refuses a wrong leader epoch, an unknown partition, and a partition named twice', async () => {
    expect(await list(-1, { epoch: 7 })).toEqual([75, -1, -1, -1])
    const { topics } = await world.ask('ListOffsets', 6, {
      replicaId: -1,
      topics: [
        { name: 'nope', partitions: [{ partitionIndex: 0, timestamp: -1 }] },
        { name: TOPIC, partitions: [0, 0].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) },
      ],
    })
    expect(topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([[3], [42]])
  })

  it('hides from consumers what is not committed', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    await world.produce(batch(['a']), { topic: 'two' })
    const offset = async (replicaId: number) => {
      const { topics } = await world.ask('ListOffsets', 3, {
        replicaId,
        topics: [{ name: 'two', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      })
      return topics[0]!.partitions[0]!.offset
    }
    expect([await offset(-1), await offset(2)]).toEqual([0, 1])
  })
})

describe('OffsetForLeaderEpoch', () => {
  async function endOf(leaderEpoch: number, currentLeaderEpoch = -1) {
    const { topics } = await world.ask('OffsetForLeaderEpoch', 4, {
      replicaId: -1,
      topics: [{ topic: TOPIC, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
    })
    const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!
    return [errorCode, epoch, endOffset]
  }

  it('tells where an epoch ends, and nothing of an epoch that is yet to come', async () => {
    await world.produce(batch(['a', 'b']))
    const elect = metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: TOPIC_ID, leader: 1 })
    world.apply(elect, elect)
    await world.produce(batch(['c']))
    expect(await endOf(0)).toEqual([0, 0, 2])
    expect(await endOf(1)).toEqual([0, 0, 2])
    expect(await endOf(2)).toEqual([0, 2, 3])
    expect(await endOf(3)).toEqual([0, -1, -1])
    expect(await endOf(0, 1)).toEqual([74, -1, -1])
    expect(await endOf(0, 3)).toEqual([75, -1, -1])
  })
})
