/**
 * Control record keys and values: transaction markers, KRaft leader changes, snapshot frames, voters. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, object, string, struct, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const EndTxnMarker = message(
  'EndTxnMarker',
  { versions: '0', flexible: 'none' },
  {
    coordinatorEpoch: int32(),
  },
)
export type EndTxnMarker = MessageOf<typeof EndTxnMarker>

const LeaderChangeMessageVoter = struct({
  voterId: int32(),
  voterDirectoryId: uuid({ versions: '1+' }),
})

export const LeaderChangeMessage = message(
  'LeaderChangeMessage',
  { versions: '0-1', flexible: '0+' },
  {
    version: int16(),
    leaderId: int32(),
    voters: array(LeaderChangeMessageVoter),
    grantingVoters: array(LeaderChangeMessageVoter),
  },
)
export type LeaderChangeMessage = MessageOf<typeof LeaderChangeMessage>

export const SnapshotHeaderRecord = message(
  'SnapshotHeaderRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    lastContainedLogTimestamp: int64(),
  },
)
export type SnapshotHeaderRecord = MessageOf<typeof SnapshotHeaderRecord>

export const SnapshotFooterRecord = message(
  'SnapshotFooterRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
  },
)
export type SnapshotFooterRecord = MessageOf<typeof SnapshotFooterRecord>

export const KRaftVersionRecord = message(
  'KRaftVersionRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    kRaftVersion: int16(),
  },
)
export type KRaftVersionRecord = MessageOf<typeof KRaftVersionRecord>

export const VotersRecord = message(
  'VotersRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    voters: array({
      voterId: int32(),
      voterDirectoryId: uuid(),
      endpoints: array({
        name: string({ mapKey: true }),
        host: string(),
        port: uint16(),
      }),
      kRaftVersionFeature: object({
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    }),
  },
)
export type VotersRecord = MessageOf<typeof VotersRecord>

export const ControlRecordTypeSchema = message(
  'ControlRecordTypeSchema',
  { versions: '0', flexible: 'none' },
  {
    type: int16(),
  },
)
export type ControlRecordTypeSchema = MessageOf<typeof ControlRecordTypeSchema>
