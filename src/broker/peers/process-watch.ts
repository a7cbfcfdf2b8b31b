/**
 * Sees that a process of this machine is gone: the connection to it ends, and twice in a row nobody listens where it did. A process
 * that is stopped or busy keeps its connections and is not called dead; neither is one that cannot be reached for another reason.
 * Says so once. Nothing is ever sent.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Connection, Network } from '../../base/network.ts'
import type { PeerEndpoint } from './peer-connection.ts'

const CONNECT_TIMEOUT_MS = 5000
/** Between a refusal and the second look: a listener may just be taking its place. */
const SECOND_LOOK_MS = 50
/** After a connection that ended soon, or was not made; doubled each time up to the largest. */
const AGAIN_MS = 50
const AGAIN_MAX_MS = 2000
/** A connection that lasted so long is followed by another at once. */
const LASTING_MS = 1000

export interface ProcessWatchOptions {
  readonly endpoint: PeerEndpoint
  readonly network: Network
  readonly clock: Clock
  readonly onDead: () => void
}

export class ProcessWatch {
  readonly #o: ProcessWatchOptions
  #isOver = false
  #connection: Connection | undefined
  #timer: Timer | undefined
  #failures = 0
  #refusals = 0

  constructor(options: ProcessWatchOptions) {
    this.#o = options
    this.#connect()
  }

  cancel(): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#connection?.destroy()
  }

  #connect(): void {
    const { network, endpoint } = this.#o
    network.connect({ host: endpoint.host, port: endpoint.port, timeoutMs: CONNECT_TIMEOUT_MS }).then(
      (connection) => this.#connected(connection),
      (error: unknown) => this.#failed(error),
    )
  }

  #connected(connection: Connection): void {
    if (this.#isOver) {
      connection.destroy()
      return
    }
    const { clock } = this.#o
    const sinceMs = clock.monotonicMs()
    this.#connection = connection
    this.#refusals = 0
    connection.receive({
      data: () => {},
      drain: () => {},
      close: () => {
        this.#connection = undefined
        if (clock.monotonicMs() - sinceMs >= LASTING_MS) this.#failures = 0
        this.#again(this.#failures === 0 ? 0 : this.#pauseMs())
        this.#failures++
      },
    })
    connection.resume()
  }

  #failed(error: unknown): void {
    if (this.#isOver) return
    if ((error as { errno?: unknown }).errno !== 'ECONNREFUSED') {
      this.#refusals = 0
      this.#again(this.#pauseMs())
      this.#failures++
    } else if (++this.#refusals < 2) {
      this.#again(SECOND_LOOK_MS)
    } else {
      this.#isOver = true
      this.#o.onDead()
    }
  }

  #pauseMs(): number {
    return Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** Math.min(this.#failures, 10))
  }

  #again(afterMs: number): void {
    if (this.#isOver) return
    this.#timer = this.#o.clock.schedule(afterMs, () => this.#connect())
  }
}
