/**
 * What mq's tables know of configuration keys, whichever cluster they are for: which keys there are for a kind of thing,
 * which broker keys stand behind a topic's, whether a key is a list. A newer cluster may know keys that are not here.
 */
import { brokerKeys } from '../config/broker-keys.ts'
import { groupKeys } from '../config/group-keys.ts'
import type { Key, KeyTable } from '../config/key.ts'
import { topicKeys } from '../config/topic-keys.ts'
import type { ConfigEntity } from './configs.ts'

export type KeyKind = 'topic' | 'broker' | 'group'

const tables: Readonly<Record<KeyKind, KeyTable>> = { topic: topicKeys, broker: brokerKeys, group: groupKeys }

/** The kind of keys that a thing has; undefined for loggers, whose keys are names of classes, and for client metrics. */
export function keyKindOf(kind: ConfigEntity['kind']): KeyKind | undefined {
  if (kind === 'broker-logger' || kind === 'client-metrics') return undefined
  return kind === 'topic' || kind === 'group' ? kind : 'broker'
}

/** A key of that kind; a broker key may stand behind `listener.name.NAME.`. Undefined: not in the tables. */
export function knownKey(kind: KeyKind, name: string): Key | undefined {
  const base = kind === 'broker' ? (/^listener\.name\.[^.]+\.(.+)$/.exec(name)?.[1] ?? name) : name
  return Object.hasOwn(tables[kind], base) ? tables[kind][base] : undefined
}

/** Names of the keys of a kind. */
export function keyNames(kind: KeyKind): string[] {
  return Object.keys(tables[kind]).filter((name) => !tables[kind][name]!.internal)
}

/** Topic and group keys that take their value from this broker key where they are not set. */
export function keysBehind(brokerKey: string): { kind: KeyKind; key: string }[] {
  return (['topic', 'group'] as const).flatMap((kind) =>
    Object.entries(tables[kind])
      .filter(([, { fallbacks, internal }]) => !internal && fallbacks.some((fallback) => fallback.key === brokerKey))
      .map(([key]) => ({ kind, key })),
  )
}

/** Broker keys that say the same in other units, the one that wins first; the key itself among them. */
export function siblings(brokerKey: string): readonly { readonly key: string; readonly factor: number }[] {
  const [behind] = keysBehind(brokerKey)
  const all = behind === undefined ? [] : tables[behind.kind][behind.key]!.fallbacks
  return all.length > 1 ? all : [{ key: brokerKey, factor: 1 }]
}
