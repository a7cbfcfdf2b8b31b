/**
 * A scripted one-broker cluster with state: topics, offsets, groups and configs that admin functions and commands work
 * on. It answers as Kafka does where the tests look, and knows nothing else.
 */
import { encodeMessage } from '../../src/protocol/codec.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../../src/protocol/logs/consumer-protocol.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { type Script, type ScriptedBroker, type ScriptOptions, startScripted } from './scripted-broker.ts'

export interface FakePartition {
  start: number
  end: number
  /** Timestamp of the record at an offset. */
  timestamp?: (offset: number) => number
  leader?: number
  isr?: number[]
  replicas?: number[]
}

export interface FakeTopic {
  id: string
  partitions: FakePartition[]
  configs?: Record<string, string>
  internal?: boolean
}

export interface FakeGroup {
  state: string
  members?: { memberId: string; clientId: string; host: string; assigned: Record<string, number[]> }[]
  offsets: Map<string, number>
}

export interface FakeCluster {
  readonly broker: ScriptedBroker
  readonly address: string
  readonly topics: Map<string, FakeTopic>
  readonly groups: Map<string, FakeGroup>
  /** What it answers where no test has changed it. */
  readonly answers: Script
  close(): Promise<void>
}

const ID = 'AAAAAAAAAAAAAAAAAAAA'

export function topic(partitions: FakePartition[], more: Partial<FakeTopic> = {}): FakeTopic {
  return { id: `${ID}Ag`, partitions, ...more }
}

/** Starts the cluster. `override` replaces single answers. */
export async function startCluster(
  state: { topics?: Record<string, FakeTopic>; groups?: Record<string, FakeGroup> } = {},
  override: Script = {},
  options: ScriptOptions = {},
): Promise<FakeCluster> {
  const topics = new Map(Object.entries(state.topics ?? {}))
  const groups = new Map(Object.entries(state.groups ?? {}))
  let usual: Script = {}
  const broker = await startScripted(
    (port) => {
      usual = { ...answers(port, topics, groups), ...override }
      return usual
    },
    { features: { 'metadata.version': 30 }, ...options },
  )
  return { broker, address: broker.address, topics, groups, answers: usual, close: () => broker.close() }
}

