/**
 * The network port: stream connections and listeners. Bytes arrive in order or the connection ends; no message framing
 * here. All callbacks run on the event loop, never inside the call that registered them.
 */

export interface ConnectionEvents {
  /** Bytes that arrived. The buffer belongs to the callee until it hands it back with `recycle`, if ever. */
  data(chunk: Buffer): void
  /** The output buffer fell below the low mark after `write` returned false. */
  drain(): void
  /** The peer sends nothing more, but may still read. Who does not listen to this ends the connection with it. */
  end?(): void
  /** Called exactly once; `error` when it was not an orderly end. */
  close(error?: Error): void
}

export interface Connection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Sets the receiver; called once, before any bytes are delivered. */
  receive(events: ConnectionEvents): void
  /**
   * A hint, where the port can use it: `partial` (the newest bytes delivered) is the beginning of `totalBytes` that
   * should lie in one piece. Answers the same bytes, perhaps at a new place behind which the rest will arrive.
   */
  gather?(partial: Buffer, totalBytes: number): Buffer
  /** `count` bytes that were delivered in the memory of `bytes` are not looked at any more: it may be used again. */
  recycle?(bytes: Buffer, count: number): void
  /**
   * Queues all chunks as one gathered write. False: the peer is slow, wait for `drain` before reading more from it.
   * `onSent` runs when the system has taken all of them; never, if the connection ends before.
   */
  write(chunks: readonly Uint8Array[], onSent?: () => void): boolean
  /** Bytes accepted by `write` and not yet handed to the system. */
  bufferedBytes(): number
  pause(): void
  resume(): void
  /** Sends what is queued, then ends. */
  end(): void
  /** Drops the connection now. */
  destroy(error?: Error): void
}

export interface ListenOptions {
  /** Address to bind; empty string = every interface. */
  host: string
  /** 0 = any free port. */
  port: number
}

export interface ListeningSocket {
  readonly host: string
  readonly port: number
  /** Stops accepting; resolves when the socket is closed. Open connections are the owner's. */
  close(): Promise<void>
}

export interface Network {
  listen(options: ListenOptions, onConnection: (connection: Connection) => void): Promise<ListeningSocket>
  connect(options: { host: string; port: number; timeoutMs: number }): Promise<Connection>
  /**
   * True when `host` is an address of this very machine that no other has, so that a refused connection proves that no process listens
   * there. Absent: none is.
   */
  isLoopback?(host: string): boolean
  /** True when `host` is a name, or an address, that this machine can find. Absent: no names are known. */
  isHost?(host: string): Promise<boolean>
}
