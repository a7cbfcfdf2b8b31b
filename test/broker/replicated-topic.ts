/** A topic with replicas on the nodes of a virtual cluster: append, wait for acknowledgement, compare replicas. */
import type { Broker } from '../../src/broker/broker.ts'
import { Dispatcher } from '../../src/broker/handlers/dispatch.ts'
import { brokerHandlers } from '../../src/broker/handlers/index.ts'
import type { Partition } from '../../src/broker/replication/partition.ts'
import type { Log } from '../../src/broker/storage/log.ts'
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { MortalCluster } from './mortal-nodes.ts'
import { type BatchSpec, batchOf, valuesOf } from './storage/support.ts'

const STATIC = { 'controller.quorum.voters': [1, 2, 3].map((id) => `${id}@127.0.0.1:${9100 + id}`).join(',') }
const FROM = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
export const TOPIC = 'replicated'

export class ReplicatedTopic {
  readonly cluster: MortalCluster

  constructor(cluster: MortalCluster) {
    this.cluster = cluster
  }

  /** Three nodes, each broker and controller. */
  static async start(
    overrides: Record<string, string> = {},
    ofNode: (id: number) => Record<string, string> = () => ({}),
  ): Promise<ReplicatedTopic> {
    const cluster = new MortalCluster({ ...STATIC, ...overrides })
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, { overrides: ofNode(id) }))))
    return new ReplicatedTopic(cluster)
  }

  private get anyNode(): Broker {
    return [...this.cluster.nodes.values()][0]!
  }

  async create(configs: Record<string, string> = {}, replicas = [1, 2, 3]): Promise<void> {
    const topic = {
      name: TOPIC,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: replicas }],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }
    const answer = await this.ask('CreateTopics', { topics: [topic], timeoutMs: 1000 })
    if (answer.topics[0]?.errorCode !== 0) throw new Error(`not created: ${JSON.stringify(answer)}`)
    await this.cluster.while(() => replicas.some((id) => this.cluster.nodes.has(id) && this.on(id) === undefined))
  }

  async delete(): Promise<void> {
    await this.ask('DeleteTopics', { topics: [{ name: TOPIC }], timeoutMs: 1000 })
    await this.cluster.while(() => [...this.cluster.nodes.keys()].some((id) => this.on(id) !== undefined))
  }

  ask<A extends 'CreateTopics' | 'DeleteTopics' | 'ElectLeaders' | 'IncrementalAlterConfigs'>(
    api: A,
    request: Parameters<Broker['services']['controller']['send']>[2],
  ) {
    const version = { CreateTopics: 7, DeleteTopics: 6, ElectLeaders: 2, IncrementalAlterConfigs: 1 }[api]
    return this.cluster.until(this.anyNode.services.controller.send<A>(api, version, request as never, FROM))
  }

  async setBrokerDefault(name: string, value: string): Promise<void> {
    const configs = [{ name, configOperation: 0, value }]
    await this.ask('IncrementalAlterConfigs', { resources: [{ resourceType: 4, resourceName: '', configs }] })
  }

  /** One request to a node, as from a client. */
  async handle<A extends 'DeleteRecords' | 'ListOffsets' | 'Fetch'>(
    id: number,
    api: A,
    version: number,
    request: RequestInput<A>,
  ): Promise<ResponseOf<A>> {
    const dispatcher = new Dispatcher(brokerHandlers, this.cluster.nodes.get(id)!.services)
    const frame = Buffer.concat(encodeRequestFrame(api, version, { correlationId: 1, clientId: 'test' }, request))
    const peer = { listenerName: 'PLAINTEXT', connectionId: 'c', host: '10.0.0.1', principal: 'User:ANONYMOUS' }
    const answer = await this.cluster.until(Promise.resolve(dispatcher.serve(frame.subarray(4), peer)))
    return decodeResponseFrame(api, version, Buffer.concat(answer!).subarray(4)).body
  }

  on(id: number): Partition | undefined {
    return this.cluster.nodes.get(id)?.services.replicas.hosted(TOPIC, 0)
  }

  log(id: number): Log {
    return this.on(id)!.log()
  }

  isr(id: number): number[] {
    return [...this.on(id)!.isr].sort()
  }

  /** Appended, perhaps not replicated. */
  append(id: number, value: string, acks: -1 | 0 | 1 = -1, spec: BatchSpec = {}) {
    const records = batchOf({ ...spec, values: [value] })
    const { replicas } = this.cluster.nodes.get(id)!.services
    return replicas.append({ topic: TOPIC, partition: 0, records, acks, origin: 'client' })
  }

  acknowledged(id: number, endOffset: number, timeoutMs = 30_000): Promise<void> {
    const { replicas } = this.cluster.nodes.get(id)!.services
    return this.cluster.until(replicas.awaitCommitted(this.on(id)!, endOffset, timeoutMs))
  }

  /** Appends and waits until it is acknowledged. */
  async produce(id: number, ...values: string[]): Promise<void> {
    for (const value of values) await this.acknowledged(id, this.append(id, value).lastOffset + 1)
  }

  values(id: number): string[] {
    return valuesOf(this.log(id))
  }

  /** The first node of these that leads; time passes until there is one. */
  async leaderAmong(...ids: number[]): Promise<number> {
    await this.cluster.while(() => !ids.some((id) => this.on(id)?.isLeader === true))
    return ids.find((id) => this.on(id)?.isLeader === true)!
  }

  async untilIsr(id: number, ...isr: number[]): Promise<void> {
    await this.cluster.while(() => this.isr(id).join() !== isr.join())
  }

  /** Time passes until these replicas have the same end and high watermark; they must have the same bytes then. */
  async untilSame(...ids: number[]): Promise<void> {
    const isSame = (of: (log: Log) => number) => new Set(ids.map((id) => of(this.log(id)))).size === 1
    await this.cluster.while(() => !(isSame((log) => log.logEndOffset) && isSame((log) => log.highWatermark)))
    const bytes = ids.map((id) => bytesOf(this.log(id)))
    for (const each of bytes) if (each !== bytes[0]) throw new Error(`replicas differ: ${ids.join()}`)
  }
}

/** Every byte of the log from its start. */
export function bytesOf(log: Log): string {
  const pieces: Buffer[] = []
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const { records, nextOffset } = log.read(offset, { maxBytes: 1 << 20, minOneBatch: true, upTo: log.logEndOffset })
    pieces.push(...records)
    offset = nextOffset
  }
  return Buffer.concat(pieces).toString('hex')
}
