/**
 * Formats the directories of a node as Kafka's StorageTool does: `meta.properties` in each, in the metadata directory
 * `bootstrap.checkpoint` with the feature levels, and for a dynamic quorum the snapshot at offset 0 that names the first
 * voter. A directory that is formatted already is left alone; one that holds logs without `meta.properties` is refused.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import { MqError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { type Uuid, randomUuid } from '../base/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { UserScramCredentialRecord } from '../protocol/logs/cluster-metadata.ts'
import { decodeMetadataRecord } from '../protocol/logs/metadata-record.ts'
import { type InitialVoter, initialVoterSet } from './initial-voters.ts'
import { METADATA_VERSION, METADATA_VERSION_LATEST, checkFeatureLevel, initialFeatures } from './metadata/features.ts'
import { type MetadataRecord, encodeRecord, metadataRecord } from './metadata/records.ts'
import { METADATA_TOPIC } from './raft/log.ts'
import { decodeSnapshot, encodeSnapshot, snapshotFileName } from './raft/snapshot.ts'
import type { VoterEndpoint } from './raft/voters.ts'
import { directoryKind } from './storage/file-names.ts'
import { readMetaProperties, writeMetaProperties } from './storage/meta-properties.ts'

export { METADATA_TOPIC }
const BOOTSTRAP_FILE = 'bootstrap.checkpoint'

export interface FormatOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly config: BrokerConfig
  /** Must agree with directories that are formatted; by default theirs, or a random one. */
  readonly clusterId?: string
  /** How other nodes reach this node as a controller: written for the first voter of a dynamic quorum. */
  readonly controllerEndpoints: readonly VoterEndpoint[]
  /** The voters that begin a dynamic quorum; none: this node joins one that runs; absent: it begins one by itself. */
  readonly initialVoters?: readonly InitialVoter[]
  /** Level of metadata.version; default: the latest supported. */
  readonly metadataVersion?: number
  /** Users that the cluster begins with. */
  readonly scramCredentials?: readonly UserScramCredentialRecord[]
}

export interface FormattedNode {
  readonly clusterId: string
  /** Directory that holds the metadata log, and its id. */
  readonly metadataDirectoryId: Uuid
  /** Directories that were formatted now. */
  readonly formatted: readonly string[]
}

/** Formats what is not formatted. Throws MqError when the directories do not belong together or to this node. */
export function formatDirectories(options: FormatOptions): FormattedNode {
  const { disk, config, random, clock } = options
  const directories = [...new Set([...config.logDirs, config.metadataLogDir])]
  for (const directory of directories) disk.makeDirectory(directory)
  const clusterId = clusterIdOf(options, directories)
  const formatted: string[] = []
  for (const directory of directories) {
    if (readMetaProperties(disk, directory) !== undefined) continue
    refuseForeignData(disk, directory)
    const isMetadata = directory === config.metadataLogDir
    const named = options.initialVoters?.find(({ id }) => id === config.nodeId)?.directoryId
    const directoryId = isMetadata && named !== undefined ? named : randomUuid(random)
    if (isMetadata) writeBootstrapFiles(options, directoryId)
    // Last: a directory without it counts as not formatted, so that a crash before it is made good.
    const properties = { version: 1, clusterId, nodeId: config.nodeId, directoryId }
    writeMetaProperties(disk, directory, properties, clock.nowMs())
    formatted.push(directory)
  }
  const metadataDirectoryId = readMetaProperties(disk, config.metadataLogDir)?.directoryId
  if (metadataDirectoryId === undefined) {
    throw new MqError('MQ_META_PROPERTIES', `${config.metadataLogDir}/meta.properties has no directory.id`, {
      hint: 'the directory was formatted by Kafka before 3.7; let Kafka 3.7 or later start on it once',
    })
  }
  return { clusterId, metadataDirectoryId, formatted }
}

