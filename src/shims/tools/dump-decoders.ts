/**
 * What kafka-dump-log prints of a record's key and value: text, or the records of Kafka's own topics as JSON. A decoder answers the
 * two texts, undefined where there is nothing to print.
 */
import { decodeAt } from '../../protocol/codec.ts'
import { metadataRecords } from '../../protocol/logs/cluster-metadata.ts'
import {
  type CoordinatorSchema,
  type CoordinatorTopic,
  coordinatorRecords,
} from '../../protocol/logs/coordinator-record.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../protocol/logs/consumer-protocol.ts'
import {
  EndTxnMarker,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../../protocol/logs/control.ts'
import { decodeMetadataRecord } from '../../protocol/logs/metadata-record.ts'
import type { KafkaRecord } from '../../protocol/records/record.ts'
import { inVersions, type Message } from '../../protocol/schema.ts'
import { JavaError } from '../failures.ts'
import { messageJson } from '../message-json.ts'

export interface Decoded {
  readonly key?: string | undefined
  readonly payload?: string | undefined
}

export type Decoder = (record: KafkaRecord) => Decoded

/** Keys and values as text. */
export const textDecoder: Decoder = ({ key, value }) => ({
  key: key?.toString('utf8'),
  payload: value?.toString('utf8'),
})

/** Records of `__cluster_metadata`. */
export const metadataDecoder: Decoder = ({ value }) => {
  if (value === null) return {}
  const { name, version, value: data } = decodeMetadataRecord(value)
  const type = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  const json = messageJson(metadataRecords[name].schema as Message, version, data)
  return { payload: `{"type":"${type}","version":${version},"data":${json}}` }
}

/** Records of a coordinator's topic. */
export function coordinatorDecoder(topic: CoordinatorTopic): Decoder {
  const table = coordinatorRecords[topic] as readonly CoordinatorSchema[]
  return ({ key, value, offset }) => {
    if (key === null) {
      throw new JavaError(
        'java.lang.RuntimeException',
        `Failed to decode message at offset ${offset} using the specified decoder (message had a missing key)`,
      )
    }
    const parts = coordinatorParts(table, key, value)
    if (parts === undefined) {
      return { key: `Unknown record type ${key.readInt16BE(0)} at offset ${offset}, skipping.`, payload: undefined }
    }
    const { type, keyJson, version, valueJson } = parts
    return {
      key: `{"type":"${type}","data":${keyJson}}`,
      payload: valueJson === undefined ? '<DELETE>' : `{"version":"${version}","data":${valueJson}}`,
    }
  }
}

export interface CoordinatorParts {
  readonly type: number
  readonly keyJson: string
  readonly version: number | undefined
  readonly valueJson: string | undefined
}

/** The JSON of a coordinator's record; undefined for a type that is not known. `plain`: protocol bytes stay base64. */
export function coordinatorParts(
  table: readonly CoordinatorSchema[],
  key: Buffer,
  value: Buffer | null,
  plain = false,
): CoordinatorParts | undefined {
  const type = key.readInt16BE(0)
  const schema = table.find((one) => one.type === type)
  if (schema === undefined) return undefined
  const keyJson = messageJson(schema.key, 0, decodeAt(schema.key, 0, key, 2).value)
  if (value === null) return { type, keyJson, version: undefined, valueJson: undefined }
  const version = value.readInt16BE(0)
  const data = decodeAt(schema.value, version, value, 2).value
  const ofConsumers = (data as { protocolType?: unknown }).protocolType === 'consumer'
  const valueJson = messageJson(schema.value, version, data, plain || !ofConsumers ? undefined : protocolBytes)
  return { type, keyJson, version, valueJson }
}

/** Subscriptions and assignments of consumers as what they hold. */
function protocolBytes(name: string, value: unknown): string | undefined {
  const schema =
    name === 'subscription'
      ? ConsumerProtocolSubscription
      : name === 'assignment'
        ? ConsumerProtocolAssignment
        : undefined
  if (schema === undefined || !Buffer.isBuffer(value) || value.length < 2) return undefined
  const version = value.readInt16BE(0)
  if (!inVersions(schema.versions, version)) return undefined
  return messageJson(schema as Message, version, decodeAt(schema as Message, version, value, 2).value)
}

const CONTROL: Readonly<Record<number, readonly [name: string, schema: Message]>> = {
  2: ['LeaderChange:', LeaderChangeMessage as Message],
  3: ['SnapshotHeader', SnapshotHeaderRecord as Message],
  4: ['SnapshotFooter', SnapshotFooterRecord as Message],
  5: ['KRaftVersion', KRaftVersionRecord as Message],
  6: ['KRaftVoters', VotersRecord as Message],
}

/** The text of a control record; of an unknown one its type. */
export function controlText({ key, value }: KafkaRecord): string {
  const type = key === null || key.length < 4 ? -1 : key.readInt16BE(2)
  if (value === null) return `control type: UNKNOWN(${type})`
  if (type === 0 || type === 1) {
    const { coordinatorEpoch } = decodeAt(EndTxnMarker, value.readInt16BE(0), value, 2).value
    return `endTxnMarker: ${type === 0 ? 'ABORT' : 'COMMIT'} coordinatorEpoch: ${coordinatorEpoch}`
  }
  const known = CONTROL[type]
  if (known === undefined) return `controlType: UNKNOWN(${type})`
  const [name, schema] = known
  return `${name} ${messageJson(schema, 0, decodeAt(schema, 0, value, 0).value)}`
}
