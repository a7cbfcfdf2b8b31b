/**
 * How fast replicas may be copied. A throttle also holds back what producers write into the moving partitions meanwhile, so
 * one that is not above that ingest never finishes; it is refused. The rate is per broker, as Kafka's settings are: one for
 * what a broker sends, one for what it receives.
 */
import { RefusedError } from '../../base/errors.ts'
import { added, type Move } from './model.ts'

/** Bytes a second that a partition gets from its producers. */
export type IngestOf = (topic: string, partition: number) => number

export interface ThrottleNeed {
  /** Bytes a second that the throttle has to be above. */
  readonly ingest: number
  /** The broker whose moving replicas get that. */
  readonly broker: number | null
  /** Bytes that the broker with most to copy has to send or to receive. */
  readonly mostBytes: number
}

/** `auto` aims at this long, unless the ingest asks for more. */
const AUTO_MS = 10 * 60_000
const AUTO_LEAST = 10 * 1024 * 1024
/** `auto` leaves this much room above the ingest. */
const AUTO_OVER_INGEST = 2

/** What carrying out these moves at the same time takes. Each move is sent by its leader: `from[0]`, where it is not told. */
export function throttleNeed(
  moves: readonly Move[],
  ingestOf: IngestOf,
  leaderOf: (move: Move) => number = (move) => move.from[0]!,
): ThrottleNeed {
  const receives = new Map<number, { ingest: number; bytes: number }>()
  const sends = new Map<number, { ingest: number; bytes: number }>()
  const note = (map: typeof receives, id: number, ingest: number, bytes: number) => {
    const sum = map.get(id) ?? { ingest: 0, bytes: 0 }
    map.set(id, { ingest: sum.ingest + ingest, bytes: sum.bytes + bytes })
  }
  for (const move of moves) {
    const ingest = ingestOf(move.topic, move.partition)
    for (const id of added(move)) {
      note(receives, id, ingest, move.bytes ?? 0)
      note(sends, leaderOf(move), ingest, move.bytes ?? 0)
    }
  }
  let [ingest, broker, mostBytes]: [number, number | null, number] = [0, null, 0]
  for (const [id, load] of [...receives, ...sends]) {
    if (load.ingest > ingest) [ingest, broker] = [load.ingest, id]
    mostBytes = Math.max(mostBytes, load.bytes)
  }
  return { ingest, broker, mostBytes }
}

/** Returns the rate, or throws RefusedError for one that can never finish. */
export function checkedThrottle(bytesPerSecond: number, need: ThrottleNeed): number {
  if (bytesPerSecond > need.ingest) return bytesPerSecond
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB/s`
  throw new RefusedError(
    `a throttle of ${mib(bytesPerSecond)} can never finish: producers write ${mib(need.ingest)} into the partitions that move ` +
      `to or from broker ${need.broker}`,
    `give more than ${mib(need.ingest)}, --throttle auto, or smaller batches`,
  )
}

/** The rate for `--throttle auto`. */
export function autoThrottle(need: ThrottleNeed): number {
  const forDuration = need.ingest + (need.mostBytes * 1000) / AUTO_MS
  return Math.ceil(Math.max(AUTO_LEAST, need.ingest * AUTO_OVER_INGEST, forDuration))
}

/** How long the copying takes at least; null without a throttle. */
export function throttledMs(bytesPerSecond: number | null, need: ThrottleNeed): number | null {
  if (bytesPerSecond === null) return null
  return Math.ceil((need.mostBytes * 1000) / Math.max(1, bytesPerSecond - need.ingest))
}
