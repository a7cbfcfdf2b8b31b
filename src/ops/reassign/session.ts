/** What the commands of `mq reassign` do, over one connection: make a plan, carry it out, look at it, go on, give it up. */
import { readLogDirs } from '../../admin/log-dirs.ts'
import type { Clock } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type Engine, type RunResult, unfinishedError } from '../engine/engine.ts'
import { openEngine } from '../engine/open.ts'
import type { Step } from '../engine/operation.ts'
import { type Plan, sealPlan } from '../engine/plan.ts'
import { StopControl } from '../engine/stop-control.ts'
import type { OperationStore, StoredOperation } from '../engine/store.ts'
import { stepId } from './batch-step.ts'
import { type BatchLimits, makeBatches } from './batches.ts'
import { checkMoves } from './checker.ts'
import { placesOf } from './directories.ts'
import type { FileAssignment } from './kafka-json.ts'
import { KafkaWorld } from './kafka-world.ts'
import { type ClusterSnapshot, type Move, moveBytes, NOTHING_ASKED, type ReassignGoal } from './model.ts'
import { type ReassignBody, ReassignOperation, verifyMoves } from './operation.ts'
import { planReassignment } from './planner.ts'
import { balanceScore } from './score.ts'
import { throttledMs } from './throttle.ts'
import { rateFor, recheckThrottle, watchNeeds } from './throttle-watch.ts'
import { throttleNames, type ThrottleRecord } from './throttling.ts'
import type { InFlight, ReassignWorld, ReplicaFiles } from './world.ts'

export type ReassignPlan = Plan<ReassignBody>

export interface PlanOptions {
  readonly batch: BatchLimits
  /** Bytes a second, derived, or none. */
  readonly throttle: number | 'auto' | undefined
  /** How long the ingest is watched for a throttle. */
  readonly watchMs: number
}

export interface SessionHooks {
  /** The command, for the journal and for other operators: `mq reassign run`. */
  readonly work: string
  readonly warn: (text: string) => void
  readonly onStep: (step: Step, index: number, count: number) => void
}

const GIVEN_UP_MS = 200

export class ReassignSession {
  readonly world: ReassignWorld
  readonly #clock: Clock
  readonly #engine: Engine
  readonly #store: OperationStore
  readonly #operation: ReassignOperation
  readonly #client: ClusterClient

  private constructor(client: ClusterClient, cluster: string, hooks: SessionHooks) {
    const world = new KafkaWorld(client)
    this.#client = client
    this.world = world
    const { engine, store, clock } = openEngine(client, { cluster, ...hooks })
    this.#engine = engine
    this.#store = store
    this.#clock = clock
    this.#operation = new ReassignOperation(world, hooks.warn)
  }

  static async open(client: ClusterClient, hooks: SessionHooks): Promise<ReassignSession> {
    const { clusterId } = await client.metadata()
    return new ReassignSession(client, clusterId ?? 'unknown', hooks)
  }

