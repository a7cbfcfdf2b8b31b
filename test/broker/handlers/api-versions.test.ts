/** ApiVersions: the ranges of Apache Kafka 4.3.1 for what is served, features by version, names checked, odd versions. */
import { describe, expect, it } from 'vitest'
import { rangesOf } from '../../../src/broker/handlers/api-versions.ts'
import type { BrokerServices, Handlers } from '../../../src/broker/handlers/context.ts'
import { Dispatcher } from '../../../src/broker/handlers/dispatch.ts'
import { brokerHandlers, controllerHandlers } from '../../../src/broker/handlers/index.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { type ApiName, apis, type RequestInput, type ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'

/** Key, lowest and highest version that a broker listener of Apache Kafka 4.3.1 advertises. */
const KAFKA_BROKER: Readonly<Record<string, readonly [key: number, min: number, max: number]>> = {
  Produce: [0, 0, 13],
  Fetch: [1, 4, 18],
  ListOffsets: [2, 1, 11],
  Metadata: [3, 0, 13],
  OffsetCommit: [8, 2, 10],
  OffsetFetch: [9, 1, 10],
  FindCoordinator: [10, 0, 6],
  JoinGroup: [11, 0, 9],
  Heartbeat: [12, 0, 4],
  LeaveGroup: [13, 0, 5],
  SyncGroup: [14, 0, 5],
  DescribeGroups: [15, 0, 6],
  ListGroups: [16, 0, 5],
  SaslHandshake: [17, 0, 1],
  ApiVersions: [18, 0, 4],
  CreateTopics: [19, 2, 7],
  DeleteTopics: [20, 1, 6],
  DeleteRecords: [21, 0, 2],
  InitProducerId: [22, 0, 5],
  OffsetForLeaderEpoch: [23, 2, 4],
  AddPartitionsToTxn: [24, 0, 5],
  AddOffsetsToTxn: [25, 0, 4],
  EndTxn: [26, 0, 5],
  WriteTxnMarkers: [27, 1, 2],
  TxnOffsetCommit: [28, 0, 5],
  DescribeAcls: [29, 1, 3],
  CreateAcls: [30, 1, 3],
  DeleteAcls: [31, 1, 3],
  DescribeConfigs: [32, 1, 4],
  AlterConfigs: [33, 0, 2],
  AlterReplicaLogDirs: [34, 1, 2],
  DescribeLogDirs: [35, 1, 5],
  SaslAuthenticate: [36, 0, 2],
  CreatePartitions: [37, 0, 3],
  CreateDelegationToken: [38, 1, 3],
  RenewDelegationToken: [39, 1, 2],
  ExpireDelegationToken: [40, 1, 2],
  DescribeDelegationToken: [41, 1, 3],
  DeleteGroups: [42, 0, 2],
  ElectLeaders: [43, 0, 2],
  IncrementalAlterConfigs: [44, 0, 1],
  AlterPartitionReassignments: [45, 0, 1],
  ListPartitionReassignments: [46, 0, 0],
  OffsetDelete: [47, 0, 0],
  DescribeClientQuotas: [48, 0, 1],
  AlterClientQuotas: [49, 0, 1],
  DescribeUserScramCredentials: [50, 0, 0],
  AlterUserScramCredentials: [51, 0, 0],
  DescribeQuorum: [55, 0, 2],
  UpdateFeatures: [57, 0, 2],
  DescribeCluster: [60, 0, 2],
  DescribeProducers: [61, 0, 0],
  UnregisterBroker: [64, 0, 0],
  DescribeTransactions: [65, 0, 0],
  ListTransactions: [66, 0, 2],
  ConsumerGroupHeartbeat: [68, 0, 1],
  ConsumerGroupDescribe: [69, 0, 1],
  ListConfigResources: [74, 0, 1],
  DescribeTopicPartitions: [75, 0, 0],
  ShareGroupHeartbeat: [76, 1, 1],
  ShareGroupDescribe: [77, 1, 1],
  ShareFetch: [78, 1, 2],
  ShareAcknowledge: [79, 1, 2],
  AddRaftVoter: [80, 0, 1],
  RemoveRaftVoter: [81, 0, 0],
  InitializeShareGroupState: [83, 0, 0],
  ReadShareGroupState: [84, 0, 0],
  WriteShareGroupState: [85, 0, 1],
  DeleteShareGroupState: [86, 0, 0],
  ReadShareGroupStateSummary: [87, 0, 1],
  StreamsGroupHeartbeat: [88, 0, 0],
  StreamsGroupDescribe: [89, 0, 0],
  DescribeShareGroupOffsets: [90, 0, 1],
  AlterShareGroupOffsets: [91, 0, 0],
  DeleteShareGroupOffsets: [92, 0, 0],
}

const supportedFeatures = [
  { name: 'kraft.version', minVersion: 0, maxVersion: 1 },
  { name: 'metadata.version', minVersion: 7, maxVersion: 30 },
]
const peer = { listenerName: 'PLAINTEXT', connectionId: 'c', host: '10.0.0.1', principal: 'User:ANONYMOUS' }

function services(overrides: Record<string, string> = {}): BrokerServices {
  const image = new MetadataImage()
  image.apply([metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 })], 17, 1)
  const config = BrokerConfig.resolve({
    overrides: {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.voters': '1@127.0.0.1:9093',
      listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
      ...overrides,
    },
  })
  const quorum = { leaderId: 1, leaderEpoch: 1, kraftVersion: 1 }
  const parts = { image, config, quorum, supportedFeatures, clock: new ManualClock(), log: new QuietLog() }
  return parts as unknown as BrokerServices
}

