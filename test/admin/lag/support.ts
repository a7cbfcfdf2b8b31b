/** Groups as looks show them, made from a few numbers. */
import type { GroupLag, LagRow } from '../../../src/admin/lag.ts'
import type { LagSource, LookEnd } from '../../../src/admin/lag/probe.ts'
import { type GroupReport, reportGroups } from '../../../src/admin/lag/report.ts'
import { LagHistory, type WindowShape } from '../../../src/admin/lag/window.ts'

/** A partition; `owner` is the member that reads it. */
export function row(partition: number, committed: number | null, logEnd: number, more: Partial<LagRow> = {}): LagRow {
  const lag = committed === null ? null : Math.max(0, logEnd - committed)
  return {
    ...{ topic: 'orders', partition, committed, logStart: 0, logEnd, lag, timeLagMs: lag === null ? null : lag * 1000 },
    ...{ lost: committed === null ? null : 0, memberId: null, clientId: null, reason: null, ...more },
  }
}

/** A group of these partitions. */
export function group(name: string, partitions: LagRow[], more: Partial<GroupLag> = {}): GroupLag {
  const lags = partitions.map(({ lag }) => lag).filter((lag) => lag !== null)
  const times = partitions.map(({ timeLagMs }) => timeLagMs).filter((time) => time !== null)
  return {
    ...{ group: name, type: 'classic', state: 'Stable', members: 1, partitions },
    totalLag: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0),
    maxTimeLagMs: times.length === 0 ? null : Math.max(...times),
    ...more,
  }
}

/** Looks in a row, each what `looks` says or throws; the last goes on. Time passes by sleeping only. */
export class Looks implements LagSource {
  nowMs = 0
  taken = 0
  readonly #looks: readonly (readonly GroupLag[] | Error)[]
  readonly #history: LagHistory
  readonly errors: LookEnd['errors'] = []
  /** How long each look takes. */
  tookMs = 0

  constructor(looks: readonly (readonly GroupLag[] | Error)[], shape: WindowShape = { spanMs: 10_000, samples: 11 }) {
    this.#looks = looks
    this.#history = new LagHistory(shape)
  }

  look = async (take: (group: GroupReport) => void): Promise<LookEnd> => {
    const found = this.#looks[Math.min(this.taken++, this.#looks.length - 1)]!
    if (found instanceof Error) throw found
    this.nowMs += this.tookMs
    this.#history.observe(found, this.nowMs)
    const judge = { minimumSpanMs: this.#history.shape.spanMs * 0.9 }
    for (const group of reportGroups(found, this.#history, judge)) take(group)
    return { at: this.nowMs, errors: this.errors }
  }

  sleep = async (ms: number): Promise<void> => {
    this.nowMs += ms
  }
}
