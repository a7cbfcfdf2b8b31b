/**
 * The network of simulated machines: byte streams between hosts. Bytes of one connection arrive in order or not at all;
 * connections are in no order among each other. A cut holds what is sent until it is over, and then may have broken the
 * connection; a machine that loses its power says nothing to its peers, a process that dies resets its connections.
 */
import type { Prng } from '../../../src/base/prng.ts'
import type {
  Connection,
  ConnectionEvents,
  ListeningSocket,
  ListenOptions,
  Network,
} from '../../../src/base/network.ts'
import { type Engine, EVENT } from '../engine/engine.ts'
import type { Host } from '../engine/host.ts'

const HIGH_WATER_BYTES = 1 << 20
const CALLBACK_MS = 0.01

interface Listening {
  readonly host: Host
  readonly life: number
  readonly onConnection: (connection: Connection) => void
}

export class Fabric {
  readonly engine: Engine
  delayMeanMs: number
  /** Chance that a write breaks its connection. */
  resetChance = 0
  /** Sees what is written before it is sent. */
  onWrite: ((connection: SimConnection, bytes: Buffer) => void) | undefined
  private readonly random: Prng
  private readonly isOneMachine: boolean
  private readonly listening = new Map<number, Listening>()
  private readonly cuts = new Map<string, number>()
  private readonly open = new Set<SimConnection>()
  private nextPort = 40_000

  constructor(engine: Engine, random: Prng, delayMeanMs: number, isOneMachine: boolean) {
    this.engine = engine
    this.random = random
    this.delayMeanMs = delayMeanMs
    this.isOneMachine = isOneMachine
  }

  networkOf(host: Host): Network {
    const { life } = host
    return {
      listen: (options, onConnection) => Promise.resolve(this.listen(host, life, options, onConnection)),
      connect: (options) => this.connect(host, options),
      isHost: () => Promise.resolve(true),
      isLoopback: () => this.isOneMachine,
    }
  }

  /** Nothing gets from `from` to `to` for a while. */
  cut(from: number, to: number, forMs: number): void {
    if (from === to) return
    const key = `${from}>${to}`
    this.cuts.set(key, Math.max(this.cuts.get(key) ?? 0, this.engine.nowMs + forMs))
  }

  heal(): void {
    this.cuts.clear()
    this.resetChance = 0
  }

  /** The machine is gone. `silently`: its peers hear nothing until they say something to its next life. */
  died(host: Host, silently: boolean): void {
    for (const [port, listening] of this.listening) if (listening.host === host) this.listening.delete(port)
    for (const end of [...this.open]) {
      if (end.host !== host) continue
      this.open.delete(end)
      end.isClosed = true
      if (!silently) end.peer.reset(this.travelMs(host.id, end.peer.host.id))
    }
  }

  /** Milliseconds until what leaves now is there. */
  travelMs(from: number, to: number): number {
    const delay = 0.05 - Math.log(1 - this.random.float()) * this.delayMeanMs
    if (this.cuts.size === 0) return delay
    const untilMs = this.cuts.get(`${from}>${to}`)
    if (untilMs === undefined) return delay
    if (untilMs > this.engine.nowMs) return untilMs - this.engine.nowMs + delay
    this.cuts.delete(`${from}>${to}`)
    return delay
  }

  isCut(from: number, to: number): boolean {
    return this.cuts.size > 0 && (this.cuts.get(`${from}>${to}`) ?? 0) > this.engine.nowMs
  }

  /** True while a cut or a reset may be under way. */
  get isTroubled(): boolean {
    return this.resetChance > 0 || [...this.cuts.values()].some((untilMs) => untilMs > this.engine.nowMs)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random.chance(probability)
  }

  forget(end: SimConnection): void {
    this.open.delete(end)
  }

  private listen(
    host: Host,
    life: number,
    options: ListenOptions,
    onConnection: (connection: Connection) => void,
  ): ListeningSocket {
    const port = options.port === 0 ? this.nextPort++ : options.port
    this.listening.set(port, { host, life, onConnection })
    return {
      host: options.host,
      port,
      close: () => {
        if (this.listening.get(port)?.life === life) this.listening.delete(port)
        return Promise.resolve()
      },
    }
  }

  private connect(from: Host, options: { port: number; timeoutMs: number }): Promise<Connection> {
    const { engine } = this
    const { life } = from
    return new Promise((resolve, reject) => {
      let isSettled = false
      const settle = (atMs: number, action: () => void) =>
        engine.at(atMs, EVENT.connection, () =>
          from.run(life, () => {
            if (isSettled) return
            isSettled = true
            action()
          }),
        )
      settle(from.localMs + options.timeoutMs, () => reject(new Error('ETIMEDOUT')))
      const now = from.localMs
      const target = this.listening.get(options.port)?.host.id ?? Math.floor(options.port % 100)
      const thereMs = now + this.travelMs(from.id, target)
      engine.at(thereMs, EVENT.connection, () => {
        const listening = this.listening.get(options.port)
        const backMs = engine.nowMs + this.travelMs(target, from.id)
        if (listening === undefined || listening.life !== listening.host.life) {
          settle(backMs, () => reject(Object.assign(new Error('ECONNREFUSED'), { errno: 'ECONNREFUSED' })))
          return
        }
        settle(backMs, () => {
          if (listening.life !== listening.host.life) {
            reject(new Error('ECONNRESET'))
            return
          }
          const here = new SimConnection(this, from, { port: this.nextPort++, remotePort: options.port })
          const there = new SimConnection(this, listening.host, { port: options.port, remotePort: here.localPort })
          here.peer = there
          there.peer = here
          this.open.add(here)
          this.open.add(there)
          listening.host.run(listening.life, () => listening.onConnection(there))
          resolve(here)
        })
      })
    })
  }
}

