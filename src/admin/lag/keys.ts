/**
 * Which keys fill the partitions of a group: the newest records of each are read and their keys counted. One key that many
 * records have sends them all to one partition, which no further partition or consumer relieves.
 */
import { isUtf8 } from 'node:buffer'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type ReadRange, readPartitions } from '../../client/partition-reader.ts'
import type { GroupLag } from '../lag.ts'
import { PartitionMap } from '../partitions.ts'

export interface FrequentKey {
  /** Null when it is no text; `keyBase64` is there then. */
  key: string | null
  keyBase64?: string
  /** Its share of the records that were read and have a key, 0 to 1. */
  share: number
}

export interface PartitionKeys {
  topic: string
  partition: number
  /** Records that were read. */
  records: number
  /** Those of them without a key. */
  keyless: number
  /** Different keys. */
  distinct: number
  /** Keys with a tenth of the records or more, the most frequent first. */
  frequent: FrequentKey[]
}

export interface KeysOptions {
  readonly signal: AbortSignal
  /** Newest offsets to read of each partition. Default 1000. */
  readonly recordsEach?: number
  /** Partitions to read in all, those with the longest lag. Default 50. */
  readonly partitionsMost?: number
}

/** From this share of the records on a key is named. */
const FREQUENT = 0.1
/** Below so many records a share says nothing. */
const RECORDS_MIN = 20
const NAMED_MAX = 5
/** A partition that cannot be read for so long ends the reading. */
const STUCK_MS = 5000

/**
 * The keys of the partitions that these groups read; partitions that hold too little are left out. Throws MqError for one
 * that cannot be read.
 */
export async function sampleKeys(
  client: ClusterClient,
  groups: readonly GroupLag[],
  options: KeysOptions,
): Promise<PartitionMap<PartitionKeys>> {
  const { signal, recordsEach = 1000, partitionsMost = 50 } = options
  const counters = new PartitionMap<KeyCounter>()
  const rows = groups.flatMap(({ partitions }) => partitions).sort((a, b) => (b.lag ?? 0) - (a.lag ?? 0))
  const ranges: ReadRange[] = []
  for (const { topic, partition, logStart, logEnd, error } of rows) {
    if (ranges.length >= partitionsMost) break
    if (error !== undefined || logStart === null || logEnd === null || logEnd - logStart < RECORDS_MIN) continue
    if (counters.get(topic, partition) !== undefined) continue
    counters.set(topic, partition, new KeyCounter(topic, partition))
    ranges.push({ topic, partition, from: Math.max(logStart, logEnd - recordsEach), until: logEnd })
  }
  const found = new PartitionMap<PartitionKeys>()
  if (ranges.length === 0) return found
  const nothing = () => {}
  const told = { onSkipped: nothing, onGone: nothing, onShort: nothing }
  const reading = { isolation: 'read_uncommitted', signal, ...told, stuckMs: STUCK_MS, shortLogMs: STUCK_MS } as const
  for await (const { topic, partition, records } of readPartitions(client, ranges, reading)) {
    const counter = counters.get(topic, partition)
    for (const { key } of records) counter?.add(key)
  }
  for (const counter of counters.values()) {
    if (counter.records >= RECORDS_MIN) found.set(counter.topic, counter.partition, counter.result())
  }
  return found
}

class KeyCounter {
  readonly topic: string
  readonly partition: number
  records = 0
  #keyless = 0
  /** By their bytes as latin1, which tells all keys apart. */
  readonly #counts = new Map<string, number>()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  add(key: Uint8Array | null): void {
    this.records += 1
    if (key === null) {
      this.#keyless += 1
      return
    }
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  result(): PartitionKeys {
    const keyed = this.records - this.#keyless
    const frequent = [...this.#counts]
      .filter(([, count]) => keyed >= RECORDS_MIN && count / keyed >= FREQUENT)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, NAMED_MAX)
      .map(([name, count]) => ({
        ...keyText(Buffer.from(name, 'latin1')),
        share: Math.round((count / keyed) * 1000) / 1000,
      }))
    const { topic, partition, records } = this
    return { topic, partition, records, keyless: this.#keyless, distinct: this.#counts.size, frequent }
  }
}

function keyText(key: Buffer): Pick<FrequentKey, 'key' | 'keyBase64'> {
  return isUtf8(key) ? { key: key.toString('utf8') } : { key: null, keyBase64: key.toString('base64') }
}
