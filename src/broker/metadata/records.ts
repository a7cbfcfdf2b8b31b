/**
 * The records of `__cluster_metadata` as values: name, version, value. Every change of the cluster's metadata is one of
 * these; the image is what their replay makes. `metadataRecord` fills in the fields that a caller leaves out.
 */
import { defaultOf } from '../../protocol/codec.ts'
import { metadataRecords } from '../../protocol/logs/cluster-metadata.ts'
import {
  type MetadataRecord,
  type MetadataRecordInput,
  type MetadataRecordName,
  encodeMetadataRecord,
} from '../../protocol/logs/metadata-record.ts'

export type {
  MetadataRecord,
  MetadataRecordName,
  MetadataRecordOf as MetadataRecordData,
} from '../../protocol/logs/metadata-record.ts'

/** The fields that callers leave out, by record; values are never changed in place. */
const defaults = new Map<MetadataRecordName, object>()

/** A record with defaults filled in; the value's nested structs must be complete. */
export function metadataRecord<N extends MetadataRecordName>(
  name: N,
  version: number,
  value: MetadataRecordInput<N>,
): MetadataRecord {
  let own = defaults.get(name)
  if (own === undefined) {
    own = Object.freeze(defaultOf(metadataRecords[name].schema) as object)
    defaults.set(name, own)
  }
  const complete = { ...own, ...value }
  return { name, version, value: complete } as unknown as MetadataRecord
}

/** The bytes of a record as they stand in the log. */
export function encodeRecord(record: MetadataRecord): Buffer {
  return encodeMetadataRecord(record.name, record.version, record.value as MetadataRecordInput<MetadataRecordName>)
}
