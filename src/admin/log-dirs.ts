/**
 * The log directories of brokers: what they hold and how much room they have, and replicas moved from one to another on
 * their broker. A broker or directory that cannot be read keeps its row with the reason.
 */
import { MqError, UsageError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError, unknownName } from './items.ts'
import type { TopicScope } from './partitions.ts'

export interface DirectoryReplica {
  topic: string
  partition: number
  size: number
  /** Records behind: of a future replica, behind the current one. -1: unknown. */
  offsetLag: number
  /** On its way into this directory. */
  future: boolean
}

export interface DirectoryRow {
  broker: number
  /** Null when the broker could not be asked. */
  path: string | null
  /** Bytes of the volume; null when the broker does not tell (before 3.3). */
  total: number | null
  usable: number | null
  /** Bytes of the replicas shown. */
  used: number | null
  cordoned: boolean
  /** By topic and partition. */
  replicas: DirectoryReplica[]
  error?: ItemError
}

export interface LogDirs {
  directories: DirectoryRow[]
  /** Topics that were asked for and are not there. */
  missing: { topic: string; error: ItemError }[]
}

/** Reads the directories of these brokers (all: undefined), with the replicas of these topics (all: undefined). */
export async function readLogDirs(
  client: ClusterClient,
  wanted: { readonly brokers?: readonly number[] | undefined; readonly topics?: readonly string[] | undefined },
): Promise<LogDirs> {
  const metadata = await client.metadata(wanted.topics ?? [])
  const known = metadata.brokers.map(({ id }) => id).sort((one, other) => one - other)
  const request = wanted.topics === undefined ? null : topicRequest(wanted.topics, metadata.topics)
  const rows = await Promise.all(
    (wanted.brokers ?? known).map(async (broker): Promise<DirectoryRow[]> => {
      if (!known.includes(broker)) return [failed(broker, unknownBroker(broker, known))]
      try {
        return await brokerRows(client, broker, request)
      } catch (error) {
        return [failed(broker, itemError(error))]
      }
    }),
  )
  return { directories: rows.flat(), missing: missingTopics(wanted.topics ?? [], metadata.topics) }
}

