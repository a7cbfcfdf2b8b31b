/** kafka-configs --describe: settings with their synonyms, quotas, credentials. */
import { type ConfigEntity, type ConfigEntry, describeMany } from '../../admin/configs.ts'
import { listGroups } from '../../admin/group-list.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { exceptionName, executionError, itemFailure, JavaError, messageOf } from '../failures.ts'
import { hashOrder, hashOrdered } from '../java.ts'
import { doubleText, readQuotas, readScram } from '../quotas.ts'
import type { ShimIo } from '../tool.ts'

/** Sources as Java's enum names them. */
const SOURCES: Readonly<Record<string, string>> = {
  topic: 'DYNAMIC_TOPIC_CONFIG',
  'dynamic-broker': 'DYNAMIC_BROKER_CONFIG',
  'dynamic-default-broker': 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'static-broker': 'STATIC_BROKER_CONFIG',
  default: 'DEFAULT_CONFIG',
  'dynamic-broker-logger': 'DYNAMIC_BROKER_LOGGER_CONFIG',
  'client-metrics': 'DYNAMIC_CLIENT_METRICS_CONFIG',
  group: 'DYNAMIC_GROUP_CONFIG',
}

const CLIENT_METRICS = 16
const GROUP = 32

export interface Wanted {
  readonly types: readonly string[]
  /** Empty for a default. */
  readonly names: readonly string[]
  /** What was never set, too. */
  readonly all: boolean
}

export async function describe(client: ClusterClient, wanted: Wanted, io: ShimIo): Promise<void> {
  const { types, names } = wanted
  const [type = ''] = types
  if (type === 'users' || type === 'clients' || type === 'ips') {
    await describeQuotas(client, types, names, io)
    if (type !== 'ips' && !types.includes('clients') && !names.includes('')) await describeScram(client, names, io)
    return
  }
  const [name] = names
  if (type === 'topics' && name !== undefined) checkTopicName(name)
  const there = await entities(client, type)
  const isKnown = there.includes(name ?? '') || (type === 'groups' && !listsGroupConfigs(client))
  if (!wanted.all && name !== undefined && !isKnown) {
    io.stdout(`The ${type.slice(0, -1)} '${name}' doesn't exist and doesn't have dynamic config.\n`)
    return
  }
  for (const entity of name === undefined ? there : [name]) {
    io.stdout(
      entity === '' && type !== 'topics'
        ? `Default configs for ${type} in the cluster are:\n`
        : `${wanted.all ? 'All' : 'Dynamic'} configs for ${type.slice(0, -1)} ${entity} are:\n`,
    )
    for (const entry of await entriesOf(client, type, entity)) {
      if (!wanted.all && !isDynamic(type, entity, entry.source)) continue
      const synonyms = entry.synonyms.map(({ source, key, value }) => `${SOURCES[source] ?? 'UNKNOWN'}:${key}=${value}`)
      io.stdout(`  ${entry.key}=${entry.value} sensitive=${entry.sensitive} synonyms={${synonyms.join(', ')}}\n`)
    }
  }
}

const NAME_MAX = 249

function checkTopicName(name: string): void {
  const why =
    name === ''
      ? 'the empty string is not allowed'
      : name === '.' || name === '..'
        ? `'${name}' is not allowed`
        : name.length > NAME_MAX
          ? `the length of '${name}' is longer than the max allowed length ${NAME_MAX}`
          : /^[a-zA-Z0-9._-]+$/.test(name)
            ? undefined
            : `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  if (why !== undefined) throw new JavaError('java.lang.IllegalArgumentException', `Topic name is invalid: ${why}`)
}

function isDynamic(type: string, entity: string, source: string): boolean {
  switch (type) {
    case 'topics':
      return source === 'topic'
    case 'brokers':
      return source === (entity === '' ? 'dynamic-default-broker' : 'dynamic-broker')
    case 'client-metrics':
      return source === 'client-metrics'
    case 'groups':
      return source === 'group'
    default:
      return true
  }
}

/** What there is of a type; the default of brokers is an empty name. */
async function entities(client: ClusterClient, type: string): Promise<string[]> {
  if (type === 'topics') return hashOrdered((await client.metadata(null)).topics.map((topic) => topic.name ?? ''))
  if (type === 'brokers' || type === 'broker-loggers') {
    const { brokers } = await client.metadata([])
    const ids = hashOrder(brokers, (broker) => broker.id).map((broker) => String(broker.id))
    return type === 'brokers' ? [...ids, ''] : ids
  }
  const named = await resources(client, type === 'groups' ? GROUP : CLIENT_METRICS)
  if (type !== 'groups') return named
  const { groups } = await listGroups(client)
  return [...new Set([...hashOrdered(groups.map((row) => row.group)), ...named])]
}

/** Kafka before 4.1 cannot; there a group is taken to have settings, and asking for them tells. */
function listsGroupConfigs(client: ClusterClient): boolean {
  return (client.bootstrap.version('ListConfigResources') ?? 0) > 0
}

/** Names that have settings of a type, from clusters that can list them. */
async function resources(client: ClusterClient, resourceType: number): Promise<string[]> {
  const version = client.bootstrap.version('ListConfigResources')
  if (version === undefined || (version === 0 && resourceType !== CLIENT_METRICS)) return []
  const answer = await client.request('ListConfigResources', version === 0 ? {} : { resourceTypes: [resourceType] })
  return answer.configResources.map((resource) => resource.resourceName)
}

function entityOf(type: string, name: string): ConfigEntity {
  switch (type) {
    case 'topics':
      return { kind: 'topic', name }
    case 'brokers':
      return name === '' ? { kind: 'broker-default' } : { kind: 'broker', id: Number(name) }
    case 'broker-loggers':
      return { kind: 'broker-logger', id: Number(name) }
    case 'client-metrics':
      return { kind: 'client-metrics', name }
    default:
      return { kind: 'group', name }
  }
}

/** All settings of one entity, by name. Throws MqError, and for the entity what Java's futures throw. */
export async function entriesOf(client: ClusterClient, type: string, name: string): Promise<ConfigEntry[]> {
  const [found] = await describeMany(client, [entityOf(type, name)])
  if (found === undefined) return []
  if ('error' in found) throw executionError(itemFailure(found.error))
  return found.configs
}

const TYPE_WORDS: readonly (readonly [type: string, words: string])[] = [
  ['user', 'user-principal'],
  ['client-id', 'client-id'],
  ['ip', 'ip'],
]

async function describeQuotas(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
  io: ShimIo,
): Promise<void> {
  for (const { entity, values } of await readQuotas(client, types, names)) {
    const parts = TYPE_WORDS.filter(([type]) => entity.has(type)).map(([type, words]) => {
      const name = entity.get(type)
      return name === null || name === undefined ? `the default ${words}` : `${words} '${name}'`
    })
    const entries = [...values].map(([key, value]) => `${key}=${doubleText(value)}`)
    io.stdout(`Quota configs for ${parts.join(', ')} are ${entries.join(', ')}\n`)
  }
}

async function describeScram(client: ClusterClient, names: readonly string[], io: ShimIo): Promise<void> {
  for (const { user, credentials, error } of await readScram(client, names)) {
    if (error !== undefined) {
      io.stdout(
        `Error retrieving SCRAM credential configs for user-principal '${user}': ${exceptionName(error.error)}: ${messageOf(error)}\n`,
      )
      continue
    }
    const shown = credentials.map(({ mechanism, iterations }) => `${mechanism}=iterations=${iterations}`)
    io.stdout(`SCRAM credential configs for user-principal '${user}' are ${shown.join(', ')}\n`)
  }
}
