/**
 * Elections of leaders: which partitions one is asked for, the request, and what came of it, read back from the cluster. A partition
 * that is led as it should be is done; one that could not be elected keeps its row with the reason.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { codeError, type ItemError, unknownName } from '../../admin/items.ts'
import type { TopicScope } from '../../admin/partitions.ts'
import type { ClusterClient, TopicMetadata } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'

export type ElectionType = 'preferred' | 'unclean'

export interface ElectedPartition {
  topic: string
  /** -1: the topic as a whole. */
  partition: number
  /** Null: nobody led. */
  before: number | null
  after: number | null
  /** `planned`: nothing was asked for (dry run). `not-needed`: it is led as it should be. */
  state: 'planned' | 'elected' | 'not-needed' | 'failed'
  error?: ItemError
}

/** A partition of the cluster with what an election of it depends on. */
export interface Candidate {
  readonly topic: string
  readonly partition: number
  readonly leader: number | null
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Replicas whose broker, or whose directory, is not there. */
  readonly offline: readonly number[]
}

const TYPE_CODE = { preferred: 0, unclean: 1 } as const
const BATCH = 1000
/** What a broker is given to show what the controller has decided. */
const SEEN_MS = 5000
const LOOK_MS = 100

export interface Selection {
  readonly candidates: readonly Candidate[]
  /** What was named and is not there. */
  readonly missing: readonly ElectedPartition[]
}

/** The partitions of `scopes`, all where undefined, by topic and number. */
export async function selectPartitions(
  client: ClusterClient,
  scopes: readonly TopicScope[] | undefined,
): Promise<Selection> {
  const { topics } = await client.metadata(null)
  const known = new Map(topics.map((topic) => [topic.name ?? '', topic]))
  const missing: ElectedPartition[] = []
  const miss = (topic: string, partition: number, error: ItemError) =>
    missing.push({ topic, partition, before: null, after: null, state: 'failed', error })
  const found = new Map<string, Candidate>()
  for (const { topic, partitions } of scopes ??
    topics.map(({ name }) => ({ topic: name ?? '', partitions: undefined }))) {
    const metadata = known.get(topic)
    if (metadata === undefined) {
      miss(topic, -1, unknownName('topic', topic, known.keys()))
      continue
    }
    for (const partition of partitions ?? metadata.partitions.map(({ partitionIndex }) => partitionIndex)) {
      const candidate = candidateOf(metadata, partition)
      if (candidate !== undefined) found.set(`${topic}-${partition}`, candidate)
      else miss(topic, partition, noPartition(topic, partition, metadata.partitions.length))
    }
  }
  const candidates = [...found.values()].sort(
    (one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition,
  )
  return { candidates, missing }
}

function candidateOf(topic: TopicMetadata, partition: number): Candidate | undefined {
  const found = topic.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  if (found === undefined) return undefined
  return {
    ...{ topic: topic.name ?? '', partition, leader: found.leaderId < 0 ? null : found.leaderId },
    ...{ replicas: found.replicaNodes, isr: found.isrNodes, offline: found.offlineReplicas },
  }
}

function noPartition(topic: string, partition: number, count: number): ItemError {
  return {
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
    message: `there is no partition ${partition} of ${topic}`,
    hint: `it has ${count}: 0 to ${count - 1}`,
  }
}

/** The leader that an election of this type is to bring, as far as that can be said; undefined: any that can. */
function isAsWanted(type: ElectionType, { replicas }: Candidate, leader: number | null): boolean {
  return type === 'preferred' ? leader === replicas[0] : leader !== null
}

/** Whether an election would change anything. */
export function needsElection(type: ElectionType, candidate: Candidate): boolean {
  return !isAsWanted(type, candidate, candidate.leader)
}

/** Rows of what would be done. */
export function plannedElections(type: ElectionType, candidates: readonly Candidate[]): ElectedPartition[] {
  return candidates.map((candidate) => ({
    ...{ topic: candidate.topic, partition: candidate.partition, before: candidate.leader, after: candidate.leader },
    state: needsElection(type, candidate) ? 'planned' : 'not-needed',
  }))
}

/**
 * Elects, and returns when the cluster shows the new leaders, or after 5 s. Failures stay with their partition; rejects when the
 * controller cannot be asked, or refuses the request as a whole.
 */
export async function electLeaders(
  client: ClusterClient,
  type: ElectionType,
  candidates: readonly Candidate[],
): Promise<ElectedPartition[]> {
  const rows = new Map(plannedElections(type, candidates).map((row) => [`${row.topic}-${row.partition}`, row]))
  const wanted = candidates.filter((candidate) => needsElection(type, candidate))
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH)
    for (const { topic, partitionResult } of await ask(client, type, batch)) {
      for (const { partitionId, errorCode, errorMessage } of partitionResult) {
        const row = rows.get(`${topic}-${partitionId}`)
        if (row === undefined) continue
        const name = errorName(errorCode)
        row.state = name === 'NONE' ? 'elected' : name === 'ELECTION_NOT_NEEDED' ? 'not-needed' : 'failed'
        if (row.state === 'failed') {
          row.error = failure(
            type,
            errorCode,
            errorMessage,
            wanted.find((one) => `${one.topic}-${one.partition}` === `${topic}-${partitionId}`)!,
          )
        }
      }
    }
  }
  await readBack(client, type, wanted, rows)
  return [...rows.values()]
}

