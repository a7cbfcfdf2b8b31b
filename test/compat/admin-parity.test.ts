/** Metadata, topics and configs, good and bad, in several versions: the bundled broker must answer what Apache Kafka answers. */
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { paritySuite, type Scenario, type Side } from './support/parity.ts'

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAABtQ'
const TOPIC = 2
const BROKER = 4
/** Kafka sets this for all brokers when it formats with eligible leader replicas, which the bundled broker does not have. */
const SET_BY_FORMAT = 'min.insync.replicas'

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
  await ready(side, name)
  const { topics } = await side.ask('Metadata', 12, { topics: named(name), allowAutoTopicCreation: false })
  return side.call(topics[0]!.topicId, name)
}

/** Asks until the topic has a leader. */
async function ready(side: Side, ...names: string[]): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { topics } = await side.ask('Metadata', 12, { topics: named(...names), allowAutoTopicCreation: false })
    if (
      topics.every(({ errorCode, partitions }) => errorCode === 0 && partitions.every((each) => each.errorCode === 0))
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`topics ${names.join(', ')} did not come up`)
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
            : named('news', 'missing', 'bad name', '..', 'x'.repeat(250), '__transaction_state', 'news'),
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
    await ready(side, 'made-on-demand')
    const second = await side.ask('Metadata', 12, { topics: named('made-on-demand') })
    return [plainMetadata(side, first), plainMetadata(side, second)]
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
      configs: each.configs
        ?.filter(({ name }) => name !== SET_BY_FORMAT)
        .map((entry) => [entry.name, entry.value, entry.configSource, entry.readOnly])
        .sort(),
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

const set = (name: string, value: string | null, configOperation = 0) => ({ name, value, configOperation })
type Alteration = { resourceType: number; resourceName: string; configs: ReturnType<typeof set>[] }

async function altered(side: Side, resources: Alteration[], validateOnly = false) {
  const { responses } = await side.ask('IncrementalAlterConfigs', 1, { resources, validateOnly })
  return responses.map(({ resourceType, resourceName, errorCode }) => [resourceType, resourceName, errorCode])
}

