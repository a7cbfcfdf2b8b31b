/**
 * The frame of a value in `__cluster_metadata` and its snapshots: frame version, record type and record version as
 * unsigned varints, then the message. Record keys of that log are null.
 */
import { unsignedVarintSize, writeUnsignedVarint } from '../../base/bytes.ts'
import { decodeAt, encodeChunks } from '../codec.ts'
import { ProtocolError } from '../errors.ts'
import type { InputOf, Message, MessageOf } from '../schema.ts'
import { metadataRecords } from './cluster-metadata.ts'

export type MetadataRecordName = keyof typeof metadataRecords
export type MetadataRecordOf<N extends MetadataRecordName> = MessageOf<(typeof metadataRecords)[N]['schema']>
export type MetadataRecordInput<N extends MetadataRecordName> = InputOf<(typeof metadataRecords)[N]['schema']>

/** A decoded record; `name` tells the type of `value`. */
export type MetadataRecord = {
  [N in MetadataRecordName]: { readonly name: N; readonly version: number; readonly value: MetadataRecordOf<N> }
}[MetadataRecordName]

const FRAME_VERSION = 1

const nameByType = new Map<number, MetadataRecordName>(
  (Object.keys(metadataRecords) as MetadataRecordName[]).map((name) => [metadataRecords[name].type, name]),
)

/** The framed bytes: the value of a record in the log. */
export function encodeMetadataRecord<N extends MetadataRecordName>(
  name: N,
  version: number,
  value: MetadataRecordInput<N>,
): Buffer {
  const { type, schema } = metadataRecords[name]
  const headroom = unsignedVarintSize(FRAME_VERSION) + unsignedVarintSize(type) + unsignedVarintSize(version)
  const chunks = encodeChunks(schema as Message, version, value as InputOf<Message>, headroom)
  let position = writeUnsignedVarint(chunks[0]!, 0, FRAME_VERSION)
  position = writeUnsignedVarint(chunks[0]!, position, type)
  writeUnsignedVarint(chunks[0]!, position, version)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/**
 * Reads a framed record. Throws `ProtocolError` for bytes that are none (trailing ones too) and for a record type that
 * Kafka 4.3.1 does not know, ApiError UNSUPPORTED_VERSION for a version that it does not know.
 */
export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const frame = readUnsigned(bytes, 0)
  if (frame.value !== FRAME_VERSION) throw new ProtocolError(`metadata frame of version ${frame.value}`, 0)
  const type = readUnsigned(bytes, frame.end)
  const version = readUnsigned(bytes, type.end)
  const name = nameByType.get(type.value)
  if (name === undefined) throw new ProtocolError(`metadata record of unknown type ${type.value}`, frame.end)
  const { value, end } = decodeAt(metadataRecords[name].schema as Message, version.value, bytes, version.end)
  if (end !== bytes.length) throw new ProtocolError(`bytes follow a ${name}`, end)
  return { name, version: version.value, value } as MetadataRecord
}

function readUnsigned(bytes: Buffer, position: number): { value: number; end: number } {
  let value = 0
  for (let i = 0; i < 5; i += 1) {
    const byte = bytes[position + i]
    if (byte === undefined) throw new ProtocolError('metadata record ends early', position + i)
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value: value >>> 0, end: position + i + 1 }
  }
  throw new ProtocolError('varint of more than 5 bytes', position)
}

/** The newest version of a record type; which one may be written is the metadata version's to say. */
export function latestMetadataRecordVersion(name: MetadataRecordName): number {
  const { versions } = metadataRecords[name].schema
  return Number(versions.slice(versions.indexOf('-') + 1))
}
