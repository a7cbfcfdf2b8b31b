/**
 * One batch as a step of the engine. It looks at each partition before it touches it: it is where the plan found it, on its
 * way, or there; anything else is somebody else's change and stops the operation. While it waits it may be stopped: what was
 * begun then goes on in the cluster, throttled as it is, until the operation is resumed or cancelled.
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
  /** Where replicas lay that are sent to other directories. */
  readonly places?: readonly ReplicaPlace[]
}

type Way = 'forward' | 'back'

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
  readonly #seen: SeenRates = new Set()

  constructor(o: {
    index: number
    count: number
    moves: readonly Move[]
    throttle: number | null
    world: ReassignWorld
    warn: (text: string) => void
  }) {
    this.id = stepId(o.index)
    this.title = `batch ${o.index + 1} of ${o.count} (${o.moves.length} partitions)`
    this.#moves = o.moves
    this.#throttle = o.throttle
    this.#world = o.world
    this.#warn = o.warn
  }

  async prepare(control: Control): Promise<Before> {
    const [world, moves] = [this.#world, this.#moves]
    await this.#look('forward', control)
    const places = placesOf(moves)
    const copies = places.length > 0 || moves.some((move) => added(move).length > 0)
    return {
      throttles: this.#throttle === null || !copies ? null : await planThrottles(world, moves, this.#throttle),
      ...(places.length === 0 ? {} : { places: await formerPlaces(world, places) }),
    }
  }

  async apply(json: Json, control: Control): Promise<void> {
    const { throttles } = json as Before
    const [world, moves] = [this.#world, this.#moves]
    const waiting = await this.#look('forward', control)
    if (throttles !== null) await setThrottles(world, throttles, this.#seen)
    const places = placesOf(moves)
    // Before the replicas: those that come are then made in the right directory.
    throwRefusals(await sendToPlaces(world, places))
    throwRefusals(
      await world.alter(
        waiting.map(({ topic, partition, to }) => ({ topic, partition, replicas: to })),
        waiting.some(({ from, to }) => from.length !== to.length),
      ),
    )
    await this.#settle('forward', places, throttles, control)
    await world.electPreferred(moves.filter(({ from, to }) => from[0] !== to[0]))
    await this.#unthrottle(throttles, control)
  }

  async undo(json: Json, control: Control): Promise<void> {
    const { throttles, places = [] } = json as Before
    const [world, moves] = [this.#world, this.#moves]
    const flying = byName(await world.inFlight())
    const own = moves.filter((move) => leadsTo(flying.get(nameOf(move)), move.to))
    throwRefusals(
      await world.alter(
        own.map((move) => ({ ...move, replicas: null })),
        true,
      ),
    )
    const there = await this.#look('back', control)
    throwRefusals(
      await world.alter(
        there.map(({ topic, partition, from }) => ({ topic, partition, replicas: from })),
        true,
      ),
    )
    const staying = places.filter(({ topic, partition, broker }) =>
      moves.some((move) => move.topic === topic && move.partition === partition && move.from.includes(broker)),
    )
    throwRefusals(await sendToPlaces(world, staying))
    await this.#settle('back', staying, throttles, control)
    await world.electPreferred(moves.filter(({ from, to }) => from[0] !== to[0]))
    await this.#unthrottle(throttles, control)
  }

  async #unthrottle(throttles: ThrottleRecord | null, control: Control): Promise<void> {
    if (throttles === null) return
    const left = await removeThrottles(this.#world, throttles, this.#seen)
    control.leave(left)
    for (const one of left === null ? [] : throttleNames(left)) {
      this.#warn(`${one} stays: the broker is gone; mq reassign verify takes it away when it is back`)
    }
  }

  /** The moves that have not begun; throws when a partition is neither before, on, nor after its move. */
  async #look(way: Way, control: Control): Promise<Move[]> {
    // Somebody who has just finished may not be known to the broker that answers: look again before giving up.
    for (let attempt = 1; ; attempt += 1) {
      const flying = byName(await this.#world.inFlight())
      const { partitions } = await this.#world.snapshot({ sizes: false })
      const now = new Map(partitions.map((one) => [nameOf(one), one]))
      const waiting: Move[] = []
      const strange: string[] = []
      for (const move of this.#moves) {
        const name = nameOf(move)
        const [start, goal] = way === 'forward' ? [move.from, move.to] : [move.to, move.from]
        const replicas = now.get(name)?.replicas
        const flight = flying.get(name)
        if (leadsTo(flight, goal)) continue
        if (flight !== undefined) strange.push(`${name} is being reassigned to something else`)
        else if (String(replicas) === String(goal)) continue
        // A reassignment that was given up leaves the former replicas in another order.
        else if (isSameSet(replicas, start) || isSameSet(replicas, goal)) waiting.push(move)
        else strange.push(`${name} has the replicas ${replicas ?? 'of a deleted topic'}, not ${start}`)
      }
      if (strange.length === 0) return waiting
      if (attempt === 3)
        throw new RefusedError(`somebody else has changed it: ${strange[0]}`, 'mq reassign cancel, or plan anew')
      await control.sleep(LOOK_MS)
    }
  }

  /** Waits until every partition is where it belongs, and says how far it is. */
  async #settle(
    way: Way,
    places: readonly ReplicaPlace[],
    throttles: ThrottleRecord | null,
    control: Control,
  ): Promise<void> {
    const moves = this.#moves
    let idleSince: number | undefined
    let aside = ''
    for (let round = 0; ; round += 1) {
      const flying = byName(await this.#world.inFlight())
      const left = moves.filter((move) => flying.has(nameOf(move)))
      const astray = left.length > 0 ? places : await displaced(this.#world, places)
      if (left.length === 0) {
        const off = astray.length > 0 ? undefined : await this.#firstOff(way)
        if (astray.length > 0) throwRefusals(await sendToPlaces(this.#world, astray))
        else if (off === undefined) return
        else {
          idleSince ??= control.clock.monotonicMs()
          if (control.clock.monotonicMs() - idleSince > SETTLE_MS) throw ended(off.move, off.replicas)
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
    const move = this.#moves.find((one) => now.get(nameOf(one)) !== String(way === 'forward' ? one.to : one.from))
    return move === undefined ? undefined : { move, replicas: now.get(nameOf(move)) }
  }

  /** Sizes, rates that somebody has changed, and brokers that the batch waits for; what there is to say. */
  async #lookAside(way: Way, throttles: ThrottleRecord | null, _control: Control): Promise<string> {
    const growing = this.#moves.map(growingOfMove).filter(({ to, into }) => to.length > 0 || (into?.size ?? 0) > 0)
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

function ended(move: Move, replicas: string | undefined): MqError {
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
