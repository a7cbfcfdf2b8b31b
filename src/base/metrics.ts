/**
 * The metrics registry: gauges that are read when somebody asks, counters, meters with moving rates, histograms. Free of I/O
 * and of any clock: `tick` is told that time went by. Marking costs an addition, updating a histogram a few, so that the
 * data path can afford both; everything else happens when it is read.
 *
 * Names are those of Kafka's MBeans (`kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic=t`); how they look in
 * an exposition format is the matter of whoever renders `families()`.
 */
import { Histogram } from './metrics-histogram.ts'

export { Histogram } from './metrics-histogram.ts'

export type MetricKind = 'gauge' | 'counter' | 'meter' | 'histogram'
export type MetricTags = Readonly<Record<string, string>>

/** A family of metrics: the same thing measured once, or once for each combination of tags. */
export interface MetricFamilyName {
  /** JMX domain: `kafka.server`. */
  readonly domain: string
  readonly type: string
  /** The MBean's name; of an MBean that has attributes instead (`raft-metrics`), the attribute. */
  readonly name: string
  /** True when `name` is an attribute. */
  readonly attribute?: boolean
}

export interface MetricName extends MetricFamilyName {
  readonly tags?: MetricTags
}

/** What a metric is at the moment it is read: a number, or the object that holds more. */
export type MetricValue = number | Meter | Histogram

export interface MetricSample {
  readonly tags: MetricTags
  readonly value: MetricValue
}

export interface MetricFamily extends MetricFamilyName {
  readonly kind: MetricKind
  /** One sentence without a full stop, for whoever reads the metrics. */
  readonly help: string
  samples(): Iterable<MetricSample>
}

const NO_TAGS: MetricTags = Object.freeze({})
/** The time between two ticks, as Kafka's own meters have it. */
export const TICK_MS = 5_000
const TICK_S = TICK_MS / 1000

/** A number that goes up. */
export class Counter {
  count = 0

  add(amount = 1): void {
    this.count += amount
  }
}

/** Counts events; knows how many there were in a second, over the last 1, 5 and 15 minutes (exponentially weighted). */
export class Meter {
  /** All events since the meter began. */
  count = 0
  #ticked = 0
  #ticks = 0
  #rates: [number, number, number] = [0, 0, 0]

  mark(amount = 1): void {
    this.count += amount
  }

  /** Five seconds went by. */
  tick(): void {
    const rate = (this.count - this.#ticked) / TICK_S
    this.#ticked = this.count
    if (this.#ticks++ === 0) this.#rates = [rate, rate, rate]
    else for (let index = 0; index < 3; index++) this.#rates[index]! += ALPHAS[index]! * (rate - this.#rates[index]!)
  }

  /** Events a second. */
  get oneMinuteRate(): number {
    return this.#rates[0]
  }

  get fiveMinuteRate(): number {
    return this.#rates[1]
  }

  get fifteenMinuteRate(): number {
    return this.#rates[2]
  }

  /** Events a second since the meter began; 0 before the first tick. */
  get meanRate(): number {
    return this.#ticks === 0 ? 0 : this.#ticked / (this.#ticks * TICK_S)
  }
}

const ALPHAS = [1, 5, 15].map((minutes) => 1 - Math.exp(-TICK_S / 60 / minutes))

interface Registered extends MetricFamily {
  readonly members: Map<string, Member>
}

interface Member {
  readonly tags: MetricTags
  readonly read: () => MetricValue
  readonly metric: Counter | Meter | Histogram | undefined
}

export class MetricRegistry {
  readonly #families = new Map<string, Registered | MetricFamily>()

  /** A value that is asked for when it is wanted; registering the same name again replaces it. NaN: not known now. */
  gauge(name: MetricName, help: string, read: () => number): void {
    this.#member(name, 'gauge', help, true, () => ({ read, metric: undefined }))
  }

  /** Like a gauge, of a number that only goes up. */
  total(name: MetricName, help: string, read: () => number): void {
    this.#member(name, 'counter', help, true, () => ({ read, metric: undefined }))
  }

  /** The counter of that name; the same one when it exists already. */
  counter(name: MetricName, help: string): Counter {
    return this.#member(name, 'counter', help, false, () => {
      const metric = new Counter()
      return { metric, read: () => metric.count }
    }) as Counter
  }

  /** The meter of that name; the same one when it exists already. */
  meter(name: MetricName, help: string): Meter {
    return this.#member(name, 'meter', help, false, () => {
      const metric = new Meter()
      return { metric, read: () => metric }
    }) as Meter
  }

  /** The histogram of that name; the same one when it exists already. */
  histogram(name: MetricName, help: string): Histogram {
    return this.#member(name, 'histogram', help, false, () => {
      const metric = new Histogram()
      return { metric, read: () => metric }
    }) as Histogram
  }

  /** A family whose members are found when it is read: nothing is kept for ten thousand partitions. */
  pull(name: MetricFamilyName, kind: MetricKind, help: string, samples: () => Iterable<MetricSample>): void {
    this.#families.set(keyOf(name), { ...name, kind, help, samples })
  }

  /** Takes out every member that has `tag` with this value (a topic was deleted). */
  removeTagged(tag: string, value: string): void {
    for (const family of this.#families.values()) {
      if (!('members' in family)) continue
      for (const [key, { tags }] of family.members) if (tags[tag] === value) family.members.delete(key)
    }
  }

  /** In the order of registration; families without members are left out by their empty samples. */
  families(): IterableIterator<MetricFamily> {
    return this.#families.values()
  }

  /** `TICK_MS` went by: meters take their rates, histograms age. */
  tick(): void {
    for (const family of this.#families.values()) {
      if (!('members' in family)) continue
      for (const { metric } of family.members.values()) if (metric !== undefined && 'tick' in metric) metric.tick()
    }
  }

  #member(
    name: MetricName,
    kind: MetricKind,
    help: string,
    replace: boolean,
    make: () => Omit<Member, 'tags'>,
  ): Counter | Meter | Histogram | undefined {
    const { tags = NO_TAGS, domain, type, attribute } = name
    const key = keyOf(name)
    let family = this.#families.get(key) as Registered | undefined
    if (family === undefined) {
      const members = new Map<string, Member>()
      const samples = () => samplesOf(members)
      family = { domain, type, name: name.name, kind, help, members, samples, ...(attribute ? { attribute } : {}) }
      this.#families.set(key, family)
    }
    if (family.kind !== kind) throw new Error(`metric ${key} is a ${family.kind}, not a ${kind}`)
    const memberKey = tags === NO_TAGS ? '' : JSON.stringify(tags)
    let member = family.members.get(memberKey)
    if (member === undefined || replace) {
      member = { tags, ...make() }
      family.members.set(memberKey, member)
    }
    return member.metric
  }
}

function* samplesOf(members: ReadonlyMap<string, Member>): Generator<MetricSample> {
  for (const { tags, read } of members.values()) yield { tags, value: read() }
}

function keyOf({ domain, type, name }: MetricFamilyName): string {
  return `${domain}:${type}:${name}`
}
