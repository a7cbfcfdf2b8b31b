/**
 * What a configuration key means: from mq's tables without any cluster, and, where one can be asked, the value there
 * with the place that it comes from. A key that only the cluster knows is told in the cluster's words.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { brokerDocs } from '../config/broker-docs.ts'
import { type Key, renderConstraint, renderValue } from '../config/key.ts'
import { groupDocs, topicDocs } from '../config/topic-docs.ts'
import { hasEffect } from '../config/without-effect.ts'
import { type KeyKind, keyNames, keysBehind, knownKey, siblings } from './config-keys.ts'
import { type ConfigEntity, type ConfigEntry, describeConfigs, type EntityConfigs } from './configs.ts'
import { type ItemError, itemError, similarNames, throwItem } from './items.ts'

export interface KeyMeaning {
  kind: KeyKind
  /** boolean, string, int, short, long, double, list, class or password. */
  type: string
  default: string | null
  /** Whether the key must be given. */
  required: boolean
  /** Bounds or choices; null when any value of the type will do. */
  valid: string | null
  sensitive: boolean
  /** Where it can be set: `topic`, `group`, `file`, `per-broker` (and file), `cluster-wide` (and per broker, and file). */
  scope: 'topic' | 'group' | 'file' | 'per-broker' | 'cluster-wide'
  restart: boolean
  /** Where a value is looked for, the first wins. */
  precedence: string[]
  /** Topic and group keys that this broker key is the default of. */
  defaultOf: string[]
  meaning: string | null
  /** Whether the bundled broker acts on it. */
  bundledEffect: boolean
}

export interface KeyHere {
  entity: EntityConfigs['entity']
  key: string
  value: string | null
  source: string
  sensitive: boolean
  readOnly: boolean
  synonyms: ConfigEntry['synonyms']
  /** The cluster's own text. */
  documentation: string | null
  error?: ItemError
}

export interface ExplainedKey {
  key: string
  /** One for each kind of thing that has the key; none for a key that only the cluster knows. */
  meanings: KeyMeaning[]
  /** Null: no cluster was asked. */
  here: KeyHere[] | null
}

const KINDS: readonly KeyKind[] = ['topic', 'broker', 'group']

/** What the tables say of a key; an empty list for one that they do not have. */
export function explainKey(name: string): KeyMeaning[] {
  return KINDS.flatMap((kind) => {
    const key = knownKey(kind, name)
    return key === undefined ? [] : [meaningOf(kind, name, key)]
  })
}

/** Throws MqError with keys that look like it. */
export function throwUnknownKey(name: string): never {
  const similar = similarNames(name, new Set(KINDS.flatMap(keyNames)))
  const hint = similar.length === 0 ? undefined : `did you mean ${similar.join(' or ')}?`
  throwItem({ code: 'MQ_UNKNOWN_KEY', message: `there is no key ${name}`, ...(hint === undefined ? {} : { hint }) })
}

function meaningOf(kind: KeyKind, name: string, key: Key): KeyMeaning {
  const docs: Readonly<Record<string, string>> = { topic: topicDocs, group: groupDocs, broker: brokerDocs }[kind]
  const scope = kind !== 'broker' ? kind : key.update === 'read-only' ? 'file' : key.update
  return {
    kind,
    type: key.type.toLowerCase(),
    default: key.required || key.sensitive ? null : renderValue(key, key.default),
    required: key.required,
    valid: renderConstraint(key) ?? null,
    sensitive: key.sensitive,
    scope,
    restart: scope === 'file',
    precedence: precedenceOf(kind, name, key),
    defaultOf: kind === 'broker' ? keysBehind(name).map((one) => `${one.kind} ${one.key}`) : [],
    meaning: docs[name] ?? null,
    bundledEffect: hasEffect(kind, name),
  }
}

function precedenceOf(kind: KeyKind, name: string, key: Key): string[] {
  if (kind !== 'broker') {
    const behind = key.fallbacks.flatMap((fallback) => brokerPlaces(fallback.key, fallback.factor))
    return [`${name} of the ${kind}`, ...behind.filter((place) => !place.startsWith('default')), 'default']
  }
  const all = siblings(name).map((one) => one.key)
  const own = all.slice(Math.max(0, all.indexOf(name)))
  const scope = key.update
  return [
    ...(scope === 'read-only' ? [] : own.map((one) => `${one} of the broker`)),
    ...(scope === 'cluster-wide' ? own.map((one) => `${one} of all brokers`) : []),
    ...own.map((one) => `${one} in the broker's file`),
    'default',
  ]
}

function brokerPlaces(name: string, factor: number): string[] {
  const unit = factor === 60_000 ? ' (minutes)' : factor === 3_600_000 ? ' (hours)' : ''
  const update = knownKey('broker', name)?.update ?? 'read-only'
  return [
    ...(update === 'read-only' ? [] : [`${name}${unit} of the broker`, `${name}${unit} of all brokers`]),
    `${name}${unit} in the broker's file`,
  ]
}

/**
 * The values of a key in a cluster: of the thing named; else of every broker, the broker keys behind it for a topic or
 * group key. A broker that does not answer keeps its row with the error. Throws for a thing that does not exist.
 */
export async function keyInCluster(
  client: ClusterClient,
  name: string,
  entity: ConfigEntity | undefined,
): Promise<KeyHere[]> {
  if (entity !== undefined) return rowsOf(await describeConfigs(client, entity, { keys: [name], documentation: true }))
  const behind = KINDS.flatMap((kind) => knownKey(kind, name)?.fallbacks.map((fallback) => fallback.key) ?? [])
  const keys = [...new Set([name, ...behind])]
  const { brokers } = await client.metadata()
  const ids = brokers.map((broker) => broker.id).sort((a, b) => a - b)
  const rows = await Promise.all(
    ids.map(async (id): Promise<KeyHere[]> => {
      try {
        const rows = rowsOf(await describeConfigs(client, { kind: 'broker', id }, { keys, documentation: true }))
        const own = rows.filter((row) => row.key === name)
        // Of the broker keys that say the same in other units the first that is set counts.
        const standing = behind.map((key) => rows.find((row) => row.key === key && row.value !== null))
        const first = standing.find((row) => row !== undefined)
        return own.length > 0 || first === undefined ? own : [first]
      } catch (error) {
        const nothing = { value: null, source: 'unknown', sensitive: false, readOnly: false, synonyms: [] }
        const broker = { type: 'broker' as const, name: String(id) }
        return [{ entity: broker, key: name, ...nothing, documentation: null, error: itemError(error) }]
      }
    }),
  )
  return rows.flat()
}

function rowsOf({ entity, configs }: EntityConfigs): KeyHere[] {
  return configs.map(({ key, value, source, sensitive, readOnly, synonyms, documentation }) => ({
    ...{ entity, key, value, source, sensitive, readOnly, synonyms, documentation },
  }))
}
