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

export interface TopicsLook {
  brokers: number
  partitions: PartitionLook[]
}

/** Every topic, or those of the scopes. Partitions that cannot be read keep their row. */
export async function lookAtTopics(client: ClusterClient, scopes?: readonly TopicScope[]): Promise<TopicsLook> {
  const names = scopes === undefined ? null : [...new Set(scopes.map(({ topic }) => topic))]
  const { brokers, topics } = await client.metadata(names)
  const partitions = topics
    .filter(({ name, errorCode }) => name !== null && errorCode === 0)
    .flatMap(({ name, partitions: rows }) =>
      rows.map(({ partitionIndex, leaderId, replicaNodes, isrNodes }): PartitionLook => {
        const sizes = { replicas: replicaNodes.length, inSync: isrNodes.length }
        const leader = { leader: leaderId, isPreferred: leaderId >= 0 && replicaNodes[0] === leaderId }
        return { topic: name!, partition: partitionIndex, ...leader, ...sizes, logStart: null, logEnd: null }
      }),
    )
    .filter((row) => scopes === undefined || inScopes(scopes, row))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
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
  return { brokers: brokers.length, partitions }
}

function known(answer: { readonly offset: number; readonly error?: Error } | undefined): number | null {
  return answer === undefined || answer.error !== undefined || answer.offset < 0 ? null : answer.offset
}
