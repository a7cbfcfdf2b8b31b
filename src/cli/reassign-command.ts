/** What the commands of `mq reassign` that make or carry out a plan share: flags, the view of a plan, the run. */
import * as Flags from '@oclif/core/flags'
import { EXIT, UsageError } from '../base/errors.ts'
import { parseRateBytes } from '../base/units.ts'
import type { Progress } from '../output/progress.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { formatDuration, formatRate, formatSize } from '../output/units.ts'
import { InterruptedError } from './failure.ts'
import { dryRunFlag, integerFlag, yesFlag } from './flags.ts'
import { SafeStopCommand, type Stoppable } from './safe-stop.ts'

/** `50MB/s` or `auto`. */
const throttleFlag = Flags.custom<number | 'auto'>({
  helpValue: 'RATE|auto',
  parse: async (input) => {
    const rate = input === 'auto' ? 'auto' : parseRateBytes(input)
    if (rate !== undefined) return rate
    throw new UsageError(`--throttle needs a rate such as 50MB/s, or auto, not "${input}"`)
  },
})

const list = (helpValue: string, summary: string) =>
  Flags.string({ multiple: true, multipleNonGreedy: true, helpValue, summary })

export const topicsFlag = list('TOPIC,...', 'Only these topics, or partitions: orders or orders:0-3. Default: all.')
export const brokersFlag = list('ID,...', 'Brokers that are to hold them. Default: all.')
export const excludeFlag = list('ID,...', 'Brokers that are to hold none of them.')
export const allowRfChangeFlag = Flags.boolean({ summary: 'Let the number of replicas change.' })

/** For commands that make a plan. */
export const planFlags = {
  throttle: throttleFlag({
    summary: 'Bytes a second that a broker copies at most; auto: from what producers write now. Default: no limit.',
  }),
  batch: integerFlag({ min: 1, default: 50, summary: 'Partitions that move at the same time.' }),
  'per-broker': integerFlag({ min: 1, default: 10, summary: 'Replicas that a broker receives at the same time.' }),
}

/** For commands that carry their plan out, too. */
export const moveFlags = { ...planFlags, 'dry-run': dryRunFlag, yes: yesFlag }

/** Ids `1,2` and again, as numbers. */
export function idList(texts: readonly string[] | undefined, flag: string): number[] {
  return (texts ?? []).flatMap((text) =>
    text.split(',').map((one) => {
      if (/^\d+$/.test(one.trim())) return Number(one)
      throw new UsageError(`${flag} needs ids of brokers such as 1,2, not "${text}"`)
    }),
  )
}

/** What --brokers names; null: all brokers. */
export function brokerIds(texts: readonly string[] | undefined): number[] | null {
  return texts === undefined ? null : idList(texts, '--brokers')
}

type MoveRow = {
  topic: string
  partition: number
  from: readonly number[]
  to: readonly number[]
  bytes: number | null
}
type Range = { readonly least: number; readonly most: number }
type Figures = {
  readonly score: number
  readonly replicas: Range
  readonly leaders: Range
  readonly bytes: Range | null
  readonly rackViolations: number
}

/** A plan as far as people and scripts see it. */
export interface PlanView {
  readonly hash: string
  readonly cluster: string
  readonly body: {
    readonly batches: readonly (readonly MoveRow[])[]
    readonly skipped: readonly { readonly topic: string; readonly partition: number; readonly reason: string }[]
    readonly throttle: number | null
    readonly bytesToMove: number
    readonly estimatedMs: number | null
    readonly before: Figures
    readonly after: Figures
  }
}

export interface ReassignResult<P extends PlanView = PlanView> {
  cluster: string
  hash: string
  throttle: number | null
  bytesToMove: number
  estimatedMs: number | null
  before: P['body']['before']
  after: P['body']['after']
  moves: (MoveRow & { batch: number })[]
  skipped: P['body']['skipped'][number][]
  /** Null: nothing was begun. */
  operation: { id: string; outcome: string; findings: readonly string[] } | null
}

