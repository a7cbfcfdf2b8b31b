/**
 * Where keys go: the partition that each partitioner in use gives a key, what another number of partitions changes, and by a
 * sample which partitioner a topic was written with. Pure but for the sample.
 */
import { crc32 } from 'node:zlib'
import { MqError, UsageError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { type Place, readRange } from '../client/fetcher.ts'
import { murmur2 } from '../client/partitioner.ts'
import { partitionsOf, resolveRanges } from '../client/read-ranges.ts'
import { partitionCounts } from './topic-partitions.ts'

/** How a key's bytes are made, as Java's serializers make them. */
export const KEY_TYPES = ['string', 'short', 'int', 'long', 'hex', 'base64'] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** Hash functions behind the partitioners of well-known clients. */
export const PARTITIONERS = ['murmur2', 'crc32', 'fnv1a'] as const
export type PartitionerName = (typeof PARTITIONERS)[number]

/** Who uses which. */
export const USED_BY: Readonly<Record<PartitionerName, string>> = {
  murmur2: 'Java clients, kafkajs, franz-go, librdkafka with partitioner=murmur2_random',
  crc32: "librdkafka's default",
  fnv1a: "Sarama's default",
}

/** The bytes of a key that somebody typed. Throws UsageError. */
export function keyBytes(text: string, type: KeyType): Buffer {
  switch (type) {
    case 'string':
      return Buffer.from(text)
    case 'hex':
      if (!/^([0-9a-f]{2})*$/i.test(text)) throw new UsageError(`"${text}" is no hexadecimal key`)
      return Buffer.from(text, 'hex')
    case 'base64':
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new UsageError(`"${text}" is no key in base64`)
      return Buffer.from(text, 'base64')
    default:
      return numberBytes(text, type)
  }
}

function numberBytes(text: string, type: 'short' | 'int' | 'long'): Buffer {
  const bits = { short: 16, int: 32, long: 64 }[type]
  const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined
  if (value === undefined || value !== BigInt.asIntN(bits, value))
    throw new UsageError(`"${text}" is no ${type}: a whole number of ${bits} bits`)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes.subarray(8 - bits / 8)
}

/** The partition that a partitioner gives a key among `count`. */
export function partitionBy(name: PartitionerName, key: Uint8Array, count: number): number {
  if (name === 'murmur2') return (murmur2(key) & 0x7fffffff) % count
  if (name === 'crc32') return crc32(key) % count
  return Math.abs(fnv1a(key) % count)
}

/** FNV-1a of 32 bits, signed, as Sarama takes it. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash | 0
}

export interface PartitionChange {
  from: number
  to: number
  /** Of all keys, the share that stays in its partition: 0 to 1. */
  stays: number
  /** Where the keys of each partition are afterwards. */
  moves: { partition: number; to: number[] }[]
}

/** Longer lists of targets than this are of no use to people, and large. */
const MOVES_MAX = 200_000

/**
 * What becomes of keys when the number of partitions changes: the partition is a remainder of the hash, so that all follows
 * from the two numbers. Throws UsageError where the answer would be too large to be of use.
 */
