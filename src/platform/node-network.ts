/**
 * The network port on Node's sockets. Bytes are read straight into slabs and handed out as views, without a copy or an
 * allocation per read; a region that was handed out is never written again. Slabs grow with a connection's traffic.
 * All chunks of one `write` leave in one gathered system call.
 */
import { lookup } from 'node:dns/promises'
import * as net from 'node:net'
import { MqError } from '../base/errors.ts'
import type { Connection, ConnectionEvents, ListeningSocket, ListenOptions, Network } from '../base/network.ts'
import { SlabReader } from './slab-reader.ts'

/** A failed network operation; `errno` is the system's code (EADDRINUSE, ECONNREFUSED, ETIMEDOUT …). */
export class NetworkError extends MqError {
  readonly errno: string

  constructor(message: string, errno: string, options: { cause?: unknown; hint?: string } = {}) {
    super('MQ_NETWORK', message, options)
    this.errno = errno
  }
}

/** Bytes queued on a socket above which `write` answers false. */
const HIGH_WATER_BYTES = 1 << 20

export class NodeNetwork implements Network {
  async listen(options: ListenOptions, onConnection: (connection: Connection) => void): Promise<ListeningSocket> {
    const server = net.createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (accepted) =>
      onConnection(adopt(accepted)),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const where = `${options.host === '' ? '*' : options.host}:${options.port}`
        reject(
          new NetworkError(`cannot listen on ${where}: ${error.code ?? error.message}`, error.code ?? '', {
            cause: error,
          }),
        )
      })
      const host = options.host === '' ? {} : { host: options.host }
      server.listen({ ...host, port: options.port, backlog: 511 }, resolve)
    })
    const address = server.address() as net.AddressInfo
    return {
      host: address.address,
      port: address.port,
      close: () => new Promise((resolve) => server.close(() => resolve())),
    }
  }

  isLoopback(host: string): boolean {
    return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  }

  isHost(host: string): Promise<boolean> {
    return lookup(host).then(
      () => true,
      // No such name, or nobody to ask: either way it cannot be found.
      () => false,
    )
  }

  async connect(options: { host: string; port: number; timeoutMs: number }): Promise<Connection> {
    const reader = new SlabReader()
    const socket = net.connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: reader.onread,
    } as net.NetConnectOpts)
    await new Promise<void>((resolve, reject) => {
      const fail = (errno: string, cause?: unknown) => {
        socket.destroy()
        const where = `${options.host}:${options.port}`
        reject(new NetworkError(`cannot connect to ${where}: ${errno}`, errno, { cause }))
      }
      const timer = setTimeout(() => fail('ETIMEDOUT'), options.timeoutMs)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.removeAllListeners('error')
        resolve()
      })
      socket.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        fail(error.code ?? error.message, error)
      })
    })
    socket.pause()
    return new NodeConnection(socket, reader)
  }
}

/**
 * Moves an accepted socket's handle into a socket that reads into our slabs: a server cannot be told to do so, and its
 * own sockets allocate 64 KB for every read. Where that inner handle is not to be had, the plain socket serves.
 */
function adopt(accepted: net.Socket): Connection {
  const handle = (accepted as unknown as { _handle: unknown })._handle
  if (handle === null || handle === undefined) return new NodeConnection(accepted, undefined)
  const reader = new SlabReader()
  const socket = new net.Socket({
    handle,
    onread: reader.onread,
    pauseOnCreate: true,
    readable: true,
    writable: true,
    allowHalfOpen: false,
    noDelay: true,
  } as net.SocketConstructorOpts)
  // The accepted object must forget the handle, or its own end would close what now belongs to the other one.
  ;(accepted as unknown as { _handle: unknown })._handle = null
  accepted.destroy()
  return new NodeConnection(socket, reader)
}

class NodeConnection implements Connection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly #socket: net.Socket
  readonly #reader: SlabReader | undefined
  #error: Error | undefined

  constructor(socket: net.Socket, reader: SlabReader | undefined) {
    this.#socket = socket
    this.#reader = reader
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    this.localAddress = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? 0
    // An error before `receive` must not crash the process; `close` tells it later.
    socket.on('error', (error) => {
      this.#error ??= error
    })
  }

  receive(events: ConnectionEvents): void {
    const socket = this.#socket
    if (this.#reader === undefined) socket.on('data', (chunk) => events.data(chunk as Buffer))
    else this.#reader.deliverTo((chunk) => events.data(chunk))
    socket.on('drain', () => events.drain())
    if (events.end !== undefined) {
      socket.allowHalfOpen = true
      socket.once('end', () => events.end?.())
    }
    const closed = () => (this.#error === undefined ? events.close() : events.close(this.#error))
    if (socket.destroyed) setImmediate(closed)
    else socket.once('close', closed)
    socket.resume()
    if (this.#reader !== undefined) socket.read(0)
  }

  gather(partial: Buffer, totalBytes: number): Buffer {
    return this.#reader === undefined ? partial : this.#reader.gather(partial, totalBytes)
  }

  recycle(bytes: Buffer, count: number): void {
    this.#reader?.recycle(bytes, count)
  }

  write(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    const socket = this.#socket
    if (socket.destroyed || socket.writableEnded) return true
    const last = chunks.length - 1
    const sent = onSent === undefined ? undefined : (error?: Error | null) => (error ? undefined : onSent())
    if (last === 0) socket.write(chunks[0]!, sent)
    else {
      socket.cork()
      for (let index = 0; index < last; index++) socket.write(chunks[index]!)
      socket.write(chunks[last]!, sent)
      socket.uncork()
    }
    return socket.writableLength < HIGH_WATER_BYTES
  }

  bufferedBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(error?: Error): void {
    this.#error ??= error
    this.#socket.destroy()
  }
}

/** IPv4 in its own notation even where the system hands it out mapped into IPv6. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
