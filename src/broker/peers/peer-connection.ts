/**
 * The way to one other node for one purpose: connects when there is something to send, agrees on versions, has several
 * requests on their way, and begins again after a pause that grows when it cannot connect.
 *
 *   idle --send--> waiting --pause over--> connecting --> negotiating --> ready
 *    ^                                                                      |
 *    +<----------------- lost, refused, a request out of time --------------+
 *
 * A request ends exactly once: with its answer or with a PeerError. One that is out of time takes the connection with
 * it, as an answer that comes too late would hold back those behind it. Callbacks and timers only; the promise that the
 * caller gets is the one thing here that is not synchronous.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Connection, Network } from '../../base/network.ts'
import type { Random } from '../../base/random.ts'
import { type ApiName, type RequestInput, type ResponseOf, apis } from '../../protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../protocol/frame.ts'
import { FrameReader, SIZE_BYTES } from '../network/frame-reader.ts'

export interface PeerEndpoint {
  readonly host: string
  readonly port: number
}

export type PeerErrorKind = 'unreachable' | 'lost' | 'timeout' | 'unsupported' | 'closed'

/** Why a request got no answer. After `lost` and `timeout` the peer may have acted on it. */
export class PeerError extends Error {
  readonly kind: PeerErrorKind
  /** The peer's machine says that nobody listens there: its process is gone. */
  readonly isRefused: boolean

  constructor(kind: PeerErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'PeerError'
    this.kind = kind
    this.isRefused =
      kind === 'unreachable' && (options.cause as { errno?: unknown } | undefined)?.errno === 'ECONNREFUSED'
  }
}

export interface PeerConnectionOptions {
  /** For messages: `node 3`. */
  readonly peer: string
  /** Where the peer listens now; undefined: not known. Asked before each connection. */
  readonly endpoint: () => PeerEndpoint | undefined
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly clientId: string
  /** Largest answer that is taken. */
  readonly maxFrameBytes: number
  readonly connectTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
}

export interface PeerAnswer<A extends ApiName> {
  /** The version that was spoken. */
  readonly version: number
  readonly body: ResponseOf<A>
  /** Nobody looks at the byte fields of the body any more: their memory may be used again. Who never says so, wastes it. */
  release(): void
}

export interface PeerRequest<A extends ApiName> {
  /** The request in the version that both sides speak; throws PeerError when it cannot be said in it. */
  readonly body: (version: number) => RequestInput<A>
  readonly timeoutMs: number
  /** The only version that will do; absent: the latest that both speak. */
  readonly version?: number
}

interface Waiting {
  readonly api: ApiName
  readonly request: PeerRequest<ApiName>
  readonly timer: Timer
  version: number
  resolve(answer: PeerAnswer<ApiName>): void
  reject(error: PeerError): void
}

type State = 'idle' | 'waiting' | 'connecting' | 'negotiating' | 'ready' | 'closed'

const SOFTWARE = { clientSoftwareName: 'mq', clientSoftwareVersion: 'node' }
const NEGOTIATION: ApiName = 'ApiVersions'

export class PeerConnection {
  readonly #options: PeerConnectionOptions
  #state: State = 'idle'
  #connection: Connection | undefined
  #frames: FrameReader | undefined
  #versions = new Map<number, { readonly min: number; readonly max: number }>()
  /** Not sent yet. */
  #queue: Waiting[] = []
  readonly #sent = new Map<number, Waiting>()
  #nextCorrelation = 0
  #failures = 0
  #notBeforeMs = 0
  #pause: Timer | undefined
  #negotiationTimer: Timer | undefined
  /** Counts attempts, so that what belongs to an earlier one is known as such. */
  #attempt = 0

