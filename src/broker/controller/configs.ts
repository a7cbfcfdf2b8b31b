/**
 * Dynamic configurations: IncrementalAlterConfigs and its predecessor AlterConfigs, which replaces all entries of a
 * resource. Each resource is checked as a whole, as it would be after the change, and answered by itself.
 */
import { javaMapOrder } from '../../base/java-order.ts'
import { brokerKeys } from '../../config/broker-keys.ts'
import { groupKeys } from '../../config/group-keys.ts'
import {
  TopicConfig,
  isTopicKey,
  validateBrokerConfig,
  validateGroupConfig,
  validateTopicConfigs,
} from '../../config/topic-config.ts'
import { topicKeys } from '../../config/topic-keys.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { type ConfigScope, configRecord, configScopeOf } from '../metadata/configs.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import {
  type ControllerContext,
  type Decision,
  NO_ERROR,
  checkRecordCount,
  duplicatesOf,
  errorFields,
} from './decision.ts'
import { isElrEnabled } from './leadership.ts'
import { checkClientMetrics } from './client-metrics.ts'
import { checkTopicName } from './topic-names.ts'

const MIN_ISR = 'min.insync.replicas'
const CORDONED = 'cordoned.log.dirs'
/** metadata.version 4.3-IV0. */
const CORDONED_VERSION = 30
/** Longer values do not fit into records of other software. */
const VALUE_LENGTH_MAX = 32_767
const TOO_LONG = new ApiError(
  'INVALID_CONFIG',
  `The configuration value cannot be added because it exceeds the maximum value size of ${VALUE_LENGTH_MAX} bytes.`,
)

const OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const
type Operation = (typeof OPERATIONS)[number]

interface Change {
  readonly name: string
  readonly operation: Operation
  readonly value: string | null
}

/** The entries that a request names, in Kafka's order: their values after it, null for those that it takes away. */
type Altered = ReadonlyMap<string, string | null>

interface ResourceChanges {
  readonly resourceType: number
  readonly resourceName: string
  /** Works out what is altered; throws ApiError when it may not be. */
  apply(scope: ConfigScope, current: ReadonlyMap<string, string>): Altered
}

export function incrementalAlterConfigs(
  context: ControllerContext,
  request: RequestOf<'IncrementalAlterConfigs'>,
): Decision<ResponseInput<'IncrementalAlterConfigs'>> {
  return alter(
    context,
    request.validateOnly,
    request.resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      apply: (scope, current) => {
        const changes = configs.map(({ name, configOperation, value }): Change => {
          const operation = OPERATIONS[configOperation]
          if (operation === undefined) {
            throw new ApiError('INVALID_REQUEST', `Unknown operation type ${configOperation}`)
          }
          return { name, operation, value }
        })
        return incremental(context, scope, current, changes)
      },
    })),
  )
}

export function alterConfigs(
  context: ControllerContext,
  request: RequestOf<'AlterConfigs'>,
): Decision<ResponseInput<'AlterConfigs'>> {
  return alter(
    context,
    request.validateOnly,
    request.resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      apply: (scope, current) => {
        refuseDuplicateKeys(configs)
        refuseNulls(scope, configs)
        const altered = new Map<string, string | null>(configs.map((entry) => [entry.name, entry.value!]))
        for (const name of current.keys()) if (!altered.has(name)) altered.set(name, null)
        return altered
      },
    })),
  )
}

function alter(
  context: ControllerContext,
  validateOnly: boolean,
  resources: readonly ResourceChanges[],
): Decision<ResponseInput<'IncrementalAlterConfigs'>> {
  const keyOf = (resource: ResourceChanges) => `${resource.resourceType}:${resource.resourceName}`
  const duplicates = duplicatesOf(resources, keyOf)
  const answered = new Set<string>()
  const records: MetadataRecord[] = []
  const responses = []
  for (const resource of resources) {
    const { resourceType, resourceName } = resource
    if (answered.has(keyOf(resource))) continue
    answered.add(keyOf(resource))
    try {
      if (duplicates.has(keyOf(resource))) {
        throw new ApiError('INVALID_REQUEST', 'Each resource must appear at most once.')
      }
      records.push(...alterOne(context, resource))
      responses.push({ ...NO_ERROR, resourceType, resourceName })
    } catch (error) {
      responses.push({ ...errorFields(error), resourceType, resourceName })
    }
  }
  checkRecordCount(records)
  const response = { responses }
  return { records: validateOnly ? [] : [...records, ...clearEligibleLeaders(context, records)], response }
}

