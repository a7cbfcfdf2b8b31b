/** Nodes of a virtual cluster that can be killed: no timer, byte or callback of theirs comes through after that. */
import type { Broker } from '../../src/broker/broker.ts'
import type { Clock, Timer } from '../../src/base/clock.ts'
import type { Connection, ListeningSocket, ListenOptions, Network } from '../../src/base/network.ts'
import { CrashDisk } from '../support/memory-disk.ts'
import { QuietLog } from '../support/quiet-log.ts'
import { seededRandom } from './raft/memory-cluster.ts'
import { type NodeSetup, VirtualCluster } from './virtual-cluster.ts'

class Life implements Clock, Network {
  isOver = false
  readonly #clock: Clock
  readonly #network: Network
  readonly #connections = new Set<Connection>()
  readonly #sockets: ListeningSocket[] = []

  constructor(clock: Clock, network: Network) {
    this.#clock = clock
    this.#network = network
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return this.#clock.schedule(delayMs, () => {
      if (!this.isOver) callback()
    })
  }

  defer(callback: () => void): void {
    this.#clock.defer(() => {
      if (!this.isOver) callback()
    })
  }

  async listen(options: ListenOptions, onConnection: (connection: Connection) => void): Promise<ListeningSocket> {
    const socket = await this.#network.listen(options, (connection) => {
      this.#connections.add(connection)
      onConnection(connection)
    })
    this.#sockets.push(socket)
    return socket
  }

  async connect(options: { host: string; port: number; timeoutMs: number }): Promise<Connection> {
    try {
      const connection = await this.#network.connect(options)
      this.#connections.add(connection)
      return connection
    } catch (error) {
      throw Object.assign(error as Error, { errno: 'ECONNREFUSED' })
    }
  }

  isLoopback(): boolean {
    return true
  }

  end(): void {
    this.isOver = true
    for (const socket of this.#sockets) void socket.close()
    for (const connection of this.#connections) connection.destroy()
  }
}

export class MortalCluster extends VirtualCluster {
  readonly #lives = new Map<number, Life>()
  /** What each node said, all its lives together. */
  readonly logs = new Map<number, QuietLog>()
  #seeds = 5000

  override start(id: number, setup: NodeSetup = {}): Promise<Broker> {
    const life = new Life(this.clock, this.network)
    this.#lives.set(id, life)
    const log = this.logs.get(id) ?? new QuietLog()
    this.logs.set(id, log)
    const ports = { clock: life, disk: this.diskOf(id), network: life, random: seededRandom(this.#seeds++), log }
    return super.start(id, { ...setup, options: { ports, ...setup.options } })
  }

  diskOf(id: number): CrashDisk {
    const known = this.disks.get(id)
    if (known instanceof CrashDisk) return known
    const disk = new CrashDisk()
    disk.makeDirectory('/data')
    this.disks.set(id, disk)
    return disk
  }

  /** The process dies; what it wrote is there for the next one. */
  kill(id: number): void {
    this.#lives.get(id)!.end()
    this.nodes.delete(id)
    this.diskOf(id).restartProcess()
  }
}