function answers(port: number, topics: Map<string, FakeTopic>, groups: Map<string, FakeGroup>): Script {
  const unknown = errorCode('UNKNOWN_TOPIC_OR_PARTITION')
  const node = { host: '127.0.0.1', port, rack: null }
  return {
    Metadata: (request) => ({
      brokers: [{ nodeId: 1, ...node }],
      clusterId: 'test-cluster',
      controllerId: 1,
      topics: (request.topics?.map((entry) => entry.name ?? '') ?? [...topics.keys()]).map((name) => {
        const found = topics.get(name)
        if (found === undefined) return { errorCode: unknown, name, partitions: [] }
        return {
          name,
          topicId: found.id,
          isInternal: found.internal ?? false,
          partitions: found.partitions.map(({ leader = 1, replicas = [1], isr = replicas }, partitionIndex) => ({
            partitionIndex,
            leaderId: leader,
            replicaNodes: replicas,
            isrNodes: isr,
          })),
        }
      }),
    }),
    CreateTopics: (request) => ({
      topics: request.topics.map((asked) => {
        const exists = topics.has(asked.name)
        if (exists) return { name: asked.name, errorCode: errorCode('TOPIC_ALREADY_EXISTS'), errorMessage: null }
        const count = asked.assignments.length > 0 ? asked.assignments.length : Math.max(1, asked.numPartitions)
        if (!request.validateOnly)
          topics.set(asked.name, topic(Array.from({ length: count }, () => ({ start: 0, end: 0 }))))
        return { name: asked.name, topicId: `${ID}Ag`, numPartitions: count, replicationFactor: 1 }
      }),
    }),
    DeleteTopics: (request) => ({
      responses: request.topics.map(({ name }) => ({ name, errorCode: topics.delete(name ?? '') ? 0 : unknown })),
    }),
    CreatePartitions: (request) => ({
      results: request.topics.map(({ name, count }) => {
        const found = topics.get(name)
        if (found === undefined) return { name, errorCode: unknown }
        if (count <= found.partitions.length) {
          return { name, errorCode: errorCode('INVALID_PARTITIONS'), errorMessage: 'not an increase' }
        }
        while (!request.validateOnly && found.partitions.length < count) found.partitions.push({ start: 0, end: 0 })
        return { name }
      }),
    }),
    ListOffsets: (request) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          const found = topics.get(name)?.partitions[partitionIndex]
          if (found === undefined) return { partitionIndex, errorCode: unknown }
          if (timestamp === -1) return { partitionIndex, offset: found.end }
          if (timestamp === -2) return { partitionIndex, offset: found.start }
          for (let offset = found.start; offset < found.end; offset += 1) {
            const at = found.timestamp?.(offset) ?? 0
            if (at >= timestamp) return { partitionIndex, offset, timestamp: at }
          }
          return { partitionIndex, offset: -1, timestamp: -1 }
        }),
      })),
    }),
    Fetch: (request) => ({
      responses: request.topics.map(({ topic: name, partitions }) => ({
        topic: name,
        partitions: partitions.map(({ partition, fetchOffset }) => {
          const found = topics.get(name)?.partitions[partition]
          if (found === undefined) return { partitionIndex: partition, errorCode: unknown, highWatermark: -1 }
          if (fetchOffset < found.start || fetchOffset > found.end) {
            return { partitionIndex: partition, errorCode: errorCode('OFFSET_OUT_OF_RANGE'), highWatermark: -1 }
          }
          const records =
            fetchOffset === found.end
              ? Buffer.alloc(0)
              : encodeBatch({ baseOffset: fetchOffset }, [
                  { timestamp: found.timestamp?.(fetchOffset) ?? 0, key: null, value: Buffer.from(`v${fetchOffset}`) },
                ])
          return {
            partitionIndex: partition,
            highWatermark: found.end,
            lastStableOffset: found.end,
            logStartOffset: found.start,
            records,
          }
        }),
      })),
    }),
    ...configAnswers(topics),
    ...groupAnswers(node, groups),
    ...clusterAnswers(node),
  }
}

function configAnswers(topics: Map<string, FakeTopic>): Script {
  const defaults: Record<string, string> = {
    'retention.ms': '604800000',
    'min.insync.replicas': '1',
    'cleanup.policy': 'delete',
  }
  return {
    DescribeConfigs: (request) => ({
      results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
        const own = topics.get(resourceName)?.configs ?? {}
        if (resourceType === 2 && !topics.has(resourceName)) {
          return { resourceType, resourceName, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), errorMessage: null }
        }
        const names = Object.keys({ ...defaults, ...own }).filter((name) => configurationKeys?.includes(name) ?? true)
        return {
          resourceType,
          resourceName,
          configs: names.map((name) => ({
            name,
            value: own[name] ?? defaults[name]!,
            configSource: own[name] === undefined ? 5 : 1,
            configType: 2,
            synonyms: [
              ...(own[name] === undefined ? [] : [{ name, value: own[name], source: 1 }]),
              { name: `log.${name}`, value: defaults[name] ?? null, source: 5 },
            ],
          })),
        }
      }),
    }),
    IncrementalAlterConfigs: (request) => ({
      responses: request.resources.map(({ resourceType, resourceName, configs }) => {
        const bad = configs.find((config) => config.value === 'bad')
        if (bad !== undefined) {
          return {
            resourceType,
            resourceName,
            errorCode: errorCode('INVALID_CONFIG'),
            errorMessage: `Invalid value bad for configuration ${bad.name}`,
          }
        }
        const found = topics.get(resourceName)
        if (found !== undefined && !request.validateOnly) {
          found.configs ??= {}
          for (const { name, configOperation, value } of configs) {
            if (configOperation === 1) delete found.configs[name]
            else if (configOperation === 0) found.configs[name] = value ?? ''
            else found.configs[name] = `${found.configs[name] ?? defaults[name]},${value}`
          }
        }
        return { resourceType, resourceName }
      }),
    }),
  }
}

