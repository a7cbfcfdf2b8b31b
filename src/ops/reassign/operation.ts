/**
 * Reassigning as an operation of the engine: one step a batch, a check before it begins, and a comparison of the replicas
 * themselves when it has ended.
 */
import { RefusedError } from '../../base/errors.ts'
import type { Operation } from '../engine/operation.ts'
import type { Json, Plan } from '../engine/plan.ts'
import { BatchStep } from './batch-step.ts'
import { checkMoves } from './checker.ts'
import { displaced, placesOf } from './directories.ts'
import { added, type Move, type ReassignGoal, type Skipped } from './model.ts'
import type { Score } from './score.ts'
import { removeThrottles, type ThrottleRecord } from './throttling.ts'
import type { ReassignWorld } from './world.ts'

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

export class ReassignOperation implements Operation<ReassignBody> {
  readonly kind = 'reassign'
  readonly #world: ReassignWorld
  readonly #warn: (text: string) => void

  constructor(world: ReassignWorld, warn: (text: string) => void = () => {}) {
    this.#world = world
    this.#warn = warn
  }

  steps(plan: Plan<ReassignBody>): BatchStep[] {
    const { batches, throttle } = plan.body
    const hint = 'mq reassign resume goes on when that is in order, mq reassign cancel gives it up'
    const check = (moves: readonly Move[]) => this.#checkMoves(plan.body, moves, hint)
    const shared = { count: batches.length, throttle, world: this.#world, warn: this.#warn, check }
    return batches.map((moves, index) => new BatchStep({ ...shared, index, moves }))
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
    await this.#checkMoves(body, body.batches.flat(), 'make a new plan')
    await this.checkRoom(body.batches.flat())
  }

  /** Throws RefusedError where a broker's disks have no room for what it would get: a full disk stops more than the move. */
  async checkRoom(moves: readonly Move[]): Promise<void> {
    const coming = new Map<number, number>()
    for (const move of moves) {
      for (const id of added(move)) coming.set(id, (coming.get(id) ?? 0) + (move.bytes ?? 0))
    }
    if (coming.size === 0) return
    const room = await this.#world.room([...coming.keys()])
    for (const [id, bytes] of coming) {
      const free = room.get(id)
      if (free === undefined || bytes <= free) continue
      const gib = (count: number) => `${(count / 1024 ** 3).toFixed(2)} GiB`
      throw new RefusedError(
        `broker ${id} would get ${gib(bytes)}, and has room for ${gib(free)}`,
        'leave it out with --exclude, or move less at once with --topics',
      )
    }
  }

  async #checkMoves(body: ReassignBody, moves: readonly Move[], hint: string): Promise<void> {
    const snapshot = await this.#world.snapshot({ sizes: false })
    const demands = { ...body.goal, mayChangeLeaders: body.isGiven || body.goal.balance, mayLoseRacks: body.isGiven }
    const wrong = checkMoves(snapshot, moves, demands)
    if (wrong.length === 0) return
    const rest = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`
    throw new RefusedError(`the plan does not pass the check: ${wrong[0]!.message}${rest}`, hint)
  }

  async verify({ body }: Plan<ReassignBody>): Promise<string[]> {
    return verifyMoves(this.#world, body.batches.flat())
  }

  async tidy(left: Json): Promise<Json | null> {
    return removeThrottles(this.#world, left as ThrottleRecord)
  }
}

/** What of the moves' goal does not hold: replicas in their order, all in sync, nothing under way, directories as named. */
export async function verifyMoves(
  world: ReassignWorld,
  moves: readonly Pick<Move, 'topic' | 'partition' | 'to' | 'logDirs'>[],
  { inSync = true }: { readonly inSync?: boolean } = {},
): Promise<string[]> {
  const { partitions } = await world.snapshot({ sizes: false })
  const now = new Map(partitions.map((one) => [`${one.topic}-${one.partition}`, one]))
  const findings = moves.flatMap(({ topic, partition, to }) => {
    const name = `${topic}-${partition}`
    const fact = now.get(name)
    if (fact === undefined) return [`${name} is not there`]
    if (fact.isMoving) return [`${name} is still being reassigned`]
    if (String(fact.replicas) !== String(to)) return [`${name} has the replicas ${fact.replicas}, not ${to}`]
    const behind = inSync ? to.filter((id) => !fact.isr.includes(id)) : []
    return behind.length === 0 ? [] : [`${name}: ${behind} not in sync`]
  })
  const astray = await displaced(world, placesOf(moves))
  return [
    ...findings,
    ...astray.map(({ topic, partition, broker, dir }) => `${topic}-${partition} on broker ${broker} is not in ${dir}`),
  ]
}
