/**
 * Records of the remote log metadata topic (tiered storage). Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
  bytes,
  int16,
  int32,
  int64,
  int8,
  object,
  string,
  uint32,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const RemoteLogSegmentMetadataRecord = message(
  'RemoteLogSegmentMetadataRecord',
  { versions: '0', flexible: '0+' },
  {
    remoteLogSegmentId: object({
      topicIdPartition: object({
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array({
      leaderEpoch: int32(),
      offset: int64(),
    }),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
)
export type RemoteLogSegmentMetadataRecord = MessageOf<typeof RemoteLogSegmentMetadataRecord>

export const RemoteLogSegmentMetadataUpdateRecord = message(
  'RemoteLogSegmentMetadataUpdateRecord',
  { versions: '0', flexible: '0+' },
  {
    remoteLogSegmentId: object({
      topicIdPartition: object({
        name: string(),
        id: uuid(),
        partition: int32(),
      }),
      id: uuid(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
  },
)
export type RemoteLogSegmentMetadataUpdateRecord = MessageOf<typeof RemoteLogSegmentMetadataUpdateRecord>

export const RemotePartitionDeleteMetadataRecord = message(
  'RemotePartitionDeleteMetadataRecord',
  { versions: '0', flexible: '0+' },
  {
    topicIdPartition: object({
      name: string(),
      id: uuid(),
      partition: int32(),
    }),
    brokerId: int32(),
    eventTimestampMs: int64(),
    remotePartitionDeleteState: int8(),
  },
)
export type RemotePartitionDeleteMetadataRecord = MessageOf<typeof RemotePartitionDeleteMetadataRecord>

export const RemoteLogSegmentMetadataSnapshotRecord = message(
  'RemoteLogSegmentMetadataSnapshotRecord',
  { versions: '0', flexible: '0+' },
  {
    segmentId: uuid(),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array({
      leaderEpoch: int32(),
      offset: int64(),
    }),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: '0+', default: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
)
export type RemoteLogSegmentMetadataSnapshotRecord = MessageOf<typeof RemoteLogSegmentMetadataSnapshotRecord>

export const ProducerSnapshot = message(
  'ProducerSnapshot',
  { versions: '1', flexible: 'none' },
  {
    crc: uint32({ versions: '1' }),
    producerEntries: array(
      {
        producerId: int64({ versions: '1' }),
        epoch: int16({ versions: '1' }),
        lastSequence: int32({ versions: '1' }),
        lastOffset: int64({ versions: '1' }),
        offsetDelta: int32({ versions: '1' }),
        timestamp: int64({ versions: '1' }),
        coordinatorEpoch: int32({ versions: '1' }),
        currentTxnFirstOffset: int64({ versions: '1' }),
      },
      { versions: '1' },
    ),
  },
)
export type ProducerSnapshot = MessageOf<typeof ProducerSnapshot>

/** Record type (the int16 before the key body) to key and value schema. */
export const remoteLogMetadataRecords = [
  { type: 0, name: 'RemoteLogSegmentMetadataRecord', key: null, value: RemoteLogSegmentMetadataRecord },
  { type: 1, name: 'RemoteLogSegmentMetadataUpdateRecord', key: null, value: RemoteLogSegmentMetadataUpdateRecord },
  { type: 2, name: 'RemotePartitionDeleteMetadataRecord', key: null, value: RemotePartitionDeleteMetadataRecord },
  { type: 3, name: 'RemoteLogSegmentMetadataSnapshotRecord', key: null, value: RemoteLogSegmentMetadataSnapshotRecord },
] as const
