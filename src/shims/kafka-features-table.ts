/**
 * What Kafka 4.3.1 knows of feature levels offline: the names of metadata.version, the levels that a release begins with, and what a
 * level depends on. The tools kafka-features and kafka-storage print it.
 */
import { knownMetadataVersionName, METADATA_VERSION_LATEST, METADATA_VERSION_MIN } from '../config/metadata-versions.ts'

export const METADATA_VERSION = 'metadata.version'

/** A level that Kafka 4.3.1 names already, though no release has it. */
const NEXT = '4.4-IV0'

/** Names of metadata.version from the lowest that Kafka 4 takes, by level. */
export const metadataNames: ReadonlyMap<number, string> = new Map(
  Array.from({ length: METADATA_VERSION_LATEST - METADATA_VERSION_MIN + 2 }, (_, index) => {
    const level = METADATA_VERSION_MIN + index
    return [level, knownMetadataVersionName(level) ?? NEXT] as const
  }),
)

/** The other features in the order of the originals: levels, and from which metadata.version a new cluster has each. */
export const otherFeatures: readonly { readonly name: string; readonly since: readonly number[] }[] = [
  { name: 'kraft.version', since: [0, 21] },
  { name: 'transaction.version', since: [0, 24, 24] },
  { name: 'group.version', since: [0, 22] },
  { name: 'eligible.leader.replicas.version', since: [0, 26] },
  { name: 'share.version', since: [0, 28] },
  { name: 'streams.version', since: [0, 29] },
]

/** The level of a release or name: the last of a release that is stable; undefined for an unknown one. */
export function metadataLevel(text: string): number | undefined {
  let found: number | undefined
  for (const [level, name] of metadataNames) {
    if (name === text || (/^\d+\.\d+$/.test(text) && name.startsWith(`${text}-`))) found = level
  }
  return found
}

/** `Unknown metadata.version …` with all that are known. */
export function unknownMetadata(text: string): string {
  return `Unknown metadata.version '${text}'. Supported metadata.version are: ${[...metadataNames.values()].join(', ')}`
}

/** The level of a feature that a new cluster of this metadata.version begins with. */
export function initialLevel(since: readonly number[], metadata: number): number {
  return since.findLastIndex((from) => metadata >= from)
}

/** The lines of `version-mapping`; throws nothing, undefined for an unknown release. */
export function versionMapping(release: string | undefined): string | undefined {
  const level = release === undefined ? METADATA_VERSION_LATEST : metadataLevel(release)
  if (level === undefined) return undefined
  const name = release ?? metadataNames.get(level)
  const rows = otherFeatures.map((feature) => `${feature.name}=${initialLevel(feature.since, level)}\n`)
  return `${METADATA_VERSION}=${level} (${name})\n${rows.join('')}`
}

/** The one dependency between features that there is (KIP-966). */
const ELR = 'eligible.leader.replicas.version'
const ELR_NEEDS = 23

/** The text of `feature-dependencies` for one level, or what is wrong with it. */
export function dependencies(feature: string, level: number): { text: string } | { error: string } {
  if (feature === METADATA_VERSION) {
    const name = metadataNames.get(level)
    if (name === undefined) return { error: `Unknown metadata.version ${level}` }
    return { text: `${feature}=${level} (${name}) has no dependencies.\n` }
  }
  const known = otherFeatures.find(({ name }) => name === feature)
  if (known === undefined) return { error: `Unknown feature: ${feature}` }
  if (known.since[level] === undefined) return { error: `No feature:${feature} with feature level ${level}` }
  if (feature !== ELR || level === 0) return { text: `${feature}=${level} has no dependencies.\n` }
  return {
    text: `${feature}=${level} requires:\n    ${METADATA_VERSION}=${ELR_NEEDS} (${metadataNames.get(ELR_NEEDS)})\n`,
  }
}

/** Reads `feature=level`. Returns what is wrong as text. */
export function parseLevel(text: string): { feature: string; level: number } | { error: string } {
  const at = text.indexOf('=')
  if (at < 0) return { error: `Can't parse feature=level string ${text}: equals sign not found.` }
  const [feature, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  const level = Number(value)
  if (!/^[+-]?\d+$/.test(value) || level > 32_767 || level < -32_768)
    return { error: `Can't parse feature=level string ${text}: unable to parse ${value} as a short.` }
  return { feature, level }
}
