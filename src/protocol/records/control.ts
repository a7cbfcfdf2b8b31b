/**
 * Control batches: transaction markers and what KRaft writes between records. The key is a version and a type (int16
 * each); the value of a marker is its version (int16) and message, of the others the message alone, as Kafka has it.
 */
import { readInt16, writeInt16 } from '../../base/bytes.ts'
import { decodeAt, encodeMessage } from '../codec.ts'
import { ProtocolError } from '../errors.ts'
import {
  EndTxnMarker,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../logs/control.ts'
import type { InputOf, Message, MessageOf } from '../schema.ts'
import { type BatchOptions, encodeBatch, type KafkaRecord, type RecordInput } from './record.ts'

/** Type in the key, schema and the version that Kafka 4.3.1 writes. */
export const controlRecords = {
  abort: { type: 0, schema: EndTxnMarker, version: 0 },
  commit: { type: 1, schema: EndTxnMarker, version: 0 },
  leaderChange: { type: 2, schema: LeaderChangeMessage, version: 0 },
  snapshotHeader: { type: 3, schema: SnapshotHeaderRecord, version: 0 },
  snapshotFooter: { type: 4, schema: SnapshotFooterRecord, version: 0 },
  kraftVersion: { type: 5, schema: KRaftVersionRecord, version: 0 },
  voters: { type: 6, schema: VotersRecord, version: 0 },
} as const
export type ControlRecordName = keyof typeof controlRecords
type SchemaOf<N extends ControlRecordName> = (typeof controlRecords)[N]['schema']

/** A decoded control record; `name` tells the type of `value`. */
export type ControlRecord = {
  [N in ControlRecordName]: { readonly name: N; readonly value: MessageOf<SchemaOf<N>> }
}[ControlRecordName]

const names = Object.keys(controlRecords) as ControlRecordName[]

function isMarker(name: ControlRecordName): boolean {
  return name === 'abort' || name === 'commit'
}

/** The record to put into a control batch. `version` is the message's and fills its `version` field where it has one. */
export function controlRecord<N extends ControlRecordName>(
  name: N,
  timestamp: number,
  value: Omit<InputOf<SchemaOf<N>>, 'version'>,
  version: number = controlRecords[name].version,
): RecordInput {
  const { type, schema } = controlRecords[name]
  const key = Buffer.alloc(4)
  writeInt16(key, 2, type)
  const full = isMarker(name) ? value : { ...value, version }
  const body = encodeMessage(schema as Message, version, full as InputOf<Message>)
  if (!isMarker(name)) return { timestamp, key, value: body }
  const prefix = Buffer.alloc(2)
  writeInt16(prefix, 0, version)
  return { timestamp, key, value: Buffer.concat([prefix, body]) }
}

/** A control batch of the records given; transaction markers are transactional too. */
export function encodeControlBatch(
  options: Omit<BatchOptions, 'isControl' | 'compression'>,
  records: readonly RecordInput[],
): Buffer {
  return encodeBatch({ ...options, isControl: true }, records)
}

/** The batch that ends a transaction on a partition. `transactionVersion` does not change its form. */
export function endTxnMarker(options: {
  commit: boolean
  coordinatorEpoch: number
  producerId: number
  producerEpoch: number
  timestamp: number
  baseOffset?: number
  partitionLeaderEpoch?: number
}): Buffer {
  const { commit, coordinatorEpoch, timestamp, ...batch } = options
  const record = controlRecord(commit ? 'commit' : 'abort', timestamp, { coordinatorEpoch })
  return encodeControlBatch({ ...batch, isTransactional: true }, [record])
}

/**
 * Reads a record of a control batch; undefined for a type that is not known, which readers pass over. Throws
 * `ProtocolError` when key or value are malformed.
 */
export function decodeControlRecord(record: Pick<KafkaRecord, 'key' | 'value'>): ControlRecord | undefined {
  const { key, value } = record
  if (key === null || key.length < 4) throw new ProtocolError('control record key ends early', key?.length ?? 0)
  if (readInt16(key, 0) < 0) throw new ProtocolError('control record key of a negative version', 0)
  const type = readInt16(key, 2)
  const name = names.find((candidate) => controlRecords[candidate].type === type)
  if (name === undefined) return undefined
  if (value === null || value.length < 2) throw new ProtocolError('control record value ends early', 0)
  const { schema } = controlRecords[name]
  const written = readInt16(value, 0)
  if (written < 0) throw new ProtocolError('control record value of a negative version', 0)
  const newest = Number(schema.versions.slice(schema.versions.indexOf('-') + 1))
  const version = Math.min(written, newest)
  const decoded = decodeAt(schema as Message, version, value, isMarker(name) ? 2 : 0)
  return { name, value: decoded.value } as ControlRecord
}
