/**
 * Feature levels: what the cluster has finalised, what each node supports, and where nodes differ, which is what stands
 * in the way of raising a level. A node that does not answer is one row's error.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ClientConnection } from '../client/connection.ts'
import type { HostPort } from '../client/options.ts'
import { knownMetadataVersionName } from '../config/metadata-versions.ts'
import { describeNodes } from './cluster.ts'
import { type ItemError, itemError } from './items.ts'

export interface LevelRange {
  min: number
  max: number
}

export interface FeatureState {
  feature: string
  /** The level in force; 0: the feature is off. */
  finalized: number
  /** Kafka's name of the level, of metadata.version alone. */
  finalizedName: string | null
  /** The levels that every node which answered supports; null when there is none. */
  supported: LevelRange | null
  supportedMaxName: string | null
  /** What each node supports, where that is not the same everywhere; null: the node does not know the feature. */
  differences: { node: number; supported: LevelRange | null }[]
}

export interface FeatureNode extends HostPort {
  id: number
  role: 'broker' | 'controller'
  error?: ItemError
}

export interface ClusterFeatures {
  clusterId: string | null
  /** Offset of the metadata log up to which the finalised levels are known; null while there are none. */
  epoch: number | null
  features: FeatureState[]
  nodes: FeatureNode[]
}

interface Answer {
  readonly node: FeatureNode
  readonly supported?: ReadonlyMap<string, LevelRange>
}

/** Asks each broker, or each controller when the client came in through one. */
export async function clusterFeatures(client: ClusterClient): Promise<ClusterFeatures> {
  const viaController = client.options.bootstrapKind === 'controller'
  const [{ clusterId, brokers }, here] = await Promise.all([
    describeNodes(client, viaController),
    client.request('ApiVersions', ASKING),
  ])
  const role = viaController ? 'controller' : 'broker'
  const answers = await Promise.all(brokers.map(({ id, host, port }) => ask(client, { id, host, port, role })))
  const finalized = new Map(here.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  const names = new Set([...finalized.keys(), ...answers.flatMap(({ supported }) => [...(supported?.keys() ?? [])])])
  return {
    clusterId,
    epoch: here.finalizedFeaturesEpoch < 0 ? null : here.finalizedFeaturesEpoch,
    features: [...names].sort().map((name) => stateOf(name, finalized.get(name) ?? 0, answers)),
    nodes: answers.map(({ node }) => node),
  }
}

const ASKING = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }

async function ask(client: ClusterClient, node: FeatureNode): Promise<Answer> {
  try {
    const connection = await ClientConnection.open(node, client.options)
    try {
      const { supportedFeatures } = await connection.call('ApiVersions', ASKING)
      const ranges = supportedFeatures.map(
        ({ name, minVersion, maxVersion }) => [name, { min: minVersion, max: maxVersion }] as const,
      )
      return { node, supported: new Map(ranges) }
    } finally {
      connection.close()
    }
  } catch (error) {
    return { node: { ...node, error: itemError(error) } }
  }
}

function stateOf(feature: string, finalized: number, answers: readonly Answer[]): FeatureState {
  const asked = answers.filter(({ supported }) => supported !== undefined)
  const perNode = asked.map(({ node, supported }) => ({ node: node.id, supported: supported!.get(feature) ?? null }))
  const shared = common(perNode.map((one) => one.supported))
  const first = JSON.stringify(perNode[0]?.supported)
  const differ = perNode.some((one) => JSON.stringify(one.supported) !== first)
  const nameOf = (level: number | undefined) =>
    feature === 'metadata.version' && level !== undefined ? (knownMetadataVersionName(level) ?? null) : null
  return {
    feature,
    finalized,
    finalizedName: nameOf(finalized),
    supported: shared,
    supportedMaxName: nameOf(shared?.max),
    differences: differ ? perNode : [],
  }
}

function common(ranges: readonly (LevelRange | null)[]): LevelRange | null {
  if (ranges.length === 0 || ranges.includes(null)) return null
  const min = Math.max(...ranges.map((range) => range!.min))
  const max = Math.min(...ranges.map((range) => range!.max))
  return min <= max ? { min, max } : null
}
