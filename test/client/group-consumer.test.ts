/** Members of groups against a scripted coordinator: what is told, asked and committed in which order, and what ends a membership. */
import { afterEach, describe, expect, it } from 'vitest'
import { uuidToBytes } from '../../src/base/uuid.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { GroupConsumer, type GroupConsumerOptions } from '../../src/client/group-consumer.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { encodeMessage } from '../../src/protocol/codec.ts'
import { type ErrorName, errorCode } from '../../src/protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../../src/protocol/logs/consumer-protocol.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { type Script, type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAZg'

let broker: ScriptedBroker | undefined
let client: ClusterClient | undefined
let stop = new AbortController()
afterEach(async () => {
  client?.close()
  await broker?.close()
  stop = new AbortController()
})

function assigned(partitions: number[]): Buffer {
  const body = encodeMessage(ConsumerProtocolAssignment, 3, { assignedPartitions: [{ topic: 't', partitions }] })
  return Buffer.concat([Buffer.from([0, 3]), body])
}

/** A broker that is everything: two partitions of one record each, nothing committed. */
function everything(port: number): Script {
  return {
    Metadata: () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
      topics: [
        {
          name: 't',
          topicId: TOPIC_ID,
          partitions: [0, 1].map((partitionIndex) => ({
            partitionIndex,
            leaderId: 1,
            replicaNodes: [1],
            isrNodes: [1],
          })),
        },
      ],
    }),
    FindCoordinator: ({ coordinatorKeys }) => ({
      coordinators: coordinatorKeys.map((key) => ({ key, nodeId: 1, host: '127.0.0.1', port })),
    }),
    JoinGroup: ({ memberId }) =>
      memberId === ''
        ? { errorCode: errorCode('MEMBER_ID_REQUIRED'), memberId: 'm', protocolName: '', leader: '' }
        : { generationId: 1, protocolType: 'consumer', protocolName: 'range', leader: 'x', memberId, members: [] },
    SyncGroup: () => ({ protocolType: 'consumer', protocolName: 'range', assignment: assigned([0, 1]) }),
    Heartbeat: () => ({}),
    LeaveGroup: ({ members }) => ({ members: members.map(({ memberId }) => ({ memberId, groupInstanceId: null })) }),
    OffsetFetch: ({ topics }) => ({
      topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, committedOffset: -1, metadata: '' })),
      })),
    }),
    OffsetCommit: ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map((one) => ({ ...one })) })),
    }),
    ListOffsets: ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, offset: 0 })),
      })),
    }),
    Fetch: ({ topics }) => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, fetchOffset }) => ({
          partitionIndex: partition,
          highWatermark: 1,
          records:
            fetchOffset === 0
              ? encodeBatch({}, [{ key: null, value: Buffer.from(`v${partition}`), timestamp: 1, headers: [] }])
              : null,
        })),
      })),
    }),
  }
}

interface Told {
  readonly consumer: GroupConsumer
  readonly told: string[]
}

async function start(more: Script = {}, options: Partial<GroupConsumerOptions> = {}): Promise<Told> {
  broker = await startScripted((port) => ({ ...everything(port), ...more }), { maxVersions: { OffsetFetch: 7 } })
  client = await ClusterClient.connect(
    resolveClientOptions({
      bootstrapServer: broker.address,
      properties: { 'retry.backoff.ms': '2', 'retry.backoff.max.ms': '4', 'fetch.max.wait.ms': '5' },
    }),
  )
  const told: string[] = []
  const tell = (what: string) => (places: readonly { partition: number }[]) => {
    told.push(`${what} ${places.map(({ partition }) => partition).join(' ')}`)
  }
  const consumer = new GroupConsumer(client, {
    group: 'g',
    instanceId: null,
    sessionTimeoutMs: 1000,
    heartbeatIntervalMs: 10,
    rebalanceTimeoutMs: 10_000,
    topics: { names: ['t'] },
    newer: undefined,
    assignors: ['range'],
    reset: 'earliest',
    isolation: 'read_uncommitted',
    autoCommitMs: undefined,
    maxPollRecords: 500,
    createsTopics: false,
    onAssigned: tell('+'),
    onRevoked: tell('-'),
    signal: stop.signal,
    ...options,
  })
  return { consumer, told }
}

/** Polls until so many records have come. */
async function read(consumer: GroupConsumer, count: number): Promise<string[]> {
  const values: string[] = []
  while (values.length < count)
    for (const { records } of await consumer.poll()) for (const { value } of records) values.push(String(value))
  return values.sort()
}

const asked = (api: string) => broker!.asked.filter((one) => one.api === api)

/** Polls until `isDone`, whatever comes. */
async function pollUntil(consumer: GroupConsumer, isDone: () => boolean): Promise<void> {
  const timer = setInterval(() => {
    if (isDone()) stop.abort()
  }, 5)
  while (!stop.signal.aborted) await consumer.poll()
  clearInterval(timer)
}