function groupAnswers(node: { host: string; port: number }, groups: Map<string, FakeGroup>): Script {
  return {
    FindCoordinator: (request) => ({
      coordinators: request.coordinatorKeys.map((key) => ({ key, nodeId: 1, ...node })),
    }),
    ListGroups: () => ({
      groups: [...groups].map(([groupId, { state }]) => ({
        groupId,
        protocolType: 'consumer',
        groupState: state,
        groupType: 'classic',
      })),
    }),
    DescribeGroups: (request) => ({
      groups: request.groups.map((groupId) => {
        const group = groups.get(groupId)
        if (group === undefined)
          return { groupId, errorCode: errorCode('GROUP_ID_NOT_FOUND'), errorMessage: 'not found' }
        return {
          groupId,
          groupState: group.state,
          protocolType: 'consumer',
          protocolData: group.members === undefined ? '' : 'range',
          members: (group.members ?? []).map(({ memberId, clientId, host, assigned }) => ({
            memberId,
            clientId,
            clientHost: host,
            memberMetadata: Buffer.alloc(0),
            memberAssignment: Buffer.concat([
              Buffer.from([0, 0]),
              encodeMessage(ConsumerProtocolAssignment, 0, {
                assignedPartitions: Object.entries(assigned).map(([name, partitions]) => ({ topic: name, partitions })),
              }),
            ]),
          })),
        }
      }),
    }),
    OffsetFetch: (request) => ({
      groups: request.groups.map(({ groupId }) => ({
        groupId,
        topics: byTopic(groups.get(groupId)?.offsets ?? new Map()).map(([name, rows]) => ({
          name,
          partitions: rows.map(([partitionIndex, committedOffset]) => ({
            partitionIndex,
            committedOffset,
            metadata: '',
          })),
        })),
      })),
    }),
    OffsetCommit: (request) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, committedOffset }) => {
          const group = groups.get(request.groupId) ?? { state: 'Empty', offsets: new Map<string, number>() }
          groups.set(request.groupId, group)
          group.offsets.set(`${name}-${partitionIndex}`, committedOffset)
          return { partitionIndex }
        }),
      })),
    }),
    OffsetDelete: (request) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          groups.get(request.groupId)?.offsets.delete(`${name}-${partitionIndex}`)
          return { partitionIndex }
        }),
      })),
    }),
    DeleteGroups: (request) => ({
      results: request.groupsNames.map((groupId) => ({
        groupId,
        errorCode: groups.delete(groupId) ? 0 : errorCode('GROUP_ID_NOT_FOUND'),
      })),
    }),
  }
}

function byTopic(offsets: ReadonlyMap<string, number>): [string, [number, number][]][] {
  const topics = new Map<string, [number, number][]>()
  for (const [place, offset] of offsets) {
    const dash = place.lastIndexOf('-')
    const name = place.slice(0, dash)
    topics.set(name, [...(topics.get(name) ?? []), [Number(place.slice(dash + 1)), offset]])
  }
  return [...topics]
}

function clusterAnswers(node: { host: string; port: number; rack: null }): Script {
  return {
    DescribeCluster: () => ({ clusterId: 'test-cluster', controllerId: 1, brokers: [{ brokerId: 1, ...node }] }),
    DescribeLogDirs: (request) => ({
      results: [
        {
          logDir: '/d',
          topics: (request.topics ?? []).map(({ topic: name, partitions }) => ({
            name,
            partitions: partitions.map((partitionIndex) => ({ partitionIndex, partitionSize: 2048 })),
          })),
        },
      ],
    }),
    DescribeQuorum: () => ({
      topics: [
        {
          topicName: '__cluster_metadata',
          partitions: [
            {
              partitionIndex: 0,
              leaderId: 1,
              leaderEpoch: 4,
              highWatermark: 90,
              currentVoters: [
                { replicaId: 1, logEndOffset: 100, lastFetchTimestamp: 5000, lastCaughtUpTimestamp: 5000 },
                { replicaId: 2, logEndOffset: 90, lastFetchTimestamp: 4900, lastCaughtUpTimestamp: 4000 },
              ],
              observers: [{ replicaId: 3, logEndOffset: 80 }],
            },
          ],
        },
      ],
    }),
  }
}
