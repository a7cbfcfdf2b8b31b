/**
 * One batch as a step of the engine. It looks at each partition before it touches it: it is where the plan found it, on its
 * way, or there; anything else is somebody else's change and stops the operation. Giving up is never stopped by that: what cannot
 * be put back is named and left. While it waits it may be stopped: what was begun then goes on in the cluster, throttled as it
 * is, until the operation is resumed or cancelled.
 */
import { MqError, RefusedError } from '../../base/errors.ts'
import { type Control, type Step, Stopped } from '../engine/operation.ts'
import type { Json } from '../engine/plan.ts'
import { copied, growingOfMove } from './copying.ts'
import { displaced, formerPlaces, placesOf, sendToPlaces } from './directories.ts'
import { added, type Move } from './model.ts'
import {
  planThrottles,
  removeThrottles,
  type SeenRates,
  seeRates,
  setThrottles,
  type ThrottleRecord,
  throttleNames,
} from './throttling.ts'
import type { InFlight, ReassignWorld, ReplicaPlace } from './world.ts'

export type Before = {
  readonly throttles: ThrottleRecord | null
  /** The throttles of the way back, for replicas that have been copied already. */
  readonly back?: ThrottleRecord
  /** Where replicas lay that are sent to other directories. */
  readonly places?: readonly ReplicaPlace[]
}

type Way = 'forward' | 'back'

/** Throws RefusedError when these moves may not begin on the cluster as it is now. */
export type BatchCheck = (moves: readonly Move[]) => Promise<void>

const LOOK_MS = 500
/** How long the nodes may take to hear of a change that the controller has finished. */
const SETTLE_MS = 30_000
/** Sizes, rates and brokers are looked at less often than moves. */
const ASIDE_EVERY = 6

/** The step of the batch with this index. */
export function stepId(index: number): string {
  return `batch-${index + 1}`
}

export class BatchStep implements Step {
  readonly id: string
  readonly title: string
  readonly #moves: readonly Move[]
  readonly #throttle: number | null
  readonly #world: ReassignWorld
  readonly #warn: (text: string) => void
  readonly #check: BatchCheck
  readonly #seen: SeenRates = new Set()
  /** Moves of deleted topics, and on the way back those that cannot be put back: nobody waits for them. */
  readonly #aside = new Set<Move>()

  constructor(o: {
    index: number
    count: number
    moves: readonly Move[]
    throttle: number | null
    world: ReassignWorld
    warn: (text: string) => void
    check: BatchCheck
  }) {
    this.id = stepId(o.index)
    this.title = `batch ${o.index + 1} of ${o.count} (${o.moves.length} partitions)`
    this.#moves = o.moves
    this.#throttle = o.throttle
    this.#world = o.world
    this.#warn = o.warn
    this.#check = o.check
  }

