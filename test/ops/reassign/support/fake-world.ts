/**
 * A cluster that carries out reassignments: each look lets the copying go on a little. Every call may be the one at which
 * the process that works on it dies, before the cluster has heard of it or after.
 */
import type { Clock, Timer } from '../../../../src/base/clock.ts'
import type { ClusterSnapshot, PartitionFact } from '../../../../src/ops/reassign/model.ts'
import type {
  Assignment,
  InFlight,
  ReassignWorld,
  ReplicaFiles,
  ReplicaPlace,
  ThrottleSetting,
} from '../../../../src/ops/reassign/world.ts'
import { ProcessDied } from '../../../support/memory-disk.ts'

interface Flight {
  from: readonly number[]
  to: readonly number[]
  looksLeft: number
}

export class FakeWorld implements ReassignWorld {
  readonly snapshotNow: { brokers: ClusterSnapshot['brokers']; partitions: Map<string, PartitionFact> }
  /** `broker 1 KEY` or `topic t KEY`. */
  readonly throttles = new Map<string, string>()
  /** Brokers that do not answer. */
  readonly gone = new Set<number>()
  /** The largest number of partitions that moved at the same time. */
  mostMoving = 0
  /** Begun without a throttle on some broker that takes part. */
  unthrottled: string[] = []
  /** What lies where, keyed `topic-partition-broker`. */
  readonly places = new Map<string, ReplicaFiles>()
  /** Bytes that are free, by broker. */
  readonly free = new Map<number, number>()
  calls = 0
  looksPerMove = 3
  readonly #flights = new Map<string, Flight>()
  #dieAt = Number.POSITIVE_INFINITY

  constructor(snapshot: ClusterSnapshot) {
    const partitions = new Map(snapshot.partitions.map((one) => [`${one.topic}-${one.partition}`, one]))
    this.snapshotNow = { brokers: snapshot.brokers, partitions }
  }

  dieAfter(calls: number): void {
    this.#dieAt = this.calls + calls
  }

  restart(): void {
    this.#dieAt = Number.POSITIVE_INFINITY
  }

  replicas(): Record<string, string> {
    return Object.fromEntries([...this.snapshotNow.partitions].map(([name, { replicas }]) => [name, String(replicas)]))
  }

  /** The topic of the partition is deleted, its reassignment with it. */
  delete(name: string): void {
    this.snapshotNow.partitions.delete(name)
    this.#flights.delete(name)
  }

  /** Somebody else gives it these replicas, in no time. */
  change(name: string, replicas: readonly number[]): void {
    this.#land(name, replicas)
  }

  get flying(): number {
    return this.#flights.size
  }

  async snapshot(): Promise<ClusterSnapshot> {
    this.#call()
    const partitions = [...this.snapshotNow.partitions].map(([name, one]) => {
      return { ...one, isMoving: this.#flights.has(name) }
    })
    return { cluster: 'c1', brokers: this.snapshotNow.brokers, partitions }
  }

  async inFlight(): Promise<InFlight[]> {
    this.#call()
    const found = [...this.#flights].map(([name, { from, to }]) => {
      const { topic, partition } = this.snapshotNow.partitions.get(name)!
      const adding = to.filter((id) => !from.includes(id))
      const removing = from.filter((id) => !to.includes(id))
      return { topic, partition, replicas: [...to, ...removing], adding, removing }
    })
    for (const [name, flight] of this.#flights) if (--flight.looksLeft <= 0) this.#land(name, flight.to)
    return found
  }

  async serving(): Promise<number[]> {
    return this.snapshotNow.brokers.map(({ id }) => id).filter((id) => !this.gone.has(id))
  }

  async files(): Promise<Map<string, ReplicaFiles>> {
    this.#call()
    return new Map(this.places)
  }

  async room(brokers: readonly number[]): Promise<Map<number, number>> {
    this.#call()
    return new Map([...this.free].filter(([id]) => brokers.includes(id)))
  }

  /** A replica is in its new directory when it is looked for the second time. */
  async place(places: readonly ReplicaPlace[]): Promise<string[]> {
    this.#call()
    for (const { topic, partition, broker, dir } of places) {
      this.places.set(`${topic}-${partition}-${broker}`, { bytes: 10, dir, future: null })
    }
    return []
  }

  async alter(assignments: readonly Assignment[], allowRfChange: boolean): Promise<string[]> {
    this.#call()
    const refused = assignments.flatMap(({ topic, partition, replicas }): string[] => {
      const name = `${topic}-${partition}`
      const now = this.snapshotNow.partitions.get(name)!.replicas
      if (replicas === null) {
        const flight = this.#flights.get(name)
        // As Kafka does: what is left of the list while moving, so the target's order, not the former one.
        if (flight !== undefined) {
          const merged = [...flight.to, ...flight.from.filter((id) => !flight.to.includes(id))]
          this.#land(
            name,
            merged.filter((id) => flight.from.includes(id)),
          )
        }
        return []
      }
      if (replicas.length !== now.length && !allowRfChange) return [`${name}: INVALID_REPLICATION_FACTOR`]
      if (String(replicas) === String(now)) this.#flights.delete(name)
      else this.#flights.set(name, { from: now, to: replicas, looksLeft: this.looksPerMove + (partition % 3) })
      return []
    })
    this.mostMoving = Math.max(this.mostMoving, this.#flights.size)
    this.#call()
    return refused
  }

  async electPreferred(): Promise<void> {
    this.#call()
  }

  async readThrottles(settings: readonly Omit<ThrottleSetting, 'value'>[]): Promise<ThrottleSetting[]> {
    this.#call()
    return settings
      .filter(({ entity }) => !('broker' in entity && this.gone.has(entity.broker)))
      .map((one) => ({ ...one, value: this.throttles.get(settingName(one)) ?? null }))
  }

  async writeThrottles(settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]> {
    const left: ThrottleSetting[] = []
    for (const one of settings) {
      this.#call()
      if ('broker' in one.entity && this.gone.has(one.entity.broker)) left.push(one)
      else if (one.value === null) this.throttles.delete(settingName(one))
      else this.throttles.set(settingName(one), one.value)
    }
    this.#call()
    return left
  }

  #land(name: string, replicas: readonly number[]): void {
    this.#flights.delete(name)
    const fact = this.snapshotNow.partitions.get(name)!
    this.snapshotNow.partitions.set(name, { ...fact, replicas, isr: replicas, leader: replicas[0]! })
  }

  #call(): void {
    if (++this.calls >= this.#dieAt) {
      this.#dieAt = this.calls
      throw new ProcessDied()
    }
  }
}

function settingName({ entity, key }: Omit<ThrottleSetting, 'value'>): string {
  return `${'broker' in entity ? `broker ${entity.broker}` : `topic ${entity.topic}`} ${key}`
}

/** Time that passes as soon as somebody waits for it. */
export class HurriedClock implements Clock {
  #nowMs = 1_700_000_000_000

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): Timer {
    let isCancelled = false
    queueMicrotask(() => {
      this.#nowMs += delayMs
      if (!isCancelled) callback()
    })
    return {
      cancel: () => {
        isCancelled = true
      },
    }
  }

  defer(callback: () => void): void {
    queueMicrotask(callback)
  }
}
