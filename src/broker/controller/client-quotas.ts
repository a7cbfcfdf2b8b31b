/**
 * AlterClientQuotas: limits of users, clients, pairs of them, and addresses (KIP-546). Each entity is checked as a whole
 * and answered by itself; only values that change are recorded.
 */
import { javaMapOrder } from '../../base/java-order.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { metadataRecord } from '../metadata/records.ts'
import { type QuotaEntity, quotaEntityKey } from '../metadata/security.ts'
import { type ControllerContext, type Decision, NO_ERROR, duplicatesOf, errorFields } from './decision.ts'

type Request = RequestOf<'AlterClientQuotas'>
type Entry = Request['entries'][number]

const INT_MAX = 2_147_483_647
/** Doubles next to Java's greatest long: what is above cannot be stored as one. */
const LONG_MAX = 2 ** 63

/** Kinds of quota values and what they may be. `whole`: no fraction. */
const USER_AND_CLIENT_QUOTAS: Readonly<Record<string, { readonly whole: boolean }>> = {
  producer_byte_rate: { whole: true },
  consumer_byte_rate: { whole: true },
  request_percentage: { whole: false },
  controller_mutation_rate: { whole: false },
}
const IP_QUOTA = 'connection_creation_rate'

export function alterClientQuotas(
  context: ControllerContext,
  request: Request,
): Decision<ResponseInput<'AlterClientQuotas'>> {
  const records: MetadataRecord[] = []
  const answers = new Map<string, { entity: QuotaEntity; fields: ReturnType<typeof errorFields> }>()
  for (const { entity: given, ops } of request.entries) {
    const entity = lastOfEachType(given)
    const key = quotaEntityKey(entity)
    try {
      if (answers.has(key) || duplicatesOf(ops, (op) => op.key).size > 0) {
        throw new ApiError('INVALID_REQUEST', `Ignoring duplicate entity ${entityText(entity)}`)
      }
      records.push(...changesOf(context, entity, ops))
      answers.set(key, { entity, fields: NO_ERROR })
    } catch (error) {
      answers.set(key, { entity, fields: errorFields(error) })
    }
  }
  const entries = [...answers.values()].map(({ entity, fields }) => ({ ...fields, entity: [...entity] }))
  return { records: request.validateOnly ? [] : records, response: { entries } }
}

/** A kind of name that stands twice counts once, as in a map. */
function lastOfEachType(entity: QuotaEntity): QuotaEntity {
  return [...new Map(entity.map((part) => [part.entityType, part])).values()]
}

function changesOf(context: ControllerContext, entity: QuotaEntity, ops: Entry['ops']): MetadataRecord[] {
  checkEntity(entity)
  const isIp = entity.some(({ entityType }) => entityType === 'ip')
  const current = context.state.quotas.get(entity)
  const records: MetadataRecord[] = []
  for (const { key, value, remove } of javaMapOrder(ops, (op) => op.key, ops.length)) {
    if (remove) {
      if (current.has(key))
        records.push(metadataRecord('ClientQuotaRecord', 0, { entity, key, value: 0, remove: true }))
      continue
    }
    checkValue(isIp, key, value)
    if (current.get(key) !== value) {
      records.push(metadataRecord('ClientQuotaRecord', 0, { entity, key, value, remove: false }))
    }
  }
  return records
}

function checkEntity(entity: QuotaEntity): void {
  if (entity.length === 0) throw new ApiError('INVALID_REQUEST', 'Invalid empty client quota entity')
  for (const { entityType, entityName } of entity) {
    if (!['user', 'client-id', 'ip'].includes(entityType)) {
      throw new ApiError('INVALID_REQUEST', `Unhandled client quota entity type: ${entityType}`)
    }
    if (entityName === '') throw new ApiError('INVALID_REQUEST', `Empty ${entityType} not supported`)
  }
  const ip = entity.find(({ entityType }) => entityType === 'ip')
  if (ip === undefined) return
  if (entity.length > 1) {
    throw new ApiError(
      'INVALID_REQUEST',
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    )
  }
  // a name is looked up by the node that took the request: a decision depends on nothing but the state
  if (ip.entityName !== null && !isAddress(ip.entityName) && !isHostName(ip.entityName)) throw notFound(ip.entityName)
}

const IPV4 = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const IPV6 = /^(?=.*:.*:)[0-9a-fA-F:.]{2,45}(?:%\w+)?$/

/** Letters, so that a mistaken address is none. */
const HOST_NAME = /^(?=.{1,253}$)(?=.*[a-z])[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i

/** An address as such: nobody has to look it up. */
export function isAddress(text: string): boolean {
  return IPV4.test(text) || IPV6.test(text)
}

function isHostName(text: string): boolean {
  return HOST_NAME.test(text)
}

/** The refusal of a limit for a host that cannot be found. */
export function notFound(host: string): ApiError {
  return new ApiError('INVALID_REQUEST', `${host} is not a valid IP or resolvable host.`)
}

function checkValue(isIp: boolean, key: string, value: number): void {
  const kind = isIp ? (key === IP_QUOTA ? { whole: true } : undefined) : USER_AND_CLIENT_QUOTAS[key]
  if (kind === undefined) throw new ApiError('INVALID_REQUEST', `Invalid configuration key ${key}`)
  if (value <= 0) throw new ApiError('INVALID_REQUEST', `Quota ${key} must be greater than 0`)
  if (!kind.whole) return
  if (isIp && value > INT_MAX) {
    throw new ApiError('INVALID_REQUEST', `Proposed value for ${key} is too large for an INT.`)
  }
  if (value > LONG_MAX) throw new ApiError('INVALID_REQUEST', `Proposed value for ${key} is too large for a LONG.`)
  if (Math.abs(value % 1) > 1e-6) throw new ApiError('INVALID_REQUEST', `${key} cannot be a fractional value.`)
}

/** As Java prints such an entity. */
function entityText(entity: QuotaEntity): string {
  const parts = javaMapOrder(entity, ({ entityType }) => entityType, entity.length).map(
    ({ entityType, entityName }) => `${entityType}=${entityName}`,
  )
  return `ClientQuotaEntity(entries={${parts.join(', ')}})`
}
