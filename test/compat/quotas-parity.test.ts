/**
 * Client quotas, SCRAM credentials, features, loggers and dynamic broker settings, good and bad: the bundled broker must
 * answer what Apache Kafka answers, errors and their words included.
 */
import type { RequestInput } from '../../src/protocol/apis.ts'
import { paritySuite, type Scenario, type Side } from './support/parity.ts'

type Quota = NonNullable<RequestInput<'AlterClientQuotas'>['entries']>[number]

const entity = (parts: Record<string, string | null>) =>
  Object.entries(parts).map(([entityType, entityName]) => ({ entityType, entityName }))
const quota = (parts: Record<string, string | null>, key: string, value: number | null): Quota => ({
  entity: entity(parts),
  ops: [{ key, value: value ?? 0, remove: value === null }],
})

/** Rates are high where a limit holds for the test itself: Apache Kafka keeps to them. */
const QUOTAS: Quota[] = [
  quota({ user: 'u' }, 'producer_byte_rate', 1000),
  quota({ 'client-id': 'c' }, 'request_percentage', 1.5),
  quota({ 'client-id': null }, 'controller_mutation_rate', 1_000_000.5),
  quota({ user: 'u', 'client-id': 'c' }, 'producer_byte_rate', 10),
  quota({ user: 'u', 'client-id': null }, 'consumer_byte_rate', 10),
  quota({ ip: '10.1.2.3' }, 'connection_creation_rate', 10),
  quota({ ip: null }, 'connection_creation_rate', 1_000_000),
  quota({ ip: '300.1.1.1' }, 'connection_creation_rate', 11),
  quota({ ip: '10.1.2.3', user: 'a' }, 'connection_creation_rate', 10),
  quota({ ip: '10.1.2.3' }, 'producer_byte_rate', 10),
  quota({ ip: '10.1.2.3' }, 'connection_creation_rate', 3e9),
  quota({ ip: '10.1.2.3' }, 'connection_creation_rate', 1.5),
  quota({ user: 'a' }, 'connection_creation_rate', 10),
  quota({ user: 'a' }, 'producer_byte_rate', 0),
  quota({ user: 'a' }, 'producer_byte_rate', -1),
  quota({ user: 'a' }, 'producer_byte_rate', 1.5),
  quota({ user: 'a' }, 'producer_byte_rate', 1e30),
  quota({ user: 'a' }, 'nope', 1),
  quota({ user: 'a' }, 'nope', null),
  quota({ user: 'a' }, 'producer_byte_rate', null),
  quota({ user: '' }, 'producer_byte_rate', 1),
  quota({ group: 'a' }, 'producer_byte_rate', 1),
  quota({}, 'producer_byte_rate', 1),
]

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

async function describedQuotas(side: Side, components: [string, number, string | null][], strict: boolean) {
  const request = {
    components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
    strict,
  }
  const { entries, errorCode, errorMessage } = await side.ask('DescribeClientQuotas', 1, request)
  const found = entries?.map((entry) => ({
    values: [...entry.values].sort(byText),
    entity: [...entry.entity].sort(byText),
  }))
  return { errorCode, errorMessage, entries: found?.sort(byText) ?? null }
}

const inOrder = <R extends { credentialInfos: readonly unknown[] }>(result: R) => ({
  ...result,
  credentialInfos: [...result.credentialInfos].sort(byText),
})

const up = (name: string, mechanism: number, iterations: number) => ({
  name,
  mechanism,
  iterations,
  salt: Buffer.from('salt'),
  saltedPassword: Buffer.alloc(32, 7),
})

const FEATURES: [string, number, number][] = [
  ['metadata.version', 30, 1],
  ['metadata.version', 31, 1],
  ['metadata.version', -1, 1],
  ['metadata.version', 6, 2],
  ['metadata.version', 29, 1],
  ['metadata.version', 29, 2],
  ['metadata.version', 29, 3],
  ['metadata.version', 30, 2],
  ['metadata.version', 30, 0],
  ['metadata.version', 30, 9],
  ['nope', 1, 1],
  ['nope', 0, 1],
  ['', 1, 1],
]

const set = (name: string, value: string | null, configOperation = 0) => ({ name, value, configOperation })
const BROKER = 4
const LOGGER = 8
const METRICS = 16
const SETTINGS: [number, string, ReturnType<typeof set>[]][] = [
  [BROKER, '', [set('num.io.threads', '99')]],
  [BROKER, '', [set('num.io.threads', '10')]],
  [BROKER, '', [set('log.cleaner.threads', '5')]],
  [BROKER, '', [set('max.connections', '0')]],
  [BROKER, '', [set('max.connection.creation.rate', '0')]],
  [BROKER, '', [set('max.connections.per.ip', '0')]],
  [BROKER, '', [set('max.connections.per.ip.overrides', 'bad')]],
  [BROKER, '', [set('listener.name.plaintext.max.connections', '10')]],
  [BROKER, '1', [set('listener.name.plaintext.max.connections', '0')]],
  [BROKER, '', [set('log.retention.ms', '0')]],
  [BROKER, '', [set('log.local.retention.ms', '-1')]],
  [BROKER, '', [set('metric.reporters', 'no.such.Class')]],
  [BROKER, '1', [set('principal.builder.class', 'x')]],
  [BROKER, '1', [set('cordoned.log.dirs', '/x')]],
  [BROKER, '1', [set('ssl.keystore.password', 'secret')]],
  [BROKER, '1', [set('broker.rack', 'r'), set('log.retention.check.interval.ms', '1')]],
  [LOGGER, '2', [set('root', 'DEBUG')]],
  [LOGGER, 'x', [set('root', 'DEBUG')]],
  [LOGGER, '1', [set('no.such.logger', 'DEBUG')]],
  [LOGGER, '1', [set('root', 'DEBUG', 2)]],
  [METRICS, 'm', [set('interval.ms', 'x')]],
  [METRICS, 'm', [set('interval.ms', '1')]],
  [METRICS, 'm', [set('match', 'client_id=[a')]],
  [METRICS, '', [set('metrics', 'a')]],
]

