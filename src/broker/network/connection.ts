/**
 * One client connection: cuts the stream into frames, has one after the other served, and sends the answers. As in Kafka
 * a request that waits (a fetch for records, a join for other members) holds back those behind it, so that a client that
 * sends several at once may rely on their order. All answers of one turn leave in one gathered write.
 *
 * Bounded both ways: reading stops while a request behind the waiting one has arrived, or too many answer bytes are
 * queued, and goes on when they have gone. A frame that cannot be served closes this connection and no other.
 */
import { readBuffers } from '../../base/buffer-pool.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Connection } from '../../base/network.ts'
import { FrameReader, SIZE_BYTES } from './frame-reader.ts'
import type { Answer, Peer, RequestServer } from './request-server.ts'

/** Answer bytes of one connection that wait to be sent before no further request is served. */
const QUEUED_BYTES_MAX = 4 << 20

/** Below this, copying the pieces together costs less than telling the system about each of them. */
const JOINED_BYTES_MAX = 4096

export interface BrokerConnectionOptions {
  readonly connection: Connection
  readonly peer: Peer
  readonly server: RequestServer
  readonly clock: Clock
  readonly log: Logger
  readonly maxFrameBytes: number
  /** Without a request for so long the connection is closed; -1 = never. */
  readonly maxIdleMs: number
  /** It is closed for being idle; `onClose` follows. */
  onIdle?(): void
  onClose(): void
}

export class BrokerConnection {
  readonly #options: BrokerConnectionOptions
  readonly #connection: Connection
  readonly #frames: FrameReader
  /** A request was served whose answer is not there yet. */
  #waiting = false
  /** Answers that are complete, gathered until the end of the turn. */
  #ready: Uint8Array[] = []
  #readyBytes = 0
  #flushDeferred = false
  #paused = false
  #closed = false
  /** Nothing more is read; the connection ends with the last answer. */
  #finishing = false
  /** The client sends nothing more; it still gets the answers to what it has sent. */
  #peerHasEnded = false
  #lastActiveMs: number
  /** When bytes came last. */
  #arrivedMs: number
  #idleTimer: Timer | undefined

