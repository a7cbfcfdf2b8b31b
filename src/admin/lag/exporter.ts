/**
 * Keeps the metrics of groups fresh and answers for them over HTTP. What is not fresh is not served: while nobody can be asked
 * the scrape fails, so that `up` says it and no alert rests on old numbers.
 */
import { MqError } from '../../base/errors.ts'
import type { HttpAnswer } from '../../base/http.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { TopicScope } from '../partitions.ts'
import type { ItemError } from '../items.ts'
import { EXPOSITION_TYPE } from './exposition.ts'
import { lagPage, summaryFamilies, TopicsPage } from './metrics.ts'
import type { LagSource, LookEnd } from './probe.ts'
import { RebalanceCounter } from './rebalances.ts'
import { lookAtTopics } from './topics-look.ts'

export interface ExporterOptions {
  readonly source: LagSource & { client(): Promise<ClusterClient> }
  readonly scopes: readonly TopicScope[] | undefined
  readonly intervalMs: number
  readonly nowMs: () => number
  /** Told when looks begin to fail, and when they succeed again (undefined). */
  readonly onChange: (error: MqError | undefined) => void
}

/** What is missing in a look. */
export interface LookGaps extends Pick<LookEnd, 'errors'> {
  /** Groups that cannot be read. */
  readonly unreadable: { group: string; error: ItemError }[]
}

/** A look that is older than so many intervals is not served. */
const STALE_INTERVALS = 3
const STALE_MIN_MS = 30_000
const PLAIN = 'text/plain; charset=utf-8'

export class LagExporter {
  readonly #options: ExporterOptions
  readonly #rebalances = new RebalanceCounter()
  #pages: readonly { pieces(): Iterable<Buffer> }[] | undefined
  #takenMs = 0
  #failure: MqError | undefined
  #looks = 0
  #failures = 0

  constructor(options: ExporterOptions) {
    this.#options = options
  }

  /** Takes one look. Never throws what the world does: the answers say it. */
  async look(): Promise<void> {
    const { nowMs, onChange } = this.#options
    try {
      await this.lookOnce()
      if (this.#failure !== undefined) onChange(undefined)
      this.#failure = undefined
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      this.#failures += 1
      if (this.#failure === undefined) onChange(error)
      this.#failure = error
      this.#takenMs = nowMs()
    }
  }

  /** Takes one look. Throws MqError when nobody can be asked. */
  async lookOnce(): Promise<LookGaps> {
    const { source, scopes, nowMs } = this.#options
    const started = nowMs()
    const page = lagPage()
    const rebalances = this.#rebalances
    const unreadable: LookGaps['unreadable'] = []
    rebalances.begin()
    const { errors } = await source.look((group) => {
      rebalances.add(group)
      page.add(group)
      if (group.error !== undefined) unreadable.push({ group: group.group, error: group.error })
    })
    rebalances.end()
    const topics = new TopicsPage()
    const { brokers } = await lookAtTopics(await source.client(), scopes, (row) => topics.add(row))
    topics.end()
    this.#takenMs = nowMs()
    this.#looks += 1
    const counts = { looks: this.#looks, failures: this.#failures }
    page.end(
      summaryFamilies({ brokers, rebalances, missing: errors.length, tookMs: this.#takenMs - started, ...counts }),
    )
    this.#pages = [topics, page]
    return { errors, unreadable }
  }

  /** The text of the last look. */
  *text(): Generator<Buffer, void, undefined> {
    for (const page of this.#pages ?? []) yield* page.pieces()
  }

  /** Answers `/metrics`, `/health/live`, `/health/ready`. */
  readonly answer = (path: string): HttpAnswer => {
    if (path === '/metrics') {
      const why = this.#staleness()
      if (why !== undefined) return { status: 503, type: PLAIN, body: [`${why}\n`] }
      return { status: 200, type: EXPOSITION_TYPE, body: this.text() }
    }
    if (path === '/health/live') return { status: 200, type: PLAIN, body: ['alive\n'] }
    if (path === '/health/ready') {
      const why = this.#staleness()
      return { status: why === undefined ? 200 : 503, type: PLAIN, body: [`${why ?? 'ready'}\n`] }
    }
    return { status: 404, type: PLAIN, body: ['there is /metrics, /health/live and /health/ready\n'] }
  }

  /** Why the last look must not be served. */
  #staleness(): string | undefined {
    if (this.#failure !== undefined) return `the cluster cannot be asked: ${this.#failure.message}`
    if (this.#pages === undefined) return 'the first look is not there yet'
    const ageMs = this.#options.nowMs() - this.#takenMs
    const isStale = ageMs > Math.max(STALE_MIN_MS, STALE_INTERVALS * this.#options.intervalMs)
    return isStale ? `the last look is ${Math.round(ageMs / 1000)}s old` : undefined
  }
}
