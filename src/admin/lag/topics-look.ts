/** Topics as dashboards of consumers draw them beside the groups: ends of the logs, leaders, replicas in sync. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.ts'
import { inScopes } from '../check-scopes.ts'
import type { TopicScope } from '../partitions.ts'

export interface PartitionLook {
  topic: string
  partition: number
  /** Below 0: none. */
  leader: number
  replicas: number
  inSync: number
  isPreferred: boolean
  /** Null when it cannot be read. */
  logStart: number | null
  logEnd: number | null
}

/** Partitions whose ends are asked for at a time. */
const PORTION = 1000

/** Every topic, or those of the scopes: each partition is given to `take`, by topic. Partitions that cannot be read keep their row. */
export async function lookAtTopics(
  client: ClusterClient,
  scopes: readonly TopicScope[] | undefined,
  take: (row: PartitionLook) => void,
): Promise<{ brokers: number }> {
  const names = scopes === undefined ? null : [...new Set(scopes.map(({ topic }) => topic))]
  const { brokers, topics } = await client.metadata(names)
  const partitions: PartitionLook[] = []
  for (const { name, errorCode, partitions: rows } of topics) {
    if (name === null || errorCode !== 0) continue
    for (const { partitionIndex: partition, leaderId: leader, replicaNodes, isrNodes } of rows) {
      if (scopes !== undefined && !inScopes(scopes, { topic: name, partition })) continue
      const isPreferred = leader >= 0 && replicaNodes[0] === leader
      const [replicas, inSync] = [replicaNodes.length, isrNodes.length]
      partitions.push({ topic: name, partition, leader, replicas, inSync, isPreferred, logStart: null, logEnd: null })
    }
  }
  partitions.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  for (let from = 0; from < partitions.length; from += PORTION) {
    const portion = partitions.slice(from, from + PORTION)
    await addEnds(client, portion)
    for (const row of portion) take(row)
  }
  return { brokers: brokers.length }
}

async function addEnds(client: ClusterClient, partitions: readonly PartitionLook[]): Promise<void> {
  // Who has no leader is not waited for: the next look comes soon.
  const led = partitions.filter(({ leader }) => leader >= 0)
  const ask = (timestamp: number) =>
    listOffsets(
      client,
      led.map(({ topic, partition }) => ({ topic, partition, timestamp })),
    )
  const [starts, ends] = await Promise.all([ask(EARLIEST), ask(LATEST)])
  for (const row of led) {
    const key = `${row.topic}-${row.partition}`
    row.logStart = known(starts.get(key))
    row.logEnd = known(ends.get(key))
  }
}

function known(answer: { readonly offset: number; readonly error?: Error } | undefined): number | null {
  return answer === undefined || answer.error !== undefined || answer.offset < 0 ? null : answer.offset
}
