/**
 * Looks at groups again and again: one client, which finds the cluster again when it was away, with less patience than a
 * command that asks once, and every look taken into the history. A look that fails throws; the next may succeed.
 */
import { ClusterClient } from '../../client/cluster-client.ts'
import type { ClientOptions } from '../../client/options.ts'
import { keepHeapSmall } from '../../platform/small-heap.ts'
import type { GroupList } from '../group-list.ts'
import { eachGroupLag, type LagOptions } from '../lag.ts'
import { patientOptions } from './patience.ts'
import { type GroupReport, reportGroup } from './report.ts'
import type { JudgeOptions } from './verdict.ts'
import { LagHistory, type WindowShape } from './window.ts'

/** What to look at: the groups by name or filter, the topics. */
export type LagSelection = Omit<LagOptions, 'nowMs'>

export interface LookEnd {
  /** ms since the epoch. */
  at: number
  /** Why groups are missing. */
  errors: GroupList['errors']
}

export interface LagLook extends LookEnd {
  groups: GroupReport[]
}

export interface LagSource {
  /**
   * Takes a look. Each group is given to `take`, by name, as soon as it is known: of thousands only some are held at a time.
   * A look that fails throws, maybe after some were given.
   */
  look(take: (group: GroupReport) => void): Promise<LookEnd>
}

/** A look with all its groups. */
export async function wholeLook(source: LagSource): Promise<LagLook> {
  const groups: GroupReport[] = []
  const { at, errors } = await source.look((group) => groups.push(group))
  return { at, groups, errors }
}

export interface ProbeOptions {
  readonly client: ClientOptions
  readonly selection: LagSelection
  readonly window: WindowShape
  readonly judge?: JudgeOptions
  /** Whether this is a look, or a few, and not one every few seconds: brokers are waited for longer. */
  readonly once?: boolean
  readonly nowMs: () => number
}

export class LagProbe implements LagSource {
  readonly #options: ProbeOptions
  readonly #history: LagHistory
  #client: ClusterClient | undefined

  constructor(options: ProbeOptions) {
    this.#options = { ...options, client: patientOptions(options.client, options.once === true ? 'once' : 'again') }
    this.#history = new LagHistory(options.window)
    if (options.once !== true) keepHeapSmall()
  }

  /** The client of the looks, connected on first use. */
  async client(): Promise<ClusterClient> {
    this.#client ??= await ClusterClient.connect(this.#options.client)
    return this.#client
  }

  async look(take: (group: GroupReport) => void): Promise<LookEnd> {
    const { selection, judge, nowMs } = this.#options
    const history = this.#history
    history.begin()
    const errors = await eachGroupLag(await this.client(), { ...selection, nowMs }, (group) => {
      history.add(group, nowMs())
      take(reportGroup(group, history, judge))
    })
    history.end()
    return { at: nowMs(), errors }
  }

  /** Whether every look of the window had records of this partition unread. */
  wasBehind(group: string, topic: string, partition: number): boolean {
    const samples = this.#history.samples(group, topic, partition)
    for (let index = 0; index < samples.length; index += 1) if (!((samples.unread(index) ?? 0) > 0)) return false
    return samples.length > 1
  }

  close(): void {
    this.#client?.close()
  }
}
