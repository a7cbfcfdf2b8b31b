/**
 * A first inventory of a cluster, from what its nodes say over the wire: nodes, roles, racks, listeners, data directories
 * and the Kafka release, as far as supported feature levels tell it. Nothing is assumed: what cannot be seen from outside
 * (how a node is started, where its configuration lies) is null, and `notes` say what could not be asked, and why.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ClientConnection } from '../client/connection.ts'
import { peerText } from '../client/socket.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import { clusterInfo } from './cluster.ts'
import { describeMany } from './configs.ts'
import { itemError } from './items.ts'

export interface InventoryNode {
  id: number
  roles: ('broker' | 'controller')[]
  /** Where clients reach it; of a controller: where other nodes do. */
  host: string | null
  rack: string | null
  /** As in Kafka's advertised.listeners, `NAME://host:port`; null when the node does not tell. */
  listeners: string[] | null
  /** Security protocols of listeners whose name is not the protocol itself. */
  securityProtocols: Record<string, string>
  /** The listener of a controller. */
  controllerListener: string | null
  /** The Kafka release whose features the node supports, `4.3`; null when that cannot be told. */
  version: string | null
  dataDirs: string[] | null
  /** local, systemd, hooks or kubernetes; null: to be filled in. */
  driver: string | null
  /** Path of its server.properties; null: to be filled in. */
  config: string | null
}

export interface Inventory {
  cluster: {
    id: string | null
    mode: 'kraft' | 'zookeeper'
    bootstrapServers: string[]
    bootstrapControllers: string[]
    /** Finalised feature levels. */
    features: Record<string, number>
  }
  nodes: InventoryNode[]
  notes: string[]
}