async function describedConfigs(
  side: Side,
  version: number,
  resourceType: number,
  resourceName: string,
  keys: string[] | null,
) {
  const { results } = await side.ask('DescribeConfigs', version, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: version >= 3,
  })
  return results.map((result) => ({
    errorCode: result.errorCode,
    resourceName: result.resourceName,
    configs: result.configs
      .filter(({ name }) => name !== SET_BY_FORMAT)
      .map((entry) => ({ ...entry, documentation: entry.documentation === null ? null : 'some' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }))
}

/** Broker keys whose values are a node's own. */
const OWN =
  /listener|port|log\.dir|voters|bootstrap\.servers|inter\.broker|process\.roles|initial\.rebalance\.delay|offsets\.topic\.num|node\.id|broker\.id|replication\.factor|min\.isr|metadata/

const configs: Record<string, Scenario> = {
  'describing a topic': async (side) => {
    const seen: unknown[] = []
    for (let version = 1; version <= 4; version++) seen.push(await describedConfigs(side, version, TOPIC, 'kept', null))
    seen.push(await describedConfigs(side, 4, TOPIC, 'kept', ['retention.ms', 'no.such.key']))
    seen.push(await describedConfigs(side, 4, TOPIC, 'kept', []))
    return seen
  },
  'describing the broker': async (side) => {
    const [broker] = await describedConfigs(side, 4, BROKER, '1', null)
    return {
      names: broker!.configs.map(({ name }) => name).filter((name) => !OWN.test(name)),
      shared: broker!.configs.filter(({ name }) => !OWN.test(name)).map((entry) => ({ ...entry, documentation: null })),
      defaults: await describedConfigs(side, 4, BROKER, '', null),
    }
  },
  'describing what does not exist': async (side) => {
    const seen: unknown[] = []
    for (const [type, name] of [
      [TOPIC, 'missing'],
      [TOPIC, 'bad name'],
      [TOPIC, ''],
      [BROKER, '77'],
      [BROKER, 'one'],
      [32, ''],
      [16, ''],
      [16, 'none'],
    ] as const) {
      seen.push(await describedConfigs(side, 4, type, name, null))
    }
    return seen
  },
  'altering configs, good ones': async (side) => {
    const seen: unknown[] = []
    const alter = async (configs: ReturnType<typeof set>[], validateOnly = false) => {
      seen.push(await altered(side, [{ resourceType: TOPIC, resourceName: 'altered', configs }], validateOnly))
      seen.push(await describedConfigs(side, 4, TOPIC, 'altered', ['retention.ms', 'cleanup.policy']))
    }
    await alter([set('retention.ms', '5')], true)
    await alter([set('retention.ms', '5')])
    await alter([set('cleanup.policy', 'compact', 2)])
    await alter([set('cleanup.policy', 'compact', 2)])
    await alter([set('cleanup.policy', 'delete', 3)])
    await alter([set('retention.ms', null, 1), set('cleanup.policy', null, 1)])
    await alter([set('retention.ms', null, 1)])
    const legacy = async (list: { name: string; value: string }[]) => {
      const resources = [{ resourceType: TOPIC, resourceName: 'altered', configs: list }]
      const { responses } = await side.ask('AlterConfigs', 2, { resources })
      seen.push(responses.map(({ errorCode }) => errorCode))
      seen.push(await describedConfigs(side, 4, TOPIC, 'altered', ['retention.ms', 'cleanup.policy']))
    }
    await legacy([{ name: 'retention.ms', value: '7' }])
    await legacy([{ name: 'cleanup.policy', value: 'compact' }])
    await legacy([])
    return seen
  },
  'altering configs, bad ones': async (side) => {
    const seen: unknown[] = []
    const cases: [number, string, ReturnType<typeof set>[]][] = [
      [TOPIC, 'altered', [set('no.such.key', '1')]],
      [TOPIC, 'altered', [set('retention.ms', 'soon')]],
      [TOPIC, 'altered', [set('retention.ms', null)]],
      [TOPIC, 'altered', [set('retention.ms', '1'), set('retention.ms', '2')]],
      [TOPIC, 'altered', [set('retention.ms', '1', 2)]],
      [TOPIC, 'altered', [set('cleanup.policy', 'burn', 2)]],
      [TOPIC, 'altered', [set('min.compaction.lag.ms', '10'), set('max.compaction.lag.ms', '5')]],
      [TOPIC, 'missing', [set('retention.ms', '1')]],
      [TOPIC, '', [set('retention.ms', '1')]],
      [TOPIC, 'bad name', [set('retention.ms', '1')]],
      [BROKER, '77', [set('log.cleaner.threads', '2')]],
      [BROKER, 'one', [set('log.cleaner.threads', '2')]],
      [BROKER, '1', [set('node.id', '2')]],
      [BROKER, '1', [set('log.cleaner.threads', 'many')]],
      [BROKER, '1', [set('log.cleaner.threads', '2', 2)]],
      [BROKER, '1', [set('log.cleaner.threads', '2', 9)]],
      [BROKER, '1', [set('no.such.key.but.allowed', '2')]],
      [BROKER, '', [set('advertised.listeners', 'PLAINTEXT://127.0.0.1:1')]],
      [BROKER, '', [set('log.retention.ms', '77777')]],
      [99, 'x', [set('a', 'b')]],
    ]
    for (const [resourceType, resourceName, list] of cases) {
      seen.push(await altered(side, [{ resourceType, resourceName, configs: list }], true))
    }
    const twice = [TOPIC, TOPIC].map((resourceType) => ({
      resourceType,
      resourceName: 'altered',
      configs: [set('retention.ms', '1')],
    }))
    seen.push(await altered(side, twice))
    return seen
  },
}

const properties = {
  'num.partitions': '2',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'log.cleaner.threads': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
}

paritySuite('topics and configs', properties, { ...metadata, ...topics, ...configs }, async (side) => {
  await side.ask('CreateTopics', 7, {
    topics: [
      topic('news', { numPartitions: 3 }),
      topic('other', { numPartitions: 2 }),
      topic('made.up_name'),
      topic('altered'),
      topic('kept', { configs: [{ name: 'retention.ms', value: '1000' }] }),
    ],
    timeoutMs: 10_000,
  })
  await ready(side, 'news', 'other', 'altered', 'kept')
})