function ask(version: number, body: RequestInput<'ApiVersions'>, handlers: Handlers = brokerHandlers) {
  return exchange('ApiVersions', version, body, handlers)
}

function exchange<A extends ApiName>(
  api: A,
  version: number,
  body: RequestInput<A>,
  handlers: Handlers,
): { correlationId: number; body: ResponseOf<A> } {
  const frame = Buffer.concat(encodeRequestFrame(api, version, { correlationId: 7, clientId: 'test' }, body)).subarray(
    4,
  )
  const answer = new Dispatcher(handlers, services()).serve(frame, peer)
  return decodeResponseFrame(api, version, Buffer.concat(answer as Uint8Array[]).subarray(4))
}

const client = { clientSoftwareName: 'apache-kafka-java', clientSoftwareVersion: '4.3.1' }

describe('ranges', () => {
  it('are those of Kafka 4.3.1 for every API that is served', () => {
    for (const name of Object.keys(brokerHandlers)) {
      const [served] = rangesOf({ [name]: brokerHandlers[name as ApiName] } as Handlers, false)
      const [key, min, max] = KAFKA_BROKER[name] ?? []
      expect({ name, ...served }).toEqual({ name, apiKey: key, minVersion: min, maxVersion: max })
    }
  })

  it('stand in ascending order of their keys', () => {
    const keys = rangesOf(brokerHandlers, false).map(({ apiKey }) => apiKey)
    expect(keys).toEqual([...keys].sort((a, b) => a - b))
    expect(keys).toContain(apis.ApiVersions.key)
  })

  it('grow by what Kafka has not released when that is switched on', () => {
    const unstable = rangesOf(brokerHandlers, true).filter(({ apiKey, maxVersion }) => {
      const [, , max] = Object.values(KAFKA_BROKER).find(([key]) => key === apiKey)!
      return maxVersion !== max
    })
    expect(unstable).toEqual([{ apiKey: apis.InitProducerId.key, minVersion: 0, maxVersion: 6 }])
  })

  it('of a controller listener hold only what such a listener may serve', () => {
    for (const name of Object.keys(controllerHandlers) as ApiName[])
      expect(apis[name].listeners).toContain('controller')
  })
})

describe('features', () => {
  it('whose lowest level is 0 are left out before version 4', () => {
    expect(ask(3, client).body.supportedFeatures.map(({ name }) => name)).toEqual(['metadata.version'])
    expect(ask(4, client).body.supportedFeatures.map(({ name }) => name)).toEqual(['kraft.version', 'metadata.version'])
  })

  it('that are finalised come with the offset they are known from', () => {
    const { finalizedFeatures, finalizedFeaturesEpoch } = ask(4, client).body
    expect(finalizedFeaturesEpoch).toBe(17)
    expect(finalizedFeatures).toEqual([
      { name: 'metadata.version', minVersionLevel: 30, maxVersionLevel: 30 },
      { name: 'kraft.version', minVersionLevel: 1, maxVersionLevel: 1 },
    ])
  })
})

describe('the client software', () => {
  it.each(['', '-java', 'java-', 'ja va', 'jäva', 'a/b'])('named %j is refused', (name) => {
    const { body } = ask(3, { ...client, clientSoftwareName: name })
    expect(body).toMatchObject({ errorCode: 42, apiKeys: [] })
    expect(ask(4, { ...client, clientSoftwareVersion: name }).body.errorCode).toBe(42)
  })

  it.each(['a', 'kafka-python', '1.0.2-SNAPSHOT', 'a.b'])('named %j is taken', (name) => {
    expect(ask(3, { ...client, clientSoftwareName: name }).body.errorCode).toBe(0)
  })
})

describe('the dispatcher', () => {
  it('answers an unknown version of ApiVersions in version 0, with the range of that API', () => {
    // API 18, version 99, correlation id 7, null client id, no tags, a body nobody knows.
    const frame = Buffer.from('00120063000000 07ffff00010203'.replace(' ', ''), 'hex')
    const answer = new Dispatcher(brokerHandlers, services()).serve(frame, peer) as Uint8Array[]
    // Size, correlation id, error 35, one range: 18, 0 to 4.
    expect(Buffer.concat(answer).toString('hex')).toBe('0000001000000007002300000001001200000004')
  })

  it('writes the response header of version 0 whatever the version', () => {
    const { correlationId, body } = ask(4, client)
    expect(correlationId).toBe(7)
    expect(body.errorCode).toBe(0)
  })

  it.each([
    ['an unknown API', '00c80000000000070000'],
    ['an API of other listeners', '0034000000000007000000'],
    ['an API that went', '00040000000000070000'],
    ['a version below the range', '00010003000000070000'],
    ['Produce before version 3', '0000000200000007000000010000 03e800000000'.replace(' ', '')],
    ['a version above the range', '0001001300000007000000'],
    ['an empty frame', ''],
    ['a header that ends early', '001200'],
    ['a body that ends early', '00030001000000070000 0000'.replace(' ', '')],
  ])('closes the connection on %s', (_name, hex) => {
    expect(() => new Dispatcher(brokerHandlers, services()).serve(Buffer.from(hex, 'hex'), peer)).toThrow()
  })

  it('puts what a handler throws into the error field of the response, and into the log', () => {
    const failing: Handlers = {
      InitProducerId: {
        handle: () => {
          throw new Error('broken')
        },
      },
    }
    expect(exchange('InitProducerId', 4, { transactionalId: null }, failing).body.errorCode).toBe(-1)
  })
})
