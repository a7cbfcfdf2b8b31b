/**
 * One named listener of a node: accepts connections, admits them within the limits, and runs each as a
 * `BrokerConnection`. Only PLAINTEXT so far: another security protocol is refused at start, not half served.
 */
import type { Clock } from '../../base/clock.ts'
import { ConfigError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import type { Connection, ListeningSocket, Network } from '../../base/network.ts'
import { BrokerConnection } from './connection.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { RequestServer } from './request-server.ts'

export interface ListenerOptions {
  readonly name: string
  /** Address to bind; empty string = every interface. */
  readonly host: string
  readonly port: number
  readonly securityProtocol: string
  readonly network: Network
  readonly clock: Clock
  readonly log: Logger
  readonly server: RequestServer
  readonly limits: ConnectionLimits
  /** `socket.request.max.bytes`. */
  readonly maxRequestBytes: number
  /** `connections.max.idle.ms`; -1 = never. */
  readonly maxIdleMs: number
}

export class Listener {
  readonly name: string
  readonly #options: ListenerOptions
  readonly #socket: ListeningSocket
  readonly #connections = new Set<BrokerConnection>()
  /** Accepted, and waiting for another connection of the node to end. */
  readonly #waiting = new Set<Connection>()
  #accepted = 0
  #expired = 0
  #closing = false
  #onEmpty: (() => void) | undefined

  private constructor(options: ListenerOptions, listen: (accept: (connection: Connection) => void) => ListeningSocket) {
    this.#options = options
    this.name = options.name
    this.#socket = listen((connection) => this.#accept(connection))
  }

  /** Binds and accepts. Rejects with the network's error when the address cannot be had. */
  static async open(options: ListenerOptions): Promise<Listener> {
    if (options.securityProtocol !== 'PLAINTEXT') {
      throw new ConfigError(
        'listener.security.protocol.map',
        `listener ${options.name} asks for ${options.securityProtocol}, which is not served yet`,
        'use a PLAINTEXT listener',
      )
    }
    // Connections may come before `listen` resolves; they are kept until the listener exists.
    const early: Connection[] = []
    let accept = (connection: Connection): void => void early.push(connection)
    const socket = await options.network.listen({ host: options.host, port: options.port }, (connection) =>
      accept(connection),
    )
    const listener = new Listener(options, (take) => {
      accept = take
      return socket
    })
    for (const connection of early) accept(connection)
    return listener
  }

  /** The port that was bound: the real one where 0 was asked for. */
  get port(): number {
    return this.#socket.port
  }

  get host(): string {
    return this.#socket.host
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Connections that were admitted since the start. */
  get accepted(): number {
    return this.#accepted
  }

  /** Connections that were closed because they were idle too long. */
  get expired(): number {
    return this.#expired
  }

  /** Answers that are complete and wait behind an older request of their connection. */
  get heldAnswers(): number {
    let held = 0
    for (const connection of this.#connections) held += connection.heldAnswers
    return held
  }

  /**
   * Stops accepting, lets requests in flight be answered for at most `graceMs`, then drops what is left. Resolves when
   * no connection is left.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    const closed = this.#socket.close()
    for (const connection of this.#waiting) connection.destroy()
    for (const connection of [...this.#connections]) connection.finish()
    if (this.#connections.size > 0) {
      const timer = this.#options.clock.schedule(graceMs, () => {
        for (const connection of [...this.#connections]) connection.close('the node shuts down')
      })
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
      timer.cancel()
    }
    await closed
  }

  #accept(connection: Connection): void {
    const { limits, log, name } = this.#options
    const address = connection.remoteAddress
    if (this.#closing) {
      connection.destroy()
      return
    }
    const outcome = limits.admit(address, () => this.#begin(connection), name)
    if (outcome === 'waiting') this.#waiting.add(connection)
    if (outcome === 'refused') {
      log.info(`listener ${name}: refused a connection from ${address}, which has too many`)
      connection.destroy()
    }
  }

  #begin(connection: Connection): void {
    this.#waiting.delete(connection)
    const { clock, limits, log, maxIdleMs, maxRequestBytes, name, server } = this.#options
    const address = connection.remoteAddress
    const local = `${connection.localAddress}:${connection.localPort}`
    const running = new BrokerConnection({
      connection,
      peer: {
        listenerName: name,
        connectionId: `${local}-${address}:${connection.remotePort}-0-${this.#accepted++}`,
        host: address,
        principal: 'User:ANONYMOUS',
      },
      server,
      clock,
      log,
      maxFrameBytes: maxRequestBytes,
      maxIdleMs,
      onIdle: () => {
        this.#expired++
      },
      onClose: () => {
        this.#connections.delete(running)
        limits.release(address, name)
        if (this.#connections.size === 0) this.#onEmpty?.()
      },
    })
    this.#connections.add(running)
    if (this.#closing) running.close('the node shuts down')
  }
}
