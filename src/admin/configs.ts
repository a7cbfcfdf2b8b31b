/**
 * Configurations of topics, brokers (one, or the cluster-wide default), groups, broker loggers and subscriptions to
 * clients' metrics: read with source and synonyms. How they are changed is in config-changes.ts.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient, Target } from '../client/cluster-client.ts'
import { configSources, configTypes } from '../config/describe.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, similarNames, throwItem } from './items.ts'
import { unknownTopic } from './topics.ts'

export type ConfigEntity =
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'broker'; readonly id: number }
  | { readonly kind: 'broker-default' }
  | { readonly kind: 'broker-logger'; readonly id: number }
  | { readonly kind: 'client-metrics'; readonly name: string }

/** Codes of the kinds on the wire. */
export const RESOURCE_TYPE = {
  topic: 2,
  broker: 4,
  'broker-default': 4,
  'broker-logger': 8,
  'client-metrics': 16,
  group: 32,
} as const

const sourceNames = new Map<number, string>(Object.entries(configSources).map(([name, code]) => [code, name]))
const typeNames = new Map<number, string>(Object.entries(configTypes).map(([name, code]) => [code, name.toLowerCase()]))

export interface ConfigSynonym {
  key: string
  value: string | null
  source: string
}

export interface ConfigEntry {
  key: string
  /** Null: not set, or a secret. */
  value: string | null
  source: string
  type: string | null
  sensitive: boolean
  readOnly: boolean
  synonyms: ConfigSynonym[]
  documentation: string | null
  error?: ItemError
}

export interface EntityConfigs {
  entity: { type: ConfigEntity['kind']; name: string }
  configs: ConfigEntry[]
}

/** The name of an entity as Kafka's requests have it; empty for the cluster-wide default. */
export function entityName(entity: ConfigEntity): string {
  if ('name' in entity) return entity.name
  return 'id' in entity ? String(entity.id) : ''
}

/** Who answers: a broker's own settings only itself; loggers too. */
function targetOf(entity: ConfigEntity): Target {
  return 'id' in entity ? { broker: entity.id } : 'any'
}

export interface DescribeConfigsOptions {
  /** Only these keys, in this order. */
  readonly keys?: readonly string[] | undefined
  readonly documentation?: boolean | undefined
}

/** Describes one entity, keys by name. Throws MqError for an unknown topic (with suggestions), broker or logger. */
export async function describeConfigs(
  client: ClusterClient,
  entity: ConfigEntity,
  options: DescribeConfigsOptions = {},
): Promise<EntityConfigs> {
  const [result] = await describeMany(client, [entity], options)
  if (result === undefined) throw new ApiError('UNKNOWN_SERVER_ERROR', 'the broker answered without the entity')
  if ('error' in result) {
    if (entity.kind === 'topic' && result.error.code === 'UNKNOWN_TOPIC_OR_PARTITION') {
      throwItem(await unknownTopic(client, entity.name))
    }
    const hint = tooOldHint(entity, result.error.code)
    throwItem({ ...result.error, ...(hint === undefined ? {} : { hint }) })
  }
  return result
}

/** Clusters that do not know a kind of thing call the request malformed, which says nothing to people. */
export function tooOldHint(entity: ConfigEntity, code: string): string | undefined {
  if (code !== 'INVALID_REQUEST') return undefined
  if (entity.kind === 'group') return 'groups have settings from Kafka 4.0 on; this cluster may be older'
  return entity.kind === 'client-metrics'
    ? 'subscriptions to client metrics came with Kafka 3.7; this cluster may be older'
    : undefined
}

/** Describes these keys, in this order; one that the entity cannot have gets a row with an error and a suggestion. */
export async function describeKeys(
  client: ClusterClient,
  entity: ConfigEntity,
  keys: readonly string[],
  options: { documentation?: boolean | undefined } = {},
): Promise<EntityConfigs> {
  const found = await describeConfigs(client, entity, { ...options, keys })
  const isMissing = keys.some((key) => !found.configs.some((entry) => entry.key === key))
  const known = isMissing ? (await describeConfigs(client, entity)).configs.map((entry) => entry.key) : []
  const configs = keys.map((key) => found.configs.find((entry) => entry.key === key) ?? unknownKey(key, known))
  return { entity: found.entity, configs }
}

function unknownKey(key: string, known: readonly string[]): ConfigEntry {
  const similar = similarNames(key, known)
  const hint =
    similar.length === 0 ? 'mq config describe --all shows the keys' : `did you mean ${similar.join(' or ')}?`
  return {
    key,
    value: null,
    source: 'unknown',
    type: null,
    sensitive: false,
    readOnly: false,
    synonyms: [],
    documentation: null,
    error: { code: 'MQ_UNKNOWN_KEY', message: `there is no key ${key}`, hint },
  }
}

/** Describes several entities of one kind that the same node answers for; failures stay with their entity. */
export async function describeMany(
  client: ClusterClient,
  entities: readonly ConfigEntity[],
  options: DescribeConfigsOptions = {},
): Promise<(EntityConfigs | { entity: EntityConfigs['entity']; error: ItemError })[]> {
  const [first] = entities
  if (first === undefined) return []
  const answer = await client.request(
    'DescribeConfigs',
    {
      resources: entities.map((entity) => ({
        resourceType: RESOURCE_TYPE[entity.kind],
        resourceName: entityName(entity),
        configurationKeys: options.keys === undefined ? null : [...options.keys],
      })),
      includeSynonyms: true,
      includeDocumentation: options.documentation ?? false,
    },
    targetOf(first),
  )
  return entities.map((entity) => {
    const name = entityName(entity)
    const shown = { type: entity.kind, name }
    const result = answer.results.find((entry) => entry.resourceName === name)
    if (result === undefined) return { entity: shown, error: codeError(-1) }
    if (result.errorCode !== 0) return { entity: shown, error: codeError(result.errorCode, result.errorMessage) }
    const configs = result.configs.map(
      (config): ConfigEntry => ({
        key: config.name,
        value: config.isSensitive ? null : config.value,
        source: sourceNames.get(config.configSource) ?? 'unknown',
        type: typeNames.get(config.configType) ?? null,
        sensitive: config.isSensitive,
        readOnly: config.readOnly,
        synonyms: config.synonyms.map((synonym) => ({
          key: synonym.name,
          value: config.isSensitive ? null : synonym.value,
          source: sourceNames.get(synonym.source) ?? 'unknown',
        })),
        documentation: config.documentation,
      }),
    )
    return { entity: shown, configs: configs.sort((a, b) => (a.key < b.key ? -1 : 1)) }
  })
}

/** Whether the entity itself sets this key, rather than inheriting or defaulting it. */
export function isOwn(kind: ConfigEntity['kind'], source: string): boolean {
  switch (kind) {
    case 'topic':
      return source === 'topic'
    case 'group':
      return source === 'group'
    case 'broker':
      return source === 'dynamic-broker' || source === 'dynamic-default-broker' || source === 'static-broker'
    case 'broker-default':
      return source === 'dynamic-default-broker'
    case 'broker-logger':
      return source === 'dynamic-broker-logger'
    case 'client-metrics':
      return source === 'client-metrics'
  }
}

/** Whether the refusal of a change means that the entity does not exist. */
export function isUnknownEntity(error: unknown): boolean {
  return error instanceof MqError && error.code === errorName(3)
}
