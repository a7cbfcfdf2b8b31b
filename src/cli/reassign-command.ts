/** What the commands of `mq reassign` that make or carry out a plan share: flags, the view of a plan, the run. */
import * as Flags from '@oclif/core/flags'
import { EXIT, UsageError } from '../base/errors.ts'
import { parseRateBytes } from '../base/units.ts'
import type { Progress } from '../output/progress.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { formatDuration, formatRate, formatSize } from '../output/units.ts'
import { InterruptedError } from './failure.ts'
import { integerFlag } from './flags.ts'
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

/** For commands that make a plan. */
export const planFlags = {
  throttle: throttleFlag({
    summary: 'Bytes a second that a broker copies at most; auto: from what producers write now. Default: no limit.',
  }),
  batch: integerFlag({ min: 1, default: 50, summary: 'Partitions that move at the same time.' }),
  'per-broker': integerFlag({ min: 1, default: 10, summary: 'Replicas that a broker receives at the same time.' }),
}

/** Ids `1,2` and again, as numbers. */
export function idList(texts: readonly string[] | undefined, flag: string): number[] {
  return (texts ?? []).flatMap((text) =>
    text.split(',').map((one) => {
      if (/^\d+$/.test(one.trim())) return Number(one)
      throw new UsageError(`${flag} needs ids of brokers such as 1,2, not "${text}"`)
    }),
  )
}

type MoveRow = {
  topic: string
  partition: number
  from: readonly number[]
  to: readonly number[]
  bytes: number | null
}
type Figures = { readonly score: number }

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

const ROWS_MAX = 50

export abstract class ReassignCommand<R = unknown> extends SafeStopCommand<R> {
  private spinner: Progress | undefined
  private stepText = ''

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
  protected async carryOut(
    control: Stoppable & { onProgress: (progress: { text: string; done?: number; total?: number }) => void },
    work: () => Promise<RunOutcome>,
  ): Promise<RunOutcome> {
    this.spinner = await this.progress('beginning')
    const startedMs = performance.now()
    control.onProgress = ({ text, done, total }) => {
      const share = total === undefined ? '' : `, ${formatSize(done ?? 0)} of ${formatSize(total)}`
      const tookMs = performance.now() - startedMs
      const left =
        total === undefined || !done || done >= total
          ? ''
          : `, ${formatDuration((tookMs * (total - done)) / done)} left`
      this.spinner?.update(`${this.stepText}: ${text}${share}${left}`)
    }
    const result = await this.stopSafely(control, work).finally(() => this.spinner?.stop())
    const took = formatDuration(performance.now() - startedMs)
    if (result.outcome === 'paused') {
      throw new InterruptedError(`stopped at a safe point; mq reassign resume goes on with ${result.id}`)
    }
    this.note(`${result.id}: ${result.outcome} after ${took}`)
    for (const finding of result.findings) this.warning(finding)
    if (result.findings.length > 0) this.finishWith(EXIT.finding)
    return result
  }
}