describe('a classic member', () => {
  it('joins, reads, commits what it is told to, and leaves', async () => {
    const { consumer, told } = await start()
    expect(await read(consumer, 2)).toEqual(['v0', 'v1'])
    await consumer.commit([{ topic: 't', partition: 1, offset: 1 }])
    await consumer.close()
    expect(told).toEqual(['+ 0 1', '- 0 1'])
    const [commit] = broker!.requests('OffsetCommit')
    expect(commit).toMatchObject({ groupId: 'g', memberId: 'm', generationIdOrMemberEpoch: 1 })
    expect(commit!.topics[0]!.partitions).toMatchObject([{ partitionIndex: 1, committedOffset: 1 }])
    expect(broker!.requests('LeaveGroup').map(({ members }) => members.map(({ memberId }) => memberId))).toEqual([
      ['m'],
    ])
  })

  it('does not say goodbye when it is static', async () => {
    const { consumer } = await start({}, { instanceId: 'i' })
    await read(consumer, 2)
    await consumer.close()
    expect(asked('LeaveGroup')).toHaveLength(0)
    expect(broker!.requests('JoinGroup').every(({ groupInstanceId }) => groupInstanceId === 'i')).toBe(true)
  })

  it('lets everything go and joins again when the group rebalances', async () => {
    let errors: ErrorName[] = ['REBALANCE_IN_PROGRESS']
    const { consumer, told } = await start({ Heartbeat: () => ({ errorCode: errorCode(errors.shift() ?? 'NONE') }) })
    await pollUntil(consumer, () => told.length === 3)
    expect(told).toEqual(['+ 0 1', '- 0 1', '+ 0 1'])
    errors = []
    await consumer.close()
  })

  it('commits of itself what it handed out, before others read it', async () => {
    const { consumer } = await start({}, { autoCommitMs: 60_000 })
    await read(consumer, 2)
    await consumer.close()
    const committed = broker!.requests('OffsetCommit').flatMap(({ topics }) => topics.flatMap((one) => one.partitions))
    expect(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  it('begins with a new member id when the coordinator has forgotten it, and commits nothing then', async () => {
    const errors: ErrorName[] = ['UNKNOWN_MEMBER_ID']
    const { consumer, told } = await start(
      { Heartbeat: () => ({ errorCode: errorCode(errors.shift() ?? 'NONE') }) },
      { autoCommitMs: 60_000 },
    )
    await pollUntil(consumer, () => told.length === 3)
    expect(asked('OffsetCommit')).toHaveLength(0)
    expect(broker!.requests('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', 'm', '', 'm'])
    await consumer.close()
  })

  it('ends with the reason when another one has its instance id', async () => {
    const { consumer } = await start({ Heartbeat: () => ({ errorCode: errorCode('FENCED_INSTANCE_ID') }) })
    await expect(pollUntil(consumer, () => false)).rejects.toMatchObject({ code: 'FENCED_INSTANCE_ID' })
  })

  it('says that there is nowhere to begin', async () => {
    const { consumer } = await start({}, { reset: 'none' })
    await expect(consumer.poll()).rejects.toThrow('Undefined offset with no reset policy for partitions: [t-0, t-1]')
  })
})

describe('a member of the newer protocol', () => {
  const newer = { memberId: 'm', assignor: 'uniform' }
  const target = (partitions: number[]) => ({ topicPartitions: [{ topicId: TOPIC_ID, partitions }] })

  it('takes what it is given, gives back what is taken, and says so', async () => {
    expect(uuidToBytes(TOPIC_ID)).toHaveLength(16)
    let beats = 0
    const { consumer, told } = await start(
      {
        ConsumerGroupHeartbeat: ({ memberEpoch, topicPartitions }) => {
          const owned = topicPartitions?.[0]?.partitions.length
          const assignment = memberEpoch === 0 ? target([0, 1]) : owned === 2 && ++beats === 1 ? target([1]) : null
          return { memberId: 'm', memberEpoch: memberEpoch < 0 ? memberEpoch : 2, heartbeatIntervalMs: 10, assignment }
        },
      },
      { newer },
    )
    await pollUntil(consumer, () => told.length === 3)
    await consumer.close()
    expect(told).toEqual(['+ 0 1', '- 0', '+ ', '- 1'])
    const beaten = broker!.requests('ConsumerGroupHeartbeat')
    expect(beaten[0]).toMatchObject({ memberEpoch: 0, subscribedTopicNames: ['t'], serverAssignor: 'uniform' })
    const owned = beaten.flatMap(({ topicPartitions }) => (topicPartitions === null ? [] : [topicPartitions]))
    expect(owned.map((topics) => topics.flatMap(({ partitions }) => partitions))).toEqual([[], [0, 1], [1]])
    expect(beaten.at(-1)).toMatchObject({ memberEpoch: -1 })
  })

  it('joins again when it is fenced', async () => {
    let isFenced = false
    const { consumer, told } = await start(
      {
        ConsumerGroupHeartbeat: ({ memberEpoch }) => {
          if (memberEpoch === 0)
            return { memberId: 'm', memberEpoch: 2, heartbeatIntervalMs: 10, assignment: target([0]) }
          const fences = !isFenced && told.length === 1
          isFenced ||= fences
          return {
            errorCode: errorCode(fences ? 'FENCED_MEMBER_EPOCH' : 'NONE'),
            memberId: 'm',
            memberEpoch: 2,
            heartbeatIntervalMs: 10,
          }
        },
      },
      { newer },
    )
    await pollUntil(consumer, () => told.length === 3)
    expect(told).toEqual(['+ 0', '- 0', '+ 0'])
    await consumer.close()
  })

  it('leaves for a while only when it is static', async () => {
    const { consumer } = await start(
      {
        ConsumerGroupHeartbeat: ({ memberEpoch }) => ({
          memberId: 'm',
          memberEpoch: memberEpoch < 0 ? memberEpoch : 2,
          heartbeatIntervalMs: 10,
          assignment: memberEpoch === 0 ? target([0, 1]) : null,
        }),
      },
      { newer, instanceId: 'i' },
    )
    await read(consumer, 2)
    await consumer.close()
    expect(broker!.requests('ConsumerGroupHeartbeat').at(-1)).toMatchObject({ memberEpoch: -2, instanceId: 'i' })
  })
})