  constructor(options: PeerConnectionOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Rejects with a PeerError, and with nothing else. */
  send<A extends ApiName>(api: A, request: PeerRequest<A>): Promise<PeerAnswer<A>> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'closed') {
        reject(new PeerError('closed', `the connection to ${this.#options.peer} is closed`))
        return
      }
      const waiting: Waiting = {
        api,
        request: request as unknown as PeerRequest<ApiName>,
        timer: this.#options.clock.schedule(request.timeoutMs, () => this.#outOfTime(waiting)),
        version: -1,
        resolve: resolve as unknown as Waiting['resolve'],
        reject,
      }
      this.#queue.push(waiting)
      if (this.#state === 'ready') this.#flush()
      else if (this.#state === 'idle') this.#begin()
    })
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#drop('closed', new PeerError('closed', `the connection to ${this.#options.peer} is closed`))
  }

  #begin(): void {
    const { clock } = this.#options
    const waitMs = this.#notBeforeMs - clock.monotonicMs()
    if (waitMs > 0) {
      this.#state = 'waiting'
      this.#pause = clock.schedule(waitMs, () => this.#connect())
    } else this.#connect()
  }

  #connect(): void {
    const { network, endpoint, peer, connectTimeoutMs } = this.#options
    this.#state = 'connecting'
    const attempt = ++this.#attempt
    const where = endpoint()
    if (where === undefined) {
      this.#failed(new PeerError('unreachable', `nobody knows where ${peer} listens`))
      return
    }
    network.connect({ host: where.host, port: where.port, timeoutMs: connectTimeoutMs }).then(
      (connection) => {
        if (attempt === this.#attempt && this.#state === 'connecting') this.#connected(connection)
        else connection.destroy()
      },
      (cause: unknown) => {
        if (attempt !== this.#attempt || this.#state !== 'connecting') return
        const message = `${peer} at ${where.host}:${where.port} cannot be reached: ${messageOf(cause)}`
        this.#failed(new PeerError('unreachable', message, { cause }))
      },
    )
  }

  #connected(connection: Connection): void {
    const { maxFrameBytes, clock, connectTimeoutMs, peer, clientId } = this.#options
    const attempt = this.#attempt
    this.#connection = connection
    this.#frames = new FrameReader({
      maxBytes: maxFrameBytes,
      gather: (partial, total) => connection.gather?.(partial, total) ?? partial,
      recycle: (bytes, count) => connection.recycle?.(bytes, count),
    })
    this.#state = 'negotiating'
    connection.receive({
      data: (chunk) => {
        if (attempt === this.#attempt) this.#received(chunk)
      },
      drain: () => {},
      close: (cause) => {
        if (attempt !== this.#attempt || this.#connection === undefined) return
        this.#lost(new PeerError('lost', `${peer} closed the connection`, { cause }))
      },
    })
    connection.resume()
    this.#negotiationTimer = clock.schedule(connectTimeoutMs, () =>
      this.#lost(new PeerError('timeout', `${peer} did not say which versions it speaks`)),
    )
    const header = { correlationId: ++this.#nextCorrelation, clientId }
    connection.write(encodeRequestFrame(NEGOTIATION, 3, header, SOFTWARE))
  }

  #received(chunk: Buffer): void {
    try {
      this.#frames!.push(chunk)
      for (let frame = this.#frames?.next(); frame !== undefined; frame = this.#frames?.next()) this.#answered(frame)
    } catch (cause) {
      const message = `${this.#options.peer} sent what is no answer: ${messageOf(cause)}`
      this.#lost(new PeerError('lost', message, { cause }))
    }
  }

  #answered(frame: Buffer): void {
    if (this.#state === 'negotiating') {
      const { apiKeys } = decodeResponseFrame('ApiVersions', 3, frame).body
      this.#versions = new Map(apiKeys.map((each) => [each.apiKey, { min: each.minVersion, max: each.maxVersion }]))
      this.#negotiationTimer?.cancel()
      this.#failures = 0
      this.#state = 'ready'
      this.#flush()
      return
    }
    const correlation = frame.length >= 4 ? frame.readInt32BE(0) : -1
    const waiting = this.#sent.get(correlation)
    if (waiting === undefined) throw new Error(`correlation id ${correlation} belongs to no request`)
    const { body } = decodeResponseFrame(waiting.api, waiting.version, frame)
    this.#sent.delete(correlation)
    waiting.timer.cancel()
    const connection = this.#connection
    const release = () => connection?.recycle?.(frame, frame.length + SIZE_BYTES)
    waiting.resolve({ version: waiting.version, body, release })
  }

  #flush(): void {
    const { clientId, peer } = this.#options
    const queue = this.#queue
    this.#queue = []
    for (const waiting of queue) {
      try {
        waiting.version = this.#versionFor(waiting)
        const body = waiting.request.body(waiting.version)
        const correlationId = ++this.#nextCorrelation
        const chunks = encodeRequestFrame(waiting.api, waiting.version, { correlationId, clientId }, body)
        this.#sent.set(correlationId, waiting)
        this.#connection!.write(chunks)
      } catch (cause) {
        waiting.timer.cancel()
        const error = cause instanceof PeerError ? cause : undefined
        waiting.reject(
          error ??
            new PeerError('unsupported', `${waiting.api} cannot be said to ${peer}: ${messageOf(cause)}`, { cause }),
        )
      }
    }
  }

  #versionFor({ api, request }: Waiting): number {
    const { peer } = this.#options
    const theirs = this.#versions.get(apis[api].key)
    const ours = { min: request.version ?? apis[api].min, max: request.version ?? apis[api].max }
    const version = Math.min(theirs?.max ?? -1, ours.max)
    if (theirs === undefined || version < theirs.min || version < ours.min) {
      throw new PeerError('unsupported', `${peer} does not speak ${api} in a version from ${ours.min} to ${ours.max}`)
    }
    return version
  }

  #outOfTime(waiting: Waiting): void {
    const error = new PeerError('timeout', `${this.#options.peer} did not answer ${waiting.api} in time`)
    const index = this.#queue.indexOf(waiting)
    if (index >= 0) {
      this.#queue.splice(index, 1)
      waiting.reject(error)
    } else this.#lost(error)
  }

  /** The connection could not be made. */
  #failed(error: PeerError): void {
    this.#options.logger.debug(error.message)
    this.#drop('idle', error)
  }

  /** The connection is over. What was not sent yet goes over the next one. */
  #lost(error: PeerError): void {
    this.#options.logger.debug(error.message)
    const isYoung = this.#state === 'negotiating'
    const unsent = isYoung ? [] : this.#queue
    if (!isYoung) this.#queue = []
    this.#drop('idle', error)
    this.#queue.push(...unsent)
    if (this.#queue.length > 0 && this.#state === 'idle') this.#begin()
  }

  #drop(state: 'idle' | 'closed', error: PeerError): void {
    const { clock } = this.#options
    this.#attempt++
    this.#state = state
    this.#pause?.cancel()
    this.#negotiationTimer?.cancel()
    const connection = this.#connection
    this.#connection = undefined
    this.#frames = undefined
    connection?.destroy()
    this.#notBeforeMs = clock.monotonicMs() + this.#backoffMs()
    this.#failures++
    const ended = [...this.#sent.values(), ...this.#queue]
    this.#sent.clear()
    this.#queue = []
    for (const waiting of ended) {
      waiting.timer.cancel()
      waiting.reject(error)
    }
  }

  /** Doubles with each failure in a row; a fifth of it is chance, so that nodes do not come back in step. */
  #backoffMs(): number {
    const { reconnectBackoffMs, reconnectBackoffMaxMs, random } = this.#options
    const base = Math.min(reconnectBackoffMaxMs, reconnectBackoffMs * 2 ** Math.min(this.#failures, 20))
    return Math.floor(base * (0.8 + random.int(401) / 1000))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
