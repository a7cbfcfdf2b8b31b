/**
 * Keys and values of `__share_group_state`. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, string, uuid, message, type MessageOf } from '../schema.ts'

export const ShareSnapshotKey = message(
  'ShareSnapshotKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    topicId: uuid({ versions: '0' }),
    partition: int32({ versions: '0' }),
  },
)
export type ShareSnapshotKey = MessageOf<typeof ShareSnapshotKey>

export const ShareSnapshotValue = message(
  'ShareSnapshotValue',
  { versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ tag: 0, default: -1 }),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
)
export type ShareSnapshotValue = MessageOf<typeof ShareSnapshotValue>

export const ShareUpdateKey = message(
  'ShareUpdateKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    topicId: uuid({ versions: '0' }),
    partition: int32({ versions: '0' }),
  },
)
export type ShareUpdateKey = MessageOf<typeof ShareUpdateKey>

export const ShareUpdateValue = message(
  'ShareUpdateValue',
  { versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ tag: 0, default: -1 }),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
)
export type ShareUpdateValue = MessageOf<typeof ShareUpdateValue>

/** Record type (the int16 before the key body) to key and value schema. */
export const shareGroupStateRecords = [
  { type: 0, name: 'ShareSnapshot', key: ShareSnapshotKey, value: ShareSnapshotValue },
  { type: 1, name: 'ShareUpdate', key: ShareUpdateKey, value: ShareUpdateValue },
] as const