export interface RunOutcome {
  readonly id: string
  readonly outcome: 'done' | 'cancelled' | 'paused'
  readonly findings: readonly string[]
}

/** What carries a plan out. */
export interface PlanRunner<P, C> {
  control(): C
  exclusively<T>(control: C, work: () => Promise<T>): Promise<T>
  run(plan: P, control: C): Promise<RunOutcome>
}

type StepControl = Stoppable & {
  onProgress: (progress: { text: string; done?: number; total?: number }) => void
}

const ROWS_MAX = 50
/** How long a throttle's plan watches what producers write. */
const WATCH_MS = 3000
/** Off a terminal a run says how far it is about as often as somebody reads a log. */
const SAY_EVERY_MS = 15_000

export abstract class ReassignCommand<R = unknown> extends SafeStopCommand<R> {
  private spinner: Progress | undefined
  private stepText = ''

  /** What is said while the spinner turns has a line of its own. */
  protected override note(text: string): void {
    this.clearSpinner()
    super.note(text)
  }

  protected override warning(text: string): void {
    this.clearSpinner()
    super.warning(text)
  }

  private clearSpinner(): void {
    if (this.spinner !== undefined && process.stderr.isTTY === true) process.stderr.write('\r\u001b[2K')
  }

  /** For the session. */
  protected get hooks() {
    return { work: `mq ${this.typedId}`, warn: (text: string) => this.warning(text), onStep: this.onStep }
  }

  /** The flags of a plan as the planner takes them. */
  protected planOptions(flags: { batch: number; 'per-broker': number; throttle?: number | 'auto' | undefined }) {
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    return { batch, throttle: flags.throttle, watchMs: WATCH_MS }
  }

  /**
   * Makes the plan, shows it, asks, carries it out, all while nobody else works on the cluster. Where nothing has to move it says so; a dry
   * run makes and shows the plan alone, and keeps nobody out.
   */
  protected async planAndRun<P extends PlanView, C extends StepControl>(
    session: PlanRunner<P, C>,
    flags: { 'dry-run'?: boolean | undefined; yes?: boolean | undefined },
    makePlan: () => Promise<P>,
  ): Promise<ReassignResult<P>> {
    if (flags['dry-run'] === true) {
      const plan = await makePlan()
      this.showPlan(plan)
      if (isEmpty(plan)) this.note(nothingText(plan))
      return this.planResult(plan, null)
    }
    const control = session.control()
    this.aborter.signal.addEventListener('abort', () => control.abandon(), { once: true })
    const ended = session.exclusively(control, async () => {
      const plan = await makePlan()
      this.showPlan(plan)
      if (isEmpty(plan)) {
        this.note(nothingText(plan))
        return this.planResult(plan, null)
      }
      const { batches, bytesToMove } = plan.body
      const what = `${batches.flat().length} partitions (${formatSize(bytesToMove)} to copy)`
      await this.confirm(`Change ${what}?`, { yes: flags.yes })
      return this.planResult(plan, await this.carryOut(control, () => session.run(plan, control)))
    })
    this.giveBack(ended)
    return ended
  }

