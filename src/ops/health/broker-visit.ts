/**
 * One broker asked for what only it can tell: its log directories, its throttles, the features it supports. One connection, without
 * repeats and with little patience: a broker that does not answer at once is what a look at health is for.
 */
import { RESOURCE_TYPE } from '../../admin/configs.ts'
import { codeError, type ItemError, itemError } from '../../admin/items.ts'
import { ClientConnection, SOFTWARE } from '../../client/connection.ts'
import type { ClientOptions, HostPort } from '../../client/options.ts'
import { configSources } from '../../config/describe.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import type { DirectoryLook, HealthSnapshot, ThrottleLook } from './model.ts'

/** The settings of a broker that hold replication back. */
export const THROTTLE_RATES = [
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second',
]

const PATIENCE_MS = 5000

export interface BrokerVisit {
  readonly broker: number
  readonly throttles: readonly ThrottleLook[]
  readonly directories: readonly DirectoryLook[]
  /** Bytes of its replicas by `topic-partition`; null when it does not tell. */
  readonly replicas: ReadonlyMap<string, number> | null
  readonly features: ReadonlyMap<string, { min: number; max: number }> | null
  readonly unseen: HealthSnapshot['unseen']
  /** Why it did not answer at all. */
  readonly error?: ItemError
}

/** Asks one broker; never rejects for what a broker or the network does. */
export async function visitBroker(
  node: HostPort & { readonly id: number },
  options: ClientOptions,
): Promise<BrokerVisit> {
  const broker = node.id
  const nothing: BrokerVisit = {
    ...{ broker, throttles: [], directories: [], replicas: null, features: null, unseen: [] },
  }
  const limits = {
    connectTimeoutMs: Math.min(options.connectTimeoutMs, PATIENCE_MS),
    requestTimeoutMs: Math.min(options.requestTimeoutMs, PATIENCE_MS),
  }
  try {
    const connection = await ClientConnection.open(node, { ...options, ...limits })
    try {
      const { supportedFeatures } = await connection.call('ApiVersions', SOFTWARE)
      const seen = await Promise.allSettled([throttlesOf(connection, broker), directoriesOf(connection, broker)])
      const unseen = seen.flatMap((one, index) =>
        one.status === 'fulfilled'
          ? []
          : [{ what: `${['settings', 'log directories'][index]} of broker ${broker}`, error: itemError(one.reason) }],
      )
      const [throttles, told] = [fulfilled(seen[0]) ?? [], fulfilled(seen[1])]
      return {
        ...{ broker, throttles, unseen, directories: told?.directories ?? [], replicas: told?.replicas ?? null },
        features: new Map(supportedFeatures.map((one) => [one.name, { min: one.minVersion, max: one.maxVersion }])),
      }
    } finally {
      connection.close()
    }
  } catch (error) {
    return { ...nothing, error: itemError(error) }
  }
}

function fulfilled<T>(one: PromiseSettledResult<T>): T | undefined {
  return one.status === 'fulfilled' ? one.value : undefined
}

async function throttlesOf(connection: ClientConnection, broker: number): Promise<ThrottleLook[]> {
  const answer = await connection.call('DescribeConfigs', {
    resources: [
      { resourceType: RESOURCE_TYPE.broker, resourceName: String(broker), configurationKeys: [...THROTTLE_RATES] },
    ],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  const [result] = answer.results
  if (result === undefined || result.errorCode !== 0) throw refused(result?.errorCode ?? -1, result?.errorMessage)
  return result.configs
    .filter(({ configSource, value }) => configSource === configSources['dynamic-broker'] && value !== null)
    .map(({ name, value }) => ({ on: { broker }, key: name, value: value ?? '' }))
}

async function directoriesOf(
  connection: ClientConnection,
  broker: number,
): Promise<{ directories: DirectoryLook[]; replicas: Map<string, number> }> {
  const answer = await connection.call('DescribeLogDirs', { topics: null })
  if (answer.errorCode !== 0) throw refused(answer.errorCode)
  const replicas = new Map<string, number>()
  const directories = answer.results.map((one): DirectoryLook => {
    const held = one.topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ name, ...partition })))
    for (const { name, partitionIndex, partitionSize, isFutureKey } of held) {
      if (!isFutureKey) replicas.set(`${name}-${partitionIndex}`, partitionSize)
    }
    return {
      ...{ broker, path: one.logDir, total: known(one.totalBytes), usable: known(one.usableBytes) },
      moving: held.filter(({ isFutureKey }) => isFutureKey).length,
      ...(one.errorCode === 0 ? {} : { error: codeError(one.errorCode) }),
    }
  })
  return { directories: directories.sort((one, other) => (one.path < other.path ? -1 : 1)), replicas }
}

const known = (bytes: number) => (bytes < 0 ? null : bytes)

function refused(code: number, message?: string | null): ApiError {
  return new ApiError(errorName(code), codeError(code, message).message)
}
