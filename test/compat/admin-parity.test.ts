/** Metadata and topics, good and bad, in several versions: the bundled broker must answer what Apache Kafka answers. */
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { paritySuite, type Scenario, type Side, topicReady } from './support/parity.ts'

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAABtQ'

/** Metadata without what differs from node to node: addresses, and the ids of topics. */
function plainMetadata(side: Side, answer: ResponseOf<'Metadata'>) {
  return {
    brokers: answer.brokers.map(({ nodeId, rack }) => [nodeId, rack]),
    hasCluster: answer.clusterId !== null,
    controllerId: answer.controllerId,
    errorCode: answer.errorCode,
    operations: answer.clusterAuthorizedOperations,
    topics: answer.topics
      .map((topic) => ({
        ...topic,
        topicId: topic.topicId === UNKNOWN_ID ? 'unknown' : side.alias(topic.topicId, 'topic'),
      }))
      .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
  }
}

const named = (...names: string[]) => names.map((name) => ({ name }))

async function idOf(side: Side, name: string): Promise<string> {
  await topicReady(side, name)
  const { topics } = await side.ask('Metadata', 12, { topics: named(name), allowAutoTopicCreation: false })
  return side.call(topics[0]!.topicId, name)
}

const metadata: Record<string, Scenario> = {
  'topics in every version of Metadata': async (side) => {
    await idOf(side, 'news')
    const seen: unknown[] = []
    for (let version = 0; version <= 13; version++) {
      const request: RequestInput<'Metadata'> = {
        topics:
          version < 4
            ? named('news', 'bad name')
            : named('news', 'missing', 'bad name', '..', 'x'.repeat(250), '__no_such_internal', 'news'),
        allowAutoTopicCreation: version < 4,
        includeClusterAuthorizedOperations: version >= 8 && version <= 10,
        includeTopicAuthorizedOperations: version >= 8,
      }
      seen.push(plainMetadata(side, await side.ask('Metadata', version, request)))
      if (version > 0) seen.push(plainMetadata(side, await side.ask('Metadata', version, { topics: [] })))
    }
    return seen
  },
  'topics by id': async (side) => {
    const id = await idOf(side, 'news')
    const seen: unknown[] = []
    for (const version of [10, 11, 12, 13]) {
      for (const topics of [
        [{ topicId: id, name: null }],
        [{ topicId: UNKNOWN_ID, name: null }],
        [{ topicId: id, name: 'news' }],
        [{ name: 'news' }, { topicId: UNKNOWN_ID, name: null }],
        [{ name: null }],
      ]) {
        seen.push(plainMetadata(side, await side.ask('Metadata', version, { topics, allowAutoTopicCreation: false })))
      }
    }
    return seen
  },
  'automatic creation': async (side) => {
    const first = await side.ask('Metadata', 12, { topics: named('made-on-demand') })
    await topicReady(side, 'made-on-demand')
    const second = await side.ask('Metadata', 12, { topics: named('made-on-demand') })
    return [plainMetadata(side, first), plainMetadata(side, second)]
  },
  'automatic creation of internal topics': async (side) => {
    const seen: unknown[] = []
    for (const name of ['__consumer_offsets', '__transaction_state', '__share_group_state']) {
      await side.ask('Metadata', 12, { topics: named(name) })
      await topicReady(side, name)
      const { results } = await side.ask('DescribeConfigs', 4, {
        resources: [{ resourceType: 2, resourceName: name, configurationKeys: null }],
      })
      const set = results[0]!.configs.filter(({ configSource }) => configSource === 1)
      seen.push([name, set.map((entry) => `${entry.name}=${entry.value}`).sort()])
    }
    return seen
  },
  'pages of DescribeTopicPartitions': async (side) => {
    for (const name of ['news', 'other']) await idOf(side, name)
    const seen: unknown[] = []
    const requests: RequestInput<'DescribeTopicPartitions'>[] = [
      { topics: named('other', 'news', 'missing', 'bad name') },
      { topics: named('other', 'news'), responsePartitionLimit: 1 },
      { topics: named('other', 'news'), responsePartitionLimit: 4 },
      { topics: named('other', 'news'), responsePartitionLimit: 3 },
      { topics: named('other', 'news'), responsePartitionLimit: 0 },
      { topics: named('other', 'news'), cursor: { topicName: 'news', partitionIndex: 2 } },
      { topics: named('other', 'news'), cursor: { topicName: 'other', partitionIndex: 0 } },
      { topics: named('other', 'news'), cursor: { topicName: 'none', partitionIndex: 0 } },
      { topics: named('other', 'news'), cursor: { topicName: 'news', partitionIndex: -1 } },
      { topics: named('other', 'news'), cursor: { topicName: 'news', partitionIndex: 99 } },
    ]
    for (const request of requests) {
      const { topics, nextCursor } = await side.ask('DescribeTopicPartitions', 0, request)
      seen.push([topics.map((topic) => ({ ...topic, topicId: side.alias(topic.topicId, 'topic') })), nextCursor])
    }
    return seen
  },
  'the cluster': async (side) => {
    const seen: unknown[] = []
    for (let version = 0; version <= 2; version++) {
      for (const endpointType of version >= 1 ? [1, 2, 9] : [1]) {
        const request = { endpointType, includeClusterAuthorizedOperations: true, includeFencedBrokers: version >= 2 }
        const answer = await side.ask('DescribeCluster', version, request)
        const brokers = answer.brokers.map(({ brokerId, rack, isFenced }) => [brokerId, rack, isFenced])
        seen.push({ ...answer, errorMessage: '', clusterId: answer.clusterId.length, brokers })
      }
    }
    return seen
  },
  'the quorum': async (side) => {
    const ask = async (version: number, topicName: string, partitionIndex = 0) => {
      const topics = [{ topicName, partitions: [{ partitionIndex }] }]
      const answer = await side.ask('DescribeQuorum', version, { topics })
      return [
        answer.errorCode,
        answer.topics.map((each) => [each.topicName, each.partitions.map(({ errorCode }) => errorCode)]),
      ]
    }
    return [
      await ask(0, '__cluster_metadata'),
      await ask(2, '__cluster_metadata'),
      await ask(2, '__cluster_metadata', 1),
      await ask(2, 'news'),
      await ask(1, 'missing'),
    ]
  },
}

