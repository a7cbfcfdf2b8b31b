/**
 * Configurations of topics, brokers (one, or the cluster-wide default), groups and broker loggers: read with source and
 * synonyms, and changed key by key (set, unset, append, subtract), never as a whole.
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

const RESOURCE_TYPE = { topic: 2, broker: 4, 'broker-default': 4, 'broker-logger': 8, group: 32 } as const

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
    throwItem(result.error)
  }
  return result
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
          value: synonym.value,
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
  }
}

export type ConfigOperation = 'set' | 'unset' | 'append' | 'subtract'
const OPERATION = { set: 0, unset: 1, append: 2, subtract: 3 } as const

export interface ConfigChange {
  readonly operation: ConfigOperation
  readonly key: string
  /** Absent for unset. */
  readonly value?: string | undefined
}

export interface ChangedKey {
  key: string
  operation: ConfigOperation
  before: string | null
  after: string | null
}

export interface ChangedConfigs {
  entity: EntityConfigs['entity']
  changes: ChangedKey[]
  dryRun: boolean
}

function alterTarget(entity: ConfigEntity): Target {
  // Broker-wide and topic changes go to the controller; loggers only exist in their broker.
  return entity.kind === 'broker-logger'
    ? { broker: entity.id }
    : entity.kind === 'broker'
      ? { broker: entity.id }
      : 'any'
}

/**
 * Changes keys of one entity in one request: all of them or none. Says what each was before and is after, read back
 * from the cluster. Throws MqError with the broker's reason.
 */
export async function changeConfigs(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  options: { dryRun?: boolean | undefined } = {},
): Promise<ChangedConfigs> {
  const keys = changes.map((change) => change.key)
  const before = await describeConfigs(client, entity, { keys })
  const answer = await client.request(
    'IncrementalAlterConfigs',
    {
      resources: [
        {
          resourceType: RESOURCE_TYPE[entity.kind],
          resourceName: entityName(entity),
          configs: changes.map(({ operation, key, value }) => ({
            name: key,
            configOperation: OPERATION[operation],
            value: value ?? null,
          })),
        },
      ],
      validateOnly: options.dryRun ?? false,
    },
    alterTarget(entity),
  )
  const result = answer.responses[0]
  if (result === undefined || result.errorCode !== 0)
    throwRefusal(result?.errorCode ?? -1, result?.errorMessage ?? null)
  const dryRun = options.dryRun ?? false
  const after = dryRun ? before : await readBack(client, entity, changes, before)
  const valueIn = (configs: EntityConfigs, key: string) =>
    configs.configs.find((entry) => entry.key === key)?.value ?? null
  return {
    entity: before.entity,
    changes: changes.map(({ key, operation, value }) => ({
      key,
      operation,
      before: valueIn(before, key),
      after: dryRun && operation === 'set' ? (value ?? null) : dryRun ? null : valueIn(after, key),
    })),
    dryRun,
  }
}

function throwRefusal(code: number, message: string | null): never {
  const error = codeError(code, message)
  throw new MqError(error.code, error.message)
}

/** Reads until the change shows: a broker hears of it a moment after the controller has recorded it. */
async function readBack(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  before: EntityConfigs,
): Promise<EntityConfigs> {
  const keys = changes.map((change) => change.key)
  const deadline = performance.now() + 5_000
  for (;;) {
    const now = await describeConfigs(client, entity, { keys })
    const pending = changes.some((change) => !shows(entity.kind, change, before, now))
    if (!pending || performance.now() > deadline) return now
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function shows(kind: ConfigEntity['kind'], change: ConfigChange, before: EntityConfigs, now: EntityConfigs): boolean {
  const was = before.configs.find((entry) => entry.key === change.key)
  const is = now.configs.find((entry) => entry.key === change.key)
  if (is === undefined) return change.operation === 'unset' || change.operation === 'subtract'
  if (is.sensitive) return true
  const own = kind === 'broker' ? 'dynamic-broker' : kind === 'broker-default' ? 'dynamic-default-broker' : kind
  switch (change.operation) {
    case 'set':
      return is.value === change.value?.trim() || is.value !== was?.value
    case 'unset':
      return !is.synonyms.some((synonym) => synonym.source === own && synonym.key === change.key)
    case 'append':
      return change.value?.split(',').every((part) => is.value?.split(',').includes(part.trim())) === true
    case 'subtract':
      return change.value?.split(',').every((part) => is.value?.split(',').includes(part.trim()) !== true) === true
  }
}

/** Whether the refusal of a change means that the entity does not exist. */
export function isUnknownEntity(error: unknown): boolean {
  return error instanceof MqError && error.code === errorName(3)
}
