/**
 * Formats the directories of a node by its settings, without starting it: what `kafka-storage format` does. A directory that is
 * formatted is left alone; the endpoints of the first voter come from the node's listeners.
 */
import { BrokerConfig, internalTopicDefaults } from '../config/broker-config.ts'
import { NodeClock } from '../platform/node-clock.ts'
import { NodeDisk } from '../platform/node-disk.ts'
import { NodeRandom } from '../platform/node-random.ts'
import type { UserScramCredentialRecord } from '../protocol/logs/cluster-metadata.ts'
import { type FormattedNode, formatDirectories } from './format.ts'
import { type InitialVoter, parseInitialVoters } from './initial-voters.ts'
import { initialFeatures } from './metadata/features.ts'

/** Where a node's data lies, and what it is. */
export interface NodeSettings {
  readonly nodeId: number
  readonly isController: boolean
  /** `controller.quorum.voters` names the voters. */
  readonly hasStaticVoters: boolean
  readonly directories: readonly string[]
  readonly metadataDirectory: string
}

export interface FormatNodeOptions {
  /** The node's server.properties. */
  readonly properties: Readonly<Record<string, string>>
  readonly clusterId: string
  /** What a listener without a host is reached by. */
  readonly hostName: string
  /** `id@host:port:directory-id,…`; empty: the node joins a quorum; absent: it begins one by itself. */
  readonly initialControllers?: string
  /** Level of metadata.version; default: the latest. */
  readonly metadataVersion?: number
  /** Users that the cluster begins with: needs metadata.version 11 (3.5-IV2). */
  readonly scramCredentials?: readonly UserScramCredentialRecord[]
}

/** What the settings of a node say of where its data lies. Throws ConfigError. */
export function nodeSettings(properties: Readonly<Record<string, string>>): NodeSettings {
  const config = BrokerConfig.resolve({ properties, defaults: internalTopicDefaults(1) })
  return {
    nodeId: config.nodeId,
    isController: config.roles.includes('controller'),
    hasStaticVoters: config.quorumVoters.length > 0,
    directories: [...new Set([...config.logDirs, config.metadataLogDir])],
    metadataDirectory: config.metadataLogDir,
  }
}

/** Formats what is not formatted. Throws ConfigError, MqError. */
export function formatNode(options: FormatNodeOptions): FormattedNode {
  const config = BrokerConfig.resolve({ properties: options.properties, defaults: internalTopicDefaults(1) })
  const initialVoters: readonly InitialVoter[] | undefined =
    options.initialControllers === undefined
      ? undefined
      : options.initialControllers === ''
        ? []
        : parseInitialVoters(options.initialControllers)
  return formatDirectories({
    disk: new NodeDisk(),
    clock: new NodeClock(),
    random: new NodeRandom(),
    config,
    clusterId: options.clusterId,
    controllerEndpoints: config.advertisedControllerListeners.map(({ name, host, port }) => ({
      name,
      host: host === '' ? options.hostName : host,
      port,
    })),
    ...(initialVoters === undefined ? {} : { initialVoters }),
    ...(options.scramCredentials === undefined ? {} : { scramCredentials: options.scramCredentials }),
    ...(options.metadataVersion === undefined ? {} : { metadataVersion: options.metadataVersion }),
  })
}

/** The feature levels that a node of this metadata.version is formatted with. */
export function formattedFeatures(metadataVersion: number): { name: string; level: number }[] {
  return initialFeatures(metadataVersion).flatMap((record) =>
    record.name === 'FeatureLevelRecord' ? [{ name: record.value.name, level: record.value.featureLevel }] : [],
  )
}
