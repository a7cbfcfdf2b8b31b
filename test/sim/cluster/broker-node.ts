/**
 * One simulated machine with a whole broker on it: starts it on its disk, kills it, cuts its power, stops it cleanly, and
 * starts it again after a fatal error, as an operator's supervisor would.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { DiskError } from '../../../src/base/disk.ts'
import { MqError } from '../../../src/base/errors.ts'
import { Broker } from '../../../src/broker/broker.ts'
import type { InitialVoter } from '../../../src/broker/initial-voters.ts'
import { BrokerConfig, internalTopicDefaults } from '../../../src/config/broker-config.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { ProcessDied } from '../../support/memory-disk.ts'
import { type Engine, EVENT } from '../engine/engine.ts'
import { Host } from '../engine/host.ts'
import { SimLogger } from '../engine/sim-log-port.ts'
import type { Fabric } from './fabric.ts'
import { SimDisk } from './sim-disk.ts'

export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const RESTART_MS = 300

export interface BrokerNodeOptions {
  readonly id: number
  readonly roles: string
  readonly engine: Engine
  readonly fabric: Fabric
  readonly random: Prng
  readonly settings: Readonly<Record<string, string>>
  readonly initialVoters: readonly InitialVoter[] | undefined
}

export class BrokerNode {
  readonly id: number
  readonly host: Host
  readonly disk: SimDisk
  broker: Broker | undefined
  /** Faults of the disk are about: the node may give up because of them. */
  isDiskFaulty = false
  /** Starts again by itself. */
  isKept = true
  /** Hears that a life ends, before it does. */
  onCrash: (() => void) | undefined
  private readonly options: BrokerNodeOptions
  private readonly config: BrokerConfig

  constructor(options: BrokerNodeOptions) {
    this.options = options
    const { id, engine, roles } = options
    this.id = id
    this.host = new Host(id, engine)
    this.disk = new SimDisk(this.host, options.random.fork())
    this.disk.makeDirectory('/data')
    this.disk.syncDirectory('/')
    this.disk.syncDirectory('/data')
    const listeners = [
      ...(roles.includes('broker') ? [`PLAINTEXT://127.0.0.1:${9000 + id}`] : []),
      ...(roles.includes('controller') ? [`CONTROLLER://127.0.0.1:${9100 + id}`] : []),
    ]
    this.config = BrokerConfig.resolve({
      properties: {
        'process.roles': roles,
        'node.id': String(id),
        listeners: listeners.join(','),
        'controller.listener.names': 'CONTROLLER',
        'log.dirs': '/data',
        ...options.settings,
      },
      defaults: { ...internalTopicDefaults(3), 'offsets.topic.num.partitions': '2' },
    })
  }

  get isController(): boolean {
    return this.config.roles.includes('controller')
  }

  get isBroker(): boolean {
    return this.config.roles.includes('broker')
  }

  start(): void {
    const { engine, fabric, random, initialVoters } = this.options
    const { host, disk } = this
    if (host.isUp) return
    host.boot()
    disk.attach()
    const { life } = host
    engine.note(() => `${this.id} starts`)
    const sink = engine.isVerbose ? (line: string) => engine.note(() => `${this.id} ${line}`) : undefined
    Broker.start({
      ports: {
        clock: host.clock(),
        disk,
        network: fabric.networkOf(host),
        random: random.fork(),
        log: new SimLogger(sink),
      },
      config: this.config,
      clusterId: CLUSTER_ID,
      hostName: 'this-machine',
      ...(initialVoters === undefined ? {} : { initialVoters }),
      onFatal: (error) => {
        if (life === host.life) this.gaveUp(error, life)
      },
      onBuilt: (built) => {
        if (life === host.life) this.broker = built as Broker
      },
    }).then(
      () => engine.note(() => `${this.id} runs`),
      (error: unknown) => {
        if (life === host.life) this.gaveUp(error, life)
      },
    )
  }

  /** The process dies. `isPowerCut`: with what its machine had not synced. */
  crash(isPowerCut: boolean, isSilent: boolean): void {
    const { host, disk } = this
    if (!host.isUp) return
    this.onCrash?.()
    this.options.engine.note(() => `${this.id} ${isPowerCut ? 'loses its power' : 'is killed'}`)
    host.halt()
    this.broker = undefined
    this.options.fabric.died(host, isSilent)
    if (isPowerCut) disk.cutPower()
    else disk.killed()
  }

  /** A clean stop; `done` when the process has ended. */
  stop(done: () => void): void {
    const { host, broker } = this
    const { life } = host
    if (broker === undefined) {
      this.crash(false, false)
      done()
      return
    }
    this.options.engine.note(() => `${this.id} stops`)
    const end = () => {
      if (life !== host.life) return
      // Outside of the broker's own code, which has just ended.
      this.options.engine.after(0, EVENT.fault, () => {
        if (life === host.life) this.crash(false, false)
        done()
      })
    }
    broker.stop().then(end, end)
  }

  private gaveUp(error: unknown, life: number): void {
    const { engine } = this.options
    engine.note(() => `${this.id} gives up: ${error instanceof Error ? error.stack : String(error)}`)
    if (!this.isExpected(error)) this.host.thrown(error, 'fatal')
    engine.after(0, EVENT.fault, () => {
      if (life === this.host.life) this.crash(false, false)
    })
    if (this.isKept) {
      engine.after(RESTART_MS, EVENT.fault, () => {
        if (this.isKept) this.start()
      })
    }
  }

  /** Errors that a node may end with: its disk's, and of starts that found no cluster in time. */
  private isExpected(error: unknown): boolean {
    if (error instanceof ProcessDied) return true
    if (error instanceof DiskError) return this.isDiskFaulty
    if (error instanceof ApiError) return true
    return error instanceof MqError && error.code !== 'MQ_QUORUM_STATE' && error.code !== 'MQ_SNAPSHOT'
  }
}
