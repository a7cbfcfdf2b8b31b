/**
 * One connection to one broker: negotiates versions, authenticates, then carries any number of requests at once
 * (pipelined; answers come in order). When the connection ends every waiting request fails with the reason.
 */
import type { Socket } from 'node:net'
import { MqError } from '../base/errors.ts'
import { type ApiName, apiNameOf, apis, type RequestInput, type ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorName, ProtocolError } from '../protocol/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import { ConnectionError, closedEarly, socketFailure } from './errors.ts'
import { FrameReader } from './frame-reader.ts'
import type { ClientOptions, HostPort } from './options.ts'
import { authenticate } from './sasl.ts'
import type { SaslOptions } from './sasl-options.ts'
import { openSocket, peerText } from './socket.ts'

/** Brokers take no renewal of a login within a second of the one before (KIP-368); some more, as clocks are not one. */
const RENEWAL_PAUSE_MS = 1050

interface Pending {
  readonly api: ApiName
  readonly version: number
  readonly timer: NodeJS.Timeout
  resolve(body: never): void
  reject(error: Error): void
}

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** The versions a request may use, narrower than what both sides know. */
export interface VersionLimits {
  readonly minVersion?: number
  readonly maxVersion?: number
}

/** What ApiVersions tells the broker about this client. */
export const SOFTWARE = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' } as const

export class ClientConnection {
  readonly peer: string
  readonly #socket: Socket
  readonly #options: ClientOptions
  readonly #pending = new Map<number, Pending>()
  readonly #ranges = new Map<ApiName, VersionRange>()
  #nextCorrelation = 1
  #answered = false
  #failure: Error | undefined
  /** When the login must be renewed (KIP-368), on the clock of performance.now(). */
  #renewAtMs = Number.POSITIVE_INFINITY
  /** When the last login began. */
  #loginAtMs = 0
  /** Requests that wait for the renewal, in order; undefined while there is none under way. */
  #held: (() => void)[] | undefined