function clusterIdOf(options: FormatOptions, directories: readonly string[]): string {
  const { disk, config } = options
  let found: { clusterId: string; directory: string } | undefined
  for (const directory of directories) {
    const properties = readMetaProperties(disk, directory)
    if (properties === undefined) continue
    if (properties.nodeId !== config.nodeId) {
      throw new MqError(
        'MQ_META_PROPERTIES',
        `${directory} belongs to node ${properties.nodeId}, but node.id is ${config.nodeId}`,
        { hint: 'set node.id to match, or give this node another directory' },
      )
    }
    if (found !== undefined && found.clusterId !== properties.clusterId) {
      throw new MqError(
        'MQ_META_PROPERTIES',
        `${directory} belongs to cluster ${properties.clusterId}, ${found.directory} to ${found.clusterId}`,
      )
    }
    found = { clusterId: properties.clusterId, directory }
  }
  if (found !== undefined && options.clusterId !== undefined && options.clusterId !== found.clusterId) {
    throw new MqError(
      'MQ_META_PROPERTIES',
      `${found.directory} belongs to cluster ${found.clusterId}, not to ${options.clusterId}`,
      { hint: 'leave the cluster id out, or start from an empty directory' },
    )
  }
  return found?.clusterId ?? options.clusterId ?? randomUuid(options.random)
}

function refuseForeignData(disk: Disk, directory: string): void {
  const log = disk.list(directory).find((name) => directoryKind(name).kind === 'log')
  if (log === undefined) return
  // A crash while formatting leaves the metadata directory with a snapshot and nothing else.
  if (log === `${METADATA_TOPIC}-0` && !disk.list(`${directory}/${log}`).some((name) => name.endsWith('.log'))) return
  throw new MqError('MQ_META_PROPERTIES', `${directory} holds ${log} but no meta.properties`, {
    hint: 'put the file back from a backup, or start from an empty directory',
  })
}

function writeBootstrapFiles(options: FormatOptions, directoryId: Uuid): void {
  const { disk, clock, config } = options
  const directory = config.metadataLogDir
  const own = { directoryId, endpoints: options.controllerEndpoints }
  const voters = initialVoterSet(config, options.initialVoters, own)
  const level = options.metadataVersion ?? METADATA_VERSION_LATEST
  checkFeatureLevel(METADATA_VERSION, level)
  const users = (options.scramCredentials ?? []).map((one) => metadataRecord('UserScramCredentialRecord', 0, one))
  const records = [...initialFeatures(level), ...users]
  const place = { epoch: 0, timestampMs: clock.nowMs() }
  writeWhole(
    disk,
    directory,
    BOOTSTRAP_FILE,
    encodeSnapshot({ lastContainedLogTimestamp: 0, values: records.map(encodeRecord) }, place),
  )
  if (voters === undefined) return
  const logDirectory = `${directory}/${METADATA_TOPIC}-0`
  disk.makeDirectory(logDirectory)
  const contents = { lastContainedLogTimestamp: place.timestampMs, kraftVersion: 1, voters, values: [] }
  writeWhole(disk, logDirectory, snapshotFileName({ offset: 0, epoch: 0 }), encodeSnapshot(contents, place))
}

function writeWhole(disk: Disk, directory: string, name: string, bytes: Buffer): void {
  disk.writeFile(`${directory}/${name}.tmp`, bytes, { sync: true })
  disk.rename(`${directory}/${name}.tmp`, `${directory}/${name}`)
  disk.syncDirectory(directory)
}

/** The records that open an empty metadata log. Without the file: the latest levels. */
export function readBootstrapRecords(disk: Disk, directory: string): MetadataRecord[] {
  const path = `${directory}/${BOOTSTRAP_FILE}`
  if (disk.stat(path) === undefined) {
    return initialFeatures(METADATA_VERSION_LATEST)
  }
  return decodeSnapshot(disk.readFile(path), path).values.map(decodeMetadataRecord)
}
