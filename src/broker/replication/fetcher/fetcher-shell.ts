/**
 * Runs one leader's fetcher: sends what it decides over the node's connection to that leader, one request at a time, and
 * brings the answers back. Decides nothing itself.
 */
import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { RequestInput } from '../../../protocol/apis.ts'
import type { LeaderAnswer, LeaderClients } from '../ports.ts'
import { type FetcherDecision, LeaderFetcher } from './leader-fetcher.ts'

/** The first version that names topics by id alone; whoever leads in a KRaft cluster speaks it. */
const FETCH_VERSION_MIN = 13
const FETCH_VERSION_WITH_STATE = 15
const RATE_SPAN_MS = 10_000

export interface FetchSettings {
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of one answer. */
  readonly maxBytes: number
  readonly timeoutMs: number
}

export interface FetcherShellOptions {
  readonly leaderId: number
  readonly nodeId: number
  readonly brokerEpoch: () => number
  readonly fetcher: LeaderFetcher
  readonly clients: LeaderClients
  readonly clock: Clock
  readonly log: Logger
  readonly settings: () => FetchSettings
}

export class FetcherShell {
  readonly fetcher: LeaderFetcher
  /** The registration of the leader whose connection this is. */
  leaderLife = -1
  readonly #o: FetcherShellOptions
  #isSending = false
  #isKicked = false
  #isClosed = false
  #timer: Timer | undefined
  /** Since when requests are counted, and how many there were; and the rate of the span before. */
  #span = { startMs: 0, requests: 0, rate: 0 }

  constructor(options: FetcherShellOptions) {
    this.#o = options
    this.fetcher = options.fetcher
  }

  /** There may be something to ask for. What comes up in one turn goes together. */
  kick(): void {
    if (this.#isKicked || this.#isSending || this.#isClosed) return
    this.#isKicked = true
    this.#o.clock.defer(() => {
      this.#isKicked = false
      this.#run()
    })
  }

  /** Fetches a second, over the last ten to twenty seconds. */
  get fetchRate(): number {
    this.#count(0)
    return this.#span.rate
  }

  #count(requests: number): void {
    const nowMs = this.#o.clock.monotonicMs()
    const elapsedMs = nowMs - this.#span.startMs
    this.#span.requests += requests
    if (elapsedMs < RATE_SPAN_MS) return
    this.#span = { startMs: nowMs, requests: 0, rate: (this.#span.requests * 1000) / elapsedMs }
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #run(): void {
    if (this.#isSending || this.#isClosed) return
    this.#timer?.cancel()
    this.#timer = undefined
    const { clock } = this.#o
    const nowMs = clock.monotonicMs()
    const decision = this.fetcher.decide(nowMs)
    if (decision.kind !== 'wait') this.#send(decision)
    else if (decision.untilMs < Number.POSITIVE_INFINITY) {
      this.#timer = clock.schedule(Math.max(1, decision.untilMs - nowMs), () => this.#run())
    }
  }

  #send(decision: Exclude<FetcherDecision, { kind: 'wait' }>): void {
    this.#isSending = true
    this.#count(1)
    const { clock, log, leaderId } = this.#o
    const { answer, take } = decision.kind === 'fetch' ? this.#fetch(decision) : this.#places(decision)
    answer.then(
      (said) => {
        if (this.#isClosed) return
        this.#isSending = false
        try {
          take(said)
        } catch (error) {
          log.error(`What broker ${leaderId} answered to a fetch could not be worked on.`, error)
          this.fetcher.failed(clock.monotonicMs())
        }
        this.#run()
      },
      (error: unknown) => {
        if (this.#isClosed) return
        this.#isSending = false
        log.debug(`Broker ${leaderId} could not be fetched from: ${error instanceof Error ? error.message : error}`)
        this.fetcher.failed(clock.monotonicMs())
        this.#run()
      },
    )
  }

  #fetch({ request }: FetcherDecision & { kind: 'fetch' }): Sent {
    const { clients, leaderId, clock, settings } = this.#o
    const { maxWaitMs, minBytes, maxBytes, timeoutMs } = settings()
    const body = (version: number): RequestInput<'Fetch'> => {
      if (version < FETCH_VERSION_MIN) throw new Error(`fetches in version ${version} name no topic ids`)
      return { ...this.#identity(version), maxWaitMs, minBytes, maxBytes, ...request }
    }
    return sent(clients.send(leaderId, 'replica', 'Fetch', { body, timeoutMs }), (answer) => {
      this.fetcher.answered(answer.body, clock.monotonicMs())
      // The logs have written the records, and copied what they keep of them.
      answer.release()
    })
  }

  #identity(version: number): RequestInput<'Fetch'> {
    const { nodeId, brokerEpoch } = this.#o
    if (version < FETCH_VERSION_WITH_STATE) return { replicaId: nodeId }
    return { replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch() } }
  }

  #places(decision: FetcherDecision & { kind: 'places' }): Sent {
    const { clients, leaderId, clock, settings, nodeId } = this.#o
    const body = () => LeaderFetcher.placesRequest(nodeId, decision)
    const { timeoutMs } = settings()
    return sent(clients.send(leaderId, 'replica', 'ListOffsets', { body, timeoutMs }), (answer) =>
      this.fetcher.placesAnswered(decision, answer.body, clock.monotonicMs()),
    )
  }
}

/** A request on its way, and what is done with its answer. */
interface Sent {
  readonly answer: Promise<unknown>
  take(answer: unknown): void
}

function sent<A extends 'Fetch' | 'ListOffsets'>(
  answer: Promise<LeaderAnswer<A>>,
  take: (answer: LeaderAnswer<A>) => void,
): Sent {
  return { answer, take: take as Sent['take'] }
}
