/**
 * The engine: carries out a plan step by step and writes down each step before and after it, so that a run killed at any
 * point goes on where it was. Order of one step: read what undoing needs, write it down, change, write down that it is done.
 * A step that was begun is applied again after a kill, which is why steps are idempotent.
 */
import type { Clock } from '../../base/clock.ts'
import { MqError, RefusedError } from '../../base/errors.ts'
import { Journal, type JournalEntry, type Outcome } from './journal.ts'
import { type Operation, type Step, Stopped } from './operation.ts'
import { isIntact, type Json, type Plan } from './plan.ts'
import { applyEntry, type OperationState, replayJournal } from './progress.ts'
import type { StopControl } from './stop-control.ts'
import type { ClusterLock, OperationStore, StoredOperation } from './store.ts'

const VERIFY_MS = 10_000
const VERIFY_PAUSE_MS = 500

export interface EngineOptions {
  readonly store: OperationStore
  readonly clock: Clock
  /** Who works here, for the journal and for other operators: `user@host pid 12`. */
  readonly operator: string
  readonly clusterLock?: ClusterLock | undefined
  /** Keeps the process alive until what it returns is called: all connections may be lost for a while, and timers alone do not. */
  readonly hold?: () => () => void
  /** Called when a step begins. */
  readonly onStep?: (step: Step, index: number, count: number) => void
}

export interface RunResult {
  readonly id: string
  /** `paused`: stopped at a safe point; resume goes on. */
  readonly outcome: Outcome | 'paused'
  /** What of the goal does not hold although every step is done. Empty unless done. */
  readonly findings: readonly string[]
}

type EntryBody = JournalEntry extends infer E ? (E extends JournalEntry ? Omit<E, 'atMs'> : never) : never

export class Engine {
  readonly #options: EngineOptions
  /** Whose run holds both locks. */
  #holder: StopControl | undefined

  constructor(options: EngineOptions) {
    this.#options = options
  }

  /** Begins the plan. Refused while another operation of this cluster has not ended, and when the check says no. */
  async run<B extends Json>(operation: Operation<B>, plan: Plan<B>, control: StopControl): Promise<RunResult> {
    this.#checkPlan(operation, plan)
    return this.#locked(control, async () => {
      const { store, clock, operator } = this.#options
      const open = store.unfinished()
      if (open !== undefined) throw unfinishedError(open)
      await operation.check(plan)
      const { id, journal } = store.create(plan, clock.nowMs())
      return this.#withJournal(id, journal, async (log) => {
        log.write({ type: 'begun', operator, plan })
        return this.#goOn(operation, log, control)
      })
    })
  }

  /** Goes on with an operation that was stopped or killed, also with its cancellation. */
  async resume<B extends Json>(operation: Operation<B>, id: string, control: StopControl): Promise<RunResult> {
    return this.#reopen(id, control, async (log) => {
      this.#checkPlan(operation, log.state.plan)
      if (log.state.outcome !== undefined) return this.#ended(operation, log, control)
      log.write({ type: 'resumed', operator: this.#options.operator })
      return this.#goOn(operation, log, control)
    })
  }

  /** Puts back what the step under way has changed; with `alsoDone` what all steps have changed, last one first. */
  async cancel<B extends Json>(
    operation: Operation<B>,
    id: string,
    control: StopControl,
    options: { readonly alsoDone?: boolean } = {},
  ): Promise<RunResult> {
    return this.#reopen(id, control, async (log) => {
      this.#checkPlan(operation, log.state.plan)
      if (log.state.outcome !== undefined) {
        throw new RefusedError(`operation ${id} has ended (${log.state.outcome}): there is nothing to cancel`)
      }
      log.write({ type: 'cancelling', alsoDone: options.alsoDone ?? false })
      return this.#goOn(operation, log, control)
    })
  }

  /** Tries again to take away what steps had to leave behind; returns what is still there. */
  async tidy<B extends Json>(operation: Operation<B>, id: string, control: StopControl): Promise<Json[]> {
    return this.#reopen(id, control, async (log) => {
      for (const [step, left] of [...log.state.left]) log.leave(step, (await operation.tidy?.(left)) ?? null)
      return [...log.state.left.values()]
    })
  }

  /**
   * Does `work` while nobody else works on the cluster. Throws RefusedError while somebody does. What it runs with the same `control` goes
   * under the same locks: a plan that was made here is carried out on the cluster that it was made for.
   */
  exclusively<T>(control: StopControl, work: () => Promise<T>): Promise<T> {
    return this.#locked(control, work)
  }

  #checkPlan(operation: Pick<Operation, 'kind'>, plan: Plan): void {
    const { cluster } = this.#options.store
    if (plan.kind !== operation.kind) {
      throw new MqError('MQ_PLAN', `this is a plan for ${plan.kind}, not for ${operation.kind}`)
    }
    if (plan.cluster !== cluster) {
      throw new RefusedError(`the plan was made for cluster ${plan.cluster}, and this is ${cluster}`)
    }
    if (!isIntact(plan)) throw new MqError('MQ_PLAN', 'the plan was changed after it was made')
  }

  async #locked<T>(control: StopControl, work: () => Promise<T>): Promise<T> {
    if (this.#holder === control) return work()
    const local = this.#options.store.lock()
    const letGo = this.#options.hold?.()
    try {
      // Somebody else may work on the cluster from the moment the lock is gone: not one step more.
      const onCluster = await this.#options.clusterLock?.take(this.#options.operator, (lost) => control.abandon(lost))
      this.#holder = control
      try {
        return await work()
      } finally {
        this.#holder = undefined
        await onCluster?.release()
      }
    } finally {
      letGo?.()
      local.release()
    }
  }

  async #reopen<T>(id: string, control: StopControl, work: (log: Log) => Promise<T>): Promise<T> {
    return this.#locked(control, async () => {
      const { store } = this.#options
      return this.#withJournal(id, Journal.open(store.disk, store.find(id).directory), work)
    })
  }

  async #withJournal<T>(id: string, journal: Journal, work: (log: Log) => Promise<T>): Promise<T> {
    try {
      return await work(new Log(id, journal, this.#options.clock))
    } finally {
      journal.close()
    }
  }

  async #goOn<B extends Json>(operation: Operation<B>, log: Log, control: StopControl): Promise<RunResult> {
    const steps = operation.steps(log.state.plan as Plan<B>)
    try {
      if (log.state.cancelling === undefined) await this.#forward(steps, log, control)
      else await this.#back(steps, log, control, log.state.cancelling.alsoDone)
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
      const goesOn = error.message === '' ? '' : `: ${error.message}`
      log.write({ type: 'paused', reason: `${control.reason}${goesOn}` })
      return { id: log.id, outcome: 'paused', findings: [] }
    }
    log.write({ type: 'ended', outcome: log.state.cancelling === undefined ? 'done' : 'cancelled' })
    return this.#ended(operation, log, control)
  }

  /** What is found is looked at again for a while: the broker that was asked may not have heard the latest yet. */
  async #ended<B extends Json>(operation: Operation<B>, log: Log, control: StopControl): Promise<RunResult> {
    const outcome = log.state.outcome!
    const { id } = log
    if (outcome !== 'done') return { id, outcome, findings: [] }
    const untilMs = control.clock.monotonicMs() + VERIFY_MS
    for (;;) {
      const findings = await operation.verify(log.state.plan as Plan<B>)
      const isLast = findings.length === 0 || control.isStopping || control.clock.monotonicMs() >= untilMs
      if (isLast) return { id, outcome, findings }
      await control.sleep(VERIFY_PAUSE_MS)
    }
  }

  async #forward(steps: readonly Step[], log: Log, control: StopControl): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const known = log.step(step.id)
      if (known?.state === 'done') continue
      stopHere(control)
      this.#options.onStep?.(step, index, steps.length)
      const before = known?.before ?? (await step.prepare(control))
      // Looking may take its time, and nothing has begun: whoever asked for a stop meanwhile has it here.
      stopHere(control)
      if (known === undefined) log.write({ type: 'step', step: step.id, before })
      control.onLeft = (left) => log.leave(step.id, left)
      await step.apply(before, control)
      log.write({ type: 'step-done', step: step.id })
    }
  }

  async #back(steps: readonly Step[], log: Log, control: StopControl, alsoDone: boolean): Promise<void> {
    for (const known of [...log.state.steps].reverse()) {
      if (known.state === 'undone' || (known.state === 'done' && !alsoDone)) continue
      const index = steps.findIndex((one) => one.id === known.id)
      const step = steps[index]
      if (step === undefined) throw new MqError('MQ_JOURNAL', `the plan has no step ${known.id}, the journal has`)
      stopHere(control)
      this.#options.onStep?.(step, index, steps.length)
      control.onLeft = (left) => log.leave(step.id, left)
      await step.undo(known.before, control)
      log.write({ type: 'step-undone', step: step.id })
    }
  }
}

