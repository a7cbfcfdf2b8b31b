/**
 * A report of health for people and scripts, made of a look and its findings; and `HealthProbe`, which looks again and again and
 * holds each look against the one before.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ItemError, itemError } from '../../admin/items.ts'
import { ClusterClient } from '../../client/cluster-client.ts'
import type { ClientOptions } from '../../client/options.ts'
import { healthFindings, isAtWork } from './findings.ts'
import { lookAtCluster } from './look.ts'
import type { Finding, HealthSnapshot, LockLook } from './model.ts'
import { STUCK_MS } from './partition-findings.ts'

export interface HealthReport {
  clusterId: string | null
  /** ms since the epoch. */
  at: number
  healthy: boolean
  quorum: { leader: number | null; epoch: number | null; voters: number[] } | null
  brokers: { id: number; rack: string | null; state: 'serving' | 'fenced' | 'unreachable' }[]
  /** Null: nobody could be asked. */
  partitions: {
    total: number
    offline: number
    underReplicated: number
    underMinIsr: number
    atMinIsr: number
    moving: number
  } | null
  /** Begun on this machine and not ended. */
  operations: { id: string; kind: string; operator: string; begunAt: number; state: 'running' | 'stopped' }[]
  /** Who works on the cluster as a whole now, from whatever machine; null: nobody, or it cannot be seen. */
  lock: { operator: string; host: string; since: number | null; work: string | null } | null
  findings: Finding[]
}

/** The report of a look. */
export function reportOf(now: HealthSnapshot, before: HealthSnapshot | undefined, atMs: number): HealthReport {
  const findings = healthFindings(now, before)
  const count = (code: Finding['code']) => findings.find((one) => one.code === code)?.partitions.length ?? 0
  const { quorum } = now
  return {
    clusterId: now.clusterId,
    at: atMs,
    healthy: findings.length === 0,
    quorum:
      quorum === null
        ? null
        : { leader: quorum.leader, epoch: quorum.epoch, voters: quorum.voters.map(({ id }) => id) },
    brokers: now.brokers.map(({ id, rack, fenced, error }) => ({
      ...{ id, rack, state: fenced === true ? 'fenced' : error === undefined ? 'serving' : 'unreachable' },
    })),
    partitions: {
      total: now.partitions.length,
      offline: count('offline-partitions'),
      underReplicated: count('under-replicated'),
      underMinIsr: count('under-min-isr'),
      atMinIsr: count('at-min-isr'),
      moving: now.moves.length,
    },
    operations: now.operations.map((one) => ({
      ...{ id: one.id, kind: one.kind, operator: one.operator, begunAt: one.begunAtMs },
      state: isAtWork(now, one) ? 'running' : 'stopped',
    })),
    lock: now.lock === null ? null : lockOf(now.lock),
    findings,
  }
}

function lockOf({ operator, host, sinceMs, work }: LockLook): NonNullable<HealthReport['lock']> {
  return { operator, host, since: sinceMs, work }
}

function unreachable(error: ItemError, clusterId: string | null, atMs: number): HealthReport {
  const finding: Finding = {
    ...{ code: 'cluster-unreachable', severity: 'critical', message: `no broker can be asked: ${error.message}` },
    ...{ hint: error.hint ?? 'look whether the brokers run, and whether this machine reaches them' },
    ...{ nodes: [], partitions: [] },
  }
  return {
    clusterId,
    at: atMs,
    healthy: false,
    quorum: null,
    brokers: [],
    partitions: null,
    operations: [],
    lock: null,
    findings: [finding],
  }
}

/** Whoever asks about health does not wait a minute for a controller that is not there. */
const PATIENCE = { apiTimeoutMs: 6000, requestTimeoutMs: 5000, connectTimeoutMs: 5000 }

export class HealthProbe {
  readonly #options: ClientOptions
  #client: ClusterClient | undefined
  #before: HealthSnapshot | undefined

  constructor(options: ClientOptions) {
    const within = (key: keyof typeof PATIENCE) => Math.min(options[key], PATIENCE[key])
    this.#options = {
      ...options,
      ...{ apiTimeoutMs: within('apiTimeoutMs'), requestTimeoutMs: within('requestTimeoutMs') },
      connectTimeoutMs: within('connectTimeoutMs'),
    }
  }

  /**
   * One report; where something may move it takes a second look to see whether it does. Rejects when nobody can be asked.
   */
  async once(signal: AbortSignal): Promise<HealthReport> {
    const first = await this.#look()
    const isMoving = first.moves.length > 0 || first.throttles.length > 0
    if (!isMoving) return reportOf(first, undefined, Date.now())
    await sleep(STUCK_MS + 100, undefined, { signal })
    return reportOf(await this.#look(), first, Date.now())
  }

  /** One report, held against the one before; that nobody can be asked is a finding. */
  async next(): Promise<HealthReport> {
    const before = this.#before
    try {
      const now = await this.#look()
      // Looks that follow each other quickly are held against an older one, or nothing would ever stand still.
      if (before === undefined || now.atMs - before.atMs >= STUCK_MS) this.#before = now
      return reportOf(now, before, Date.now())
    } catch (error) {
      return unreachable(itemError(error), before?.clusterId ?? null, Date.now())
    }
  }

  close(): void {
    this.#client?.close()
  }

  async #look(): Promise<HealthSnapshot> {
    this.#client ??= await ClusterClient.connect(this.#options)
    return lookAtCluster(this.#client)
  }
}