  control(): StopControl {
    return new StopControl(this.#clock)
  }

  /** A plan for the goal. Throws RefusedError where a rule forbids it. */
  async plan(goal: ReassignGoal, options: PlanOptions): Promise<ReassignPlan> {
    const snapshot = await this.world.snapshot({ sizes: true })
    const { moves, skipped } = planReassignment(snapshot, goal)
    return this.#seal(snapshot, { goal, isGiven: false, moves, skipped }, options)
  }

  /** A plan that does what a file or the user says, batch by batch, after the same checks. */
  async planGiven(
    wanted: readonly FileAssignment[],
    allowRfChange: boolean,
    options: PlanOptions,
  ): Promise<ReassignPlan> {
    const snapshot = await this.world.snapshot({ sizes: true })
    const now = new Map(snapshot.partitions.map((one) => [`${one.topic}-${one.partition}`, one]))
    const isPlaced = placesOf(wanted.map(({ replicas, ...one }) => ({ ...one, to: replicas }))).length > 0
    const files = isPlaced
      ? await this.world.files({ topics: [...new Set(wanted.map(({ topic }) => topic))] })
      : new Map()
    const moves = wanted.flatMap(({ topic, partition, replicas, logDirs }): Move[] => {
      const fact = now.get(`${topic}-${partition}`)
      if (fact === undefined)
        throw new MqError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${partition}`)
      const isPlacedRight = (logDirs ?? []).every((dir, at) => {
        const lies = files.get(`${topic}-${partition}-${replicas[at]}`)
        return dir === 'any' || (lies?.dir === dir && lies.future === null)
      })
      if (String(fact.replicas) === String(replicas) && isPlacedRight) return []
      const places = logDirs === undefined || logDirs.every((dir) => dir === 'any') ? {} : { logDirs }
      return [{ topic, partition, from: fact.replicas, to: replicas, bytes: fact.bytes, ...places }]
    })
    await this.#checkDirectories(moves)
    return this.#seal(
      snapshot,
      { goal: { ...NOTHING_ASKED, allowRfChange }, isGiven: true, moves, skipped: [] },
      options,
    )
  }

  /** A directory that its broker does not have is a slip that only shows when everything is under way. */
  async #checkDirectories(moves: readonly Move[]): Promise<void> {
    const places = placesOf(moves)
    if (places.length === 0) return
    const brokers = [...new Set(places.map(({ broker }) => broker))]
    const { directories } = await readLogDirs(this.#client, { brokers, topics: [] })
    for (const { topic, partition, broker, dir } of places) {
      const known = directories
        .filter((row) => row.broker === broker && row.error === undefined)
        .map(({ path }) => path)
      if (known.includes(dir)) continue
      throw new MqError('LOG_DIR_NOT_FOUND', `${topic}-${partition}: broker ${broker} has no log directory ${dir}`, {
        hint: `it has ${known.join(', ') || 'none that can be read'}`,
      })
    }
  }

  async #seal(
    snapshot: ClusterSnapshot,
    made: Pick<ReassignBody, 'goal' | 'isGiven' | 'skipped'> & { moves: readonly Move[] },
    options: PlanOptions,
  ): Promise<ReassignPlan> {
    const { goal, isGiven, skipped, moves } = made
    const demands = { ...goal, mayChangeLeaders: isGiven || goal.balance, mayLoseRacks: isGiven }
    const [wrong] = checkMoves(snapshot, moves, demands)
    if (wrong !== undefined) {
      // What the user wrote is refused; what the planner made must never get here.
      throw new MqError('MQ_REASSIGN_CHECK', wrong.message, { exitCode: 4 })
    }
    await this.#operation.checkRoom(moves)
    const batches = makeBatches(moves, options.batch)
    const { throttle: asked, watchMs } = options
    const watched = { snapshot, batches, watchMs, control: this.control() }
    const needs = asked === undefined ? undefined : await watchNeeds(this.world, watched)
    const throttle = needs === undefined ? null : rateFor(needs, asked!)
    return sealPlan('reassign', snapshot.cluster, {
      ...{ goal, isGiven, batches, throttle, skipped },
      bytesToMove: moves.reduce((sum, move) => sum + moveBytes(move), 0),
      estimatedMs: needs?.reduce((sum, need) => sum + (throttledMs(throttle, need) ?? 0), 0) ?? null,
      before: balanceScore(snapshot, [], goal.exclude),
      after: balanceScore(snapshot, moves, goal.exclude),
    })
  }

  /** Throws RefusedError where what is written now would keep a plan's throttle from ever finishing. Watches for `watchMs`. */
  checkThrottle({ body: { batches, throttle } }: ReassignPlan, watchMs: number): Promise<void> {
    return recheckThrottle(this.world, { batches, throttle, watchMs, control: this.control() })
  }

  /** Throws RefusedError while an operation of this cluster has not ended, so that nobody is asked for nothing. */
  assertIdle(): void {
    const open = this.#store.unfinished()
    if (open !== undefined) throw unfinishedError(open)
  }

  /**
   * Does `work` while nobody else works on the cluster: a plan that is made in it stays true until `run` with the same control, also on a
   * cluster that had no groups before its lock. Throws RefusedError while an operation has not ended, or somebody else works there.
   */
  exclusively<T>(control: StopControl, work: () => Promise<T>): Promise<T> {
    this.assertIdle()
    return this.#engine.exclusively(control, () => {
      this.assertIdle()
      return work()
    })
  }

  run(plan: ReassignPlan, control: StopControl): Promise<RunResult> {
    return this.#engine.run(this.#operation, plan, control)
  }

  async resume(id: string, control: StopControl): Promise<RunResult> {
    return this.#withLeft(await this.#engine.resume(this.#operation, id, control))
  }

  async cancel(id: string, control: StopControl, alsoDone: boolean): Promise<RunResult> {
    return this.#withLeft(await this.#engine.cancel(this.#operation, id, control, { alsoDone }))
  }

  /** Of a reassignment that was given up, what could not be put back; a replica behind is no failure of that. */
  async #withLeft(result: RunResult): Promise<RunResult> {
    if (result.outcome !== 'cancelled') return result
    const moves = movesOf(this.#store.find(result.id))
    return { ...result, findings: await verifyMoves(this.world, moves, { inSync: false }) }
  }

  /** What of the plan does not hold now. */
  verify(plan: ReassignPlan): Promise<string[]> {
    return this.#operation.verify(plan)
  }

  /**
   * What of an operation does not hold now: of one that was cancelled, batches that were put back are to be as they were, and
   * those that had ended before as the plan has them.
   */
  async verifyOperation(operation: StoredOperation): Promise<{ partitions: number; findings: string[] }> {
    const moves = movesOf(operation)
    return { partitions: moves.length, findings: await verifyMoves(this.world, moves) }
  }

  /** What of an assignment in Kafka's format does not hold now. */
  verifyGiven(wanted: readonly FileAssignment[]): Promise<string[]> {
    return verifyMoves(
      this.world,
      wanted.map(({ replicas, ...one }) => ({ ...one, to: replicas })),
    )
  }

  /** Tries again to take away throttles that had to stay on brokers that were gone; returns what stays, in words. */
  async tidy(id: string): Promise<string[]> {
    if (this.#store.find(id).state.left.size === 0) return []
    const left = await this.#engine.tidy(this.#operation, id, this.control())
    return left.flatMap((one) => throttleNames(one as ThrottleRecord))
  }

  /** Reassignments on this machine's record, oldest first. */
  operations(): StoredOperation[] {
    return this.#store.list().filter(({ state }) => state.plan.kind === 'reassign')
  }

  /** The operation of this id, or with none the one that has not ended, or else the last one. */
  operation(id: string | undefined, which: 'unfinished' | 'last'): StoredOperation {
    if (id !== undefined) return this.#store.find(id)
    const all = this.operations()
    const open = all.findLast(({ state }) => state.outcome === undefined)
    const found = open ?? (which === 'last' ? all.at(-1) : undefined)
    if (found !== undefined) return found
    throw new MqError('MQ_UNKNOWN_OPERATION', 'no reassignment that was begun from this machine is open', {
      hint: 'mq reassign status shows what the cluster is doing',
    })
  }

  inFlight(): Promise<InFlight[]> {
    return this.world.inFlight()
  }

  /** Sizes of the replicas that are under way and of those that they come from. */
  async filesOf(flights: readonly InFlight[]): Promise<Map<string, ReplicaFiles>> {
    const brokers = [...new Set(flights.flatMap(({ replicas }) => replicas))]
    if (brokers.length === 0) return new Map()
    const serving = await this.world.serving()
    const there = brokers.filter((id) => serving.includes(id))
    return this.world.files({ brokers: there, topics: [...new Set(flights.map(({ topic }) => topic))] })
  }

  /** Gives up what is under way for these partitions, whoever began it; returns when the cluster has done so. */
  async giveUp(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void> {
    const control = this.control()
    await this.#engine.exclusively(control, async () => {
      const refused = await this.world.alter(
        partitions.map(({ topic, partition }) => ({ topic, partition, replicas: null })),
        true,
      )
      if (refused[0] !== undefined) throw new MqError('MQ_REASSIGN', `the cluster refused ${refused[0]}`)
      const isOne = (one: InFlight) =>
        partitions.some(({ topic, partition }) => topic === one.topic && partition === one.partition)
      while ((await this.world.inFlight()).some(isOne)) await control.sleep(GIVEN_UP_MS)
    })
  }

  nowMs(): number {
    return this.#clock.monotonicMs()
  }
}

/** Where the operation has left its partitions: batches that were put back as they were, those that ended as planned. */
function movesOf({ state }: StoredOperation): Pick<Move, 'topic' | 'partition' | 'to' | 'logDirs'>[] {
  const { batches } = (state.plan as ReassignPlan).body
  const stateOf = (index: number) => state.steps.find(({ id }) => id === stepId(index))?.state
  return batches.flatMap((batch, index): Pick<Move, 'topic' | 'partition' | 'to' | 'logDirs'>[] => {
    if (state.outcome !== 'cancelled' || stateOf(index) === 'done') return [...batch]
    if (stateOf(index) !== 'undone') return []
    return batch.map(({ topic, partition, from }) => ({ topic, partition, to: from }))
  })
}