  constructor(options: BrokerConnectionOptions) {
    this.#options = options
    const { connection } = options
    this.#connection = connection
    this.#frames = new FrameReader({
      maxBytes: options.maxFrameBytes,
      gather: (partial, total) => connection.gather?.(partial, total) ?? partial,
      recycle: (bytes, count) => connection.recycle?.(bytes, count),
    })
    this.#lastActiveMs = options.clock.monotonicMs()
    this.#arrivedMs = this.#lastActiveMs
    this.#watchIdle()
    connection.receive({
      data: (chunk) => this.#received(chunk),
      drain: () => this.#pump(),
      end: () => {
        this.#peerHasEnded = true
        this.#pump()
      },
      close: (error) => this.#ended(error),
    })
  }

  get peer(): Peer {
    return this.#options.peer
  }

  /** Answers that are complete and not yet on their way. */
  get heldAnswers(): number {
    return this.#ready.length > 0 ? 1 : 0
  }

  /** Drops the connection; `reason` goes to the log. */
  close(reason: string): void {
    if (this.#closed) return
    this.#options.log.debug(`closing ${this.#options.peer.connectionId}: ${reason}`)
    this.#connection.destroy()
  }

  /** Stops reading, and ends the connection once the request in flight is answered. */
  finish(): void {
    if (this.#closed) return
    if (!this.#waiting) {
      this.#end()
      return
    }
    this.#finishing = true
    this.#pause()
  }

  #end(): void {
    this.#flush()
    this.#connection.end()
  }

  #received(chunk: Buffer): void {
    if (this.#closed) return
    this.#arrivedMs = this.#options.clock.monotonicMs()
    this.#lastActiveMs = this.#arrivedMs
    this.#frames.push(chunk)
    this.#pump()
  }

  /** Serves complete frames while none waits for its answer and there is room for more answers. */
  #pump(): void {
    try {
      while (!this.#closed && !this.#finishing && !this.#waiting && this.#hasRoom()) {
        const frame = this.#frames.next()
        if (frame === undefined) {
          if (this.#peerHasEnded) this.#end()
          else this.#resume()
          return
        }
        this.#serve(frame)
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    // Who waits with nothing behind it is still read from: that is how its end is noticed.
    const mayRead = this.#waiting && !this.#finishing && this.#frames.bufferedBytes === 0
    if (mayRead) this.#resume()
    else this.#pause()
  }

  #hasRoom(): boolean {
    return this.#readyBytes + this.#connection.bufferedBytes() < QUEUED_BYTES_MAX
  }

  #serve(frame: Buffer): void {
    const { server, peer } = this.#options
    const answer = server.serve(frame, peer, this.#arrivedMs)
    if (server.mayRecycle?.(frame) === true) this.#connection.recycle?.(frame, frame.length + SIZE_BYTES)
    if (!(answer instanceof Promise)) {
      this.#sendAtEndOfTurn(answer)
      return
    }
    this.#waiting = true
    answer.then(
      (result) => this.#answered(result),
      (error: unknown) => this.#fail(error),
    )
  }

  #answered(answer: Answer): void {
    if (this.#closed) return
    this.#waiting = false
    this.#options.peer.onGone = undefined
    this.#makeReady(answer)
    // Late answers become ready when a turn's work is being finished: after those that settle with this one they go.
    queueMicrotask(() => this.#flush())
    if (this.#finishing) this.#end()
    else this.#pump()
  }

  #makeReady(answer: Answer): void {
    if (answer === null) return
    for (const chunk of answer) {
      this.#ready.push(chunk)
      this.#readyBytes += chunk.length
    }
  }

  #sendAtEndOfTurn(answer: Answer): void {
    this.#makeReady(answer)
    if (this.#flushDeferred || this.#ready.length === 0) return
    this.#flushDeferred = true
    this.#options.clock.defer(() => {
      this.#flushDeferred = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#closed || this.#ready.length === 0) return
    const chunks = this.#ready
    const bytes = this.#readyBytes
    this.#ready = []
    this.#readyBytes = 0
    this.#lastActiveMs = this.#options.clock.monotonicMs()
    const isSmall = chunks.length > 1 && bytes <= JOINED_BYTES_MAX
    const taken = isSmall
      ? this.#connection.write([Buffer.concat(chunks, bytes)])
      : this.#connection.write(chunks, () => chunks.forEach(giveBack))
    if (!taken) this.#pause()
    else if (this.#paused) this.#pump()
  }

  #pause(): void {
    if (this.#paused || this.#closed) return
    this.#paused = true
    this.#connection.pause()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#connection.resume()
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    const { log, peer } = this.#options
    const text = error instanceof Error ? error.message : String(error)
    log.warn(`closing ${peer.connectionId} on listener ${peer.listenerName}: ${text}`)
    this.#connection.destroy()
  }

  #ended(error: Error | undefined): void {
    this.#closed = true
    this.#idleTimer?.cancel()
    this.#ready = []
    this.#options.peer.onGone?.()
    this.#options.peer.onGone = undefined
    if (error !== undefined) {
      this.#options.log.debug(`connection ${this.#options.peer.connectionId} ended: ${error.message}`)
    }
    this.#options.onClose()
  }

  #watchIdle(): void {
    const { clock, maxIdleMs } = this.#options
    if (maxIdleMs < 0) return
    const leftMs = this.#lastActiveMs + maxIdleMs - clock.monotonicMs()
    if (leftMs <= 0 && !this.#waiting) {
      this.#options.onIdle?.()
      this.close(`idle for ${maxIdleMs} ms`)
      return
    }
    this.#idleTimer = clock.schedule(leftMs <= 0 ? maxIdleMs : leftMs, () => this.#watchIdle())
  }
}

/** Buffers that storage read into for this answer may be read into again. */
function giveBack(chunk: Uint8Array): void {
  readBuffers.giveBack(chunk)
}
