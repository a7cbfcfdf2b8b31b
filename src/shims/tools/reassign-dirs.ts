/** Log directories of replicas, as kafka-reassign-partitions reads and changes them. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { JavaError, javaText } from '../failures.ts'
import type { ShimIo } from '../tool.ts'
import { ANY, byPlace, failed, nameOf, type Target } from './reassign-files.ts'

interface Where {
  /** The directory that the replica is in, and the one that it is being moved to. */
  current: string | undefined
  future: string | undefined
}

interface Replica {
  readonly topic: string
  readonly partition: number
  readonly broker: number
  readonly logDir: string
}

const replicaText = ({ topic, partition, broker }: Replica) => `${topic}-${partition}-${broker}`

/** The replicas of these partitions that a directory is named for. */
function named(targets: readonly Target[]): Replica[] {
  return targets
    .flatMap(({ topic, partition, replicas, logDirs }) =>
      replicas.map((broker, at) => ({ topic, partition, broker, logDir: logDirs[at] ?? ANY })),
    )
    .filter(({ logDir }) => logDir !== ANY)
    .sort((a, b) => a.broker - b.broker || byPlace(a, b))
}

/** Directories by `topic-partition-broker`. */
async function directories(client: ClusterClient, replicas: readonly Replica[]): Promise<Map<string, Where>> {
  const found = new Map<string, Where>()
  const brokers = [...new Set(replicas.map((replica) => replica.broker))]
  await Promise.all(
    brokers.map(async (broker) => {
      const here = replicas.filter((replica) => replica.broker === broker)
      const topics = [...new Set(here.map(({ topic }) => topic))].map((topic) => ({
        topic,
        partitions: here.filter((replica) => replica.topic === topic).map(({ partition }) => partition),
      }))
      const answer = await client.request('DescribeLogDirs', { topics }, { broker })
      for (const { logDir, errorCode, topics: held } of answer.results) {
        if (errorCode !== 0) continue
        for (const { name, partitions } of held) {
          for (const { partitionIndex, isFutureKey } of partitions) {
            const at = `${name}-${partitionIndex}-${broker}`
            const where = found.get(at) ?? { current: undefined, future: undefined }
            if (isFutureKey) where.future = logDir
            else where.current = logDir
            found.set(at, where)
          }
        }
      }
    }),
  )
  return found
}

/** The same partitions with the directories that their replicas are in. */
export async function currentDirs(client: ClusterClient, targets: readonly Target[]): Promise<Target[]> {
  const replicas = targets.flatMap(({ topic, partition, replicas: ids }) =>
    ids.map((broker) => ({ topic, partition, broker, logDir: ANY })),
  )
  const found = await directories(client, replicas)
  return targets.map((target) => ({
    ...target,
    logDirs: target.replicas.map((broker) => found.get(`${nameOf(target)}-${broker}`)?.current ?? ANY),
  }))
}

export interface MoveStates {
  /** One for each replica that a directory is named for. */
  readonly lines: readonly string[]
  /** Those under way, with the directory that they are still in. */
  readonly active: readonly Target[]
}

export async function moveStates(client: ClusterClient, targets: readonly Target[]): Promise<MoveStates> {
  const replicas = named(targets)
  const found = await directories(client, replicas)
  const lines: string[] = []
  const active: Target[] = []
  for (const replica of replicas) {
    const where = found.get(replicaText(replica))
    const place = `Partition ${nameOf(replica)}`
    if (where?.current === undefined) {
      lines.push(
        `${place} is not found in any live log dir on broker ${replica.broker}. There is likely an offline log directory on the broker.`,
      )
    } else if (where.future === undefined) {
      lines.push(
        where.current === replica.logDir
          ? `Reassignment of replica ${replicaText(replica)} completed successfully.`
          : `${place} on broker ${replica.broker} is not being moved from log dir ${where.current} to ${replica.logDir}.`,
      )
    } else {
      const { topic, partition, broker } = replica
      active.push({ topic, partition, replicas: [broker], logDirs: [where.current] })
      lines.push(
        where.future === replica.logDir
          ? `Reassignment of replica ${replicaText(replica)} is still in progress.`
          : `${place} on broker ${broker} is being moved to log dir ${where.future} instead of ${replica.logDir}.`,
      )
    }
  }
  return { lines, active }
}

const PAUSE_MS = 100

/** Starts moves between directories; a replica that is not there yet is waited for. */
export async function moveDirs(
  client: ClusterClient,
  targets: readonly Target[],
  timeoutMs: number,
  io: ShimIo,
): Promise<void> {
  const endMs = io.nowMs() + timeoutMs
  for (let open = named(targets); open.length > 0; ) {
    const started = await alterDirs(client, open)
    for (const { topic, partition, broker, logDir } of started)
      io.stdout(
        `Successfully started moving log directory to ${logDir} for replica ${topic}-${partition} with broker ${broker} \n`,
      )
    open = open.filter((replica) => !started.includes(replica))
    if (open.length === 0) return
    if (io.nowMs() >= endMs) {
      const names = open.map(replicaText).join(',')
      const many = open.length === 1 ? '' : 's'
      throw failed(`Timed out before log directory move${many} could be started for: ${names}`)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function alterDirs(client: ClusterClient, replicas: readonly Replica[]): Promise<Replica[]> {
  const started: Replica[] = []
  for (const broker of new Set(replicas.map((replica) => replica.broker))) {
    const here = replicas.filter((replica) => replica.broker === broker)
    const dirs = [...new Set(here.map(({ logDir }) => logDir))].map((path) => ({
      path,
      topics: here
        .filter(({ logDir }) => logDir === path)
        .map(({ topic, partition }) => ({ name: topic, partitions: [partition] })),
    }))
    const answer = await client.request('AlterReplicaLogDirs', { dirs }, { broker })
    for (const { topicName, partitions } of answer.results) {
      for (const { partitionIndex, errorCode } of partitions) {
        const replica = here.find((one) => one.topic === topicName && one.partition === partitionIndex)
        const error = errorName(errorCode)
        if (replica === undefined || error === 'REPLICA_NOT_AVAILABLE') continue
        if (errorCode !== 0) {
          throw new JavaError(
            'org.apache.kafka.server.common.AdminCommandFailedException',
            `Failed to alter dir for ${replicaText(replica)}`,
            javaText(new ApiError(error)),
          )
        }
        started.push(replica)
      }
    }
  }
  return started
}
