/**
 * The sockets of a node: bound before anything else, so that a busy port is found while nothing was written, and so that
 * a port of 0 is known by its number when the node tells others where it is. Requests that come before the node can
 * answer wait at the gate.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Network } from '../base/network.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { EndpointImage } from './metadata/cluster.ts'
import { ConnectionLimits } from './network/connection-limits.ts'
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

  serve(frame: Buffer, peer: Peer): Answer | Promise<Answer> {
    if (this.server !== undefined) return this.server.serve(frame, peer)
    return this.opened.then((server) => server.serve(frame, peer))
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

  private constructor(options: NodeListenersOptions) {
    this.options = options
  }

  /** Binds every listener; on failure none stays bound and the network's error is thrown. */
  static async bind(options: NodeListenersOptions): Promise<NodeListeners> {
    const node = new NodeListeners(options)
    const { config, network, clock, logger } = options
    const limits = new ConnectionLimits({
      max: config.get('max.connections'),
      maxPerAddress: config.get('max.connections.per.ip'),
      overrides: connectionOverrides(config.get('max.connections.per.ip.overrides')),
    })
    try {
      for (const { name, host, port, securityProtocol } of config.listeners) {
        const server = config.controllerListenerNames.includes(name) ? node.controllerGate : node.brokerGate
        const listener = await Listener.open({
          name,
          host,
          port,
          securityProtocol,
          network,
          clock,
          log: logger.named('kafka.network.SocketServer'),
          server,
          limits,
          maxRequestBytes: config.get('socket.request.max.bytes'),
          maxIdleMs: config.get('connections.max.idle.ms'),
        })
        node.listeners.push(listener)
      }
    } catch (error) {
      await node.close(0)
      throw error
    }
    return node
  }

  openBroker(server: RequestServer): void {
    this.brokerGate.open(server)
  }

  openController(server: RequestServer): void {
    this.controllerGate.open(server)
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

/** `host:count` entries; addresses may hold colons, the count comes after the last. */
function connectionOverrides(value: unknown): ReadonlyMap<string, number> {
  const entries = (Array.isArray(value) ? value : String(value ?? '').split(',')) as string[]
  const overrides = new Map<string, number>()
  for (const entry of entries) {
    const colon = entry.lastIndexOf(':')
    if (colon > 0) overrides.set(entry.slice(0, colon).trim(), Number(entry.slice(colon + 1)))
  }
  return overrides
}