/** Between two steps: the safe point that every operation has. */
function stopHere(control: StopControl): void {
  control.signal.throwIfAborted()
  if (control.isStopping) throw new Stopped()
}

/** Kinds that are no noun of the command line. */
const RESUMED_BY: Readonly<Record<string, string>> = {
  'rolling-restart': 'mq broker restart --rolling, mq broker restart --rolling --cancel',
}

/** The commands that end an operation of this kind, one way or the other. */
export function waysOn(kind: string): string {
  return RESUMED_BY[kind] ?? `mq ${kind} resume, mq ${kind} cancel`
}

/** An operation that has not ended keeps another one out. */
export function unfinishedError({ id, state }: StoredOperation): RefusedError {
  return new RefusedError(
    `operation ${id} (begun by ${state.operator}) has not ended; nothing was changed`,
    `resume or cancel it first: ${waysOn(state.plan.kind)}`,
  )
}

/** A journal with the state that its entries give. */
class Log {
  readonly id: string
  readonly state: OperationState
  readonly #journal: Journal
  readonly #clock: Clock

  constructor(id: string, journal: Journal, clock: Clock) {
    this.id = id
    this.#journal = journal
    this.#clock = clock
    const [first] = journal.entries
    // Of a new journal the first entry comes right after; nobody looks at the plan before.
    this.state = replayJournal(journal.entries) ?? emptyState(first)
  }

  step(id: string): OperationState['steps'][number] | undefined {
    return this.state.steps.find((one) => one.id === id)
  }

  leave(step: string, left: Json | null): void {
    // What was in order stays unsaid.
    if (left !== null || this.state.left.has(step)) this.write({ type: 'left', step, left })
  }

  write(body: EntryBody): void {
    const entry = { ...body, atMs: this.#clock.nowMs() } as JournalEntry
    this.#journal.append(entry)
    if (entry.type === 'begun') Object.assign(this.state, replayJournal([entry]))
    else applyEntry(this.state, entry)
  }
}

function emptyState(first: JournalEntry | undefined): OperationState {
  if (first !== undefined) throw new MqError('MQ_JOURNAL', 'the journal does not begin with its plan')
  return {
    plan: { format: 1, kind: '', cluster: '', body: null, hash: '' },
    operator: '',
    begunAtMs: 0,
    lastAtMs: 0,
    steps: [],
    cancelling: undefined,
    pausedBecause: undefined,
    outcome: undefined,
    left: new Map(),
  }
}
