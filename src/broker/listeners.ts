/**
 * The sockets of a node: bound before anything else, so that a busy port is found while nothing was written, and so that
 * a port of 0 is known by its number when the node tells others where it is. Requests that come before the node can
 * answer wait at the gate.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Network } from '../base/network.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Listener as ListenerAddress } from '../config/listeners.ts'
import type { CurrentConfig } from '../config/node-config.ts'
import type { EndpointImage } from './metadata/cluster.ts'
import { type ConnectionLimitSettings, ConnectionLimits, parseOverrides } from './network/connection-limits.ts'
import { Listener } from './network/listener.ts'
import type { Answer, Peer, RequestServer } from './network/request-server.ts'

/** Kafka's codes of security protocols. */
const SECURITY_PROTOCOLS = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

/** Holds requests back until there is somebody to answer. */
class Gate implements RequestServer {
  private server: RequestServer | undefined
  private readonly opened: Promise<RequestServer>
  private resolve: (server: RequestServer) => void = () => {}

  constructor() {
    this.opened = new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  open(server: RequestServer): void {
    this.server = server
    this.resolve(server)
  }

  serve(frame: Buffer, peer: Peer, arrivedMs: number): Answer | Promise<Answer> {
    if (this.server !== undefined) return this.server.serve(frame, peer, arrivedMs)
    return this.opened.then((server) => server.serve(frame, peer, arrivedMs))
  }

  mayRecycle(frame: Buffer): boolean {
    return this.server?.mayRecycle?.(frame) ?? false
  }
}

export interface NodeListenersOptions {
  readonly config: BrokerConfig
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  /** Name of this machine: advertised where a listener has no host of its own. It is never looked up. */
  readonly hostName: string
}

export class NodeListeners {
  private readonly options: NodeListenersOptions
  private readonly listeners: Listener[] = []
  private readonly brokerGate = new Gate()
  private readonly controllerGate = new Gate()

  private readonly limits: ConnectionLimits

  private constructor(options: NodeListenersOptions) {
    this.options = options
    this.limits = new ConnectionLimits(connectionLimits(options.config), options.clock)
  }

  /** Binds every listener; on failure none stays bound and the network's error is thrown. */
  static async bind(options: NodeListenersOptions): Promise<NodeListeners> {
    const node = new NodeListeners(options)
    try {
      for (const address of options.config.listeners) node.listeners.push(await node.open(address))
    } catch (error) {
      await node.close(0)
      throw error
    }
    return node
  }

  /**
   * Follows the settings from now on: connection limits, and client listeners that come and go by name. What clients are
   * told of stays as it was registered, as in Kafka.
   */
  follow(config: CurrentConfig): void {
    const own = this.options.config.listeners.map(({ name }) => listenerLimitKey(name))
    config.onChange([...LIMIT_KEYS, ...own], (now) => this.limits.update(connectionLimits(now)))
    config.onChange(['listeners', 'listener.security.protocol.map'], (now) => this.changeListeners(now))
  }

  private changeListeners(now: BrokerConfig): void {
    const { controllerListenerNames } = this.options.config
    const log = this.options.logger.named('kafka.network.SocketServer')
    const isClients = (name: string) => !controllerListenerNames.includes(name)
    for (const listener of [...this.listeners]) {
      if (!isClients(listener.name) || now.listeners.some(({ name }) => name === listener.name)) continue
      this.listeners.splice(this.listeners.indexOf(listener), 1)
      log.info(`Closing listener ${listener.name}`)
      listener.close(0).catch((error: unknown) => log.error(`Listener ${listener.name} could not be closed`, error))
    }
    for (const address of now.listeners) {
      if (!isClients(address.name) || this.listeners.some(({ name }) => name === address.name)) continue
      log.info(`Opening listener ${address.name} at ${address.host}:${address.port}`)
      this.open(address).then(
        (listener) => {
          this.listeners.push(listener)
        },
        (error: unknown) => log.error(`Listener ${address.name} could not be opened`, error),
      )
    }
  }

  private open({ name, host, port, securityProtocol }: ListenerAddress): Promise<Listener> {
    const { config, network, clock, logger } = this.options
    return Listener.open({
      name,
      host,
      port,
      securityProtocol,
      network,
      clock,
      log: logger.named('kafka.network.SocketServer'),
      server: config.controllerListenerNames.includes(name) ? this.controllerGate : this.brokerGate,
      limits: this.limits,
      maxRequestBytes: config.get('socket.request.max.bytes'),
      maxIdleMs: config.get('connections.max.idle.ms'),
    })
  }

  openBroker(server: RequestServer): void {
    this.brokerGate.open(server)
  }

  openController(server: RequestServer): void {
    this.controllerGate.open(server)
  }

  /** The connections of each listener: open now, and accepted, closed and closed for being idle since the start. */
  connections(): { listener: string; open: number; accepted: number; expired: number }[] {
    return this.listeners.map(({ name, connectionCount, accepted, expired }) => {
      return { listener: name, open: connectionCount, accepted, expired }
    })
  }

  /** Answers that are complete and wait behind an older request of their connection. */
  get heldAnswers(): number {
    return this.listeners.reduce((sum, listener) => sum + listener.heldAnswers, 0)
  }

  /** The port that a listener is bound to. */
  portOf(name: string): number | undefined {
    return this.listeners.find((listener) => listener.name === name)?.port
  }

  /** What the broker registers: each client listener under its own advertised address. */
  brokerEndpoints(): EndpointImage[] {
    return this.endpoints(this.options.config.advertisedListeners)
  }

  controllerEndpoints(): EndpointImage[] {
    return this.endpoints(this.options.config.advertisedControllerListeners)
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.close(graceMs)))
  }

  private endpoints(advertised: readonly { name: string; host: string; port: number }[]): EndpointImage[] {
    const { config, hostName } = this.options
    return advertised.map(({ name, host, port }) => {
      const listener = config.listeners.find((one) => one.name === name)
      return {
        name,
        host: host === '' ? hostName : host,
        port: port === 0 ? (this.portOf(name) ?? 0) : port,
        securityProtocol: SECURITY_PROTOCOLS[listener?.securityProtocol ?? 'PLAINTEXT'],
      }
    })
  }
}

const LIMIT_KEYS = [
  'max.connections',
  'max.connections.per.ip',
  'max.connections.per.ip.overrides',
  'max.connection.creation.rate',
] as const

function listenerLimitKey(name: string): `listener.name.${string}` {
  return `listener.name.${name.toLowerCase()}.max.connections`
}

function connectionLimits(config: BrokerConfig): ConnectionLimitSettings {
  const perListener = new Map<string, number>()
  for (const { name } of config.listeners) {
    const most = Number(config.text(listenerLimitKey(name)) ?? 'none')
    if (Number.isInteger(most)) perListener.set(name, most)
  }
  return {
    max: config.get('max.connections'),
    maxPerAddress: config.get('max.connections.per.ip'),
    overrides: parseOverrides((config.get('max.connections.per.ip.overrides') ?? '').split(',')),
    perListener,
    ratePerSecond: config.get('max.connection.creation.rate'),
  }
}