/** What follows a change of min.insync.replicas: who may lead later was worked out with the one of then. */
export function clearEligibleLeaders(context: ControllerContext, records: readonly MetadataRecord[]): MetadataRecord[] {
  if (!isElrEnabled(context)) return []
  return records.flatMap((record) => {
    if (record.name !== 'ConfigRecord' || record.value.name !== MIN_ISR) return []
    const isTopic = configScopeOf(record.value.resourceType) === 'topic'
    return [metadataRecord('ClearElrRecord', 0, { topicName: isTopic ? record.value.resourceName : '' })]
  })
}

function alterOne(context: ControllerContext, resource: ResourceChanges): MetadataRecord[] {
  const { resourceName } = resource
  const scope = configScopeOf(resource.resourceType)
  if (scope === undefined || scope === 'broker-logger') {
    throw new ApiError('INVALID_REQUEST', `Unsupported resource type ${resource.resourceType}`)
  }
  const current = context.state.configs.get(scope, resourceName)
  const altered = resource.apply(scope, current)
  const target = new Map(current)
  for (const [name, value] of altered) {
    if (value === null) target.delete(name)
    else target.set(name, value)
  }
  checkName(scope, resourceName)
  validate(context, scope, resourceName, current, target, altered)
  checkExists(context, scope, resourceName)
  // What is said of a broker is written even when it was so before: brokers look at their files again because of it.
  return [...altered]
    .filter(([name, value]) => scope === 'broker' || (current.get(name) ?? null) !== value)
    .map(([name, value]) => configRecord(scope, resourceName, name, value))
}

function checkExists({ state }: ControllerContext, scope: ConfigScope, name: string): void {
  if (scope === 'topic' && state.topics.get(name) === undefined) {
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
  }
  if (scope !== 'broker' || name === '') return
  if (!state.brokers.has(Number(name)) && !state.controllers.has(Number(name))) {
    throw new ApiError('BROKER_ID_NOT_REGISTERED', `No node with id ${name} found.`)
  }
}

function checkName(scope: ConfigScope, name: string): void {
  if (scope === 'topic') {
    if (name === '') throw new ApiError('INVALID_REQUEST', 'Default topic resources are not allowed.')
    checkTopicName(name)
  } else if (scope === 'broker') {
    if (name === '') return
    if (!/^-?\d+$/.test(name)) {
      throw new ApiError('INVALID_REQUEST', 'Unable to parse broker name as a base 10 number.')
    }
    if (Number(name) < 0) throw new ApiError('INVALID_REQUEST', 'Invalid negative broker ID.')
  } else if (scope === 'group' && name === '') {
    throw new ApiError('INVALID_REQUEST', 'Default group resources are not allowed.')
  }
}

function incremental(
  context: ControllerContext,
  scope: ConfigScope,
  current: ReadonlyMap<string, string>,
  changes: readonly Change[],
): Altered {
  refuseDuplicateKeys(changes)
  refuseNulls(
    scope,
    changes.filter((change) => change.operation !== 'DELETE'),
  )
  const target = new Map<string, string | null>()
  for (const { name, operation, value } of javaMapOrder(changes, (change) => change.name)) {
    if (operation === 'DELETE') target.set(name, null)
    else if (operation === 'SET') target.set(name, value!)
    else {
      if (!isListKey(scope, name)) {
        throw new ApiError('INVALID_CONFIG', `Can't ${operation} to key ${name} because its type is not LIST.`)
      }
      const before = splitList(current.get(name) ?? inheritedText(context, scope, name))
      const given = splitList(value!)
      const after =
        operation === 'APPEND'
          ? [...before, ...given.filter((item) => !before.includes(item))]
          : before.filter((item) => !given.includes(item))
      target.set(name, after.join(','))
    }
  }
  return target
}

