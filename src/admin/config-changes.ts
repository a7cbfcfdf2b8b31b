/**
 * Changes of configurations, key by key (set, unset, append, subtract), never as a whole: keys are looked at before
 * anything is sent, all changes go in one request, and what the cluster then says is read back.
 */
import { MqError, UsageError } from '../base/errors.ts'
import type { ClusterClient, Target } from '../client/cluster-client.ts'
import { splitList } from '../config/key.ts'
import {
  type ConfigEntity,
  type ConfigEntry,
  describeConfigs,
  type EntityConfigs,
  entityName,
  RESOURCE_TYPE,
  tooOldHint,
} from './configs.ts'
import { keyKindOf, keyNames, knownKey } from './config-keys.ts'
import { codeError, similarNames } from './items.ts'

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
  /** Null: not set, or a secret. */
  before: string | null
  after: string | null
  sensitive: boolean
  /** Whether the cluster shows the change; false on a dry run. */
  verified: boolean
}

export interface ChangedConfigs {
  entity: EntityConfigs['entity']
  changes: ChangedKey[]
  dryRun: boolean
  /** Keys that are sent although mq's tables do not have them, in words. */
  warnings: string[]
}

export interface ChangeOptions {
  readonly dryRun?: boolean | undefined
  /** Send keys that nobody knows and that look like a slip. */
  readonly allowUnknown?: boolean | undefined
}

/** The source that a change of this kind of thing writes. */
const OWN_SOURCE: Readonly<Record<ConfigEntity['kind'], string>> = {
  topic: 'topic',
  group: 'group',
  broker: 'dynamic-broker',
  'broker-default': 'dynamic-default-broker',
  'broker-logger': 'dynamic-broker-logger',
  'client-metrics': 'client-metrics',
}
const READ_BACK_MS = 5000

/**
 * Changes keys of one entity in one request: all of them or none. Says what each was before and is after, read back
 * from the cluster. Throws UsageError for a list operation on what is no list, MqError with a suggestion for a key that
 * looks like a slip, and with the broker's reason when that refuses.
 */
export async function changeConfigs(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  options: ChangeOptions = {},
): Promise<ChangedConfigs> {
  const keys = changes.map((change) => change.key)
  checkLists(entity, changes)
  const before = await describeConfigs(client, entity, { keys })
  const warnings = await checkKeys(client, entity, changes, options)
  await alter(client, entity, changes, options.dryRun ?? false)
  const dryRun = options.dryRun ?? false
  const after = dryRun ? before : await readBack(client, entity, changes, before)
  return {
    entity: before.entity,
    changes: changes.map((change) => {
      const [was, is] = [find(before, change.key), find(after, change.key)]
      return {
        key: change.key,
        operation: change.operation,
        before: was?.value ?? null,
        after: dryRun ? planned(entity, change, was) : (is?.value ?? null),
        sensitive: (is ?? was)?.sensitive ?? isSecretKey(entity, change.key),
        verified: !dryRun && shows(entity, change, was, is),
      }
    }),
    dryRun,
    warnings,
  }
}

const find = (configs: EntityConfigs, key: string) => configs.configs.find((entry) => entry.key === key)

/** Whether the tables say that the key holds a secret. */
export function isSecretKey(entity: ConfigEntity, key: string): boolean {
  const kind = keyKindOf(entity.kind)
  return kind !== undefined && knownKey(kind, key)?.sensitive === true
}

function checkLists(entity: ConfigEntity, changes: readonly ConfigChange[]): void {
  const kind = keyKindOf(entity.kind)
  for (const { operation, key } of changes) {
    const known = kind === undefined ? undefined : knownKey(kind, key)
    if ((operation === 'append' || operation === 'subtract') && known !== undefined && known.type !== 'LIST') {
      throw new UsageError(`${key} is no list, so nothing can be added to it or taken out`, `${key}=VALUE sets it`)
    }
  }
}

/** Lets pass what the tables or the cluster know; a slip is refused, anything else is sent with a word about it. */
async function checkKeys(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  options: ChangeOptions,
): Promise<string[]> {
  const kind = keyKindOf(entity.kind)
  if (kind === undefined) return []
  const unknown = changes.filter(({ key }) => knownKey(kind, key) === undefined)
  if (unknown.length === 0) return []
  const listed = new Set((await describeConfigs(client, await listing(client, entity))).configs.map(({ key }) => key))
  return unknown.map(({ key, operation }) => {
    if (listed.has(key)) return `${key} is not in mq's tables; the cluster knows it, so it is newer than them`
    const similar = similarNames(key, new Set([...listed, ...keyNames(kind)]))
    if (similar.length > 0 && options.allowUnknown !== true) {
      throw new MqError('MQ_UNKNOWN_KEY', `there is no key ${key}; nothing was sent`, {
        // What is not there need not be removed; what is to be set may be newer than anybody knows.
        hint: `did you mean ${similar.join(' or ')}?${operation === 'unset' ? '' : ' --allow-unknown sends it as it is'}`,
      })
    }
    return `${key} is known neither to mq nor, as far as it tells, to the cluster; sent as it is`
  })
}

