/**
 * DescribeLogDirs (API key 35): request and response, versions 1-5, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, list, string, message, type MessageOf } from '../schema.ts'

export const DescribeLogDirsRequest = message(
  'DescribeLogDirsRequest',
  { versions: '1-5', flexible: '2+' },
  {
    topics: array(
      {
        topic: string({ mapKey: true }),
        partitions: list(int32()),
      },
      { nullable: '0+' },
    ),
  },
)
export type DescribeLogDirsRequest = MessageOf<typeof DescribeLogDirsRequest>

export const DescribeLogDirsResponse = message(
  'DescribeLogDirsResponse',
  { versions: '1-5', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '3+', ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ versions: '4+', default: -1, ignorable: true }),
      usableBytes: int64({ versions: '4+', default: -1, ignorable: true }),
      isCordoned: bool({ versions: '5+', ignorable: true }),
    }),
  },
)
export type DescribeLogDirsResponse = MessageOf<typeof DescribeLogDirsResponse>
