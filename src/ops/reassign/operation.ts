/**
 * Reassigning as an operation of the engine: one step a batch. A step looks at each partition before it touches it: it is
 * where the plan found it, on its way, or there; anything else is somebody else's change and stops the operation.
 */
import { MqError, RefusedError } from '../../base/errors.ts'
import type { Control, Operation, Step } from '../engine/operation.ts'
import type { Plan } from '../engine/plan.ts'
import { checkMoves } from './checker.ts'
import { added, type Move, moveBytes, type ReassignGoal, type Skipped } from './model.ts'
import type { Score } from './score.ts'
import { planThrottles, removeThrottles, setThrottles, type ThrottleRecord } from './throttling.ts'
import type { InFlight, ReassignWorld } from './world.ts'

export type ReassignBody = {
  readonly goal: ReassignGoal
  /** The assignment came from a file or was typed: racks and preferred leaders are as somebody wanted them. */
  readonly isGiven: boolean
  readonly batches: readonly (readonly Move[])[]
  /** Bytes a second of each broker; null: as fast as it goes. */
  readonly throttle: number | null
  readonly bytesToMove: number
  readonly estimatedMs: number | null
  readonly skipped: readonly Skipped[]
  readonly before: Score
  readonly after: Score
}

type Before = { readonly throttles: ThrottleRecord | null }

const LOOK_MS = 500
/** How long the nodes may take to hear of a change that the controller has finished. */
const SETTLE_MS = 30_000
const BYTES_EVERY = 6

export class ReassignOperation implements Operation<ReassignBody> {
  readonly kind = 'reassign'
  readonly #world: ReassignWorld
  readonly #warn: (text: string) => void

  constructor(world: ReassignWorld, warn: (text: string) => void = () => {}) {
    this.#world = world
    this.#warn = warn
  }

