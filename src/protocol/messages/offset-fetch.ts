/**
 * OffsetFetch (API key 9): request and response, versions 1-10, flexible from 6. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const OffsetFetchRequest = message(
  'OffsetFetchRequest',
  { versions: '1-10', flexible: '6+' },
  {
    groupId: string({ versions: '0-7' }),
    topics: array(
      {
        name: string({ versions: '0-7' }),
        partitionIndexes: list(int32(), { versions: '0-7' }),
      },
      { versions: '0-7', nullable: '2-7' },
    ),
    groups: array(
      {
        groupId: string({ versions: '8+' }),
        memberId: string({ versions: '9+', nullable: '9+', default: null, ignorable: true }),
        memberEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        topics: array(
          {
            name: string({ versions: '8-9', ignorable: true }),
            topicId: uuid({ versions: '10+', ignorable: true }),
            partitionIndexes: list(int32(), { versions: '8+' }),
          },
          { versions: '8+', nullable: '8+' },
        ),
      },
      { versions: '8+' },
    ),
    requireStable: bool({ versions: '7+' }),
  },
)
export type OffsetFetchRequest = MessageOf<typeof OffsetFetchRequest>

export const OffsetFetchResponse = message(
  'OffsetFetchResponse',
  { versions: '1-10', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array(
      {
        name: string({ versions: '0-7' }),
        partitions: array(
          {
            partitionIndex: int32({ versions: '0-7' }),
            committedOffset: int64({ versions: '0-7' }),
            committedLeaderEpoch: int32({ versions: '5-7', default: -1, ignorable: true }),
            metadata: string({ versions: '0-7', nullable: '0-7' }),
            errorCode: int16({ versions: '0-7' }),
          },
          { versions: '0-7' },
        ),
      },
      { versions: '0-7' },
    ),
    errorCode: int16({ versions: '2-7', ignorable: true }),
    groups: array(
      {
        groupId: string({ versions: '8+' }),
        topics: array(
          {
            name: string({ versions: '8-9', ignorable: true }),
            topicId: uuid({ versions: '10+', ignorable: true }),
            partitions: array(
              {
                partitionIndex: int32({ versions: '8+' }),
                committedOffset: int64({ versions: '8+' }),
                committedLeaderEpoch: int32({ versions: '8+', default: -1, ignorable: true }),
                metadata: string({ versions: '8+', nullable: '8+' }),
                errorCode: int16({ versions: '8+' }),
              },
              { versions: '8+' },
            ),
          },
          { versions: '8+' },
        ),
        errorCode: int16({ versions: '8+' }),
      },
      { versions: '8+' },
    ),
  },
)
export type OffsetFetchResponse = MessageOf<typeof OffsetFetchResponse>
