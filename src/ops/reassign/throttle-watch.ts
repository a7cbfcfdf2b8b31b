/**
 * What a throttle has to be above, by watching how the leaders' replicas grow for a moment: when a plan is made, and again when one of
 * a file is carried out, since producers may write more by then.
 */
import type { Control } from '../engine/operation.ts'
import { added, type ClusterSnapshot, type Move } from './model.ts'
import { autoThrottle, checkedThrottle, throttleNeed, type ThrottleNeed } from './throttle.ts'
import type { ReassignWorld } from './world.ts'

export interface Watch {
  readonly snapshot: ClusterSnapshot
  readonly batches: readonly (readonly Move[])[]
  readonly watchMs: number
  readonly control: Pick<Control, 'clock' | 'sleep'>
}

/** What each batch takes; undefined where nothing is copied. */
export async function watchNeeds(world: ReassignWorld, watch: Watch): Promise<ThrottleNeed[] | undefined> {
  const { snapshot, batches, watchMs, control } = watch
  if (!batches.flat().some((move) => added(move).length > 0)) return undefined
  const topics = [...new Set(batches.flat().map(({ topic }) => topic))]
  const first = await world.files({ topics })
  const startedMs = control.clock.monotonicMs()
  await control.sleep(watchMs)
  const second = await world.files({ topics })
  const seconds = (control.clock.monotonicMs() - startedMs) / 1000
  const leaders = new Map(snapshot.partitions.map((one) => [`${one.topic}-${one.partition}`, one.leader]))
  const leaderOf = ({ topic, partition }: Pick<Move, 'topic' | 'partition'>) => leaders.get(`${topic}-${partition}`)!
  const ingestOf = (topic: string, partition: number) => {
    const key = `${topic}-${partition}-${leaderOf({ topic, partition })}`
    // Retention may take more than producers give.
    return Math.max(0, (second.get(key)?.bytes ?? 0) - (first.get(key)?.bytes ?? 0)) / seconds
  }
  return batches.map((moves) => throttleNeed(moves, ingestOf, leaderOf))
}

/** Throws RefusedError for a throttle that, by what is written now, can never finish; null is none. */
export async function recheckThrottle(
  world: ReassignWorld,
  { throttle, ...watch }: Omit<Watch, 'snapshot'> & { readonly throttle: number | null },
): Promise<void> {
  if (throttle === null) return
  const snapshot = await world.snapshot({ sizes: false })
  const needs = await watchNeeds(world, { ...watch, snapshot })
  if (needs !== undefined) rateFor(needs, throttle)
}

/** The rate for all batches. Throws RefusedError for one that can never finish. */
export function rateFor(needs: readonly ThrottleNeed[], asked: number | 'auto'): number {
  if (asked === 'auto') return Math.max(...needs.map(autoThrottle))
  for (const need of needs) checkedThrottle(asked, need)
  return asked
}
