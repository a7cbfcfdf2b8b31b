/** `mq reassign status`: what moves on the cluster and how far it is, and the reassignments on this machine's record. */
import { setTimeout as pause } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { durationFlag } from '../../cli/flags.ts'
import { ReassignCommand } from '../../cli/reassign-command.ts'
import { growingOfFlight, copied, Pace, sizesOf } from '../../ops/reassign/copying.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'
import type { InFlight, ReplicaFiles } from '../../ops/reassign/world.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration, formatRate, formatSize, formatTime } from '../../output/units.ts'

export interface ReassignStatusResult {
  operations: {
    id: string
    hash: string
    operator: string
    begunAt: number
    lastAt: number
    state: 'open' | 'paused' | 'cancelling' | 'done' | 'cancelled'
    /** Why it stands still; null unless paused. */
    reason: string | null
    batches: number
    batchesDone: number
  }[]
  moving: {
    topic: string
    partition: number
    replicas: number[]
    adding: number[]
    removing: number[]
    /** Bytes that lie on the brokers that get replicas, of those that are to lie there; null: no size is known. */
    copiedBytes: number | null
    totalBytes: number | null
  }[]
  copiedBytes: number
  totalBytes: number
  /** Null: nothing is copied, or the pace is not known yet. */
  bytesPerSecond: number | null
  leftMs: number | null
}

/** Ended operations that people see; programs get all. */
const ENDED_SHOWN = 5
/** Between the two looks that give the pace. */
const PACE_MS = 1000

export default class ReassignStatus extends ReassignCommand<ReassignStatusResult | undefined> {
  static override summary = 'Show what is being reassigned and how far it is.'
  static override description =
    'First the reassignments that were begun on this machine, then the partitions that the cluster is moving, whoever began it, ' +
    'with the bytes that are there of what is to be there and the time that is left at the present pace. --watch shows it again ' +
    'and again and ends when nothing moves; with --json one document a line.'
  static override examples = ['<%= config.bin %> reassign status', '<%= config.bin %> reassign status --watch']
  static override flags = {
    watch: Flags.boolean({ summary: 'Until nothing moves.' }),
    interval: durationFlag({ default: 2000, summary: 'Between two looks of --watch.' }),
  }
  protected static override changesCluster = false

  override async run(): Promise<ReassignStatusResult | undefined> {
    const { flags } = await this.parse(ReassignStatus)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    const pace = new Pace()
    if (flags.watch !== true) {
      const first = await this.look(session, pace)
      const isCopying = first.moving.some(({ totalBytes }) => totalBytes !== null && totalBytes > 0)
      if (isCopying) await pause(PACE_MS, undefined, this.aborter)
      const shown = isCopying ? await this.look(session, pace) : first
      this.show(shown)
      return shown
    }
    for (;;) {
      const shown = await this.look(session, pace)
      if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(shown)}\n`)
      else {
        // On a terminal each look takes the place of the one before.
        if (process.stdout.isTTY === true) process.stdout.write('\u001b[H\u001b[2J\u001b[3J')
        this.show(shown)
      }
      if (shown.moving.length === 0) return undefined
      if (!this.jsonEnabled() && process.stdout.isTTY !== true) this.say()
      await pause(flags.interval, undefined, this.aborter)
    }
  }

  private async look(session: ReassignSession, pace: Pace): Promise<ReassignStatusResult> {
    const flights = await session.inFlight()
    const files = await session.filesOf(flights)
    const moving = flights.map((one) => rowOf(one, files))
    const all = copied(flights.map(growingOfFlight), files)
    const { bytesPerSecond, leftMs } =
      all.total === 0 ? { bytesPerSecond: null, leftMs: null } : pace.look(session.nowMs(), all)
    const operations = session.operations().map(({ id, state }): ReassignStatusResult['operations'][number] => ({
      ...{ id, hash: state.plan.hash, operator: state.operator, begunAt: state.begunAtMs, lastAt: state.lastAtMs },
      state:
        state.outcome ??
        (state.cancelling !== undefined ? 'cancelling' : state.pausedBecause === undefined ? 'open' : 'paused'),
      reason: state.outcome === undefined ? (state.pausedBecause ?? null) : null,
      batches: (state.plan.body as { batches: unknown[] }).batches.length,
      batchesDone: state.steps.filter((step) => step.state === 'done').length,
    }))
    return { operations, moving, copiedBytes: all.done, totalBytes: all.total, bytesPerSecond, leftMs }
  }

  private show({ operations, moving, copiedBytes, totalBytes, bytesPerSecond, leftMs }: ReassignStatusResult): void {
    const ended = operations.filter(({ state }) => state === 'done' || state === 'cancelled')
    const old = new Set(ended.slice(0, -ENDED_SHOWN))
    const shown = operations.filter((one) => !old.has(one))
    this.say(
      renderTable(
        [
          { header: 'OPERATION', value: (row) => row.id },
          { header: 'STATE', value: (row) => row.state },
          { header: 'BATCHES', value: (row) => `${row.batchesDone}/${row.batches}`, align: 'right' },
          { header: 'LAST', value: (row) => formatTime(row.lastAt) },
          { header: 'OPERATOR', value: (row) => row.operator },
        ],
        shown,
      ),
    )
    const hidden = operations.length - shown.length
    if (hidden > 0) this.say(`and ${hidden} earlier; --json shows all`)
    for (const { id, reason } of operations) if (reason !== null) this.say(`${id}: ${reason}`)
    this.say()
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'REPLICAS', value: (row) => row.replicas.join(',') },
          { header: 'ADDING', value: (row) => row.adding.join(',') },
          { header: 'REMOVING', value: (row) => row.removing.join(',') },
          { header: 'COPIED', value: (row) => formatSize(row.copiedBytes), align: 'right' },
          { header: 'OF', value: (row) => formatSize(row.totalBytes), align: 'right' },
        ],
        moving,
      ),
    )
    if (totalBytes === 0) return
    const left = leftMs === null ? '' : `, about ${formatDuration(leftMs)} left`
    const rate = bytesPerSecond === null ? '' : ` at ${formatRate(bytesPerSecond)}`
    this.say()
    this.say(`${formatSize(copiedBytes)} of ${formatSize(totalBytes)} copied${rate}${left}`)
  }
}

function rowOf(flight: InFlight, files: ReadonlyMap<string, ReplicaFiles>): ReassignStatusResult['moving'][number] {
  const { topic, partition, replicas, adding, removing } = flight
  const bytes = sizesOf(growingOfFlight(flight), files)
  return {
    ...{ topic, partition, replicas: [...replicas], adding: [...adding], removing: [...removing] },
    ...{ copiedBytes: bytes?.done ?? null, totalBytes: bytes?.total ?? null },
  }
}
