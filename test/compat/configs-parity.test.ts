/** Descriptions and changes of configs, good and bad: the bundled broker must answer what Apache Kafka answers. */
import { paritySuite, type Scenario, type Side, topicReady } from './support/parity.ts'

const TOPIC = 2
const BROKER = 4

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
      await side.applied()
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
      await side.applied()
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

paritySuite('configs', properties, configs, async (side) => {
  await side.ask('CreateTopics', 7, {
    topics: [
      { name: 'altered', numPartitions: 1, replicationFactor: 1 },
      { name: 'kept', numPartitions: 1, replicationFactor: 1, configs: [{ name: 'retention.ms', value: '1000' }] },
    ],
    timeoutMs: 10_000,
  })
  await topicReady(side, 'altered', 'kept')
})
