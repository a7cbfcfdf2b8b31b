/** ACLs as kafka-acls names and prints them: resources, patterns, entries; and the requests that read, add and remove them. */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { JavaError } from './failures.ts'

/** Codes on the wire. */
export const RESOURCES = {
  ANY: 1,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const
export type Resource = keyof typeof RESOURCES
export const PATTERNS = { ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const
export type PatternName = keyof typeof PATTERNS
const PERMISSIONS = { ANY: 1, DENY: 2, ALLOW: 3 } as const
export type Permission = 'DENY' | 'ALLOW'
const OPERATIONS = [
  'UNKNOWN',
  'ANY',
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
]

/** What can be done with each kind of resource; everything besides. */
export const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  TOPIC: ['CREATE', 'WRITE', 'ALTER_CONFIGS', 'ALTER', 'READ', 'DESCRIBE_CONFIGS', 'DELETE', 'ALL', 'DESCRIBE'],
  GROUP: ['ALTER_CONFIGS', 'READ', 'DESCRIBE_CONFIGS', 'DELETE', 'ALL', 'DESCRIBE'],
  CLUSTER: [
    'IDEMPOTENT_WRITE',
    'CREATE',
    'CLUSTER_ACTION',
    'ALTER_CONFIGS',
    'ALTER',
    'DESCRIBE_CONFIGS',
    'ALL',
    'DESCRIBE',
  ],
  TRANSACTIONAL_ID: ['WRITE', 'TWO_PHASE_COMMIT', 'ALL', 'DESCRIBE'],
  DELEGATION_TOKEN: ['ALL', 'DESCRIBE'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS', 'ALL'],
}

/** `Read`, `read` or `READ`; UNKNOWN for what there is not. */
export function operationOf(text: string): string {
  const snake = text.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  return OPERATIONS.includes(snake) ? snake : 'UNKNOWN'
}

/** Which resources: a pattern, or what patterns are looked for. `name` null: any. */
export interface ResourceFilter {
  readonly type: Resource
  readonly name: string | null
  readonly pattern: PatternName
}

export interface Entry {
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: Permission
}

/** Every resource. */
export const EVERYTHING: ResourceFilter = { type: 'ANY', name: null, pattern: 'ANY' }
export const CLUSTER: ResourceFilter = { type: 'CLUSTER', name: 'kafka-cluster', pattern: 'LITERAL' }

export const resourceText = ({ type, name, pattern }: ResourceFilter) =>
  `ResourcePattern(resourceType=${type}, name=${name}, patternType=${pattern})`
export const entryText = ({ principal, host, operation, permission }: Entry) =>
  `(principal=${principal}, host=${host}, operation=${operation}, permissionType=${permission})`

/** `type:name`. Throws JavaError. */
export function principalOf(text: string): string {
  const trimmed = text.trim()
  if (/^[^:]+:.*$/.test(trimmed)) return trimmed
  throw new JavaError(
    'java.lang.IllegalArgumentException',
    `expected a string in format principalType:principalName but got ${trimmed}`,
  )
}

const nameOf = <T extends string>(table: Readonly<Record<T, number>>, code: number): T =>
  (Object.keys(table) as T[]).find((name) => table[name] === code) ?? ('UNKNOWN' as T)

export interface ResourceAcls {
  readonly resource: ResourceFilter
  readonly entries: readonly Entry[]
}

/** The entries of the resources that the filter finds. Throws ApiError. */
export async function readAcls(client: ClusterClient, filter: ResourceFilter): Promise<ResourceAcls[]> {
  const answer = await client.request('DescribeAcls', {
    resourceTypeFilter: RESOURCES[filter.type],
    resourceNameFilter: filter.name,
    patternTypeFilter: PATTERNS[filter.pattern],
    principalFilter: null,
    hostFilter: null,
    operation: OPERATIONS.indexOf('ANY'),
    permissionType: PERMISSIONS.ANY,
  })
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  return answer.resources.map(({ resourceType, resourceName, patternType, acls }) => ({
    resource: { type: nameOf(RESOURCES, resourceType), name: resourceName, pattern: nameOf(PATTERNS, patternType) },
    entries: acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      host,
      operation: OPERATIONS[operation] ?? 'UNKNOWN',
      permission: permissionType === PERMISSIONS.DENY ? 'DENY' : 'ALLOW',
    })),
  }))
}

const onWire = (entry: Entry) => ({
  operation: OPERATIONS.indexOf(entry.operation),
  permissionType: PERMISSIONS[entry.permission],
})

/** Adds entries to one resource. Throws the first refusal. */
export async function addAcls(client: ClusterClient, { resource, entries }: ResourceAcls): Promise<void> {
  const creations = entries.map((entry) => ({
    resourceType: RESOURCES[resource.type],
    resourceName: resource.name ?? '',
    resourcePatternType: PATTERNS[resource.pattern],
    principal: entry.principal,
    host: entry.host,
    ...onWire(entry),
  }))
  const answer = await client.request('CreateAcls', { creations }, 'controller')
  const failed = answer.results.find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) throw new ApiError(errorName(failed.errorCode), failed.errorMessage ?? undefined)
}

/** Removes these entries, or with none named all, from what the filter finds. Throws the first refusal. */
export async function removeAcls(client: ClusterClient, { resource, entries }: ResourceAcls): Promise<void> {
  const place = {
    resourceTypeFilter: RESOURCES[resource.type],
    resourceNameFilter: resource.name,
    patternTypeFilter: PATTERNS[resource.pattern],
  }
  const all = {
    ...{ ...place, principalFilter: null, hostFilter: null },
    operation: OPERATIONS.indexOf('ANY'),
    permissionType: PERMISSIONS.ANY,
  }
  const named = entries.map((entry) => ({
    ...{ ...place, principalFilter: entry.principal, hostFilter: entry.host },
    ...onWire(entry),
  }))
  const answer = await client.request('DeleteAcls', { filters: named.length === 0 ? [all] : named }, 'controller')
  const failed = answer.filterResults.find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) throw new ApiError(errorName(failed.errorCode), failed.errorMessage ?? undefined)
}
