/**
 * Kafka's BrokerTopicMetrics: what goes in and out of topics, each counted once for the topic and once for all of them. A
 * topic's meters exist from its first use until it is deleted.
 */
import type { Meter, MetricRegistry } from '../../base/metrics.ts'

const DOMAIN = 'kafka.server'
const TYPE = 'BrokerTopicMetrics'

/** The meters that exist for every topic, with what they count. */
const PER_TOPIC = {
  MessagesInPerSec: 'Records appended',
  BytesInPerSec: 'Bytes of the record batches appended',
  BytesOutPerSec: 'Bytes of records sent to consumers',
  BytesRejectedPerSec: 'Bytes of record batches refused because they are too large',
  TotalProduceRequestsPerSec: 'Appends asked for, one for each partition of a request',
  TotalFetchRequestsPerSec: 'Reads asked for, one for each partition of a request',
  FailedProduceRequestsPerSec: 'Appends that failed and should not have',
  FailedFetchRequestsPerSec: 'Reads that failed and should not have',
  ProduceMessageConversionsPerSec: 'Records converted from an older message format; such records are not taken',
  FetchMessageConversionsPerSec: 'Records converted for older consumers; none ever are',
  InvalidMessageCrcRecordsPerSec: 'Record batches whose checksum is wrong',
} as const
/** Between brokers; counted for all topics together. */
const BETWEEN_BROKERS = {
  ReplicationBytesInPerSec: 'Bytes copied from other brokers',
  ReplicationBytesOutPerSec: 'Bytes sent to followers',
  ReassignmentBytesInPerSec: 'Bytes copied for reassignments',
  ReassignmentBytesOutPerSec: 'Bytes sent for reassignments',
} as const

type PerTopic = keyof typeof PER_TOPIC

/** Meters of one topic, or of all: made when they are first asked for. */
class Meters {
  readonly #registry: MetricRegistry
  readonly #topic: string | undefined
  readonly #byName = new Map<PerTopic, Meter>()

  constructor(registry: MetricRegistry, topic: string | undefined) {
    this.#registry = registry
    this.#topic = topic
  }

  get(name: PerTopic): Meter {
    const existing = this.#byName.get(name)
    if (existing !== undefined) return existing
    const tags = this.#topic === undefined ? {} : { tags: { topic: this.#topic } }
    const meter = this.#registry.meter({ domain: DOMAIN, type: TYPE, name, ...tags }, PER_TOPIC[name])
    this.#byName.set(name, meter)
    return meter
  }
}

/** What is counted for one topic. */
export class TopicMetrics {
  readonly #own: Meters
  readonly #all: Meters
  // Those of the data path, looked up once: of the topic and of all topics.
  #messagesIn: Pair | undefined
  #bytesIn: Pair | undefined
  #produces: Pair | undefined
  #bytesOut: Pair | undefined
  #fetches: Pair | undefined

  constructor(own: Meters, all: Meters) {
    this.#own = own
    this.#all = all
  }

  /** `records` in `bytes` were appended. */
  appended(records: number, bytes: number): void {
    this.#messagesIn ??= this.#pair('MessagesInPerSec')
    this.#bytesIn ??= this.#pair('BytesInPerSec')
    add(this.#messagesIn, records)
    add(this.#bytesIn, bytes)
  }

  /** An append to a partition was asked for. */
  produced(): void {
    this.#produces ??= this.#pair('TotalProduceRequestsPerSec')
    add(this.#produces, 1)
  }

  /** A partition was read for a fetch. */
  fetched(): void {
    this.#fetches ??= this.#pair('TotalFetchRequestsPerSec')
    add(this.#fetches, 1)
  }

  /** Records of this size are on their way to a consumer. */
  sent(bytes: number): void {
    this.#bytesOut ??= this.#pair('BytesOutPerSec')
    add(this.#bytesOut, bytes)
  }

  /** Counts something rare. */
  mark(name: PerTopic, amount = 1): void {
    this.#own.get(name).mark(amount)
    this.#all.get(name).mark(amount)
  }

  #pair(name: PerTopic): Pair {
    return { own: this.#own.get(name), all: this.#all.get(name) }
  }
}

interface Pair {
  readonly own: Meter
  readonly all: Meter
}

function add(pair: Pair, amount: number): void {
  pair.own.count += amount
  pair.all.count += amount
}

export class BrokerTopicMetrics {
  readonly #registry: MetricRegistry
  readonly #all: Meters
  readonly #topics = new Map<string, TopicMetrics>()
  readonly #replicationIn: Meter
  readonly #replicationOut: Meter

  constructor(registry: MetricRegistry) {
    this.#registry = registry
    this.#all = new Meters(registry, undefined)
    for (const name of Object.keys(PER_TOPIC)) this.#all.get(name as PerTopic)
    const between = Object.entries(BETWEEN_BROKERS).map(([name, help]) =>
      registry.meter({ domain: DOMAIN, type: TYPE, name }, help),
    )
    this.#replicationIn = between[0]!
    this.#replicationOut = between[1]!
  }

  topic(name: string): TopicMetrics {
    let metrics = this.#topics.get(name)
    if (metrics === undefined) {
      metrics = new TopicMetrics(new Meters(this.#registry, name), this.#all)
      this.#topics.set(name, metrics)
    }
    return metrics
  }

  /** Records of this size came from a leader. */
  copiedFromLeader(bytes: number): void {
    this.#replicationIn.mark(bytes)
  }

  /** Records of this size are on their way to a follower. */
  sentToFollower(bytes: number): void {
    this.#replicationOut.mark(bytes)
  }

  /** The topic is gone: so are its meters. */
  remove(name: string): void {
    if (this.#topics.delete(name)) this.#registry.removeTagged('topic', name)
  }
}