const scenarios: Record<string, Scenario> = {
  'client quotas': async (side) => {
    const seen: unknown[] = []
    for (const version of [0, 1]) {
      for (const entry of QUOTAS) {
        const request = { entries: [entry], validateOnly: version === 0 }
        const { entries } = await side.ask('AlterClientQuotas', version, request)
        seen.push(entries.map((answer) => ({ ...answer, entity: [...answer.entity].sort(byText) })))
      }
    }
    const twice = [quota({ user: 'd' }, 'producer_byte_rate', 1), quota({ user: 'd' }, 'producer_byte_rate', 2)]
    seen.push((await side.ask('AlterClientQuotas', 1, { entries: twice, validateOnly: true })).entries)
    await side.applied()
    for (const strict of [false, true]) {
      for (const components of [
        [],
        [['user', 0, 'u']],
        [['user', 1, null]],
        [['user', 2, null]],
        [['client-id', 2, null]],
        [['ip', 2, null]],
        [
          ['user', 0, 'u'],
          ['client-id', 1, null],
        ],
        [
          ['ip', 2, null],
          ['user', 2, null],
        ],
        [['', 2, null]],
        [['group', 2, null]],
        [['user', 0, null]],
        [['user', 1, 'x']],
        [['user', 9, null]],
      ] as [string, number, string | null][][]) {
        seen.push(await describedQuotas(side, components, strict))
      }
    }
    return seen
  },
  'SCRAM credentials': async (side) => {
    const seen: unknown[] = []
    const alter = async (deletions: [string, number][], upsertions: ReturnType<typeof up>[]) => {
      const request = { deletions: deletions.map(([name, mechanism]) => ({ name, mechanism })), upsertions }
      seen.push((await side.ask('AlterUserScramCredentials', 0, request)).results)
    }
    await alter([], [up('bob', 1, 4096)])
    await alter([], [up('bob', 2, 8192)])
    await alter([], [up('bob', 2, 4095)])
    await alter([], [up('bob', 2, 16_385)])
    await alter([], [up('', 2, 8192)])
    await alter([], [up('x', 9, 8192)])
    await alter([], [up('x', 1, 8192), up('x', 2, 8192)])
    await alter([['bob', 1]], [up('bob', 2, 8192)])
    await alter([['none', 1]], [])
    await side.applied()
    for (const names of [null, ['bob'], ['bob', 'bob'], ['none']]) {
      const users = names?.map((name) => ({ name })) ?? null
      const { throttleTimeMs, ...answer } = await side.ask('DescribeUserScramCredentials', 0, { users })
      // Kafka keeps mechanisms in a map whose order is another one in every process
      seen.push({ ...answer, results: answer.results.map(inOrder) })
    }
    await alter([['bob', 1]], [])
    return seen
  },
  features: async (side) => {
    const seen: unknown[] = []
    for (const version of [1, 2]) {
      for (const [feature, maxVersionLevel, upgradeType] of FEATURES) {
        const featureUpdates = [{ feature, maxVersionLevel, upgradeType }]
        seen.push(await side.ask('UpdateFeatures', version, { featureUpdates, validateOnly: true }))
      }
    }
    return seen
  },
  'dynamic settings of brokers, loggers and client metrics': async (side) => {
    const seen: unknown[] = []
    for (const [resourceType, resourceName, configs] of SETTINGS) {
      const resources = [{ resourceType, resourceName, configs }]
      seen.push((await side.ask('IncrementalAlterConfigs', 1, { resources, validateOnly: true })).responses)
    }
    return seen
  },
  'what can be configured': async (side) => {
    const seen: unknown[] = []
    for (const resourceTypes of [[], [2], [4], [8], [16], [32], [2, 4, 8], [0], [99], [4, 99]]) {
      const { errorCode, configResources } = await side.ask('ListConfigResources', 1, { resourceTypes })
      seen.push([errorCode, [...configResources].sort(byText)])
    }
    seen.push((await side.ask('ListConfigResources', 0, {})).configResources)
    return seen
  },
}

const properties = {
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'log.cleaner.threads': '1',
  'offsets.topic.num.partitions': '4',
}

paritySuite('quotas, credentials, features and dynamic settings', properties, scenarios)
