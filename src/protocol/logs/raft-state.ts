/**
 * The quorum state file of a KRaft node. Facts: Apache Kafka 4.3.1.
 */
import { array, int32, int64, string, uuid, message, type MessageOf } from '../schema.ts'

export const QuorumStateData = message(
  'QuorumStateData',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ versions: '0' }),
    leaderId: int32({ default: -1 }),
    leaderEpoch: int32({ default: -1 }),
    votedId: int32({ default: -1 }),
    votedDirectoryId: uuid({ versions: '1+' }),
    appliedOffset: int64({ versions: '0' }),
    currentVoters: array(
      {
        voterId: int32({ versions: '0' }),
      },
      { versions: '0', nullable: '0' },
    ),
  },
)
export type QuorumStateData = MessageOf<typeof QuorumStateData>
