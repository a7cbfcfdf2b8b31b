/**
 * DescribeCluster (API key 60): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const DescribeClusterRequest = message(
  'DescribeClusterRequest',
  { versions: '0-2', flexible: '0+' },
  {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ versions: '1+', default: 1 }),
    includeFencedBrokers: bool({ versions: '2+' }),
  },
)
export type DescribeClusterRequest = MessageOf<typeof DescribeClusterRequest>

export const DescribeClusterResponse = message(
  'DescribeClusterResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    endpointType: int8({ versions: '1+', default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
      isFenced: bool({ versions: '2+' }),
    }),
    clusterAuthorizedOperations: int32({ default: -2147483648 }),
  },
)
export type DescribeClusterResponse = MessageOf<typeof DescribeClusterResponse>