  steps(plan: Plan<ReassignBody>): Step[] {
    const { batches, throttle } = plan.body
    return batches.map(
      (moves, index): Step => ({
        id: `batch-${index + 1}`,
        title: `batch ${index + 1} of ${batches.length} (${moves.length} partitions)`,
        prepare: async (): Promise<Before> => {
          await this.#look(moves, 'forward')
          const copies = moves.some((move) => added(move).length > 0)
          return { throttles: throttle === null || !copies ? null : await planThrottles(this.#world, moves, throttle) }
        },
        apply: (before, control) => this.#apply(moves, before as Before, control),
        undo: (before, control) => this.#undo(moves, before as Before, control),
      }),
    )
  }

  async check({ body }: Plan<ReassignBody>): Promise<void> {
    const foreign = await this.#world.inFlight()
    if (foreign.length > 0) {
      const [first] = foreign
      throw new RefusedError(
        `${foreign.length} partitions are being reassigned by somebody else, ${first!.topic}-${first!.partition} among them`,
        'wait until they have ended: mq reassign status shows them',
      )
    }
    const snapshot = await this.#world.snapshot({ sizes: false })
    const demands = { ...body.goal, mayChangeLeaders: body.isGiven || body.goal.balance, mayLoseRacks: body.isGiven }
    const wrong = checkMoves(snapshot, body.batches.flat(), demands)
    if (wrong.length === 0) return
    const rest = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`
    throw new RefusedError(`the plan does not pass the check: ${wrong[0]!.message}${rest}`, 'make a new plan')
  }

  async verify({ body }: Plan<ReassignBody>): Promise<string[]> {
    const { partitions } = await this.#world.snapshot({ sizes: false })
    const now = new Map(partitions.map((one) => [`${one.topic}-${one.partition}`, one]))
    return body.batches.flat().flatMap(({ topic, partition, to }) => {
      const name = `${topic}-${partition}`
      const fact = now.get(name)
      if (fact === undefined) return [`${name} is not there any more`]
      if (fact.isMoving) return [`${name} is still being reassigned`]
      if (String(fact.replicas) !== String(to)) return [`${name} has the replicas ${fact.replicas}, not ${to}`]
      const behind = to.filter((id) => !fact.isr.includes(id))
      return behind.length === 0 ? [] : [`${name}: ${behind} not in sync`]
    })
  }

  async #apply(moves: readonly Move[], { throttles }: Before, control: Control): Promise<void> {
    const waiting = await this.#look(moves, 'forward')
    if (throttles !== null) await setThrottles(this.#world, throttles)
    const refused = await this.#world.alter(
      waiting.map(({ topic, partition, to }) => ({ topic, partition, replicas: to })),
      waiting.some(({ from, to }) => from.length !== to.length),
    )
    if (refused.length > 0) throw refusal(refused)
    await this.#settle(moves, 'forward', control)
    await this.#world.electPreferred(moves.filter(({ from, to }) => from[0] !== to[0]))
    await this.#unthrottle(throttles)
  }

  async #undo(moves: readonly Move[], { throttles }: Before, control: Control): Promise<void> {
    const flying = byName(await this.#world.inFlight())
    const own = moves.filter((move) => leadsTo(flying.get(nameOf(move)), move.to))
    const given = await this.#world.alter(
      own.map((move) => ({ ...move, replicas: null })),
      true,
    )
    if (given.length > 0) throw refusal(given)
    const there = await this.#look(moves, 'back')
    const refused = await this.#world.alter(
      there.map(({ topic, partition, from }) => ({ topic, partition, replicas: from })),
      true,
    )
    if (refused.length > 0) throw refusal(refused)
    await this.#settle(moves, 'back', control)
    await this.#world.electPreferred(there.filter(({ from, to }) => from[0] !== to[0]))
    await this.#unthrottle(throttles)
  }

  async #unthrottle(throttles: ThrottleRecord | null): Promise<void> {
    if (throttles === null) return
    const left = await removeThrottles(this.#world, throttles)
    for (const one of left) this.#warn(`${one} could not be taken away: it does not answer`)
  }

  /** The moves that have not begun; throws when a partition is neither before, on, nor after its move. */
  async #look(moves: readonly Move[], way: 'forward' | 'back'): Promise<Move[]> {
    // Somebody who has just finished may not be known to the broker that answers: look twice before giving up.
    for (let attempt = 1; ; attempt += 1) {
      const flying = byName(await this.#world.inFlight())
      const { partitions } = await this.#world.snapshot({ sizes: false })
      const now = new Map(partitions.map((one) => [nameOf(one), one]))
      const waiting: Move[] = []
      const strange: string[] = []
      for (const move of moves) {
        const [name, start, goal] = [
          nameOf(move),
          way === 'forward' ? move.from : move.to,
          way === 'forward' ? move.to : move.from,
        ]
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
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** Waits until every partition is where it belongs, and says how far it is. */
  async #settle(moves: readonly Move[], way: 'forward' | 'back', control: Control): Promise<void> {
    const total = moves.reduce((sum, move) => sum + moveBytes(move), 0)
    let idleSince: number | undefined
    let copied = 0
    for (let round = 0; ; round += 1) {
      const flying = byName(await this.#world.inFlight())
      const left = moves.filter((move) => flying.has(nameOf(move)))
      if (left.length === 0) {
        const { partitions } = await this.#world.snapshot({ sizes: false })
        const now = new Map(partitions.map((one) => [nameOf(one), String(one.replicas)]))
        const off = moves.filter((move) => now.get(nameOf(move)) !== String(way === 'forward' ? move.to : move.from))
        if (off.length === 0) return
        idleSince ??= control.clock.monotonicMs()
        if (control.clock.monotonicMs() - idleSince > SETTLE_MS) throw ended(off[0]!, now.get(nameOf(off[0]!)))
      } else if (way === 'forward' && total > 0 && round % BYTES_EVERY === 0) copied = await this.#copied(moves)
      control.report({
        text: `${moves.length - left.length} of ${moves.length} partitions`,
        ...(total === 0 || way === 'back' ? {} : { done: copied, total }),
      })
      await control.sleep(LOOK_MS)
    }
  }

  async #copied(moves: readonly Move[]): Promise<number> {
    const bytes = await this.#world.replicaBytes()
    return moves.reduce((sum, move) => {
      const here = added(move).map((id) => Math.min(move.bytes ?? 0, bytes.get(`${nameOf(move)}-${id}`) ?? 0))
      return sum + here.reduce((total, one) => total + one, 0)
    }, 0)
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

function refusal(messages: readonly string[]): MqError {
  const rest = messages.length === 1 ? '' : `, and ${messages.length - 1} more`
  return new MqError('MQ_REASSIGN', `the controller refused ${messages[0]}${rest}`)
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