/** The default of all brokers lists only what is set: a broker knows which keys there are. */
async function listing(client: ClusterClient, entity: ConfigEntity): Promise<ConfigEntity> {
  if (entity.kind !== 'broker-default') return entity
  const [broker] = (await client.metadata()).brokers
  return broker === undefined ? entity : { kind: 'broker', id: broker.id }
}

async function alter(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  validateOnly: boolean,
): Promise<void> {
  // A broker checks its own settings, and loggers only exist in their broker; the rest any broker takes on.
  const target: Target = 'id' in entity ? { broker: entity.id } : 'any'
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
      validateOnly,
    },
    target,
  )
  const result = answer.responses[0]
  if (result !== undefined && result.errorCode === 0) return
  const error = codeError(result?.errorCode ?? -1, result?.errorMessage)
  const hint = loggerHint(entity, error.message) ?? refusalHint(entity, changes) ?? tooOldHint(entity, error.code)
  throw new MqError(error.code, withoutSecrets(error.message, entity, changes), hint === undefined ? {} : { hint })
}

/** A broker may repeat the value that it refuses. What no table knows may be a secret too. */
function withoutSecrets(message: string, entity: ConfigEntity, changes: readonly ConfigChange[]): string {
  const kind = keyKindOf(entity.kind)
  if (kind !== 'broker') return message
  return changes
    .filter(({ key }) => isSecretKey(entity, key) || knownKey(kind, key) === undefined)
    .reduce((text, { value = '' }) => (value === '' ? text : text.replaceAll(value, '(secret)')), message)
}

function loggerHint(entity: ConfigEntity, message: string): string | undefined {
  if (entity.kind !== 'broker-logger' || !message.endsWith('does not exist!')) return undefined
  return `mq config describe --broker-logger ${entityName(entity)} shows the loggers there are`
}

function refusalHint(entity: ConfigEntity, changes: readonly ConfigChange[]): string | undefined {
  if (keyKindOf(entity.kind) !== 'broker') return undefined
  for (const { key } of changes) {
    const update = knownKey('broker', key)?.update
    if (update === 'read-only') return `${key} is read when a broker starts: change its file and restart it`
    if (update === 'per-broker' && entity.kind === 'broker-default') return `${key} is set for each broker: --broker ID`
  }
  return undefined
}

/** Reads until the change shows: a broker hears of it a moment after the controller has recorded it. */
async function readBack(
  client: ClusterClient,
  entity: ConfigEntity,
  changes: readonly ConfigChange[],
  before: EntityConfigs,
): Promise<EntityConfigs> {
  const keys = changes.map((change) => change.key)
  const deadlineMs = performance.now() + Math.min(READ_BACK_MS, client.options.apiTimeoutMs)
  for (;;) {
    const now = await describeConfigs(client, entity, { keys })
    const isDone = changes.every((change) => shows(entity, change, find(before, change.key), find(now, change.key)))
    if (isDone || performance.now() > deadlineMs) return now
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function shows(
  entity: ConfigEntity,
  change: ConfigChange,
  was: ConfigEntry | undefined,
  is: ConfigEntry | undefined,
): boolean {
  const { operation, key, value = '' } = change
  if (is === undefined) return operation === 'unset' || operation === 'subtract'
  const isOwn = is.synonyms.some((synonym) => synonym.source === OWN_SOURCE[entity.kind] && synonym.key === key)
  // A secret shows by its source alone; a logger that is unset takes another's level, which may be the same.
  if (is.sensitive) return is.synonyms.length === 0 || isOwn === (operation !== 'unset')
  if (entity.kind === 'broker-logger' && operation === 'unset') return true
  const elements = new Set(splitList(is.value ?? ''))
  switch (operation) {
    case 'set':
      // The broker may keep the value in another spelling: then it is another one than before, and the entity's own.
      return is.value === value.trim() || is.value === value || (isOwn && is.value !== was?.value)
    case 'unset':
      return !isOwn
    case 'append':
      return splitList(value).every((element) => elements.has(element))
    case 'subtract':
      return splitList(value).every((element) => !elements.has(element))
  }
}

/** What a dry run says would be there; null where only the cluster could tell. */
function planned(entity: ConfigEntity, change: ConfigChange, was: ConfigEntry | undefined): string | null {
  const { operation, value = '' } = change
  if (was?.sensitive === true || isSecretKey(entity, change.key)) return null
  const now = splitList(was?.value ?? '')
  const named = splitList(value)
  switch (operation) {
    case 'set':
      return value
    case 'append':
      return [...now, ...named.filter((element) => !now.includes(element))].join(',')
    case 'subtract':
      return now.filter((element) => !named.includes(element)).join(',')
    case 'unset':
      return was?.synonyms.find((synonym) => synonym.source !== OWN_SOURCE[entity.kind])?.value ?? null
  }
}
