/**
 * What the simulated clients share: connections by the product's own codecs, the metadata as the cluster tells it, and
 * waiting under virtual time. Clients run on machines of their own, whose promises the engine drains.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { PeerConnection, PeerError, type PeerRequest } from '../../../src/broker/peers/peer-connection.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { errorName, type ErrorName } from '../../../src/protocol/errors.ts'
import { type Engine, EVENT } from '../engine/engine.ts'
import { Host } from '../engine/host.ts'
import { SimLogger } from '../engine/sim-log-port.ts'
import type { Fabric } from './fabric.ts'

export interface PartitionAt {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

const SILENT = new SimLogger()

export class SimClient {
  readonly name: string
  readonly host: Host
  readonly engine: Engine
  readonly random: Prng
  /** By topic, as last told. */
  readonly topics = new Map<string, PartitionAt[]>()
  isStopped = false
  private readonly fabric: Fabric
  private readonly brokers: readonly number[]
  private readonly connections = new Map<number, PeerConnection>()

  constructor(options: {
    readonly id: number
    readonly name: string
    readonly engine: Engine
    readonly fabric: Fabric
    readonly random: Prng
    readonly brokers: readonly number[]
  }) {
    this.name = options.name
    this.engine = options.engine
    this.fabric = options.fabric
    this.random = options.random
    this.brokers = options.brokers
    this.host = new Host(options.id, options.engine)
    this.host.boot()
  }

  /** Begins `program`; what it throws ends the simulation. */
  run(program: () => Promise<void>): void {
    this.host.run(this.host.life, () => {
      program().catch((error: unknown) => this.host.thrown(error, 'client'))
    })
  }

  get nowMs(): number {
    return this.engine.nowMs
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.engine.after(ms, EVENT.client, () => this.host.run(this.host.life, resolve))
    })
  }

  /** Rejects with PeerError. */
  async send<A extends ApiName>(
    broker: number,
    api: A,
    body: RequestInput<A> | ((version: number) => RequestInput<A>),
    options: { timeoutMs?: number; version?: number } = {},
  ): Promise<ResponseOf<A>> {
    const request: PeerRequest<A> = {
      body: typeof body === 'function' ? (body as (version: number) => RequestInput<A>) : () => body,
      timeoutMs: options.timeoutMs ?? 2500,
      ...(options.version === undefined ? {} : { version: options.version }),
    }
    return (await this.connection(broker).send(api, request)).body
  }

  anyBroker(): number {
    return this.random.pick(this.brokers)
  }

  /** Asks any broker where everything is; keeps what was known when nobody answers. */
  async refresh(topics?: readonly string[]): Promise<boolean> {
    try {
      const asked = topics === undefined ? null : topics.map((name) => ({ name }))
      const answer = await this.send(this.anyBroker(), 'Metadata', { topics: asked, allowAutoTopicCreation: false })
      const told = new Set(answer.topics.map(({ name }) => name))
      if (topics === undefined) for (const name of this.topics.keys()) if (!told.has(name)) this.topics.delete(name)
      for (const topic of answer.topics) {
        if (topic.name === null) continue
        if (topic.errorCode !== 0) {
          this.topics.delete(topic.name)
          continue
        }
        const parts = topic.partitions.map((each) => ({
          topic: topic.name!,
          topicId: topic.topicId,
          partition: each.partitionIndex,
          leader: each.leaderId,
          leaderEpoch: each.leaderEpoch,
          replicas: each.replicaNodes,
          isr: each.isrNodes,
        }))
        parts.sort((one, other) => one.partition - other.partition)
        // As real clients do: a broker that is behind must not lead back to a leader of former times.
        const known = this.topics.get(topic.name)
        const newer = parts.map((part) => {
          const former = known?.find(({ partition }) => partition === part.partition)
          return former?.topicId === part.topicId && former.leaderEpoch > part.leaderEpoch ? former : part
        })
        this.topics.set(topic.name, newer)
      }
      return true
    } catch (error) {
      if (error instanceof PeerError) return false
      throw error
    }
  }

  at(topic: string, partition: number): PartitionAt | undefined {
    return this.topics.get(topic)?.find((each) => each.partition === partition)
  }

  private connection(broker: number): PeerConnection {
    let connection = this.connections.get(broker)
    if (connection === undefined) {
      connection = new PeerConnection({
        peer: `broker ${broker}`,
        endpoint: () => ({ host: '127.0.0.1', port: 9000 + broker }),
        network: this.fabric.networkOf(this.host),
        clock: this.host.clock(),
        random: this.random,
        logger: SILENT,
        clientId: this.name,
        maxFrameBytes: 10_000_000,
        connectTimeoutMs: 2000,
        reconnectBackoffMs: 50,
        reconnectBackoffMaxMs: 500,
      })
      this.connections.set(broker, connection)
    }
    return connection
  }
}

/** What a request came to: an error's name, or why there was no answer. */
export async function outcome<T>(
  asked: Promise<T>,
  codeOf: (answer: T) => number | undefined,
): Promise<{ answer?: T; error: ErrorName | 'lost' }> {
  try {
    const answer = await asked
    const code = codeOf(answer)
    return { answer, error: code === undefined ? 'UNKNOWN_SERVER_ERROR' : errorName(code) }
  } catch (error) {
    if (error instanceof PeerError) return { error: 'lost' }
    throw error
  }
}
