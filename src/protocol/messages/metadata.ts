/**
 * Metadata (API key 3): request and response, versions 0-13, flexible from 9. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const MetadataRequest = message(
  'MetadataRequest',
  { versions: '0-13', flexible: '9+' },
  {
    topics: array(
      {
        topicId: uuid({ versions: '10+', ignorable: true }),
        name: string({ nullable: '10+' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool({ versions: '4+', default: true }),
    includeClusterAuthorizedOperations: bool({ versions: '8-10' }),
    includeTopicAuthorizedOperations: bool({ versions: '8+' }),
  },
)
export type MetadataRequest = MessageOf<typeof MetadataRequest>

export const MetadataResponse = message(
  'MetadataResponse',
  { versions: '0-13', flexible: '9+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    brokers: array({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string({ versions: '2+', nullable: '2+', default: null, ignorable: true }),
    controllerId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '12+', mapKey: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      isInternal: bool({ versions: '1+', ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        offlineReplicas: list(int32(), { versions: '5+', ignorable: true }),
      }),
      topicAuthorizedOperations: int32({ versions: '8+', default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ versions: '8-10', default: -2147483648 }),
    errorCode: int16({ versions: '13+', ignorable: true }),
  },
)
export type MetadataResponse = MessageOf<typeof MetadataResponse>