function missingTopics(
  names: readonly string[],
  topics: readonly { readonly name: string | null; readonly errorCode: number }[],
): LogDirs['missing'] {
  return names.flatMap((topic) => {
    const found = topics.find(({ name }) => name === topic)
    if (found === undefined) return [{ topic, error: unknownName('topic', topic, []) }]
    if (found.errorCode === 0) return []
    const isUnknown = errorName(found.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION'
    return [{ topic, error: isUnknown ? unknownName('topic', topic, []) : codeError(found.errorCode) }]
  })
}

type TopicRequest = { topic: string; partitions: number[] }[]

function topicRequest(
  names: readonly string[],
  topics: readonly { readonly name: string | null; readonly partitions: readonly { partitionIndex: number }[] }[],
): TopicRequest {
  return names.map((topic) => {
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? []
    return { topic, partitions: partitions.map(({ partitionIndex }) => partitionIndex) }
  })
}

function unknownBroker(broker: number, known: readonly number[]): ItemError {
  return { code: 'MQ_UNKNOWN_BROKER', message: `there is no broker ${broker}`, hint: `brokers: ${known.join(', ')}` }
}

function failed(broker: number, error: ItemError): DirectoryRow {
  return { broker, path: null, total: null, usable: null, used: null, cordoned: false, replicas: [], error }
}

async function brokerRows(client: ClusterClient, broker: number, topics: TopicRequest | null): Promise<DirectoryRow[]> {
  const answer = await client.request('DescribeLogDirs', { topics }, { broker })
  if (answer.errorCode !== 0) return [failed(broker, codeError(answer.errorCode))]
  const rows = answer.results.map((directory): DirectoryRow => {
    if (directory.errorCode !== 0) {
      return { ...failed(broker, codeError(directory.errorCode)), path: directory.logDir }
    }
    const replicas = directory.topics
      .flatMap(({ name, partitions }) =>
        partitions.map((one) => ({
          topic: name,
          partition: one.partitionIndex,
          size: one.partitionSize,
          offsetLag: one.offsetLag,
          future: one.isFutureKey,
        })),
      )
      .sort((one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition)
    return {
      broker,
      path: directory.logDir,
      total: directory.totalBytes < 0 ? null : directory.totalBytes,
      usable: directory.usableBytes < 0 ? null : directory.usableBytes,
      used: replicas.reduce((sum, { size }) => sum + size, 0),
      cordoned: directory.isCordoned,
      replicas,
    }
  })
  return rows.sort((one, other) => one.path!.localeCompare(other.path!))
}

export type MoveState = 'planned' | 'there' | 'moving' | 'moved' | 'failed'

export interface ReplicaMove {
  topic: string
  partition: number
  /** Where the replica lies; null when it is not on the broker. */
  from: string | null
  size: number | null
  /** `there`: nothing to do. `moving`: begun, and not waited for. */
  state: MoveState
  /** Something to know before: a move to elsewhere that ends, one that is under way already. */
  note: string | null
  error?: ItemError
}

export interface MovePlan {
  broker: number
  to: string
  /** Room in the directory before anything moves; null when the broker does not tell. */
  usable: number | null
  replicas: ReplicaMove[]
}

/** What `scopes` to the directory `to` of `broker` means. Throws for a broker or a directory that is not there. */
export async function planMove(
  client: ClusterClient,
  scopes: readonly TopicScope[],
  target: { readonly broker: number | undefined; readonly to: string },
): Promise<MovePlan> {
  const metadata = await client.metadata(null)
  const broker = target.broker ?? onlyBroker(metadata.brokers.map(({ id }) => id))
  const { directories } = await readLogDirs(client, { brokers: [broker] })
  const to = checkedDirectory(directories, target.to)
  const known = new Map(metadata.topics.map((topic) => [topic.name ?? '', topic]))
  const replicas = scopes.flatMap(({ topic, partitions }): ReplicaMove[] => {
    const found = known.get(topic)
    if (found === undefined) return [refused(topic, -1, unknownName('topic', topic, known.keys()))]
    const here = found.partitions.filter(({ replicaNodes }) => replicaNodes.includes(broker))
    const indexes = partitions ?? here.map(({ partitionIndex }) => partitionIndex).sort((one, other) => one - other)
    if (indexes.length === 0) return [refused(topic, -1, notHere(topic, broker))]
    return indexes.map((partition) => {
      const isHere = here.some(({ partitionIndex }) => partitionIndex === partition)
      return planOne(directories, { topic, partition, broker, to: to.path!, isHere })
    })
  })
  return { broker, to: to.path!, usable: to.usable, replicas }
}

function onlyBroker(ids: readonly number[]): number {
  if (ids.length === 1) return ids[0]!
  throw new UsageError('on which broker?', `give --broker: ${[...ids].sort((one, other) => one - other).join(', ')}`)
}

function checkedDirectory(directories: readonly DirectoryRow[], path: string): DirectoryRow {
  const first = directories[0]
  if (first?.error !== undefined && first.path === null) {
    const { code, message, hint } = first.error
    throw new MqError(code, message, hint === undefined ? {} : { hint })
  }
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path
  const found = directories.find((row) => row.path === plain)
  const online = directories.filter((row) => row.error === undefined).map((row) => row.path)
  if (found === undefined) {
    throw new MqError('LOG_DIR_NOT_FOUND', `broker ${first?.broker} has no log directory ${path}`, {
      hint: `it has ${online.join(', ')}`,
    })
  }
  if (found.error !== undefined) {
    throw new MqError('KAFKA_STORAGE_ERROR', `${path} on broker ${found.broker} is offline`, {
      hint: `in use are ${online.join(', ')}`,
    })
  }
  return found
}

const notHere = (name: string, broker: number): ItemError => ({
  code: 'REPLICA_NOT_AVAILABLE',
  message: `${name} has no replica on broker ${broker}`,
})

const unseen = (name: string, { path, broker }: DirectoryRow): ItemError => ({
  code: 'KAFKA_STORAGE_ERROR',
  message: `${name} is not in any log directory that works; ${path} on broker ${broker} is offline`,
  hint: 'a replica moves again when its directory works and the broker was restarted',
})

function refused(topic: string, partition: number, error: ItemError): ReplicaMove {
  return { topic, partition, from: null, size: null, state: 'failed', note: null, error }
}

function planOne(
  directories: readonly DirectoryRow[],
  o: { topic: string; partition: number; broker: number; to: string; isHere: boolean },
): ReplicaMove {
  const { topic, partition, broker, to } = o
  const places = directories.flatMap(({ path, replicas }) =>
    replicas.filter((one) => one.topic === topic && one.partition === partition).map((one) => ({ path, ...one })),
  )
  const current = places.find(({ future }) => !future)
  const future = places.find((one) => one.future)
  if (current === undefined) {
    const name = `${topic}-${partition}`
    const offline = directories.find(({ error }) => error !== undefined)
    const isUnseen = o.isHere && offline !== undefined
    return refused(topic, partition, isUnseen ? unseen(name, offline) : notHere(name, broker))
  }
  const move = { topic, partition, from: current.path, size: current.size }
  if (current.path === to) {
    if (future === undefined) return { ...move, state: 'there', note: 'lies there already' }
    return { ...move, state: 'planned', note: `ends its move to ${future.path}` }
  }
  if (future === undefined) return { ...move, state: 'planned', note: null }
  const note = future.path === to ? 'is on its way already' : `ends its move to ${future.path}`
  return { ...move, state: 'planned', note }
}

/** Begins the planned moves; a replica that is refused gets its error. */
export async function beginMove(client: ClusterClient, plan: MovePlan): Promise<void> {
  const planned = plan.replicas.filter(({ state }) => state === 'planned')
  const topics = [...new Set(planned.map(({ topic }) => topic))].map((name) => ({
    name,
    partitions: planned.filter(({ topic }) => topic === name).map(({ partition }) => partition),
  }))
  const { broker, to: path } = plan
  const answer = await client.request('AlterReplicaLogDirs', { dirs: [{ path, topics }] }, { broker })
  for (const { topicName, partitions } of answer.results) {
    for (const { partitionIndex, errorCode } of partitions) {
      const move = planned.find((one) => one.topic === topicName && one.partition === partitionIndex)
      if (move === undefined) continue
      move.state = errorCode === 0 ? 'moving' : 'failed'
      if (errorCode !== 0) move.error = codeError(errorCode)
    }
  }
}

/** Looks how far the moves are: sets those that have ended, and returns the bytes that have been copied of the others. */
export async function lookAtMove(client: ClusterClient, plan: MovePlan): Promise<number> {
  const moving = plan.replicas.filter(({ state }) => state === 'moving')
  const { directories } = await readLogDirs(client, { brokers: [plan.broker] })
  const broken = directories.find(({ error }) => error !== undefined)
  let copied = 0
  for (const move of moving) {
    const places = directories.flatMap(({ path, replicas }) =>
      replicas
        .filter((one) => one.topic === move.topic && one.partition === move.partition)
        .map((one) => ({ path, ...one })),
    )
    const future = places.find((one) => one.future)
    if (places.some((one) => one.path === plan.to && !one.future) && future === undefined) move.state = 'moved'
    else if (future !== undefined && future.path === plan.to) copied += future.size
    else if (future === undefined || future.path !== plan.to) {
      move.state = 'failed'
      move.error = broken?.error ?? {
        code: 'MQ_MOVE_ENDED',
        message: 'the broker has given the move up; its log says why',
      }
    }
  }
  return copied
}
