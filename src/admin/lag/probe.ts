/**
 * Looks at groups again and again: one client, which finds the cluster again when it was away, with less patience than a
 * command that asks once, and every look taken into the history. A look that fails throws; the next may succeed.
 */
import { ClusterClient } from '../../client/cluster-client.ts'
import type { ClientOptions } from '../../client/options.ts'
import type { GroupList } from '../group-list.ts'
import { type GroupLag, groupLag, type LagOptions } from '../lag.ts'
import { type GroupReport, reportGroups } from './report.ts'
import type { JudgeOptions } from './verdict.ts'
import { LagHistory, type WindowShape } from './window.ts'

/** What to look at: the groups by name or filter, the topics. */
export type LagSelection = Omit<LagOptions, 'nowMs'>

export interface LagLook {
  /** ms since the epoch. */
  at: number
  groups: GroupReport[]
  /** Why groups are missing. */
  errors: GroupList['errors']
}

export interface LagSource {
  look(): Promise<LagLook>
}

/** Whoever looks every few seconds does not wait a minute for a broker that is not there. */
const PATIENCE = { apiTimeoutMs: 8000, requestTimeoutMs: 5000, connectTimeoutMs: 5000 }

export interface ProbeOptions {
  readonly client: ClientOptions
  readonly selection: LagSelection
  readonly window: WindowShape
  readonly judge?: JudgeOptions
  /** Whether to keep the user's own patience: for a look that is not repeated. */
  readonly once?: boolean
  readonly nowMs: () => number
}

export class LagProbe implements LagSource {
  readonly #options: ProbeOptions
  readonly #history: LagHistory
  #client: ClusterClient | undefined

  constructor(options: ProbeOptions) {
    const within = (key: keyof typeof PATIENCE) => Math.min(options.client[key], PATIENCE[key])
    const patience = {
      ...{ apiTimeoutMs: within('apiTimeoutMs'), requestTimeoutMs: within('requestTimeoutMs') },
      connectTimeoutMs: within('connectTimeoutMs'),
    }
    this.#options = options.once === true ? options : { ...options, client: { ...options.client, ...patience } }
    this.#history = new LagHistory(options.window)
  }

  /** The client of the looks, connected on first use. */
  async client(): Promise<ClusterClient> {
    this.#client ??= await ClusterClient.connect(this.#options.client)
    return this.#client
  }

  async look(): Promise<LagLook> {
    const { selection, judge, nowMs } = this.#options
    const client = await this.client()
    const found: { groups: GroupLag[]; errors: GroupList['errors'] } = await groupLag(client, {
      ...selection,
      nowMs: nowMs(),
    })
    const at = nowMs()
    this.#history.observe(found.groups, at)
    return { at, groups: reportGroups(found.groups, this.#history, judge), errors: found.errors }
  }

  /** Whether every look of the window had records of this partition unread. */
  wasBehind(group: string, topic: string, partition: number): boolean {
    const samples = this.#history.samples(group, topic, partition)
    return samples.length > 1 && samples.every(({ unread }) => unread !== null && unread > 0)
  }

  close(): void {
    this.#client?.close()
  }
}