  get #left(): Move[] {
    return this.#moves.filter((move) => !this.#aside.has(move))
  }

  async prepare(control: Control): Promise<Before> {
    const world = this.#world
    // Much may have happened since the batch before: nothing has begun here, so this is the moment to refuse.
    await this.#check(await this.#look('forward', control))
    const moves = this.#left
    const places = placesOf(moves)
    const copies = places.length > 0 || moves.some((move) => added(move).length > 0)
    const reverse = moves.map((move) => ({ ...move, from: move.to, to: move.from }))
    const copiesBack = reverse.some((move) => added(move).length > 0)
    return {
      throttles: this.#throttle === null || !copies ? null : await planThrottles(world, moves, this.#throttle),
      ...(this.#throttle === null || !copiesBack ? {} : { back: await planThrottles(world, reverse, this.#throttle) }),
      ...(places.length === 0 ? {} : { places: await formerPlaces(world, places) }),
    }
  }

  async apply(json: Json, control: Control): Promise<void> {
    const { throttles } = json as Before
    const world = this.#world
    const waiting = await this.#look('forward', control)
    if (throttles !== null) await setThrottles(world, throttles, this.#seen)
    const places = placesOf(this.#left)
    // Before the replicas: those that come are then made in the right directory.
    throwRefusals(await sendToPlaces(world, places))
    throwRefusals(
      await world.alter(
        waiting.map(({ topic, partition, to }) => ({ topic, partition, replicas: to })),
        waiting.some(({ from, to }) => from.length !== to.length),
      ),
    )
    await this.#settle('forward', places, throttles, control)
    await this.#elect()
    await this.#unthrottle([throttles], control)
  }

  async undo(json: Json, control: Control): Promise<void> {
    const { throttles, back = null, places = [] } = json as Before
    const world = this.#world
    const flying = byName(await world.inFlight())
    const own = this.#moves.filter((move) => leadsTo(flying.get(nameOf(move)), move.to))
    throwRefusals(
      await world.alter(
        own.map((move) => ({ ...move, replicas: null })),
        true,
      ),
    )
    const there = await this.#reachable(await this.#look('back', control))
    if (back !== null && there.some(({ from, to }) => added({ from: to, to: from }).length > 0)) {
      await setThrottles(world, back, this.#seen)
    }
    throwRefusals(
      await world.alter(
        there.map(({ topic, partition, from }) => ({ topic, partition, replicas: from })),
        true,
      ),
    )
    const staying = places.filter(({ topic, partition, broker }) =>
      this.#left.some((move) => move.topic === topic && move.partition === partition && move.from.includes(broker)),
    )
    throwRefusals(await sendToPlaces(world, staying))
    await this.#settle('back', staying, throttles, control)
    await this.#elect()
    await this.#unthrottle([throttles, back], control)
  }

  async #elect(): Promise<void> {
    await this.#world.electPreferred(this.#left.filter(({ from, to }) => from[0] !== to[0]))
  }

  async #unthrottle(records: readonly (ThrottleRecord | null)[], control: Control): Promise<void> {
    const own = records.filter((record) => record !== null)
    if (own.length === 0) return
    const rates = new Map<string, ThrottleRecord['rates'][number]>()
    for (const record of own) {
      const stays = await removeThrottles(this.#world, record, this.#seen)
      for (const rate of stays?.rates ?? []) rates.set(`${rate.broker} ${rate.key}`, rate)
    }
    const left = rates.size === 0 ? null : { rates: [...rates.values()], lists: [] }
    control.leave(left)
    for (const one of left === null ? [] : throttleNames(left)) {
      this.#warn(`${one} stays: the broker is gone; mq reassign verify takes it away when it is back`)
    }
  }

  /** Of moves to be put back those whose former brokers are there; a copy to one that is gone would never end. */
  async #reachable(moves: readonly Move[]): Promise<Move[]> {
    const serving = await this.#world.serving()
    const { partitions } = await this.#world.snapshot({ sizes: false })
    const now = new Map(partitions.map((one) => [nameOf(one), one.replicas]))
    return moves.filter((move) => {
      const replicas = now.get(nameOf(move)) ?? []
      const gone = move.from.filter((id) => !replicas.includes(id) && !serving.includes(id))
      if (gone.length === 0) return true
      this.#setAside(move, `${nameOf(move)} stays on ${replicas}: broker ${gone.join(', ')} is gone`)
      return false
    })
  }

  #setAside(move: Move, why: string): void {
    if (this.#aside.has(move)) return
    this.#aside.add(move)
    this.#warn(why)
  }

  /**
   * The moves that have not begun. A partition that is neither before, on, nor after its move stops the way forward and is
   * left alone on the way back; one that was deleted is in nobody's way.
   */
  async #look(way: Way, control: Control): Promise<Move[]> {
    // Somebody who has just finished may not be known to the broker that answers: look again before giving up.
    for (let attempt = 1; ; attempt += 1) {
      const flying = byName(await this.#world.inFlight())
      const { partitions } = await this.#world.snapshot({ sizes: false })
      const now = new Map(partitions.map((one) => [nameOf(one), one]))
      const waiting: Move[] = []
      const strange = new Map<Move, string>()
      const deleted: Move[] = []
      for (const move of this.#left) {
        const name = nameOf(move)
        const [start, goal] = way === 'forward' ? [move.from, move.to] : [move.to, move.from]
        const replicas = now.get(name)?.replicas
        const flight = flying.get(name)
        if (leadsTo(flight, goal)) continue
        if (flight !== undefined) strange.set(move, `${name} is being reassigned to something else`)
        else if (replicas === undefined) deleted.push(move)
        else if (String(replicas) === String(goal)) continue
        // A reassignment that was given up leaves the former replicas in another order.
        else if (isSameSet(replicas, start) || isSameSet(replicas, goal)) waiting.push(move)
        else strange.set(move, `${name} has the replicas ${replicas}, not ${start}`)
      }
      if (strange.size + deleted.length === 0) return waiting
      if (attempt < 3) {
        await control.sleep(LOOK_MS)
        continue
      }
      for (const move of deleted) this.#setAside(move, `${nameOf(move)} is not there any more`)
      const [first] = strange.values()
      if (first === undefined) return waiting
      if (way === 'forward') {
        throw new RefusedError(`somebody else has changed it: ${first}`, 'mq reassign cancel, then plan anew')
      }
      for (const [move, what] of strange) this.#setAside(move, `${what}: it is left as it is`)
      return waiting
    }
  }

  /** Waits until every partition is where it belongs, and says how far it is. */
  async #settle(
    way: Way,
    places: readonly ReplicaPlace[],
    throttles: ThrottleRecord | null,
    control: Control,
  ): Promise<void> {
    let idleSince: number | undefined
    let aside = ''
    for (let round = 0; ; round += 1) {
      const moves = this.#left
      const flying = byName(await this.#world.inFlight())
      const left = moves.filter((move) => flying.has(nameOf(move)))
      const here = places.filter((place) => moves.some((move) => nameOf(move) === nameOf(place)))
      const astray = left.length > 0 ? here : await displaced(this.#world, here)
      if (left.length === 0) {
        const off = astray.length > 0 ? undefined : await this.#firstOff(way)
        if (astray.length > 0) throwRefusals(await sendToPlaces(this.#world, astray))
        else if (off === undefined) return
        else {
          idleSince ??= control.clock.monotonicMs()
          if (control.clock.monotonicMs() - idleSince > SETTLE_MS) {
            if (off.replicas !== undefined) throw ended(off.move, off.replicas)
            this.#setAside(off.move, `${nameOf(off.move)} is not there any more`)
          }
        }
      }
      if (control.isStopping) throw new Stopped(`${this.id} goes on in the cluster`)
      if (round % ASIDE_EVERY === 0) aside = await this.#lookAside(way, throttles, control)
      const unfinished = left.length > 0 ? left.length : new Set(astray.map(nameOf)).size
      control.report({
        text: `${moves.length - unfinished} of ${moves.length} partitions${aside}`,
        ...(this.#bytes === undefined ? {} : { done: this.#bytes.done, total: this.#bytes.total }),
      })
      await control.sleep(LOOK_MS)
    }
  }
  #bytes: { readonly done: number; readonly total: number } | undefined

  /** The first partition that nobody moves and that is not where it belongs. */
  async #firstOff(way: Way): Promise<{ move: Move; replicas: string | undefined } | undefined> {
    const { partitions } = await this.#world.snapshot({ sizes: false })
    const now = new Map(partitions.map((one) => [nameOf(one), String(one.replicas)]))
    const move = this.#left.find((one) => now.get(nameOf(one)) !== String(way === 'forward' ? one.to : one.from))
    return move === undefined ? undefined : { move, replicas: now.get(nameOf(move)) }
  }

  /** Sizes, rates that somebody has changed, and brokers that the batch waits for; what there is to say. */
  async #lookAside(way: Way, throttles: ThrottleRecord | null, _control: Control): Promise<string> {
    const growing = this.#left.map(growingOfMove).filter(({ to, into }) => to.length > 0 || (into?.size ?? 0) > 0)
    if (way === 'forward' && growing.length > 0) {
      const brokers = [...new Set(growing.flatMap(({ to, whole, into }) => [...to, ...whole, ...(into?.keys() ?? [])]))]
      const serving = await this.#world.serving()
      const topics = [...new Set(growing.map(({ topic }) => topic))]
      const there = brokers.filter((id) => serving.includes(id))
      this.#bytes = copied(growing, await this.#world.files({ brokers: there, topics }))
      if (throttles !== null) await seeRates(this.#world, throttles, this.#seen)
      const gone = [...new Set(growing.flatMap(({ to }) => to))].filter((id) => !serving.includes(id))
      if (gone.length > 0) return `, waiting for broker ${gone.join(', ')}, which is gone`
    }
    return ''
  }
}

/** Whether the reassignment under way ends in these replicas. */
function leadsTo(flight: InFlight | undefined, goal: readonly number[]): boolean {
  if (flight === undefined) return false
  const target = flight.replicas.filter((id) => !flight.removing.includes(id))
  // The controller keeps the target in order at the head of the list.
  return target.length === goal.length && goal.every((id) => target.includes(id))
}

function isSameSet(replicas: readonly number[] | undefined, other: readonly number[]): boolean {
  return replicas !== undefined && replicas.length === other.length && other.every((id) => replicas.includes(id))
}

function throwRefusals(messages: readonly string[]): void {
  if (messages.length === 0) return
  const rest = messages.length === 1 ? '' : `, and ${messages.length - 1} more`
  throw new MqError('MQ_REASSIGN', `the cluster refused ${messages[0]}${rest}`, {
    hint: 'mq reassign resume tries again, mq reassign cancel puts back what was changed',
  })
}

function ended(move: Move, replicas: string): MqError {
  return new MqError('MQ_REASSIGN', `${nameOf(move)} ended with the replicas ${replicas}, not ${move.to}`, {
    hint: 'somebody has cancelled it: mq reassign resume begins it again, mq reassign cancel gives it up',
  })
}

function byName(flights: readonly InFlight[]): Map<string, InFlight> {
  return new Map(flights.map((one) => [nameOf(one), one]))
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`
}
