/**
 * Records of the coordinators' logs: a key is its type (int16) and its message at version 0, a value is its version
 * (int16) and its message; a null value removes what the key names.
 */
import { readInt16, writeInt16 } from '../../base/bytes.ts'
import { decodeAt, encodeMessage } from '../codec.ts'
import { ProtocolError } from '../errors.ts'
import { type InputOf, inVersions, type Message, type MessageOf } from '../schema.ts'
import { consumerOffsetsRecords } from './consumer-offsets.ts'
import { shareGroupStateRecords } from './share-group-state.ts'
import { transactionStateRecords } from './transaction-state.ts'

export interface CoordinatorSchema {
  readonly type: number
  readonly name: string
  readonly key: Message
  readonly value: Message
}
type Table = readonly CoordinatorSchema[]

/** The internal topics and what their records may be. */
export const coordinatorRecords = {
  __consumer_offsets: consumerOffsetsRecords,
  __transaction_state: transactionStateRecords,
  __share_group_state: shareGroupStateRecords,
} as const
export type CoordinatorTopic = keyof typeof coordinatorRecords

type EntryOf<T extends CoordinatorTopic> = (typeof coordinatorRecords)[T][number]
export type CoordinatorRecordName<T extends CoordinatorTopic> = EntryOf<T>['name']
type Named<T extends CoordinatorTopic, N> = Extract<EntryOf<T>, { name: N }>

/** A decoded record; `name` tells the types of `key` and `value`. Null value: the key is removed. */
export type CoordinatorRecord<T extends CoordinatorTopic> = {
  [N in CoordinatorRecordName<T>]: {
    readonly name: N
    readonly key: MessageOf<Named<T, N>['key']>
    readonly version: number
    readonly value: MessageOf<Named<T, N>['value']> | null
  }
}[CoordinatorRecordName<T>]

/** Key and value bytes of a record. `version` is the value's; a null value makes a tombstone. */
export function encodeCoordinatorRecord<T extends CoordinatorTopic, N extends CoordinatorRecordName<T>>(
  topic: T,
  name: N,
  key: InputOf<Named<T, N>['key']>,
  version: number,
  value: InputOf<Named<T, N>['value']> | null,
): { key: Buffer; value: Buffer | null } {
  const entry = (coordinatorRecords[topic] as Table).find((candidate) => candidate.name === name)
  if (entry === undefined) throw new RangeError(`no record ${name} in ${topic}`)
  return {
    key: prefixed(entry.type, encodeMessage(entry.key, 0, key as InputOf<Message>)),
    value: value === null ? null : prefixed(version, encodeMessage(entry.value, version, value as InputOf<Message>)),
  }
}

function prefixed(prefix: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + body.length)
  writeInt16(bytes, 0, prefix)
  body.copy(bytes, 2)
  return bytes
}

/**
 * Reads a record. Undefined: a key type that Kafka 4.3.1 does not know; a reader skips it (a later Kafka may have
 * written it). Throws `ProtocolError` for anything else that is no valid record, an unknown value version among them.
 */
export function decodeCoordinatorRecord<T extends CoordinatorTopic>(
  topic: T,
  key: Buffer,
  value: Buffer | null,
): CoordinatorRecord<T> | undefined {
  if (key.length < 2) throw new ProtocolError('record key ends early', key.length)
  const type = readInt16(key, 0)
  const entry = (coordinatorRecords[topic] as Table).find((candidate) => candidate.type === type)
  if (entry === undefined) return undefined
  const decodedKey = whole(entry.key, 0, key)
  if (value === null) return { name: entry.name, key: decodedKey, version: 0, value: null } as CoordinatorRecord<T>
  if (value.length < 2) throw new ProtocolError('record value ends early', value.length)
  const version = readInt16(value, 0)
  if (!inVersions(entry.value.versions, version)) {
    throw new ProtocolError(`${entry.name} value of unknown version ${version}`, 0)
  }
  return {
    name: entry.name,
    key: decodedKey,
    version,
    value: whole(entry.value, version, value),
  } as CoordinatorRecord<T>
}

function whole(schema: Message, version: number, bytes: Buffer): unknown {
  const { value, end } = decodeAt(schema, version, bytes, 2)
  if (end !== bytes.length) throw new ProtocolError(`bytes follow a ${schema.name}`, end)
  return value
}