  private constructor(peer: string, socket: Socket, options: ClientOptions, frames: FrameReader) {
    this.peer = peer
    this.#socket = socket
    this.#options = options
    socket.on('data', (chunk) => this.#receive(() => frames.push(chunk)))
    socket.on('error', (error) => this.#fail(socketFailure(peer, error, options.tls !== null)))
    socket.on('close', () => this.#fail(this.#closedReason()))
  }

  /** Connects, negotiates and authenticates. Rejects with ConnectionError, or MqError for a refused login. */
  static async open(address: HostPort, options: ClientOptions): Promise<ClientConnection> {
    const peer = peerText(address)
    const frames = new FrameReader(peer, options.tls !== null, options.recyclesFrames)
    // Without a buffer for each read, which all would have to be collected. Nothing is read before the connection is made below.
    const took = (count: number) => connection.#receive(() => frames.took(count))
    const onread = { buffer: () => frames.room, callback: (count: number) => took(count) }
    const isOwn = options.recyclesFrames === true && options.tls === null
    const socket = await openSocket(address, options.tls, options.connectTimeoutMs, isOwn ? onread : undefined)
    const connection = new ClientConnection(peer, socket, options, frames)
    try {
      await connection.#negotiate()
      await connection.#login()
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  get closed(): boolean {
    return this.#failure !== undefined
  }

  /** Why it ended; undefined while it is open. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** The highest version of `api` that both sides have within the limits; undefined when there is none. */
  version(api: ApiName, limits: VersionLimits = {}): number | undefined {
    const offered = this.#ranges.get(api)
    if (offered === undefined) return undefined
    const max = Math.min(offered.max, apis[api].max, limits.maxVersion ?? Number.POSITIVE_INFINITY)
    const min = Math.max(offered.min, apis[api].min, limits.minVersion ?? 0)
    return max >= min ? max : undefined
  }

  /** What the broker offers of each API known here. */
  get offered(): ReadonlyMap<ApiName, VersionRange> {
    return this.#ranges
  }

  /** Sends a request in the highest common version. Rejects with ApiError UNSUPPORTED_VERSION when there is none. */
  call<A extends ApiName>(api: A, body: RequestInput<A>, limits: VersionLimits = {}): Promise<ResponseOf<A>> {
    const version = this.version(api, limits)
    if (version === undefined) return Promise.reject(this.#unsupported(api, limits))
    if (this.#held === undefined && performance.now() >= this.#renewAtMs) this.#renewLogin()
    const held = this.#held
    if (held === undefined) return this.request(api, version, body)
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      held.push(() => this.request(api, version, body).then(resolve, reject))
    })
  }

  /**
   * Sends a request that has no answer (Produce with acks 0): resolves when the socket has taken it, waiting for room when
   * the peer reads slowly.
   */
  async post<A extends ApiName>(api: A, body: RequestInput<A>, limits: VersionLimits = {}): Promise<void> {
    const version = this.version(api, limits)
    if (version === undefined) throw this.#unsupported(api, limits)
    if (this.#held === undefined && performance.now() >= this.#renewAtMs) this.#renewLogin()
    const held = this.#held
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve))
    if (this.#failure !== undefined) throw this.#failure
    const frame = encodeRequestFrame(api, version, { correlationId: 0, clientId: this.#options.clientId }, body)
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(Buffer.concat(frame), (error) => {
        if (error) reject(socketFailure(this.peer, error, this.#options.tls !== null))
        else resolve()
      })
    })
  }

  /** Sends a request in one version. Rejects when the connection ends or the request timeout passes. */
  request<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const correlationId = this.#nextCorrelation
    this.#nextCorrelation = correlationId === 0x7fffffff ? 1 : correlationId + 1
    const frame = encodeRequestFrame(api, version, { correlationId, clientId: this.#options.clientId }, body)
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      const timer = setTimeout(() => this.#timeOut(api), this.#options.requestTimeoutMs)
      this.#pending.set(correlationId, { api, version, timer, resolve, reject })
      this.#socket.cork()
      for (const chunk of frame) this.#socket.write(chunk)
      this.#socket.uncork()
    })
  }

  /** Ends the connection; waiting requests fail. */
  close(): void {
    this.#fail(new ConnectionError('closed', this.peer, `the connection to ${this.peer} was closed`))
  }

  async #negotiate(): Promise<void> {
    let answer = await this.request('ApiVersions', apis.ApiVersions.max, SOFTWARE)
    if (errorName(answer.errorCode) === 'UNSUPPORTED_VERSION') {
      const range = answer.apiKeys.find((entry) => entry.apiKey === apis.ApiVersions.key)
      answer = await this.request('ApiVersions', Math.min(range?.maxVersion ?? 0, apis.ApiVersions.max), SOFTWARE)
    }
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) {
      const name = apiNameOf(apiKey)
      if (name !== undefined) this.#ranges.set(name, { min: minVersion, max: maxVersion })
    }
  }

  async #login(): Promise<void> {
    const { sasl } = this.#options
    if (sasl === null) return
    if (!this.#ranges.has('SaslHandshake')) {
      throw this.#noLogin()
    }
    this.#loginAtMs = performance.now()
    const handshakeVersion = this.#loginVersion('SaslHandshake', 1)
    const authenticateVersion = this.#loginVersion('SaslAuthenticate', 0)
    const handshake = await this.request('SaslHandshake', handshakeVersion, { mechanism: sasl.mechanism })
    if (errorName(handshake.errorCode) === 'ILLEGAL_SASL_STATE') throw this.#noLogin()
    if (handshake.errorCode !== 0) {
      throw new MqError('MQ_AUTHENTICATION', `${this.peer} does not offer the SASL mechanism ${sasl.mechanism}`, {
        hint: `It offers: ${handshake.mechanisms.join(', ') || 'none'}.`,
      })
    }
    let sessionMs = 0
    await authenticate(sasl, async (token) => {
      const answer = await this.request('SaslAuthenticate', authenticateVersion, { authBytes: token })
      if (answer.errorCode !== 0) throw this.#refused(sasl, answer.errorMessage)
      sessionMs = answer.sessionLifetimeMs
      return answer.authBytes
    })
    // Renewed with some of the session left, as Java clients do.
    this.#renewAtMs = sessionMs > 0 ? performance.now() + sessionMs * 0.85 : Number.POSITIVE_INFINITY
  }

  /** Logs in again on this connection; requests wait meanwhile, since the broker takes no others then. */
  #renewLogin(): void {
    const held: (() => void)[] = []
    this.#held = held
    const done = () => {
      this.#held = undefined
      for (const send of held) send()
    }
    const waitMs = this.#loginAtMs + RENEWAL_PAUSE_MS - performance.now()
    const paused = waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : Promise.resolve()
    const renewed = paused.then(() => this.#login())
    renewed.then(done, (error: unknown) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
      done()
    })
  }

  #loginVersion(api: 'SaslHandshake' | 'SaslAuthenticate', minVersion: number): number {
    const version = this.version(api, { minVersion })
    if (version === undefined) throw this.#unsupported(api, { minVersion })
    return version
  }

  #noLogin(): MqError {
    return new MqError('MQ_AUTHENTICATION', `${this.peer} takes no SASL login`, {
      hint: 'This listener looks like PLAINTEXT or SSL: check security.protocol and the port.',
    })
  }

  #refused(sasl: SaslOptions, reason: string | null): MqError {
    const who = sasl.mechanism === 'OAUTHBEARER' ? 'the token' : `the login of user ${sasl.username}`
    const check =
      sasl.mechanism === 'OAUTHBEARER'
        ? 'Check the token: who issued it, for whom, and until when.'
        : 'Check user name and password, and that the user exists for this mechanism.'
    const said = reason === null || reason === '' ? '' : `: ${reason}`
    return new MqError('MQ_AUTHENTICATION', `${this.peer} refused ${who} (${sasl.mechanism})${said}`, { hint: check })
  }