type NewTopic = NonNullable<RequestInput<'CreateTopics'>['topics']>[number]
const topic = (name: string, more: Partial<NewTopic> = {}): NewTopic => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  ...more,
})

async function created(side: Side, version: number, topics: NewTopic[], validateOnly = false) {
  const answer = await side.ask('CreateTopics', version, { topics, timeoutMs: 10_000, validateOnly })
  return answer.topics
    .map((each) => ({
      name: each.name.length > 100 ? 'long' : each.name,
      errorCode: each.errorCode,
      hasMessage: each.errorMessage !== null,
      partitions: each.numPartitions,
      factor: each.replicationFactor,
      hasId: each.topicId !== 'AAAAAAAAAAAAAAAAAAAAAA',
      configs: each.configs?.map((entry) => [entry.name, entry.value, entry.configSource, entry.readOnly]).sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const topics: Record<string, Scenario> = {
  'creating topics, good ones': async (side) => {
    const seen: unknown[] = []
    for (let version = 2; version <= 7; version++) {
      const list = [
        topic(`plain-${version}`),
        topic(`placed-${version}`, {
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] })),
        }),
        topic(`configured-${version}`, { configs: [{ name: 'retention.ms', value: '1000' }] }),
      ]
      if (version >= 4) list.push(topic(`default-${version}`, { numPartitions: -1, replicationFactor: -1 }))
      seen.push(
        await created(side, version, list, true),
        await created(side, version, list),
        await created(side, version, list),
      )
    }
    return seen
  },
  'creating topics, bad ones': (side) =>
    created(side, 7, [
      topic('bad-none', { numPartitions: 0 }),
      topic('bad-negative', { numPartitions: -2 }),
      topic('bad-factor-0', { replicationFactor: 0 }),
      topic('bad-factor-9', { replicationFactor: 9 }),
      topic('bad-factor-negative', { replicationFactor: -2 }),
      topic('bad name'),
      topic(''),
      topic('.'),
      topic('x'.repeat(250)),
      topic('news'),
      topic('made_up.name'),
      topic('bad-key', { configs: [{ name: 'no.such.key', value: '1' }] }),
      topic('bad-value', { configs: [{ name: 'retention.ms', value: 'soon' }] }),
      topic('bad-null', { configs: [{ name: 'retention.ms', value: null }] }),
      topic('bad-policy', { configs: [{ name: 'cleanup.policy', value: 'burn' }] }),
      topic('bad-both', { assignments: [{ partitionIndex: 0, brokerIds: [1] }] }),
      topic('bad-gap', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 1, brokerIds: [1] }],
      }),
      topic('bad-broker', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [77] }],
      }),
      topic('bad-twice', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }],
      }),
      topic('bad-nobody', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [] }],
      }),
    ]),
  'creating one topic twice in a request, and too many partitions': async (side) => [
    await created(side, 7, [topic('twice'), topic('twice'), topic('beside-twice')]),
    await created(side, 7, [topic('clash.b')]),
    await created(side, 7, [topic('clash_b')]),
    await created(side, 7, [topic('huge', { numPartitions: 10_001 })]),
  ],
  'deleting topics': async (side) => {
    const seen: unknown[] = []
    for (let version = 1; version <= 6; version++) {
      await created(side, 7, [topic(`delete-${version}`)])
      const names = [`delete-${version}`, 'missing', 'bad name']
      const request = version < 6 ? { topicNames: names } : { topics: named(...names) }
      const { responses } = await side.ask('DeleteTopics', version, { ...request, timeoutMs: 10_000 })
      seen.push(responses.map(({ name, errorCode }) => [name, errorCode]).sort())
    }
    await created(side, 7, [topic('delete-by-id')])
    const id = await idOf(side, 'delete-by-id')
    for (const list of [
      [{ name: 'delete-by-id', topicId: id }],
      [{ name: null, topicId: UNKNOWN_ID }],
      [{ name: null }],
      [{ name: 'delete-by-id' }, { name: 'delete-by-id' }],
      [
        { name: null, topicId: id },
        { name: null, topicId: id },
      ],
      [{ name: null, topicId: id }],
      [{ name: null, topicId: id }],
    ]) {
      const { responses } = await side.ask('DeleteTopics', 6, { topics: list, timeoutMs: 10_000 })
      seen.push(responses.map(({ name, errorCode }) => [name, errorCode]))
    }
    return seen
  },
  'adding partitions': async (side) => {
    await created(side, 7, [topic('grow')])
    const seen: unknown[] = []
    const ask = async (version: number, list: RequestInput<'CreatePartitions'>['topics'], validateOnly = false) => {
      const { results } = await side.ask('CreatePartitions', version, {
        topics: list ?? [],
        timeoutMs: 10_000,
        validateOnly,
      })
      seen.push(results.map(({ name, errorCode }) => [name, errorCode]).sort())
    }
    for (const count of [1, 0, -1, 2, 2, 1]) await ask(3, [{ name: 'grow', count, assignments: null }])
    await ask(0, [{ name: 'grow', count: 3, assignments: null }], true)
    await ask(1, [{ name: 'grow', count: 3, assignments: [{ brokerIds: [1] }] }])
    await ask(2, [{ name: 'grow', count: 5, assignments: [{ brokerIds: [1] }] }])
    await ask(3, [{ name: 'grow', count: 4, assignments: [{ brokerIds: [77] }] }])
    await ask(3, [{ name: 'grow', count: 4, assignments: [{ brokerIds: [1, 1] }] }])
    await ask(3, [{ name: 'grow', count: 4, assignments: [{ brokerIds: [] }] }])
    await ask(3, [{ name: 'missing', count: 4, assignments: null }])
    await ask(
      3,
      ['grow', 'grow'].map((name) => ({ name, count: 6, assignments: null })),
    )
    return seen
  },
}

paritySuite('topics', { 'num.partitions': '2' }, { ...metadata, ...topics }, async (side) => {
  await side.ask('CreateTopics', 7, {
    topics: [topic('news', { numPartitions: 3 }), topic('other', { numPartitions: 2 }), topic('made.up_name')],
    timeoutMs: 10_000,
  })
  await topicReady(side, 'news', 'other')
})
