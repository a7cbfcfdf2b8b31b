/**
 * The records of `__cluster_metadata` as values: name, version, data. Every change of the cluster's metadata is one of
 * these; the image is what their replay makes. `metadataRecord` fills in the fields that a caller leaves out.
 */
import { metadataRecords } from '../../protocol/logs/cluster-metadata.ts'
import { defaultOf } from '../../protocol/codec.ts'
import type { InputOf, MessageOf } from '../../protocol/schema.ts'

export type MetadataRecordName = keyof typeof metadataRecords
export type MetadataRecordData<N extends MetadataRecordName> = MessageOf<(typeof metadataRecords)[N]['schema']>

/** One record; `name` discriminates, `version` is the schema version it is (or was) written in. */
export type MetadataRecord = {
  [N in MetadataRecordName]: { readonly name: N; readonly version: number; readonly data: MetadataRecordData<N> }
}[MetadataRecordName]

/** A record with defaults filled in; the data's nested structs must be complete. */
export function metadataRecord<N extends MetadataRecordName>(
  name: N,
  version: number,
  data: InputOf<(typeof metadataRecords)[N]['schema']>,
): MetadataRecord {
  const complete = { ...(defaultOf(metadataRecords[name].schema) as object), ...data }
  return { name, version, data: complete } as unknown as MetadataRecord
}
