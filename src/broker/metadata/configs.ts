/**
 * Dynamic configurations by resource. A broker's own entries stand under its id, the cluster-wide broker defaults under
 * the empty name. Order of insertion is kept, which makes snapshots repeatable.
 */
import type { DeltaBuilder } from './delta.ts'
import { type MetadataRecord, type MetadataRecordData, metadataRecord } from './records.ts'

/** Kafka's resource type codes of a ConfigRecord. */
export const CONFIG_RESOURCE_TYPES = {
  topic: 2,
  broker: 4,
  'broker-logger': 8,
  'client-metrics': 16,
  group: 32,
} as const
export type ConfigScope = keyof typeof CONFIG_RESOURCE_TYPES

const scopeByCode = new Map<number, ConfigScope>(
  (Object.keys(CONFIG_RESOURCE_TYPES) as ConfigScope[]).map((scope) => [CONFIG_RESOURCE_TYPES[scope], scope]),
)

/** The scope of a wire code, undefined for codes that name no kind of configuration. */
export function configScopeOf(code: number): ConfigScope | undefined {
  return scopeByCode.get(code)
}

const NONE: ReadonlyMap<string, string> = new Map()

export class ConfigsImage {
  private readonly resources = new Map<string, { scope: ConfigScope; name: string; values: Map<string, string> }>()

  /** The entries set on one resource; empty when there are none. */
  get(scope: ConfigScope, name: string): ReadonlyMap<string, string> {
    return this.resources.get(`${scope}:${name}`)?.values ?? NONE
  }

  /** Names of the resources of one kind that have entries. */
  *names(scope: ConfigScope): Generator<string> {
    for (const resource of this.resources.values()) if (resource.scope === scope) yield resource.name
  }

  replay(record: MetadataRecordData<'ConfigRecord'>, delta: DeltaBuilder): void {
    const scope = scopeByCode.get(record.resourceType)
    // Software newer than this may know more kinds; what nobody here can read has no effect.
    if (scope === undefined) return
    const key = `${scope}:${record.resourceName}`
    let resource = this.resources.get(key)
    if (record.value === null) {
      resource?.values.delete(record.name)
      if (resource?.values.size === 0) this.resources.delete(key)
    } else {
      if (resource === undefined) {
        resource = { scope, name: record.resourceName, values: new Map() }
        this.resources.set(key, resource)
      }
      resource.values.set(record.name, record.value)
    }
    delta.configChanged(scope, record.resourceName)
  }

  /** A deleted topic takes its entries with it. */
  topicDeleted(name: string, delta: DeltaBuilder): void {
    if (this.resources.delete(`topic:${name}`)) delta.configChanged('topic', name)
  }

  *snapshot(): Generator<MetadataRecord> {
    for (const { scope, name, values } of this.resources.values()) {
      for (const [key, value] of values) yield configRecord(scope, name, key, value)
    }
  }
}

/** Sets one entry, or with null removes it. */
export function configRecord(scope: ConfigScope, resource: string, key: string, value: string | null): MetadataRecord {
  return metadataRecord('ConfigRecord', 0, {
    resourceType: CONFIG_RESOURCE_TYPES[scope],
    resourceName: resource,
    name: key,
    value,
  })
}
