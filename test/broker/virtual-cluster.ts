/** Several nodes in one process, on disks and a network in memory and under virtual time: for tests of whole clusters. */
import { Broker, type BrokerOptions } from '../../src/broker/broker.ts'
import { BrokerConfig, internalTopicDefaults } from '../../src/config/broker-config.ts'
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { MemoryNetwork } from '../support/memory-network.ts'
import { QuietLog } from '../support/quiet-log.ts'
import { seededRandom } from './raft/memory-cluster.ts'

const STEP_MS = 5
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'

export interface NodeSetup {
  readonly roles?: string
  readonly overrides?: Record<string, string>
  readonly options?: Partial<BrokerOptions>
}

export class VirtualCluster {
  readonly clock = new ManualClock()
  readonly network = new MemoryNetwork()
  readonly nodes = new Map<number, Broker>()
  readonly disks = new Map<number, MemoryDisk>()
  readonly fatal: unknown[] = []
  /** Settings of every node: the voters, or the bootstrap servers. */
  readonly #quorum: Record<string, string>
  #starts = 0

  constructor(quorum: Record<string, string>) {
    this.#quorum = quorum
  }

  static clientPort(id: number): number {
    return 9000 + id
  }

  static controllerPort(id: number): number {
    return 9100 + id
  }

  /** Begins a start; it is over when `settled` says so. */
  async start(id: number, setup: NodeSetup = {}): Promise<Broker> {
    const roles = setup.roles ?? 'broker,controller'
    const clients = `PLAINTEXT://127.0.0.1:${VirtualCluster.clientPort(id)}`
    const controllers = `CONTROLLER://127.0.0.1:${VirtualCluster.controllerPort(id)}`
    const listeners = [
      ...(roles.includes('broker') ? [clients] : []),
      ...(roles.includes('controller') ? [controllers] : []),
    ]
    const config = BrokerConfig.resolve({
      properties: {
        'process.roles': roles,
        'node.id': String(id),
        listeners: listeners.join(','),
        'controller.listener.names': 'CONTROLLER',
        'log.dirs': '/data',
        ...this.#quorum,
        ...setup.overrides,
      },
      defaults: { ...internalTopicDefaults(1), 'offsets.topic.num.partitions': '1' },
    })
    let disk = this.disks.get(id)
    if (disk === undefined) {
      disk = new MemoryDisk()
      disk.makeDirectory('/data')
      this.disks.set(id, disk)
    }
    const broker = await Broker.start({
      ports: {
        clock: this.clock,
        disk,
        network: this.network,
        random: seededRandom(id * 1000 + this.#starts++),
        log: new QuietLog(),
      },
      config,
      clusterId: CLUSTER_ID,
      hostName: 'this-machine',
      onFatal: (error) => this.fatal.push(error),
      ...setup.options,
    })
    this.nodes.set(id, broker)
    return broker
  }

  async stop(id: number): Promise<void> {
    const broker = this.nodes.get(id)!
    this.nodes.delete(id)
    await this.until(broker.stop())
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.nodes.keys()].map((id) => this.stop(id)))
  }

  /** Lets time pass until `promise` settles, at most `limitMs` of it. */
  async until<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.while(() => !isSettled, limitMs)
    return promise
  }

  /** Lets time pass while `condition` holds; throws after `limitMs` of it. */
  async while(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + limitMs
    for (;;) {
      await this.turn()
      if (!condition()) return
      if (this.clock.monotonicMs() >= endMs) throw new Error(`still waiting after ${limitMs} ms`)
      this.clock.advance(STEP_MS)
    }
  }

  /** Everything that needs no time: bytes, deferred work, promises. */
  private async turn(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      this.network.deliver(() => this.clock.runDeferred())
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  leader(): Broker | undefined {
    return [...this.nodes.values()].find((node) => node.services.isActiveController?.() === true)
  }

  createTopic(broker: Broker, name: string): Promise<ResponseOf<'CreateTopics'>> {
    const request: RequestInput<'CreateTopics'> = { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] }
    return this.until(broker.services.controller.send('CreateTopics', 7, request, SELF))
  }
}
