/**
 * The records of `__consumer_offsets` that this coordinator writes and reads, and their bytes: committed offsets and
 * classic groups. The versions written are those of Apache Kafka 4.3.1: an offset is version 4, which carries the topic
 * id; 3 when the id is not known; 1 when the commit brought its own expiry. A group is version 3.
 */
import { ZERO_UUID } from '../../../base/uuid.ts'
import type { GroupMetadataValue, OffsetCommitValue } from '../../../protocol/logs/consumer-offsets.ts'
import { decodeCoordinatorRecord, encodeCoordinatorRecord } from '../../../protocol/logs/coordinator-record.ts'
import type { RecordCodec } from '../machine.ts'

/** A value of null is a tombstone. */
export type GroupRecord =
  | {
      readonly kind: 'offset'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: OffsetCommitValue | null
    }
  | { readonly kind: 'group'; readonly group: string; readonly value: GroupMetadataValue | null }

const TOPIC = '__consumer_offsets'
const GROUP_METADATA_TYPE = 2

/** The record that removes a committed offset. */
export function offsetTombstone(group: string, topic: string, partition: number): GroupRecord {
  return { kind: 'offset', group, topic, partition, value: null }
}

export const groupRecordCodec: RecordCodec<GroupRecord> = {
  encode(record) {
    if (record.kind === 'group') {
      return encodeCoordinatorRecord(TOPIC, 'GroupMetadata', { group: record.group }, 3, record.value)
    }
    const { group, topic, partition, value } = record
    const version = value === null ? 0 : offsetVersion(value)
    return encodeCoordinatorRecord(TOPIC, 'OffsetCommit', { group, topic, partition }, version, value)
  },

  decode(key, value) {
    // Members keep their subscriptions and assignments: views would hold on to the whole read buffer.
    const isGroup = key.length >= 2 && key.readInt16BE(0) === GROUP_METADATA_TYPE
    const record = decodeCoordinatorRecord(TOPIC, key, isGroup && value !== null ? Buffer.from(value) : value)
    switch (record?.name) {
      case 'OffsetCommit':
        return { kind: 'offset', ...record.key, value: record.value }
      case 'LegacyOffsetCommit':
        return {
          kind: 'offset',
          ...record.key,
          value: record.value === null ? null : { ...UNKNOWN_OFFSET_FIELDS, ...record.value },
        }
      case 'GroupMetadata':
        return { kind: 'group', group: record.key.group, value: record.value }
      default:
        return undefined
    }
  },
}

/** What offsets of Kafka before 0.11 do not say. */
const UNKNOWN_OFFSET_FIELDS = { leaderEpoch: -1, expireTimestamp: -1, topicId: ZERO_UUID }

function offsetVersion(value: OffsetCommitValue): number {
  if (value.expireTimestamp !== -1) return 1
  return value.topicId === ZERO_UUID ? 3 : 4
}