  #unsupported(api: ApiName, limits: VersionLimits): ApiError {
    const offered = this.#ranges.get(api)
    const has = offered === undefined ? 'does not offer it' : `offers versions ${offered.min} to ${offered.max}`
    const isController = this.#ranges.size > 0 && !this.#ranges.has('Metadata')
    if (api === 'Metadata' && isController) {
      return new ApiError('UNSUPPORTED_VERSION', `${this.peer} is a controller, and this is a question for brokers`, {
        hint: 'Give a broker with --bootstrap-server; what controllers can answer goes through --bootstrap-controller.',
      })
    }
    const wants = `${Math.max(apis[api].min, limits.minVersion ?? 0)} to ${Math.min(apis[api].max, limits.maxVersion ?? 999)}`
    return new ApiError(
      'UNSUPPORTED_VERSION',
      `${this.peer} cannot answer ${api}: it ${has}, mq needs one of ${wants}`,
      {
        hint: 'The cluster may run an older Kafka, or this listener may be a controller (or not be one).',
      },
    )
  }

  /** Takes what was read; whether to read on. */
  #receive(frames: () => readonly Buffer[]): boolean {
    try {
      for (const frame of frames()) this.#answer(frame)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  #answer(frame: Buffer): void {
    const [entry] = this.#pending
    if (entry === undefined) throw new ProtocolError(`${this.peer} sent an answer that nobody asked for`, 0)
    const [correlationId, pending] = entry
    if (frame.length < 4 || frame.readInt32BE(0) !== correlationId) {
      throw this.#answered
        ? new ProtocolError(`${this.peer} answered out of order`, 0)
        : new ConnectionError('not-kafka', this.peer, `${this.peer} does not answer like a Kafka broker`)
    }
    this.#answered = true
    this.#pending.delete(correlationId)
    clearTimeout(pending.timer)
    try {
      pending.resolve(decodeResponseFrame(pending.api, pending.version, frame).body as never)
    } catch (error) {
      pending.reject(error as Error)
      throw error
    }
  }

  #timeOut(api: ApiName): void {
    const seconds = this.#options.requestTimeoutMs / 1000
    const hint = this.#answered
      ? undefined
      : 'Is it a Kafka broker? A TLS listener may also stay silent: security.protocol=SSL.'
    this.#fail(
      new ConnectionError('timeout', this.peer, `${this.peer} did not answer ${api} within ${seconds}s`, {
        ...(hint === undefined ? {} : { hint }),
      }),
    )
  }

  #closedReason(): Error {
    const [first] = this.#pending.values()
    return closedEarly(this.peer, first?.api ?? 'a request', !this.#answered)
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#socket.destroy()
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer)
      pending.reject(error)
    }
    this.#pending.clear()
  }
}
