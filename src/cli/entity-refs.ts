/**
 * Things named in one word, for comparing: `topic:T`, `broker:1`, `broker-default`, `group:G`, `broker-logger:1`,
 * `client-metrics:M`, and with a cluster in front `profile:P/topic:T` or `HOST:PORT/topic:T`.
 */
import { UsageError } from '../base/errors.ts'
import type { Entity } from './entity-flags.ts'

export interface EntityRef {
  /** As typed. */
  readonly text: string
  readonly entity: Entity
  /** Undefined: the cluster of the command. */
  readonly cluster: { readonly profile: string } | { readonly address: string } | undefined
}

const GRAMMAR =
  'topic:T, broker:ID, broker-default, group:G, broker-logger:ID or client-metrics:M, with profile:P/ or HOST:PORT/ ' +
  'before it'

/** Throws UsageError for what is no such word. */
export function parseEntityRef(text: string): EntityRef {
  const inCluster = /^(?!(?:topic|broker|group|broker-logger|client-metrics):)(profile:[^/]+|[^/]+:\d+)\/(.+)$/.exec(
    text,
  )
  const [, cluster, rest = text] = inCluster ?? []
  const entity = parseEntity(rest)
  if (entity === undefined) throw new UsageError(`"${text}" names nothing that has a configuration`, GRAMMAR)
  if (cluster === undefined) return { text, entity, cluster }
  const profile = /^profile:(.+)$/.exec(cluster)?.[1]
  return { text, entity, cluster: profile === undefined ? { address: cluster } : { profile } }
}

function parseEntity(text: string): Entity | undefined {
  if (text === 'broker-default') return { kind: 'broker-default' }
  const [, kind, name = ''] = /^(topic|group|broker|broker-logger|client-metrics):(.+)$/.exec(text) ?? []
  if (kind === 'topic' || kind === 'group' || kind === 'client-metrics') return { kind, name }
  if ((kind === 'broker' || kind === 'broker-logger') && /^\d{1,9}$/.test(name)) return { kind, id: Number(name) }
  return undefined
}