async function ask(client: ClusterClient, type: ElectionType, batch: readonly Candidate[]) {
  const names = [...new Set(batch.map(({ topic }) => topic))]
  const topicPartitions = names.map((topic) => ({
    topic,
    partitions: batch.filter((one) => one.topic === topic).map(({ partition }) => partition),
  }))
  const request = { electionType: TYPE_CODE[type], topicPartitions, timeoutMs: client.options.requestTimeoutMs }
  const limits = type === 'unclean' ? { minVersion: 1 } : {}
  return client.retry(async () => {
    const answer = await client.request('ElectLeaders', request, 'controller', limits)
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    return answer.replicaElectionResults
  })
}

function failure(type: ElectionType, code: number, message: string | null, candidate: Candidate): ItemError {
  const error = codeError(code, message)
  const { replicas, isr } = candidate
  if (error.code === 'PREFERRED_LEADER_NOT_AVAILABLE') {
    const because = isr.includes(replicas[0]!) ? 'cannot lead now' : 'is not in sync'
    return {
      code: error.code,
      message: `broker ${replicas[0]}, which is preferred for ${candidate.topic}-${candidate.partition}, ${because}`,
      hint: `in sync are ${isr.join(', ') || 'none'}; it can be elected when it has caught up`,
    }
  }
  if (error.code === 'ELIGIBLE_LEADERS_NOT_AVAILABLE') {
    return {
      code: error.code,
      message: `no replica of ${candidate.topic}-${candidate.partition} can lead (replicas ${replicas.join(', ')})`,
      hint:
        type === 'unclean'
          ? 'start one of their brokers'
          : 'mq leaders elect --unclean shows what another choice would lose',
    }
  }
  return error
}

/** Reads who leads until it is who should, and puts it into the rows. */
async function readBack(
  client: ClusterClient,
  type: ElectionType,
  wanted: readonly Candidate[],
  rows: ReadonlyMap<string, ElectedPartition>,
): Promise<void> {
  const elected = wanted.filter((one) => rows.get(`${one.topic}-${one.partition}`)?.state !== 'failed')
  const until = performance.now() + SEEN_MS
  while (elected.length > 0) {
    const { topics } = await client.metadata([...new Set(elected.map(({ topic }) => topic))])
    const leaders = new Map(
      topics.flatMap(({ name, partitions }) =>
        partitions.map((one) => [`${name}-${one.partitionIndex}`, one.leaderId]),
      ),
    )
    let isShown = true
    for (const candidate of elected) {
      const leader = leaders.get(`${candidate.topic}-${candidate.partition}`) ?? -1
      const row = rows.get(`${candidate.topic}-${candidate.partition}`)!
      row.after = leader < 0 ? null : leader
      isShown &&= isAsWanted(type, candidate, row.after)
    }
    if (isShown || performance.now() > until) return
    await sleep(LOOK_MS)
  }
}