  /** Shows the plan to people. */
  protected showPlan<P extends PlanView>({ hash, body }: P): void {
    const moves = body.batches.flat()
    if (moves.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'FROM', value: (row) => row.from.join(',') },
            { header: 'TO', value: (row) => row.to.join(',') },
            { header: 'SIZE', value: (row) => formatSize(row.bytes), align: 'right' },
          ],
          moves.slice(0, ROWS_MAX),
        ),
      )
      if (moves.length > ROWS_MAX) this.say(`and ${moves.length - ROWS_MAX} more`)
      this.say()
    }
    for (const { topic, partition, reason } of body.skipped.slice(0, ROWS_MAX)) {
      this.warning(`${topic}-${partition} is left as it is: ${reason}`)
    }
    this.say(
      renderFields([
        ['plan', hash.slice(0, 12)],
        ['partitions', moves.length],
        ['batches', body.batches.length],
        ['to copy', formatSize(body.bytesToMove)],
        ['throttle', body.throttle === null ? 'none' : formatRate(body.throttle)],
        ['takes about', body.estimatedMs === null ? null : formatDuration(body.estimatedMs)],
        ['balance', `${body.before.score} -> ${body.after.score} of 100`],
        ...spreads(body.before, body.after),
      ]),
    )
  }

  protected planResult<P extends PlanView>(plan: P, operation: RunOutcome | null): ReassignResult<P> {
    const { hash, cluster, body } = plan
    return {
      ...{ cluster, hash, throttle: body.throttle, bytesToMove: body.bytesToMove, estimatedMs: body.estimatedMs },
      ...{ before: body.before, after: body.after, skipped: [...body.skipped] },
      moves: body.batches.flatMap((moves, index) => moves.map((move) => ({ ...move, batch: index + 1 }))),
      operation,
    }
  }

  /** A step has begun. */
  protected readonly onStep = (step: { readonly title: string }, index: number, count: number): void => {
    this.stepText = step.title
    this.spinner?.update(step.title)
    if (this.spinner === undefined || process.stderr.isTTY !== true)
      this.note(`${step.title}, step ${index + 1} of ${count}`)
  }

  /** Carries out `work`; tells how it ended, and ends the command accordingly. */
  protected async carryOut(control: StepControl, work: () => Promise<RunOutcome>): Promise<RunOutcome> {
    this.spinner = await this.progress('beginning')
    const startedMs = performance.now()
    let saidMs = startedMs
    let first: { readonly ms: number; readonly done: number; readonly step: string } | undefined
    control.onProgress = ({ text, done, total }) => {
      const nowMs = performance.now()
      let far = ''
      if (done !== undefined && total !== undefined && total > 0) {
        if (first?.step !== this.stepText) first = { ms: nowMs, done, step: this.stepText }
        const gained = done - first.done
        const leftMs = gained > 0 ? ((nowMs - first.ms) * (total - done)) / gained : null
        far = `, ${formatSize(done)} of ${formatSize(total)}`
        if (leftMs !== null && done < total) far += `, ${formatDuration(leftMs)} left`
      }
      const line = `${this.stepText}: ${text}${far}`
      this.spinner?.update(line)
      if (process.stderr.isTTY === true || nowMs - saidMs < SAY_EVERY_MS) return
      saidMs = nowMs
      this.note(line)
    }
    const result = await this.stopSafely(control, work).finally(() => {
      this.spinner?.stop()
      this.spinner = undefined
    })
    const took = formatDuration(performance.now() - startedMs)
    if (result.outcome === 'paused') {
      throw new InterruptedError(
        `stopped at a safe point; what was begun goes on in the cluster, mq reassign resume goes on with ${result.id}`,
      )
    }
    this.note(`${result.id}: ${result.outcome} after ${took}`)
    for (const finding of result.findings) this.warning(finding)
    if (result.findings.length > 0) this.finishWith(EXIT.finding)
    return result
  }
}

function isEmpty({ body }: PlanView): boolean {
  return body.batches.flat().length === 0
}

/** Why a plan is empty. */
export function nothingText({ body }: PlanView): string {
  return body.skipped.length === 0 ? 'nothing to move: the cluster is as it is asked for' : 'nothing can move now'
}

/** Least and most of each figure, before and after. */
function spreads(before: Figures, after: Figures): [string, string][] {
  const range = ({ least, most }: Range, show: (value: number) => string) => `${show(least)}..${show(most)}`
  const line = (one: Range, other: Range, show: (value: number) => string) =>
    `${range(one, show)} -> ${range(other, show)}`
  const rows: [string, string][] = [
    ['replicas', line(before.replicas, after.replicas, String)],
    ['leaders', line(before.leaders, after.leaders, String)],
  ]
  if (before.bytes !== null && after.bytes !== null) rows.push(['bytes', line(before.bytes, after.bytes, formatSize)])
  if (before.rackViolations + after.rackViolations > 0) {
    rows.push(['short of racks', `${before.rackViolations} -> ${after.rackViolations} partitions`])
  }
  return rows.map(([name, text]) => [name === 'short of racks' ? name : `${name} a broker`, text])
}
