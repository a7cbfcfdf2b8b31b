/** What the controller refuses, with Apache Kafka's codes and in its words: clients and tools show them to people. */
import type { RequestInput } from '../../src/protocol/apis.ts'
import { type Scenario, type Side, paritySuite } from './support/parity.ts'

const TIMEOUT_MS = 10_000
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const
const [TOPIC, BROKER, CLIENT_METRICS, GROUP] = [2, 4, 16, 32] as const
const UNKNOWN_ID = 'AQAAAAAAAAAAAAAAAAAAAA'

type NewTopic = NonNullable<RequestInput<'CreateTopics'>['topics']>[number]
const topic = (name: string, over: Partial<NewTopic> = {}): NewTopic => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  ...over,
})
const placed = (name: string, partitionIndex: number, brokerIds: number[]): NewTopic =>
  topic(name, { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex, brokerIds }] })
const configured = (name: string, ...configs: [string, string | null][]): NewTopic =>
  topic(name, { configs: configs.map(([key, value]) => ({ name: key, value })) })

async function create(side: Side, ...topics: NewTopic[]) {
  const answer = await side.ask('CreateTopics', 7, { topics, timeoutMs: TIMEOUT_MS })
  return answer.topics.map(({ name, errorCode, errorMessage }) => [name, errorCode, errorMessage]).sort()
}

type Change = [name: string, operation: number, value: string | null]
const REFUSED: [type: number, name: string, ...changes: Change[]][] = [
  [TOPIC, 'news', ['retention.ms', SET, 'x']],
  [TOPIC, 'news', ['no.such', SET, '1']],
  [TOPIC, 'news', ['retention.ms', APPEND, '1']],
  [TOPIC, 'news', ['retention.ms', SET, null]],
  [TOPIC, 'news', ['retention.ms', SET, '1'], ['retention.ms', DELETE, null]],
  [TOPIC, 'none', ['retention.ms', SET, '1']],
  [TOPIC, '', ['retention.ms', SET, '1']],
  [BROKER, 'one', ['log.retention.ms', SET, '1']],
  [BROKER, '9', ['log.retention.ms', SET, '1']],
  [BROKER, '', ['process.roles', SET, 'broker']],
  [BROKER, '1', ['node.id', SET, '3']],
  [BROKER, '1', ['num.io.threads', SET, 'x']],
  [BROKER, '', ['num.io.threads', SET, null]],
  [BROKER, '', ['advertised.listeners', SET, 'x']],
  [1, '', ['x', SET, '1']],
  [99, 'x', ['x', SET, '1']],
  [GROUP, 'g', ['consumer.session.timeout.ms', SET, 'x']],
  [GROUP, '', ['consumer.session.timeout.ms', SET, '45000']],
  [GROUP, 'g', ['no.such', SET, '1']],
  [CLIENT_METRICS, 'm', ['interval.ms', SET, '1']],
  [CLIENT_METRICS, 'm', ['nope', SET, '1']],
  [TOPIC, 'news', ['compression.type', SET, 'foo']],
  [TOPIC, 'news', ['min.insync.replicas', SET, '0']],
  [TOPIC, 'news', ['remote.storage.enable', SET, 'true']],
  [TOPIC, 'news', ['cleanup.policy', APPEND, 'compact']],
  [TOPIC, 'news', ['cleanup.policy', SUBTRACT, 'delete']],
  [TOPIC, 'news', ['never.set', DELETE, null]],
]

const scenarios: Record<string, Scenario> = {
  'topics that cannot be created': async (side) => [
    await create(
      side,
      topic('news'),
      topic('parts-0', { numPartitions: 0 }),
      topic('factor-0', { replicationFactor: 0 }),
      topic('factor-9', { replicationFactor: 9 }),
      topic(''),
      topic('.'),
      topic('a b'),
      topic('x'.repeat(250)),
      topic('a_b'),
      topic('__cluster_metadata'),
      configured('key', ['no.such', '1']),
      configured('value', ['retention.ms', 'x']),
      configured('null', ['retention.ms', null]),
      configured('policy', ['cleanup.policy', 'burn']),
      configured('lags', ['min.compaction.lag.ms', '10'], ['max.compaction.lag.ms', '5']),
      topic('both', { assignments: [{ partitionIndex: 0, brokerIds: [1] }] }),
      placed('gap', 1, [1]),
      placed('stranger', 0, [77]),
      placed('double', 0, [1, 1]),
      placed('nobody', 0, []),
    ),
    await create(side, topic('twice'), topic('twice')),
    await create(side, topic('huge', { numPartitions: 10_001 })),
  ],
  'partitions that cannot be added': async (side) => {
    const seen: unknown[] = []
    for (const [name, count, brokers] of [
      ['news', 1, undefined],
      ['news', 0, undefined],
      ['news', 3, [1]],
      ['news', 2, [77]],
      ['news', 2, []],
      ['none', 2, undefined],
    ] as const) {
      const assignments = brokers === undefined ? null : [{ brokerIds: brokers }]
      const request = { topics: [{ name, count, assignments }], timeoutMs: TIMEOUT_MS }
      const { results } = await side.ask('CreatePartitions', 3, request)
      seen.push(results.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]))
    }
    return seen
  },
  'topics that cannot be deleted': async (side) => {
    const topics = [
      { name: 'none' },
      { name: null, topicId: UNKNOWN_ID },
      { name: null },
      { name: 'news', topicId: UNKNOWN_ID },
      { name: 'a.b' },
      { name: 'a.b' },
    ]
    const { responses } = await side.ask('DeleteTopics', 6, { topics, timeoutMs: TIMEOUT_MS })
    return responses.map(({ name, errorCode, errorMessage }) => [name, errorCode, errorMessage]).sort()
  },
  'configurations that cannot be set': async (side) => {
    const seen: unknown[] = []
    for (const [resourceType, resourceName, ...changes] of REFUSED) {
      const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
      const request = { resources: [{ resourceType, resourceName, configs }] }
      seen.push([changes, (await side.ask('IncrementalAlterConfigs', 1, request)).responses])
    }
    for (const configs of [[{ name: 'segment.ms', value: null }], [{ name: 'nope', value: '1' }]]) {
      const request = { resources: [{ resourceType: TOPIC, resourceName: 'news', configs }] }
      seen.push((await side.ask('AlterConfigs', 2, request)).responses)
    }
    return seen
  },
}

paritySuite('the controller', {}, scenarios, (side) => create(side, topic('news'), topic('a.b')))