function refuseDuplicateKeys(changes: readonly { readonly name: string }[]): void {
  const duplicates = duplicatesOf(changes, (change) => change.name)
  if (duplicates.size > 0) {
    throw new ApiError('INVALID_REQUEST', `Error due to duplicate config keys : ${[...duplicates].join(',')}`)
  }
}

function refuseNulls(scope: ConfigScope, changes: readonly { readonly name: string; readonly value: string | null }[]) {
  const nulls = changes.filter((change) => change.value === null).map((change) => change.name)
  if (nulls.length === 0) return
  const [error, kind] =
    scope === 'topic' ? (['INVALID_CONFIG', 'topic'] as const) : (['INVALID_REQUEST', scope] as const)
  throw new ApiError(error, `Null value not supported for ${kind} configs: ${nulls.join(',')}`)
}

function validate(
  context: ControllerContext,
  scope: ConfigScope,
  resource: string,
  current: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
  altered: Altered,
): void {
  if (scope === 'broker') {
    refuseMinIsrUnderElr(context, resource, altered)
    if (altered.has(CORDONED) && context.state.features.metadataVersion < CORDONED_VERSION) {
      throw new ApiError(
        'INVALID_CONFIG',
        `The ${CORDONED} configuration value cannot be set because it requires metadata.version >= 4.3-IV0`,
      )
    }
  }
  for (const value of altered.values()) if ((value?.length ?? 0) > VALUE_LENGTH_MAX) throw TOO_LONG
  switch (scope) {
    case 'topic':
      validateTopicConfigs(Object.fromEntries(target), context.config)
      break
    case 'broker':
      // Entries that stand already were checked when they came; only what changes must be changeable.
      for (const [name, value] of target) {
        if (current.get(name) !== value) validateBrokerConfig(name, value, resource === '' ? 'cluster' : 'broker')
      }
      break
    case 'group':
      for (const [name, value] of target) if (current.get(name) !== value) refuseGroupConfig(name, value)
      break
    case 'client-metrics':
      checkClientMetrics(resource, target)
      break
    default:
      break
  }
}

/** Entries that another software wrote may go; new ones would promise what no group here does. */
function refuseGroupConfig(name: string, value: string): never {
  validateGroupConfig(name, value)
  throw new ApiError(
    'INVALID_CONFIG',
    `${name} belongs to consumer, share and streams groups, which this broker does not serve yet`,
  )
}

/** With eligible leader replicas min.insync.replicas has one value for the whole cluster, always. */
function refuseMinIsrUnderElr(context: ControllerContext, resource: string, altered: Altered): void {
  if (!isElrEnabled(context) || !altered.has(MIN_ISR)) return
  if (resource !== '') {
    throw new ApiError('INVALID_CONFIG', `Broker-level ${MIN_ISR} cannot be altered while ELR is enabled.`)
  }
  if (altered.get(MIN_ISR) === null) {
    throw new ApiError('INVALID_CONFIG', `Cluster-level ${MIN_ISR} cannot be removed while ELR is enabled.`)
  }
}

type KeyTypes = { readonly [name: string]: { readonly type: string } }

function isListKey(scope: ConfigScope, name: string): boolean {
  const table: KeyTypes | undefined =
    scope === 'topic' ? topicKeys : scope === 'broker' ? brokerKeys : scope === 'group' ? groupKeys : undefined
  return table !== undefined && Object.hasOwn(table, name) && table[name]!.type === 'LIST'
}

function inheritedText(context: ControllerContext, scope: ConfigScope, name: string): string {
  if (scope === 'topic' && isTopicKey(name)) return TopicConfig.of({}, context.config).text(name) ?? ''
  return context.config.text(name) ?? ''
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
