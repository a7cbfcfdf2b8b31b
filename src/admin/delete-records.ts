/**
 * Removing records below offsets (DeleteRecords, KIP-107) as a plain request: each leader is asked for its partitions and says where
 * their logs begin then. Failures stay with their partition; `truncate.ts` is the careful way, with a plan and a look afterwards.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError } from './items.ts'
import type { OffsetRow } from './partitions.ts'

export interface DeletedRecords extends OffsetRow {
  /** Where the log begins now; null: not done. */
  lowWatermark: number | null
  error?: ItemError
}

/** Asks for every row; an offset of -1 is the high watermark. Repeats what is worth repeating until the deadline of one operation. */
export async function deleteRecords(client: ClusterClient, rows: readonly OffsetRow[]): Promise<DeletedRecords[]> {
  const results = rows.map((row): DeletedRecords => ({ ...row, lowWatermark: null }))
  const open = new Set(results)
  try {
    await client.retry(async () => {
      const failures = await askOnce(client, open)
      if (failures.length > 0) throw failures[0]
    })
  } catch (error) {
    for (const row of open) row.error = itemError(error)
  }
  return results
}

/** What is done leaves `open`, with its error where it failed for good; returns what may be repeated. */
async function askOnce(client: ClusterClient, open: Set<DeletedRecords>): Promise<unknown[]> {
  const { topics } = await client.metadata([...new Set([...open].map(({ topic }) => topic))])
  const failures: unknown[] = []
  const byLeader = new Map<number, DeletedRecords[]>()
  for (const row of open) {
    const topic = topics.find(({ name }) => name === row.topic)
    const found = topic?.partitions.find(({ partitionIndex }) => partitionIndex === row.partition)
    if (found === undefined) {
      row.error = codeError(topic === undefined || topic.errorCode === 0 ? 3 : topic.errorCode)
      open.delete(row)
    } else if (found.leaderId < 0) failures.push(new ApiError('LEADER_NOT_AVAILABLE', 'the partition has no leader'))
    else byLeader.set(found.leaderId, [...(byLeader.get(found.leaderId) ?? []), row])
  }
  await Promise.all(
    [...byLeader].map(async ([leader, own]) => {
      try {
        failures.push(...(await askLeader(client, leader, own, open)))
      } catch (error) {
        failures.push(error)
      }
    }),
  )
  return failures
}

async function askLeader(
  client: ClusterClient,
  leader: number,
  own: readonly DeletedRecords[],
  open: Set<DeletedRecords>,
): Promise<unknown[]> {
  const connection = await client.connection({ broker: leader })
  const answer = await connection.call('DeleteRecords', {
    topics: [...new Set(own.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: own
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
    })),
    timeoutMs: client.options.requestTimeoutMs,
  })
  const failures: unknown[] = []
  for (const row of own) {
    const topic = answer.topics.find(({ name }) => name === row.topic)
    const found = topic?.partitions.find(({ partitionIndex }) => partitionIndex === row.partition)
    const code = found?.errorCode ?? -1
    const error = code === 0 ? undefined : new ApiError(errorName(code))
    if (error?.retriable === true) {
      failures.push(error)
      continue
    }
    if (error === undefined) row.lowWatermark = found?.lowWatermark ?? null
    else row.error = codeError(code)
    open.delete(row)
  }
  return failures
}
