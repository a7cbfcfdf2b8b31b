/** Broker services for handler tests: a real image, real groups on a log in memory, and a controller that is told what to say. */
import { groupSettings, GroupCoordinator, topicsOfImage } from '../../../src/broker/coordinator/index.ts'
import type { BrokerServices, Handler, RequestContext } from '../../../src/broker/handlers/context.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { type ApiName, apis, type RequestInput, type RequestOf, type ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.ts'
import type { Message } from '../../../src/protocol/schema.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { FakeLog } from '../coordinator/fake-log.ts'
import { CountingRandom } from '../coordinator/group/harness.ts'

const DIRECTORY = 'DDDDDDDDDDDDDDDDDDDDDw'

/** A 22-character id from a number. */
export function topicId(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number + 1_000, 12)
  return bytes.toString('base64url')
}

export class HandlerHarness {
  readonly image = new MetadataImage()
  readonly clock = new ManualClock()
  readonly log = new QuietLog()
  readonly offsets = new FakeLog()
  /** Requests that reached the controller, oldest first. */
  readonly asked: { api: ApiName; request: unknown }[] = []
  /** Answers by API; the default is an empty response. */
  readonly answers: Partial<Record<ApiName, unknown>> = {}
  readonly services: BrokerServices
  #offset = 0
  #topics = 0

  constructor(properties: Record<string, string> = {}) {
    const config = BrokerConfig.resolve({
      properties: {
        'node.id': '1',
        'process.roles': 'broker,controller',
        listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        ...properties,
      },
    })
    const random = new CountingRandom()
    const { clock, image, log } = this
    const groups = new GroupCoordinator({
      log: this.offsets,
      clock,
      random,
      logger: log,
      settings: groupSettings(config),
      topics: topicsOfImage(image),
    })
    this.services = {
      nodeId: 1,
      clusterId: 'cluster-id-of-22-chars',
      config,
      startConfig: config,
      image,
      groups,
      clock,
      random,
      log,
      isController: true,
      quorum: {
        leaderId: 1,
        leaderEpoch: 3,
        describe: () => ({ topics: [{ topicName: '__cluster_metadata' }], nodes: [{ nodeId: 1 }] }),
      },
      controller: {
        send: (api: ApiName, version: number, request: unknown) => {
          this.asked.push({ api, request })
          const answer = this.answers[api]
          if (answer instanceof Error) return Promise.reject(answer)
          return Promise.resolve(through(apis[api].response, version, answer ?? {}))
        },
      },
    } as unknown as BrokerServices
  }

  apply(...records: Parameters<MetadataImage['apply']>[0]): void {
    this.#offset += records.length
    this.image.apply(records, this.#offset, 1)
  }

  broker(id: number, options: { fenced?: boolean; rack?: string; listeners?: string[] } = {}): this {
    this.apply(
      metadataRecord('RegisterBrokerRecord', 3, {
        brokerId: id,
        brokerEpoch: this.#offset,
        fenced: options.fenced ?? false,
        rack: options.rack ?? null,
        logDirs: [DIRECTORY],
        endPoints: (options.listeners ?? ['PLAINTEXT']).map((name) => ({
          name,
          host: `broker-${id}`,
          port: 9000 + id,
          securityProtocol: 0,
        })),
      }),
    )
    return this
  }

  topic(name: string, partitions: { replicas: number[]; leader?: number; isr?: number[] }[]): this {
    const id = topicId(this.#topics++)
    this.apply(
      metadataRecord('TopicRecord', 0, { name, topicId: id }),
      ...partitions.map(({ replicas, leader, isr }, partitionId) =>
        metadataRecord('PartitionRecord', 1, {
          partitionId,
          topicId: id,
          replicas,
          isr: isr ?? replicas,
          leader: leader ?? replicas[0]!,
          leaderEpoch: 5,
          directories: replicas.map(() => DIRECTORY),
        }),
      ),
    )
    return this
  }

  config(resourceType: number, resourceName: string, name: string, value: string): this {
    this.apply(metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value }))
    return this
  }

  /** Asks a handler as a client would: request and response go through the codec at this version. */
  async ask<A extends ApiName>(
    api: A,
    handler: Handler<A>,
    version: number,
    request: RequestInput<A>,
    context: Partial<RequestContext> = {},
  ): Promise<ResponseOf<A>> {
    const decoded = through(apis[api].request, version, request) as RequestOf<A>
    const answer = await handler.handle(
      decoded,
      {
        api,
        version,
        correlationId: 1,
        clientId: 'client',
        listenerName: 'PLAINTEXT',
        principal: 'User:ANONYMOUS',
        clientHost: '127.0.0.1',
        connectionId: 'c',
        receivedAtMs: 0,
        ...context,
      },
      this.services,
    )
    return through(apis[api].response, version, answer ?? {}) as ResponseOf<A>
  }
}

function through(schema: Message, version: number, value: unknown): unknown {
  return decodeMessage(schema, version, encodeMessage(schema, version, value as never))
}
