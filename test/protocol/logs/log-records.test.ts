/** Framing of the records in the metadata log, the coordinators' logs and control batches: bytes and round trips. */
import { describe, expect, test } from 'vitest'
import { decodeCoordinatorRecord, encodeCoordinatorRecord } from '../../../src/protocol/logs/coordinator-record.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  latestMetadataRecordVersion,
} from '../../../src/protocol/logs/metadata-record.ts'
import {
  controlRecord,
  decodeControlRecord,
  encodeControlBatch,
  endTxnMarker,
} from '../../../src/protocol/records/control.ts'
import { readBatchHeader } from '../../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../../src/protocol/records/record.ts'

describe('metadata records', () => {
  test('are framed by frame version, type and version', () => {
    const bytes = encodeMetadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 })
    expect(bytes.toString('hex')).toBe(`010c00${'11'}${Buffer.from('metadata.version').toString('hex')}001e00`)
    expect(decodeMetadataRecord(bytes)).toEqual({
      name: 'FeatureLevelRecord',
      version: 0,
      value: { name: 'metadata.version', featureLevel: 30 },
    })
    expect(latestMetadataRecordVersion('RegisterBrokerRecord')).toBe(4)
    expect(latestMetadataRecordVersion('NoOpRecord')).toBe(0)
  })

  test.each([
    ['nothing', ''],
    ['another frame version', '020c00'],
    ['an unknown type', '016300'],
    ['trailing bytes', '0114000000'],
    ['an endless varint', '01ffffffffffff'],
  ])('refuse %s', (_, hex) => {
    expect(() => decodeMetadataRecord(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ name: 'ProtocolError' }),
    )
  })
})

describe('coordinator records', () => {
  test('carry type and version in front', () => {
    const { key, value } = encodeCoordinatorRecord(
      '__consumer_offsets',
      'OffsetCommit',
      { group: 'g', topic: 't', partition: 3 },
      4,
      { offset: 12, leaderEpoch: 1, metadata: 'm', commitTimestamp: 99 },
    )
    expect(key.toString('hex')).toBe('00010001670001740000000' + '3')
    expect(value?.readInt16BE(0)).toBe(4)
    const record = decodeCoordinatorRecord('__consumer_offsets', key, value)
    if (record?.name !== 'OffsetCommit') throw new Error('another record')
    expect(record.key).toEqual({ group: 'g', topic: 't', partition: 3 })
    expect(record.value).toMatchObject({ offset: 12, leaderEpoch: 1, metadata: 'm', commitTimestamp: 99 })
    expect(decodeCoordinatorRecord('__consumer_offsets', key, null)).toMatchObject({ value: null })
  })

  test('of unknown key types are passed over, of unknown value versions refused', () => {
    const { key } = encodeCoordinatorRecord('__transaction_state', 'TransactionLog', { transactionalId: 'x' }, 0, null)
    expect(decodeCoordinatorRecord('__transaction_state', Buffer.from([0, 9]), null)).toBeUndefined()
    expect(() => decodeCoordinatorRecord('__transaction_state', key, Buffer.from([0, 99]))).toThrow(/unknown version/)
    expect(() => decodeCoordinatorRecord('__transaction_state', Buffer.from([0]), null)).toThrow(/ends early/)
  })
})

describe('control batches', () => {
  test('end a transaction', () => {
    const batch = endTxnMarker({ commit: true, coordinatorEpoch: 5, producerId: 8, producerEpoch: 2, timestamp: 1000 })
    expect(readBatchHeader(batch, 0)).toMatchObject({
      isControl: true,
      isTransactional: true,
      producerId: 8,
      producerEpoch: 2,
      baseSequence: -1,
    })
    const [record] = decodeBatch(batch)
    expect(record!.key!.toString('hex')).toBe('00000001')
    expect(record!.value!.toString('hex')).toBe('000000000005')
    expect(decodeControlRecord(record!)).toEqual({ name: 'commit', value: { coordinatorEpoch: 5 } })
  })

  test('hold what KRaft writes', () => {
    const records = [
      controlRecord('leaderChange', 7, { leaderId: 1, voters: [{ voterId: 1 }], grantingVoters: [{ voterId: 1 }] }),
      controlRecord('snapshotHeader', 7, { lastContainedLogTimestamp: 77 }),
      controlRecord('kraftVersion', 7, { kRaftVersion: 1 }),
      controlRecord('snapshotFooter', 7, {}),
      controlRecord('leaderChange', 7, { leaderId: 2 }, 1),
    ]
    const decoded = decodeBatch(encodeControlBatch({ partitionLeaderEpoch: 3 }, records)).map(decodeControlRecord)
    expect(decoded).toMatchObject([
      { name: 'leaderChange', value: { version: 0, leaderId: 1, voters: [{ voterId: 1 }] } },
      { name: 'snapshotHeader', value: { version: 0, lastContainedLogTimestamp: 77 } },
      { name: 'kraftVersion', value: { kRaftVersion: 1 } },
      { name: 'snapshotFooter', value: { version: 0 } },
      { name: 'leaderChange', value: { version: 1, leaderId: 2 } },
    ])
    expect(decodeControlRecord({ key: Buffer.from([0, 0, 0, 99]), value: null })).toBeUndefined()
    expect(() => decodeControlRecord({ key: Buffer.from([0, 0]), value: null })).toThrow(/ends early/)
  })
})
