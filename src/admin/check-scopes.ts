/**
 * Topics and partitions that were named beside groups. One that is not there and has no offset of a group either is an
 * error: nothing to show would look like no lag, or like offsets that are forgotten.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { errorName } from '../protocol/errors.ts'
import { throwItem } from './items.ts'
import { PartitionMap, type TopicScope } from './partitions.ts'
import { unknownTopic } from './topics.ts'

type Place = { readonly topic: string; readonly partition: number }

export function inScopes(scopes: readonly TopicScope[], { topic, partition }: Place): boolean {
  return scopes.some((scope) => scope.topic === topic && (scope.partitions?.includes(partition) ?? true))
}

/** Throws MqError for a scope that is not there. `seen`: where groups have offsets, in topics of the past too. */
export async function checkScopes(
  client: ClusterClient,
  scopes: readonly TopicScope[],
  seen: readonly Place[],
): Promise<void> {
  const places = new PartitionMap<true>()
  const known = new Set<string>()
  for (const { topic, partition } of seen) {
    places.set(topic, partition, true)
    known.add(topic)
  }
  const has = (topic: string, partition?: number) =>
    partition === undefined ? known.has(topic) : places.get(topic, partition) === true
  const open = scopes.filter(({ topic, partitions }) => partitions?.some((one) => !has(topic, one)) ?? !has(topic))
  if (open.length === 0) return
  const { topics } = await client.metadata([...new Set(open.map(({ topic }) => topic))])
  for (const { name, errorCode, partitions } of topics) {
    if (name === null) continue
    if (['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'].includes(errorName(errorCode))) {
      if (!has(name)) throwItem(await unknownTopic(client, name))
      continue
    }
    if (errorCode !== 0) continue
    const count = partitions.length
    const missing = open
      .filter(({ topic }) => topic === name)
      .flatMap((scope) => scope.partitions ?? [])
      .filter((partition) => partition >= count && !has(name, partition))
    if (missing.length === 0) continue
    throw new MqError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${name} has no partition ${missing.slice(0, 5).join(', ')}`,
      {
        hint: `it has ${count}: 0 to ${count - 1}`,
      },
    )
  }
}
