/**
 * What the metadata log holds for security and quotas: access control entries, SCRAM credentials, delegation tokens,
 * client quotas. Kept complete and in order, so that a snapshot loses nothing that another node wrote.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { DeltaBuilder } from './delta.ts'
import { type MetadataRecord, type MetadataRecordData, metadataRecord } from './records.ts'

export type AclEntry = MetadataRecordData<'AccessControlEntryRecord'>
export type ScramCredential = MetadataRecordData<'UserScramCredentialRecord'>
export type DelegationToken = MetadataRecordData<'DelegationTokenRecord'>
export type QuotaEntity = MetadataRecordData<'ClientQuotaRecord'>['entity']

export interface QuotaEntry {
  readonly entity: QuotaEntity
  readonly values: ReadonlyMap<string, number>
}

export class SecurityImage {
  private readonly aclById = new Map<Uuid, AclEntry>()
  private readonly scramByKey = new Map<string, ScramCredential>()
  private readonly tokenById = new Map<string, DelegationToken>()

  get acls(): ReadonlyMap<Uuid, AclEntry> {
    return this.aclById
  }

  get tokens(): ReadonlyMap<string, DelegationToken> {
    return this.tokenById
  }

  scramCredentials(): IterableIterator<ScramCredential> {
    return this.scramByKey.values()
  }

  /** `mechanism`: 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  scram(user: string, mechanism: number): ScramCredential | undefined {
    return this.scramByKey.get(`${mechanism}:${user}`)
  }

  /** Applies the record when it is one of this section's; says whether it was. */
  replay(record: MetadataRecord, delta: DeltaBuilder): boolean {
    switch (record.name) {
      case 'AccessControlEntryRecord':
        this.aclById.set(record.value.id, record.value)
        break
      case 'RemoveAccessControlEntryRecord':
        this.aclById.delete(record.value.id)
        break
      case 'UserScramCredentialRecord':
        this.scramByKey.set(`${record.value.mechanism}:${record.value.name}`, record.value)
        break
      case 'RemoveUserScramCredentialRecord':
        this.scramByKey.delete(`${record.value.mechanism}:${record.value.name}`)
        break
      case 'DelegationTokenRecord':
        this.tokenById.set(record.value.tokenId, record.value)
        break
      case 'RemoveDelegationTokenRecord':
        this.tokenById.delete(record.value.tokenId)
        break
      default:
        return false
    }
    delta.security = true
    return true
  }

  *snapshot(): Generator<MetadataRecord> {
    for (const entry of this.aclById.values()) yield metadataRecord('AccessControlEntryRecord', 0, entry)
    for (const credential of this.scramByKey.values()) {
      yield metadataRecord('UserScramCredentialRecord', 0, credential)
    }
    for (const token of this.tokenById.values()) yield metadataRecord('DelegationTokenRecord', 0, token)
  }
}

export class QuotasImage {
  private readonly entries = new Map<string, { entity: QuotaEntity; values: Map<string, number> }>()

  values(): IterableIterator<QuotaEntry> {
    return this.entries.values()
  }

  /** The limits set for just this entity. */
  get(entity: QuotaEntity): ReadonlyMap<string, number> {
    return this.entries.get(quotaEntityKey(entity))?.values ?? new Map()
  }

  replay(record: MetadataRecordData<'ClientQuotaRecord'>, delta: DeltaBuilder): void {
    const key = quotaEntityKey(record.entity)
    let entry = this.entries.get(key)
    if (record.remove) {
      entry?.values.delete(record.key)
      if (entry?.values.size === 0) this.entries.delete(key)
    } else {
      if (entry === undefined) {
        entry = { entity: record.entity, values: new Map() }
        this.entries.set(key, entry)
      }
      entry.values.set(record.key, record.value)
    }
    delta.quotas = true
  }

  *snapshot(): Generator<MetadataRecord> {
    for (const { entity, values } of this.entries.values()) {
      for (const [key, value] of values) {
        yield metadataRecord('ClientQuotaRecord', 0, { entity, key, value, remove: false })
      }
    }
  }
}

/** The same for every order of the entity's parts; a null name (the default of its type) differs from an empty one. */
export function quotaEntityKey(entity: QuotaEntity): string {
  return JSON.stringify(entity.map((part) => [part.entityType, part.entityName]).sort())
}
