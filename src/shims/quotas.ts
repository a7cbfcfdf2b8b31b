/**
 * Quotas and SCRAM credentials as kafka-configs reads and writes them: entities of users, clients and addresses, values as Java
 * prints numbers. Passwords leave this process only as salted and iterated hashes.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { JavaError } from './failures.ts'
import { hashOrder, stringHash } from './java.ts'

/** kafka-configs' name of a kind of entity, and the one in requests. */
export const QUOTA_TYPES: Readonly<Record<string, string>> = { users: 'user', clients: 'client-id', ips: 'ip' }

export const CLIENT_QUOTAS = [
  'producer_byte_rate',
  'consumer_byte_rate',
  'request_percentage',
  'controller_mutation_rate',
]
export const IP_QUOTAS = ['connection_creation_rate']

export interface QuotaEntry {
  /** By type in requests; null is the default entity. */
  readonly entity: ReadonlyMap<string, string | null>
  readonly values: ReadonlyMap<string, number>
}

const EXACT = 0
const DEFAULT = 1
const ANY = 2

/** The quotas of these types; a name for each of the first types: empty for the default entity, absent for any. */
export async function readQuotas(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
): Promise<QuotaEntry[]> {
  const components = types.map((type, index) => {
    const name = names[index]
    const matchType = name === undefined ? ANY : name === '' ? DEFAULT : EXACT
    return { entityType: QUOTA_TYPES[type]!, matchType, match: matchType === EXACT ? name! : null }
  })
  const answer = await client.request('DescribeClientQuotas', { components, strict: true })
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  const entries = (answer.entries ?? []).map(({ entity, values }) => ({
    entity: new Map(entity.map(({ entityType, entityName }) => [entityType, entityName])),
    values: new Map(
      hashOrder(values, ({ key }) => stringHash(key), values.length).map(({ key, value }) => [key, value]),
    ),
  }))
  return hashOrder(entries, entityHash, entries.length)
}

/** ClientQuotaEntity.hashCode */
function entityHash({ entity }: QuotaEntry): number {
  let sum = 31
  for (const [type, name] of entity) sum = (sum + (stringHash(type) ^ (name === null ? 0 : stringHash(name)))) | 0
  return sum
}

/** Sets and, with undefined, removes quotas of one entity. Throws ApiError. */
export async function changeQuotas(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
  changes: ReadonlyMap<string, number | undefined>,
): Promise<void> {
  const entity = types.map((type, index) => ({
    entityType: QUOTA_TYPES[type]!,
    entityName: names[index] === '' ? null : (names[index] ?? null),
  }))
  const ops = [...changes].map(([key, value]) => ({ key, value: value ?? 0, remove: value === undefined }))
  const answer = await client.request('AlterClientQuotas', { entries: [{ entity, ops }], validateOnly: false })
  const [result] = answer.entries
  if (result !== undefined && result.errorCode !== 0)
    throw new ApiError(errorName(result.errorCode), result.errorMessage ?? undefined)
}

/** Double.toString, as far as quotas go. */
export function doubleText(value: number): string {
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** Codes on the wire, and the least number of iterations. */
export const SCRAM: Readonly<Record<string, { code: number; hash: string; bytes: number; enumName: string }>> = {
  'SCRAM-SHA-256': { code: 1, hash: 'sha256', bytes: 32, enumName: 'SCRAM_SHA_256' },
  'SCRAM-SHA-512': { code: 2, hash: 'sha512', bytes: 64, enumName: 'SCRAM_SHA_512' },
}
const LEAST_ITERATIONS = 4096
const SALT_BYTES = 20

export interface ScramUser {
  readonly user: string
  readonly credentials: readonly { readonly mechanism: string; readonly iterations: number }[]
  readonly error: ApiError | undefined
}

/** The credentials of these users, of all with none named. Users without any are left out. */
export async function readScram(client: ClusterClient, users: readonly string[]): Promise<ScramUser[]> {
  const answer = await client.request(
    'DescribeUserScramCredentials',
    { users: users.length === 0 ? null : users.map((name) => ({ name })) },
    'controller',
  )
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  const mechanisms = new Map(Object.entries(SCRAM).map(([name, { code }]) => [code, name]))
  return answer.results
    .filter(({ errorCode }) => errorName(errorCode) !== 'RESOURCE_NOT_FOUND')
    .map(({ user, errorCode, errorMessage, credentialInfos }) => ({
      user,
      credentials: credentialInfos.map(({ mechanism, iterations }) => ({
        mechanism: mechanisms.get(mechanism) ?? 'UNKNOWN',
        iterations,
      })),
      error: errorCode === 0 ? undefined : new ApiError(errorName(errorCode), errorMessage ?? undefined),
    }))
}

/** `iterations=N,password=P` or `password=P`. Throws JavaError. */
export function parseCredential(mechanism: string, text: string): { iterations: number; password: string } {
  const match = /^(?:iterations=(-?[0-9]*),)?password=(.*)$/.exec(text)
  const illegal = (message: string) => new JavaError('java.lang.IllegalArgumentException', message)
  if (match === null) throw illegal(`Invalid credential property ${SCRAM[mechanism]?.enumName ?? mechanism}=${text}`)
  const [, given, password = ''] = match
  const iterations = given === undefined || given === '-1' ? LEAST_ITERATIONS : Number(given)
  if (iterations < LEAST_ITERATIONS)
    throw illegal(`Iterations ${iterations} is less than the minimum ${LEAST_ITERATIONS} required for ${mechanism}`)
  return { iterations, password }
}

/** Sets and removes credentials of one user. Throws ApiError. */
export async function changeScram(
  client: ClusterClient,
  name: string,
  upserts: ReadonlyMap<string, { iterations: number; password: string }>,
  deletions: readonly string[],
): Promise<void> {
  const { pbkdf2Sync, randomBytes } = await import('node:crypto')
  const upsertions = [...upserts].map(([mechanism, { iterations, password }]) => {
    const { code, hash, bytes } = SCRAM[mechanism]!
    const salt = randomBytes(SALT_BYTES)
    const saltedPassword = pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, bytes, hash)
    return { name, mechanism: code, iterations, salt, saltedPassword }
  })
  const answer = await client.request(
    'AlterUserScramCredentials',
    { deletions: deletions.map((mechanism) => ({ name, mechanism: SCRAM[mechanism]!.code })), upsertions },
    'controller',
  )
  const failed = answer.results.find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) throw new ApiError(errorName(failed.errorCode), failed.errorMessage ?? undefined)
}
