/**
 * The configuration of one node: layers of text (file, environment, overrides over defaults) become typed values, or a
 * ConfigError that says which key, why, and what to do. Cross-key rules are Kafka's for KRaft. Immutable; `withDynamic`
 * makes the view that dynamic configs of the metadata log give.
 */
import { ConfigError } from '../base/errors.ts'
import { type BrokerConfigValue, type BrokerKey, brokerKeys } from './broker-keys.ts'
import { checkBroker } from './broker-rules.ts'
import { type Key, parseValue, renderValue } from './key.ts'
import { type Endpoint, type Listener, type Voter, parseHostPorts, parseVoters } from './listeners.ts'
import { resolveListeners } from './resolve-listeners.ts'
import { envToProperties } from './properties.ts'

export { envToProperties, parseProperties } from './properties.ts'
export type { BrokerConfigValue, BrokerKey } from './broker-keys.ts'

export type Properties = Readonly<Record<string, string>>
export type NodeRole = 'broker' | 'controller'

export interface ConfigLayers {
  /** server.properties. */
  properties?: Properties
  /** The environment; only `KAFKA_*` settings count. Wins over the file. */
  env?: Readonly<Record<string, string | undefined>>
  /** `--override k=v`. Wins over everything. */
  overrides?: Properties
  /** What mq assumes where Kafka's default would not work (internal topics on one node, loopback). */
  defaults?: Properties
}

const table: { readonly [name: string]: Key } = brokerKeys

export function isBrokerKey(name: string): name is BrokerKey {
  return Object.hasOwn(brokerKeys, name)
}

/** Replication factors and minimum ISRs of the internal topics that `nodes` brokers can carry: a `defaults` layer. */
export function internalTopicDefaults(nodes: number): Record<string, string> {
  const factor = String(Math.max(1, Math.min(3, nodes)))
  const minIsr = String(nodes >= 3 ? 2 : 1)
  return {
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': minIsr,
  }
}

export class BrokerConfig {
  /** The settings that were given (file, environment, overrides), as text. */
  readonly values: Properties
  /** The `defaults` layer, as text. */
  readonly defaults: Properties
  /** Dynamic values over the static ones, as text; empty for the static configuration. */
  readonly dynamic: Properties
  /** Given keys that Kafka 4.3.1 does not know; ignored, worth a warning. */
  readonly unknownKeys: readonly string[]

  readonly nodeId: number
  readonly roles: readonly NodeRole[]
  /** All listeners of this node, broker and controller ones, in the order given. */
  readonly listeners: readonly Listener[]
  /** What brokers tell clients; controller listeners are not among them. */
  readonly advertisedListeners: readonly Endpoint[]
  /** What controllers tell other nodes. */
  readonly advertisedControllerListeners: readonly Endpoint[]
  readonly controllerListenerNames: readonly string[]
  readonly interBrokerListenerName: string
  readonly logDirs: readonly string[]
  readonly metadataLogDir: string
  readonly quorumVoters: readonly Voter[]
  readonly bootstrapServers: readonly { host: string; port: number }[]
  readonly rack: string | null

  readonly #parsed: ReadonlyMap<string, unknown>
  /** The view last asked for: it is asked for once a topic, and changes rarely. */
  #lastView: { readonly key: string; readonly view: BrokerConfig } | undefined

  private constructor(values: Properties, defaults: Properties, dynamic: Properties) {
    this.values = values
    this.defaults = defaults
    this.dynamic = dynamic
    this.#parsed = parseAll(values, defaults, dynamic)
    this.unknownKeys = Object.keys(values).filter((name) => !isBrokerKey(name) && !name.startsWith('listener.name.'))
    this.nodeId = this.get('node.id')
    this.roles = this.get('process.roles')
    const resolved = resolveListeners(this)
    this.listeners = resolved.listeners
    this.advertisedListeners = resolved.advertised
    this.advertisedControllerListeners = resolved.advertisedControllers
    this.controllerListenerNames = resolved.controllerNames
    this.interBrokerListenerName = resolved.interBrokerName
    this.logDirs = this.get('log.dirs') ?? this.get('log.dir')
    this.metadataLogDir = this.get('metadata.log.dir') ?? this.logDirs[0]!
    this.quorumVoters = parseVoters(this.get('controller.quorum.voters'))
    this.bootstrapServers = parseHostPorts(
      'controller.quorum.bootstrap.servers',
      this.get('controller.quorum.bootstrap.servers'),
    )
    this.rack = this.get('broker.rack')
  }

