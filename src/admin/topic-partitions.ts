/**
 * More partitions for topics, and the grammar that names the brokers of each. Kafka never takes partitions away again.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError } from './items.ts'
import { awaitShown, changeTopics, inBatches, type OnProgress, unknownTopics } from './topics.ts'

export interface AddedPartitions {
  name: string
  /** Partitions before; null when unknown. */
  before: number | null
  after: number | null
  error?: ItemError
}

/**
 * Raises the number of partitions of each topic to `total`. `assignment` gives the replicas of the added partitions
 * only. A topic that has `total` already is left as it is, without an error: `total` says what is to be.
 */
export async function addPartitions(
  client: ClusterClient,
  names: readonly string[],
  total: number,
  options: {
    assignment?: readonly (readonly number[])[] | undefined
    dryRun?: boolean | undefined
    onProgress?: OnProgress | undefined
  } = {},
): Promise<{ topics: AddedPartitions[] }> {
  const before = await partitionCounts(client, names)
  const known = names.filter((name) => typeof before.get(name) === 'number' && before.get(name) !== total)
  const weight = (name: string) => Math.max(1, total - Number(before.get(name)))
  const add = async (batch: readonly string[]) => {
    const { results } = await changeTopics(
      client,
      'CreatePartitions',
      {
        topics: batch.map((name) => ({
          name,
          count: total,
          assignments: options.assignment?.map((brokerIds) => ({ brokerIds })) ?? null,
        })),
        timeoutMs: client.options.requestTimeoutMs,
        validateOnly: options.dryRun ?? false,
      },
      (answer) => answer.results.map((result) => result.errorCode),
    )
    return results
  }
  const answers = await inBatches(known, add, options.onProgress, weight)
  const results = new Map(answers.map((entry) => [entry.name, entry]))
  const grown = answers.filter((entry) => entry.errorCode === 0).map((entry) => entry.name)
  if (options.dryRun !== true) await awaitShown(client, grown, (topic) => topic.partitions.length >= total)
  const topics = names.map((name): AddedPartitions => {
    const count = before.get(name)
    if (typeof count !== 'number')
      return { name, before: null, after: null, ...(count === undefined ? {} : { error: count }) }
    if (count === total) return { name, before: count, after: count }
    const result = results.get(name)
    const code = result?.errorCode ?? -1
    if (code === 0) return { name, before: count, after: total }
    const error = codeError(code, result?.errorMessage)
    const hint =
      count > total ? 'partitions cannot be taken away; mq topics describe shows how many there are' : undefined
    return { name, before: count, after: count, error: hint === undefined ? error : { ...error, hint } }
  })
  return { topics }
}

/** How many partitions each topic has, or the error of one that cannot be read. */
export async function partitionCounts(
  client: ClusterClient,
  names: readonly string[],
): Promise<Map<string, number | ItemError>> {
  const { topics } = await client.metadata(names)
  const counts = new Map<string, number | ItemError>()
  const found = new Map(topics.map((topic) => [topic.name, topic]))
  const explain = unknownTopics(client)
  for (const name of names) {
    const topic = found.get(name)
    if (topic !== undefined && topic.errorCode === 0) counts.set(name, topic.partitions.length)
    else if (topic === undefined || errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      counts.set(name, await explain(name).catch(itemError))
    } else counts.set(name, codeError(topic.errorCode))
  }
  return counts
}

/** Parses `1:2,2:3`: the replicas of each partition, brokers separated by colons. Undefined when it is not that. */
export function parseAssignment(text: string): number[][] | undefined {
  const partitions = text.split(',').map((entry) => entry.trim().split(':'))
  if (partitions.some((brokers) => brokers.some((broker) => !/^\d+$/.test(broker)))) return undefined
  return partitions.map((brokers) => brokers.map(Number))
}