export function explainChange(from: number, to: number): PartitionChange {
  const cycle = (from / greatestCommonDivisor(from, to)) * to
  if (cycle > MOVES_MAX) throw new UsageError(`from ${from} to ${to} partitions every key may go anywhere`)
  const targets = Array.from({ length: from }, () => new Set<number>())
  for (let hash = 0; hash < cycle; hash++) targets[hash % from]!.add(hash % to)
  return {
    from,
    to,
    stays: Math.min(from, to) / cycle,
    moves: targets.map((set, partition) => ({ partition, to: [...set].sort((a, b) => a - b) })),
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

export interface PartitionerSample {
  /** Records that were looked at, and those of them that have a key. */
  records: number
  withKey: number
  /** Of those with a key, how many lie where each partitioner would put them. */
  fits: Record<PartitionerName, number>
  /** The one that every key fits; null when there is none, or no key. */
  partitioner: PartitionerName | null
}

/** Partitions that are read at once. */
const AT_ONCE = 8

/** Looks at the last `perPartition` offsets of each partition of a topic. Throws what reading throws. */
export async function samplePartitioner(
  client: ClusterClient,
  topic: string,
  perPartition: number,
): Promise<PartitionerSample> {
  const places = await partitionsOf(client, [topic])
  const ranges = await resolveRanges(client, places, {
    from: { kind: 'before-latest', count: perPartition },
    until: { kind: 'latest' },
    isolation: 'read_uncommitted',
    onMoved: () => {},
  })
  const sample: PartitionerSample = {
    records: 0,
    withKey: 0,
    fits: { murmur2: 0, crc32: 0, fnv1a: 0 },
    partitioner: null,
  }
  const look = async ({ from, until, ...place }: Place & { from: number; until: number | null }) => {
    for await (const records of readRange(client, place, { from, until: until ?? from })) {
      for (const { key } of records) {
        sample.records++
        if (key === null) continue
        sample.withKey++
        for (const name of PARTITIONERS)
          if (partitionBy(name, key, places.length) === place.partition) sample.fits[name]++
      }
    }
  }
  for (let at = 0; at < ranges.length; at += AT_ONCE) await Promise.all(ranges.slice(at, at + AT_ONCE).map(look))
  const all = PARTITIONERS.filter((name) => sample.withKey > 0 && sample.fits[name] === sample.withKey)
  // With one partition every partitioner fits: that says nothing.
  if (places.length > 1 && all.length === 1) sample.partitioner = all[0]!
  return sample
}

export interface ExplainedTopic {
  topic: string
  partitions: number
  sample: PartitionerSample | null
}

/** Whether records with the same key lie in the same partition of all these topics, as far as can be seen. */
export interface CoPartitioning {
  holds: boolean
  reason: string
}

/** Counts must agree, and so must the partitioners, where samples tell them. */
export function coPartitioning(topics: readonly ExplainedTopic[]): CoPartitioning {
  const counts = new Set(topics.map(({ partitions }) => partitions))
  if (counts.size > 1) {
    const list = topics.map(({ topic, partitions }) => `${topic} has ${partitions}`).join(', ')
    return { holds: false, reason: `the numbers of partitions differ: ${list}` }
  }
  const [count] = counts
  const mixed = topics.find(({ sample }) => count !== 1 && sample !== null && sample.withKey > 0 && isMixed(sample))
  if (mixed !== undefined) {
    const { withKey, fits } = mixed.sample!
    return {
      holds: false,
      reason: `${withKey - Math.max(...Object.values(fits))} of ${withKey} keys of ${mixed.topic} lie where no one partitioner would put them all`,
    }
  }
  const known = topics.flatMap(({ topic, sample }) =>
    sample?.partitioner ? [[topic, sample.partitioner] as const] : [],
  )
  if (new Set(known.map(([, name]) => name)).size > 1) {
    const list = known.map(([topic, name]) => `${topic} by ${name}`).join(', ')
    return { holds: false, reason: `they were written with different partitioners: ${list}` }
  }
  const proof = known.length === topics.length ? ', and the keys that were looked at lie alike' : ''
  return { holds: true, reason: `all have ${count} partition${count === 1 ? '' : 's'}${proof}` }
}

function isMixed({ withKey, fits }: PartitionerSample): boolean {
  return Object.values(fits).every((count) => count < withKey)
}

/** How many partitions each topic has, in this order. Throws MqError for one that is not there. */
export async function countedTopics(client: ClusterClient, names: readonly string[]): Promise<ExplainedTopic[]> {
  const counts = await partitionCounts(client, [...new Set(names)])
  return [...new Set(names)].map((topic) => {
    const count = counts.get(topic)
    if (typeof count === 'number') return { topic, partitions: count, sample: null }
    const hint = count?.hint === undefined ? {} : { hint: count.hint }
    throw new MqError(count?.code ?? 'UNKNOWN_TOPIC_OR_PARTITION', count?.message ?? `there is no topic ${topic}`, hint)
  })
}