  /** Resolves the layers and checks every key and Kafka's cross-key rules. Throws ConfigError on the first refusal. */
  static resolve(layers: ConfigLayers): BrokerConfig {
    const values = withNodeId({
      ...layers.properties,
      ...(layers.env === undefined ? {} : envToProperties(layers.env)),
      ...layers.overrides,
    })
    const config = new BrokerConfig(values, layers.defaults ?? {}, {})
    checkBroker(config)
    return config
  }

  /** The typed value: dynamic, else given, else the `defaults` layer, else Kafka's default. */
  get<K extends BrokerKey>(key: K): BrokerConfigValue<K> {
    return this.#parsed.get(key) as BrokerConfigValue<K>
  }

  /** The value in force as Kafka prints it; null when there is none. Keys unknown to the table read as given. */
  text(key: string): string | null {
    if (!isBrokerKey(key)) return this.dynamic[key] ?? this.values[key] ?? null
    return renderValue(table[key]!, this.#parsed.get(key))
  }

  /** Whether the key was given (`static`) or comes from a default. Dynamic values do not count here. */
  source(key: string): 'default' | 'static' {
    return Object.hasOwn(this.values, key) ? 'static' : 'default'
  }

  /** Text of the default in force: the `defaults` layer, else Kafka's own. */
  defaultText(key: BrokerKey): string | null {
    return this.defaults[key] ?? renderValue(table[key]!, table[key]!.default)
  }

  /**
   * The same node with dynamic configs on top: the cluster-wide ones, then this broker's own. Values must have been
   * validated; one that cannot be parsed is left out, so that an old log cannot stop a node.
   */
  withDynamic(
    clusterWide: Iterable<readonly [string, string]>,
    ownBroker: Iterable<readonly [string, string]>,
  ): BrokerConfig {
    const dynamic: Record<string, string> = {}
    for (const [name, value] of [...clusterWide, ...ownBroker]) {
      const isListeners = name.startsWith('listener.name.')
      if (!isListeners && !isBrokerKey(name)) continue
      try {
        if (!isListeners) parseValue(name, table[name]!, value)
        dynamic[name] = value
      } catch {
        // A value that this version refuses: the static one stays in force.
      }
    }
    const key = JSON.stringify(dynamic)
    if (this.#lastView?.key !== key) {
      this.#lastView = { key, view: this.#view(dynamic) }
    }
    return this.#lastView.view
  }

  /** As `withDynamic`, for values that are to be checked: throws ConfigError where they cannot be read or do not fit. */
  withCheckedDynamic(
    clusterWide: Iterable<readonly [string, string]>,
    ownBroker: Iterable<readonly [string, string]>,
  ): BrokerConfig {
    const known = [...clusterWide, ...ownBroker].filter(([name]) => isBrokerKey(name))
    return new BrokerConfig(this.values, this.defaults, Object.fromEntries(known))
  }

  #view(dynamic: Record<string, string>): BrokerConfig {
    try {
      return new BrokerConfig(this.values, this.defaults, dynamic)
    } catch {
      // Listeners that do not fit together: the static ones stay in force, the other values count.
      const { listeners, 'listener.security.protocol.map': map, ...rest } = dynamic
      return new BrokerConfig(this.values, this.defaults, rest)
    }
  }
}

/** broker.id is the old name of node.id: each stands in for the other, as in Kafka. */
function withNodeId(values: Record<string, string>): Record<string, string> {
  const { 'node.id': nodeId, 'broker.id': brokerId } = values
  if (nodeId === undefined && brokerId !== undefined) return { ...values, 'node.id': brokerId }
  if (brokerId === undefined && nodeId !== undefined) return { ...values, 'broker.id': nodeId }
  return values
}

function parseAll(values: Properties, defaults: Properties, dynamic: Properties): ReadonlyMap<string, unknown> {
  const parsed = new Map<string, unknown>()
  for (const name of Object.keys(brokerKeys)) {
    const key = table[name]!
    const given = dynamic[name] ?? values[name] ?? defaults[name]
    if (given !== undefined) parsed.set(name, parseValue(name, key, given))
    else if (!key.required) parsed.set(name, key.default)
    else
      throw new ConfigError(name, `Missing required configuration "${name}" which has no default value.`, hintFor(name))
  }
  return parsed
}

function hintFor(name: string): string {
  switch (name) {
    case 'node.id':
      return 'Give every node its own number, for example node.id=1.'
    case 'process.roles':
      return 'Set process.roles=broker,controller for a node that is both; ZooKeeper mode is not supported.'
    default:
      return `Set ${name}, for example controller.listener.names=CONTROLLER.`
  }
}
