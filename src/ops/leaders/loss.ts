/**
 * What an unclean election would lose, found out before it is made: which replica would lead, up to which offset it has the log, and
 * how far the log is known to have gone, from the other replicas that run and from the offsets that groups have committed. What only
 * brokers that are gone have cannot be counted: a loss is `at least`, and may be unknown.
 */
import { readersOf } from '../../admin/topic-impact.ts'
import { type ItemError, itemError } from '../../admin/items.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { LATEST } from '../../client/offsets.ts'
import type { ResponseOf } from '../../protocol/apis.ts'
import type { Candidate } from './elect.ts'

export interface PossibleLoss {
  readonly topic: string
  readonly partition: number
  /** The last in-sync replicas. */
  readonly isr: readonly number[]
  /** Eligible leader replicas, and those that were the last ones; null where the cluster does not tell (before 4.0). */
  readonly elr: readonly number[] | null
  readonly lastKnownElr: readonly number[] | null
  /** Replicas whose brokers run; the first one is what the controller takes. */
  readonly alive: readonly number[]
  readonly survivor: number | null
  /** Where the survivor's log ends; null when it does not tell. */
  readonly end: number | null
  /** How far the log is known to have gone; null when nobody tells. */
  readonly knownEnd: number | null
  /** Records that go at least; null: not known. */
  readonly lost: number | null
}

export interface LossReport {
  readonly losses: readonly PossibleLoss[]
  /** Why offsets of groups are missing, where they are. */
  readonly error?: ItemError
}

/** ListOffsets answers this replica id on followers too, with the end of their log (Kafka's id for debugging). */
const DEBUGGING_REPLICA = -2

/** Looks at what electing these leaderless partitions would lose. Changes nothing. */
export async function possibleLosses(client: ClusterClient, candidates: readonly Candidate[]): Promise<LossReport> {
  const topics = new Set(candidates.map(({ topic }) => topic))
  const [readers, eligible, ends] = await Promise.all([
    readersOf(client, topics),
    eligibleOf(client, [...topics].sort()),
    replicaEnds(client, candidates),
  ])
  const losses = candidates.map((candidate): PossibleLoss => {
    const { topic, partition, replicas, isr, offline } = candidate
    const at = `${topic}-${partition}`
    const alive = replicas.filter((id) => !offline.includes(id))
    const survivor = alive[0] ?? null
    const end = survivor === null ? null : (ends.get(`${at}@${survivor}`) ?? null)
    const others = alive.flatMap((id) => ends.get(`${at}@${id}`) ?? [])
    const read = readers.groups.flatMap(({ committed }) => committed.get(at) ?? [])
    const known = Math.max(-1, ...others, ...read)
    const knownEnd = known < 0 ? null : known
    return {
      ...{ topic, partition, isr, alive, survivor, end, knownEnd },
      ...{ elr: eligible.get(at)?.elr ?? null, lastKnownElr: eligible.get(at)?.lastKnown ?? null },
      lost: end === null || knownEnd === null ? null : Math.max(0, knownEnd - end),
    }
  })
  return { losses, ...(readers.error === undefined ? {} : { error: readers.error }) }
}

async function replicaEnds(client: ClusterClient, candidates: readonly Candidate[]): Promise<Map<string, number>> {
  const brokers = new Set(candidates.flatMap(({ replicas, offline }) => replicas.filter((id) => !offline.includes(id))))
  const found = new Map<string, number>()
  await Promise.all(
    [...brokers].map(async (broker) => {
      const here = candidates.filter(({ replicas }) => replicas.includes(broker))
      const names = [...new Set(here.map(({ topic }) => topic))]
      const topics = names.map((name) => ({
        name,
        partitions: here
          .filter(({ topic }) => topic === name)
          .map(({ partition }) => ({ partitionIndex: partition, timestamp: LATEST, currentLeaderEpoch: -1 })),
      }))
      try {
        const request = { replicaId: DEBUGGING_REPLICA, isolationLevel: 0, topics }
        const answer = await client.request('ListOffsets', request, { broker })
        for (const { name, partitions } of answer.topics) {
          for (const { partitionIndex, errorCode, offset } of partitions) {
            if (errorCode === 0 && offset >= 0) found.set(`${name}-${partitionIndex}@${broker}`, offset)
          }
        }
      } catch (error) {
        // A broker that does not tell leaves the end unknown, which the report shows as such.
        itemError(error)
      }
    }),
  )
  return found
}

async function eligibleOf(
  client: ClusterClient,
  names: readonly string[],
): Promise<Map<string, { elr: number[] | null; lastKnown: number[] | null }>> {
  const found = new Map<string, { elr: number[] | null; lastKnown: number[] | null }>()
  if (client.bootstrap.version('DescribeTopicPartitions') === undefined) return found
  let cursor: ResponseOf<'DescribeTopicPartitions'>['nextCursor'] = null
  try {
    do {
      const from: string | undefined = cursor?.topicName
      const topics = names.filter((name) => from === undefined || name >= from).map((name) => ({ name }))
      const answer: ResponseOf<'DescribeTopicPartitions'> = await client.request('DescribeTopicPartitions', {
        topics,
        cursor,
      })
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, eligibleLeaderReplicas: elr, lastKnownElr: lastKnown } of partitions) {
          found.set(`${name}-${partitionIndex}`, { elr, lastKnown })
        }
      }
      cursor = answer.nextCursor
    } while (cursor !== null)
  } catch (error) {
    // A detail that not every principal may see does not stand in the way of the others.
    itemError(error)
  }
  return found
}
