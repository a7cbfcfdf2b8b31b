/**
 * Embedded messages: the classic consumer protocol and the principal in an Envelope. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, bytes, int32, list, string, message, type MessageOf } from '../schema.ts'

export const ConsumerProtocolAssignment = message(
  'ConsumerProtocolAssignment',
  { versions: '0-3', flexible: 'none' },
  {
    assignedPartitions: array({
      topic: string({ mapKey: true }),
      partitions: list(int32()),
    }),
    userData: bytes({ nullable: '0+', default: null }),
  },
)
export type ConsumerProtocolAssignment = MessageOf<typeof ConsumerProtocolAssignment>

export const ConsumerProtocolSubscription = message(
  'ConsumerProtocolSubscription',
  { versions: '0-3', flexible: 'none' },
  {
    topics: list(string()),
    userData: bytes({ nullable: '0+', default: null }),
    ownedPartitions: array(
      {
        topic: string({ versions: '1+', mapKey: true }),
        partitions: list(int32(), { versions: '1+' }),
      },
      { versions: '1+', ignorable: true },
    ),
    generationId: int32({ versions: '2+', default: -1, ignorable: true }),
    rackId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  },
)
export type ConsumerProtocolSubscription = MessageOf<typeof ConsumerProtocolSubscription>

export const DefaultPrincipalData = message(
  'DefaultPrincipalData',
  { versions: '0', flexible: '0+' },
  {
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  },
)
export type DefaultPrincipalData = MessageOf<typeof DefaultPrincipalData>