export class SimConnection implements Connection {
  readonly remoteAddress = '127.0.0.1'
  readonly localAddress = '127.0.0.1'
  readonly remotePort: number
  readonly localPort: number
  readonly host: Host
  /** Set right after construction, when both ends exist. */
  peer!: SimConnection
  isClosed = false
  private readonly fabric: Fabric
  private readonly life: number
  private events: ConnectionEvents | undefined
  private inbox: (Buffer | 'end')[] = []
  private isPaused = false
  private hasEnded = false
  private lastArrivalMs = 0
  private queuedBytes = 0
  private isFull = false
  private held: (Buffer | 'end')[] | undefined

  constructor(fabric: Fabric, host: Host, ports: { port: number; remotePort: number }) {
    this.fabric = fabric
    this.host = host
    this.life = host.life
    this.localPort = ports.port
    this.remotePort = ports.remotePort
  }

  receive(events: ConnectionEvents): void {
    this.events = events
    this.flushLater()
  }

  write(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.isClosed || this.hasEnded || this.life !== this.host.life) return true
    const bytes = chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks)
    this.fabric.onWrite?.(this, bytes)
    if (onSent !== undefined) {
      const sent = () => this.host.run(this.life, onSent)
      this.fabric.engine.at(this.host.localMs + CALLBACK_MS, EVENT.connection, sent)
    }
    if (this.fabric.chance(this.fabric.resetChance)) {
      this.reset(this.fabric.travelMs(this.peer.host.id, this.host.id))
      this.peer.reset(this.fabric.travelMs(this.host.id, this.peer.host.id))
      return true
    }
    this.queuedBytes += bytes.length
    this.send(bytes)
    this.isFull = this.queuedBytes > HIGH_WATER_BYTES
    return !this.isFull
  }

  /** What is written from now on waits, until `release`. */
  hold(): void {
    this.held ??= []
  }

  release(): void {
    const { held } = this
    this.held = undefined
    for (const what of held ?? []) this.send(what)
  }

  bufferedBytes(): number {
    return this.queuedBytes
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.flushLater()
  }

  end(): void {
    if (this.hasEnded || this.isClosed) return
    this.hasEnded = true
    this.send('end')
  }

  destroy(error?: Error): void {
    if (this.isClosed || this.life !== this.host.life) return
    this.close(error)
    this.peer.reset(Math.max(0, this.arrival() - this.fabric.engine.nowMs))
  }

  /** The connection breaks here, in a while. */
  reset(inMs: number): void {
    this.fabric.engine.after(inMs, EVENT.connection, () => {
      if (!this.isClosed) this.host.run(this.life, () => this.close(new Error('ECONNRESET')))
    })
  }

  private send(what: Buffer | 'end'): void {
    if (this.held !== undefined) {
      this.held.push(what)
      return
    }
    const { peer, fabric } = this
    const wasCut = fabric.isCut(this.host.id, peer.host.id)
    const atMs = this.arrival()
    fabric.engine.at(atMs, EVENT.connection, () => {
      if (what !== 'end') this.drained(what.length)
      if (peer.isClosed || peer.life !== peer.host.life) {
        // Whoever is there now knows nothing of this connection.
        if (peer.host.isUp && !this.isClosed) this.reset(fabric.travelMs(peer.host.id, this.host.id))
        return
      }
      if (wasCut && fabric.chance(0.3)) {
        this.reset(0)
        peer.reset(0)
        return
      }
      peer.inbox.push(what)
      peer.host.run(peer.life, () => peer.flush())
    })
  }

  private arrival(): number {
    const departs = this.host.localMs
    const atMs = departs + this.fabric.travelMs(this.host.id, this.peer.host.id)
    this.lastArrivalMs = Math.max(atMs, this.lastArrivalMs + 0.001)
    return this.lastArrivalMs
  }

  private drained(bytes: number): void {
    this.queuedBytes -= bytes
    if (!this.isFull || this.queuedBytes > HIGH_WATER_BYTES / 2) return
    this.isFull = false
    this.host.run(this.life, () => {
      if (!this.isClosed) this.events?.drain()
    })
  }

  private flushLater(): void {
    const run = () => this.host.run(this.life, () => this.flush())
    if (this.inbox.length > 0) this.fabric.engine.at(this.host.localMs + CALLBACK_MS, EVENT.connection, run)
  }

  private flush(): void {
    while (this.inbox.length > 0 && !this.isPaused && !this.isClosed && this.events !== undefined) {
      const what = this.inbox.shift()!
      if (what !== 'end') this.events.data(what)
      else if (this.events.end !== undefined) this.events.end()
      else this.close()
    }
  }

  private close(error?: Error): void {
    if (this.isClosed) return
    this.isClosed = true
    this.fabric.forget(this)
    const { events } = this
    this.fabric.engine.at(this.host.localMs + CALLBACK_MS, EVENT.connection, () =>
      this.host.run(this.life, () => events?.close(error)),
    )
  }
}
