/**
 * The network port in memory: connections are pairs of queues, bytes move only when `deliver` is called, in chunks of
 * the size that the test sets. Writes of a paused or unread end pile up and answer false above the high mark.
 */
import type { Connection, ConnectionEvents, ListeningSocket, ListenOptions, Network } from '../../src/base/network.ts'

export class MemoryConnection implements Connection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly #network: MemoryNetwork
  /** Set right after construction, when both ends exist. */
  peer!: MemoryConnection
  #events: ConnectionEvents | undefined
  #inbox: Buffer[] = []
  #isPaused = false
  #wasFull = false
  #ended = false
  #closed = false
  #closeTold = false
  #endTold = false
  /** Calls of `write`, for tests that count gathered writes. */
  writes = 0

  constructor(network: MemoryNetwork, local: { host: string; port: number }, remote: { host: string; port: number }) {
    this.#network = network
    this.localAddress = local.host
    this.localPort = local.port
    this.remoteAddress = remote.host
    this.remotePort = remote.port
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get isClosed(): boolean {
    return this.#closed
  }

  receive(events: ConnectionEvents): void {
    this.#events = events
  }

  write(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#closed || this.#ended) return true
    this.writes++
    for (const chunk of chunks) this.peer.#inbox.push(Buffer.from(chunk))
    onSent?.()
    this.#wasFull = this.bufferedBytes() >= this.#network.highWaterBytes
    return !this.#wasFull
  }

  bufferedBytes(): number {
    return this.peer.#inbox.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  end(): void {
    this.#ended = true
  }

  destroy(error?: Error): void {
    this.#close(error)
    this.peer.#close()
  }

  /** Moves one chunk to this end; false when there is nothing to do. */
  step(): boolean {
    const events = this.#events
    if (events === undefined) return false
    if (this.#closed) {
      if (this.#closeTold) return false
      this.#closeTold = true
      events.close(this.#error)
      return true
    }
    if (!this.#isPaused && this.#inbox.length > 0) {
      events.data(this.#take())
      const sender = this.peer
      if (sender.#wasFull && sender.bufferedBytes() < this.#network.highWaterBytes) {
        sender.#wasFull = false
        sender.#events?.drain()
      }
      return true
    }
    if (this.peer.#ended && this.#inbox.length === 0) {
      if (events.end === undefined || this.#ended) this.destroy()
      else if (this.#isPaused || this.#endTold) return false
      else {
        this.#endTold = true
        events.end()
      }
      return true
    }
    return false
  }
  #error: Error | undefined

  #take(): Buffer {
    const limit = this.#network.chunkBytes
    const first = this.#inbox[0]!
    if (first.length <= limit) return this.#inbox.shift()!
    this.#inbox[0] = first.subarray(limit)
    return first.subarray(0, limit)
  }

  #close(error?: Error): void {
    this.#error ??= error
    this.#closed = true
  }
}

export class MemoryNetwork implements Network {
  /** Largest chunk that is delivered at once. */
  chunkBytes = Number.POSITIVE_INFINITY
  highWaterBytes = 64 * 1024
  readonly #listeners = new Map<number, (connection: Connection) => void>()
  readonly #connections: MemoryConnection[] = []
  #nextPort = 40_000

  async listen(options: ListenOptions, onConnection: (connection: Connection) => void): Promise<ListeningSocket> {
    const port = options.port === 0 ? this.#nextPort++ : options.port
    this.#listeners.set(port, onConnection)
    return {
      host: options.host,
      port,
      close: async () => {
        this.#listeners.delete(port)
      },
    }
  }

  async connect(options: { host: string; port: number }): Promise<MemoryConnection> {
    return this.open(options.port)
  }

  /** A client's end of a new connection to `port`, from `address`. */
  open(port: number, address = '10.0.0.1'): MemoryConnection {
    const accept = this.#listeners.get(port)
    if (accept === undefined) throw new Error(`nobody listens on ${port}`)
    const here = { host: address, port: this.#nextPort++ }
    const there = { host: '127.0.0.1', port }
    const client = new MemoryConnection(this, here, there)
    const server = new MemoryConnection(this, there, here)
    client.peer = server
    server.peer = client
    this.#connections.push(client, server)
    accept(server)
    return client
  }

  /** Moves everything that can move; `afterEach` runs between the steps (a clock's deferred work). */
  deliver(afterEach: () => void = () => {}): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const connection of this.#connections) if (connection.step()) moved = true
      afterEach()
    }
  }
}