/** The first metadata.version level of each release; the last one that is not above a node's maximum is its release. */
const RELEASES: readonly (readonly [level: number, release: string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1'],
  [28, '4.2'],
  [30, '4.3'],
]
const LATEST_LEVEL = 30

/** The release whose highest metadata.version this is; null for what a later software than this supports. */
export function releaseOf(level: number | undefined): string | null {
  if (level === undefined || level > LATEST_LEVEL) return null
  return RELEASES.findLast(([first]) => first <= level)?.[1] ?? null
}

/** Asks every node that can be reached. Works through brokers; throws what asking for the cluster itself throws. */
export async function discover(client: ClusterClient): Promise<Inventory> {
  if (client.options.bootstrapKind === 'controller') {
    throw new MqError(
      'MQ_NEEDS_BROKER',
      'an inventory is made by asking the brokers, and controllers do not know them',
      {
        hint: 'give a broker with --bootstrap-server',
      },
    )
  }
  const info = await clusterInfo(client)
  const mode = client.bootstrap.version('DescribeQuorum') === undefined ? 'zookeeper' : 'kraft'
  const notes: string[] = []
  const nodes = new Map<number, InventoryNode>()
  for (const { id, host, rack } of info.brokers) nodes.set(id, { ...emptyNode(id), roles: ['broker'], host, rack })
  const controllers = mode === 'kraft' ? await controllersOf(client, notes) : []
  for (const { id, listener, host } of controllers) {
    const node = nodes.get(id) ?? { ...emptyNode(id), host }
    nodes.set(id, { ...node, roles: [...node.roles, 'controller'], controllerListener: listener })
  }
  await Promise.all([...nodes.values()].map((node) => fillNode(client, node, notes)))
  const sorted = [...nodes.values()].sort((a, b) => a.id - b.id)
  return {
    cluster: {
      id: info.clusterId,
      mode,
      bootstrapServers: info.brokers.map((broker) => peerText(broker)),
      bootstrapControllers: controllers.flatMap(({ listener }) =>
        listener === null ? [] : [listener.replace(/^[^:]*:\/\//, '')],
      ),
      features: info.features,
    },
    nodes: sorted,
    notes: notes.sort(),
  }
}

const emptyNode = (id: number): InventoryNode => ({
  id,
  roles: [],
  host: null,
  rack: null,
  listeners: null,
  securityProtocols: {},
  controllerListener: null,
  version: null,
  dataDirs: null,
  driver: null,
  config: null,
})

interface Controller {
  readonly id: number
  readonly host: string | null
  readonly listener: string | null
}

/** The voters of the quorum, with their endpoints where the cluster tells them (Kafka 3.9 and later). */
async function controllersOf(client: ClusterClient, notes: string[]): Promise<Controller[]> {
  try {
    const answer = await client.request('DescribeQuorum', {
      topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
    })
    const voters = answer.topics[0]?.partitions[0]?.currentVoters ?? []
    return voters.map(({ replicaId }) => {
      const endpoint = answer.nodes.find((node) => node.nodeId === replicaId)?.listeners[0]
      if (endpoint === undefined) return { id: replicaId, host: null, listener: null }
      return { id: replicaId, host: endpoint.host, listener: `${endpoint.name}://${peerText(endpoint)}` }
    })
  } catch (error) {
    notes.push(`the controllers cannot be listed: ${itemError(error).message}`)
    return []
  }
}

async function fillNode(client: ClusterClient, node: InventoryNode, notes: string[]): Promise<void> {
  const note = (what: string) => (error: unknown) => {
    notes.push(`node ${node.id}: ${what}: ${itemError(error).message}`)
    return undefined
  }
  if (!node.roles.includes('broker')) {
    if (node.controllerListener === null) {
      notes.push(`node ${node.id}: this Kafka does not tell the endpoints of controllers`)
      return
    }
    const versions = await controllerVersions(client, node).catch(note('its controller listener cannot be asked'))
    node.version = releaseOf(levelOf(versions))
    return
  }
  const target = { broker: node.id }
  const [versions, directories, configs] = await Promise.all([
    client.request('ApiVersions', SOFTWARE, target).catch(note('its versions cannot be read')),
    client.request('DescribeLogDirs', { topics: [] }, target).catch(note('its directories cannot be read')),
    describeMany(client, [{ kind: 'broker', id: node.id }]).catch(note('its settings cannot be read')),
  ])
  node.version = releaseOf(levelOf(versions))
  const found = directories?.results.map((result) => result.logDir) ?? []
  node.dataDirs = found.length > 0 ? found.sort() : null
  const [settings] = configs ?? []
  if (settings === undefined) return
  if (!('configs' in settings)) notes.push(`node ${node.id}: its settings cannot be read: ${settings.error.message}`)
  else readListeners(node, (key) => settings.configs.find((entry) => entry.key === key)?.value ?? '')
}

const SOFTWARE = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }

function levelOf(versions: ResponseOf<'ApiVersions'> | undefined): number | undefined {
  return versions?.supportedFeatures.find((feature) => feature.name === 'metadata.version')?.maxVersion
}

/** A controller is asked at its own listener, in the way the client talks to brokers; that may be the wrong one. */
async function controllerVersions(client: ClusterClient, node: InventoryNode): Promise<ResponseOf<'ApiVersions'>> {
  const address = /^[^:]*:\/\/(.*):(\d+)$/.exec(node.controllerListener ?? '')
  const { apiTimeoutMs, connectTimeoutMs, requestTimeoutMs } = client.options
  const connection = await ClientConnection.open(
    { host: (address?.[1] ?? '').replace(/^\[(.*)\]$/, '$1'), port: Number(address?.[2] ?? 0) },
    {
      ...client.options,
      connectTimeoutMs: Math.min(3000, connectTimeoutMs),
      requestTimeoutMs: Math.min(3000, requestTimeoutMs),
      apiTimeoutMs,
    },
  )
  try {
    return await connection.call('ApiVersions', SOFTWARE)
  } finally {
    connection.close()
  }
}

function readListeners(node: InventoryNode, value: (key: string) => string): void {
  const list = (text: string) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
  const controllerNames = new Set(list(value('controller.listener.names')))
  const named = list(value('advertised.listeners') || value('listeners'))
  const listeners = named.filter((entry) => !controllerNames.has(entry.replace(/:\/\/.*/, '')))
  node.listeners = listeners.length > 0 ? listeners : null
  const protocols = list(value('listener.security.protocol.map')).map((entry) => entry.split(':') as [string, string])
  const used = new Set([...listeners.map((entry) => entry.replace(/:\/\/.*/, '')), ...controllerNames])
  node.securityProtocols = Object.fromEntries(
    protocols.filter(([name, protocol]) => used.has(name) && name !== protocol),
  )
}
