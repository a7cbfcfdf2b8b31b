/**
 * How far copying is: bytes that lie on the brokers that get replicas, of those that the other replicas have. Works for moves
 * of a plan and for what somebody else has begun, since it only looks at what the brokers hold.
 */
import { added, type Move } from './model.ts'
import type { InFlight, ReplicaFiles } from './world.ts'

/** Replicas that grow, and one that is whole. */
export interface Growing {
  readonly topic: string
  readonly partition: number
  /** Brokers that get a replica. */
  readonly to: readonly number[]
  /** Brokers that have it. */
  readonly whole: readonly number[]
  /** Where a directory is changed on a broker: the directory. */
  readonly into?: ReadonlyMap<number, string>
}

export interface Copied {
  readonly done: number
  readonly total: number
}

export function growingOfMove(move: Move): Growing {
  const into = new Map(
    move.to.flatMap((id, place): [number, string][] => {
      const dir = move.logDirs?.[place] ?? 'any'
      return dir === 'any' || !move.from.includes(id) ? [] : [[id, dir]]
    }),
  )
  return { topic: move.topic, partition: move.partition, to: added(move), whole: move.from, into }
}

export function growingOfFlight({ topic, partition, replicas, adding }: InFlight): Growing {
  return { topic, partition, to: adding, whole: replicas.filter((id) => !adding.includes(id)) }
}

/** Bytes that are there of what is to be there. A replica may be larger than what it is copied from for a moment. */
export function copied(growing: readonly Growing[], files: ReadonlyMap<string, ReplicaFiles>): Copied {
  let [done, total] = [0, 0]
  for (const { topic, partition, to, whole, into } of growing) {
    const at = (id: number) => files.get(`${topic}-${partition}-${id}`)
    const size = whole.reduce((most, id) => Math.max(most, at(id)?.bytes ?? 0), 0)
    for (const id of to) {
      total += size
      done += Math.min(size, at(id)?.bytes ?? 0)
    }
    for (const [id, dir] of into ?? []) {
      const there = at(id)
      if (there === undefined) continue
      total += there.bytes
      done += there.dir === dir ? there.bytes : Math.min(there.bytes, there.future?.bytes ?? 0)
    }
  }
  return { done, total }
}

/** The same for one partition; null where no broker tells a size. */
export function sizesOf(growing: Growing, files: ReadonlyMap<string, ReplicaFiles>): Copied | null {
  const { topic, partition, whole } = growing
  return whole.some((id) => files.has(`${topic}-${partition}-${id}`)) ? copied([growing], files) : null
}

/** How fast it goes, from looks at it. The first ones count less and less, so that a new pace shows soon. */
export class Pace {
  #last: { readonly ms: number; readonly done: number } | undefined
  #bytesPerSecond: number | null = null

  /** Takes a look at a moment; returns bytes a second and what is left in ms, null: not known yet. */
  look(
    ms: number,
    { done, total }: Copied,
  ): { readonly bytesPerSecond: number | null; readonly leftMs: number | null } {
    const last = this.#last
    if (last !== undefined && ms > last.ms) {
      const now = (Math.max(0, done - last.done) * 1000) / (ms - last.ms)
      this.#bytesPerSecond = this.#bytesPerSecond === null ? now : this.#bytesPerSecond * 0.6 + now * 0.4
    }
    this.#last = { ms, done }
    const rate = this.#bytesPerSecond
    const leftMs = rate === null || rate < 1 ? null : Math.ceil((Math.max(0, total - done) * 1000) / rate)
    return { bytesPerSecond: rate === null ? null : Math.round(rate), leftMs }
  }
}
