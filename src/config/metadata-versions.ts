/**
 * Names of the levels of metadata.version, the feature that says in which form a cluster writes its metadata: `30` is
 * `4.3-IV0`, the first (and only) version of release 4.3. As Apache Kafka 4.3.1 knows them, from the first level on.
 */
const NAMES = [
  ['3.0-IV1', '3.1-IV0', '3.2-IV0', '3.3-IV0', '3.3-IV1', '3.3-IV2'],
  ['3.3-IV3', '3.4-IV0', '3.5-IV0', '3.5-IV1', '3.5-IV2', '3.6-IV0', '3.6-IV1', '3.6-IV2'],
  ['3.7-IV0', '3.7-IV1', '3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0', '3.9-IV0'],
  ['4.0-IV0', '4.0-IV1', '4.0-IV2', '4.0-IV3', '4.1-IV0', '4.1-IV1', '4.2-IV0', '4.2-IV1', '4.3-IV0'],
].flat()

/** The lowest level that Apache Kafka 4.x takes. */
export const METADATA_VERSION_MIN = 7
export const METADATA_VERSION_LATEST = NAMES.length

/** Level to Kafka's name of it (`30` to `4.3-IV0`); undefined for levels without one that is known here. */
export function knownMetadataVersionName(level: number): string | undefined {
  return NAMES[level - 1]
}

/** As `knownMetadataVersionName`, with the number itself for unknown levels. */
export function metadataVersionName(level: number): string {
  return knownMetadataVersionName(level) ?? String(level)
}

/** Accepts a release (`4.1`), a name (`4.1-IV1`) or a level (`27`); undefined when it is none that 4.x takes. */
export function metadataVersionLevel(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const level = Number(text)
    return level >= METADATA_VERSION_MIN && level <= METADATA_VERSION_LATEST ? level : undefined
  }
  const index = NAMES.findLastIndex((name) => name === text || name.startsWith(`${text}-`))
  return index + 1 >= METADATA_VERSION_MIN ? index + 1 : undefined
}
