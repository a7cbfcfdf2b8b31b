/**
 * A broker's data path without a network: image, logs on a memory disk, replica manager, the real handlers behind the real
 * dispatcher. Time is manual; requests go in as frames and come out decoded.
 */
import type { Uuid } from '../../../src/base/uuid.ts'
import type { BrokerServices, ControllerChannel } from '../../../src/broker/handlers/context.ts'
import { Dispatcher } from '../../../src/broker/handlers/dispatch.ts'
import { FetchSessionCache } from '../../../src/broker/handlers/fetch-sessions.ts'
import { brokerHandlers } from '../../../src/broker/handlers/index.ts'
import { ProducerIdBlocks } from '../../../src/broker/handlers/producer-ids.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/broker/metadata/records.ts'
import { ReplicaManager } from '../../../src/broker/replication/replica-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { decodeBatch, encodeBatch, type KafkaRecord } from '../../../src/protocol/records/record.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { MemoryDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'

export const NODE_ID = 1
export const TOPIC = 'example-topic'
export const TOPIC_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAZQ'
export const BROKER_EPOCH = 40
const DIRECTORY_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAeQ'
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'

export interface WorldOptions {
  readonly config?: Record<string, string>
  readonly sessionSlots?: number
}

export class World {
  readonly clock = new ManualClock()
  readonly log = new QuietLog()
  readonly disk = new MemoryDisk()
  readonly image = new MetadataImage()
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly services: BrokerServices
  readonly dispatcher: Dispatcher
  /** What the controller was asked, and what it answers. */
  readonly controllerCalls: ApiName[] = []
  controllerAnswer: (api: ApiName, call: number) => object = (_api, call) => ({
    errorCode: 0,
    producerIdStart: call * 1000,
    producerIdLen: 1000,
  })
  #offset = 100
  #correlation = 0

  constructor(options: WorldOptions = {}) {
    const config = BrokerConfig.resolve({
      overrides: {
        'process.roles': 'broker,controller',
        'node.id': String(NODE_ID),
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
        'log.dirs': '/data',
        ...options.config,
      },
    })
    const { clock, disk, image, log } = this
    disk.makeDirectory('/data')
    writeMetaProperties(
      disk,
      '/data',
      { clusterId: CLUSTER_ID, nodeId: NODE_ID, directoryId: DIRECTORY_ID, version: 1 },
      0,
    )
    this.logs = new LogManager({
      disk,
      clock,
      log,
      logDirs: config.logDirs,
      brokerConfig: config,
      clusterId: CLUSTER_ID,
      nodeId: NODE_ID,
      onDirectoryFailure: () => {},
    })
    this.logs.open()
    this.replicas = new ReplicaManager({ nodeId: NODE_ID, logs: this.logs, image, config, clock, log })
    image.subscribe((delta) => this.replicas.applyDelta(delta))
    const random = {
      int: (bound: number) => this.#correlation++ % bound,
      bytes: (count: number) => Buffer.alloc(count),
    }
    const controller: ControllerChannel = {
      send: async (api) => {
        this.controllerCalls.push(api)
        return this.controllerAnswer(api, this.controllerCalls.length) as never
      },
    }
    this.services = {
      nodeId: NODE_ID,
      clusterId: CLUSTER_ID,
      config,
      startConfig: config,
      image,
      controller,
      replicas: this.replicas,
      logs: this.logs,
      groups: undefined as never,
      quorum: { leaderId: NODE_ID, leaderEpoch: 1, describe: () => ({}) },
      fetchSessions: new FetchSessionCache({ slots: options.sessionSlots ?? 100, clock, random }),
      producerIds: new ProducerIdBlocks(controller, () => ({ nodeId: NODE_ID, epoch: BROKER_EPOCH })),
      supportedFeatures: [],
      clock,
      disk,
      random,
      log,
      isController: true,
    }
    this.dispatcher = new Dispatcher(brokerHandlers, this.services)
    this.apply(
      metadataRecord('RegisterBrokerRecord', 3, {
        brokerId: NODE_ID,
        incarnationId: CLUSTER_ID,
        brokerEpoch: BROKER_EPOCH,
        endPoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092, securityProtocol: 0 }],
        features: [],
        rack: null,
        fenced: false,
        inControlledShutdown: false,
        logDirs: [],
      }),
    )
  }

  apply(...records: MetadataRecord[]): void {
    this.#offset += records.length
    this.image.apply(records, this.#offset, 1)
  }

  /** Creates a topic; `partition` changes the record of each of its partitions. */
  createTopic(
    options: {
      name?: string
      id?: Uuid
      partitions?: number
      config?: Record<string, string>
      partition?: object
    } = {},
  ): void {
    const { name = TOPIC, id = TOPIC_ID, partitions = 1 } = options
    this.apply(
      metadataRecord('TopicRecord', 0, { name, topicId: id }),
      ...Object.entries(options.config ?? {}).map(([key, value]) =>
        metadataRecord('ConfigRecord', 0, { resourceType: 2, resourceName: name, name: key, value }),
      ),
      ...Array.from({ length: partitions }, (_, partitionId) =>
        metadataRecord('PartitionRecord', 0, {
          partitionId,
          topicId: id,
          replicas: [NODE_ID],
          isr: [NODE_ID],
          removingReplicas: [],
          addingReplicas: [],
          leader: NODE_ID,
          leaderRecoveryState: 0,
          leaderEpoch: 0,
          partitionEpoch: 0,
          ...options.partition,
        }),
      ),
    )
  }

  /** The connection that all requests come over. */
  readonly peer: { listenerName: string; connectionId: string; host: string; principal: string; onGone?: () => void } =
    {
      listenerName: 'PLAINTEXT',
      connectionId: 'c',
      host: '10.0.0.1',
      principal: 'User:ANONYMOUS',
    }

  /** Sends a request; resolves when it is answered, null for no answer. Rejects when the connection would be closed. */
  async send<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A> | null> {
    const header = { correlationId: ++this.#correlation, clientId: 'test-client' }
    const frame = Buffer.concat(encodeRequestFrame(api, version, header, body)).subarray(4)
    const peer = this.peer
    const answer = await this.dispatcher.serve(frame, peer)
    if (answer === null) return null
    return decodeResponseFrame(api, version, Buffer.concat(answer).subarray(4)).body
  }

  /** As `send`, for requests that have an answer. */
  async ask<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const answer = await this.send(api, version, body)
    if (answer === null) throw new Error(`${api} has no answer`)
    return answer
  }

  /** Produces one batch and gives its partition's response. */
  async produce(records: Buffer | null, options: ProduceOptions = {}) {
    const { version = 9, topic = TOPIC, partition = 0, acks = 1 } = options
    const byId = version >= 13
    const { responses } = await this.ask('Produce', version, {
      acks,
      timeoutMs: options.timeoutMs ?? 1000,
      transactionalId: options.transactionalId ?? null,
      topicData: [
        {
          ...(byId ? { topicId: options.topicId ?? TOPIC_ID } : { name: topic }),
          partitionData: [{ index: partition, records }],
        },
      ],
    })
    return responses[0]!.partitionResponses[0]!
  }
}

export interface ProduceOptions {
  readonly version?: number
  readonly topic?: string
  readonly topicId?: Uuid
  readonly partition?: number
  readonly acks?: number
  readonly timeoutMs?: number
  readonly transactionalId?: string
}

/** One batch with a record per value, a millisecond apart from `timestamp` on. */
export function batch(
  values: readonly string[],
  options: Parameters<typeof encodeBatch>[0] & { timestamp?: number } = {},
): Buffer {
  const { timestamp = 1_700_000_000_000, ...header } = options
  return encodeBatch(
    header,
    values.map((value, index) => ({ timestamp: timestamp + index, key: null, value: Buffer.from(value) })),
  )
}

/** The records of what a fetch returned. */
export function recordsOf(records: Buffer | null): KafkaRecord[] {
  if (records === null) return []
  return [...eachBatch(records)].flatMap(({ header, position }) =>
    decodeBatch(records.subarray(position, position + header.sizeBytes)),
  )
}

export function valuesOf(records: Buffer | null): string[] {
  return recordsOf(records).map(({ value }) => String(value))
}
