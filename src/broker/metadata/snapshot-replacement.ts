/**
 * A snapshot that takes the place of a state: the records that lead there. What the snapshot does not have is removed
 * first; what it has is said again, so that one `replay` stays the only writer.
 */
import { type MetadataRecord, metadataRecord } from './records.ts'
import { quotaEntityKey } from './security.ts'

/** `current`: the state as records; `next`: the snapshot. */
export function replacementRecords(
  current: Iterable<MetadataRecord>,
  next: readonly MetadataRecord[],
): readonly MetadataRecord[] {
  const kept = new Set(next.map(keyOf))
  const removals: MetadataRecord[] = []
  const topics = new Set<string>()
  for (const record of current) {
    const key = keyOf(record)
    if (record.name === 'TopicRecord') topics.add(record.value.topicId)
    if (key === undefined || kept.has(key)) continue
    const removal = removalOf(record)
    if (removal !== undefined) removals.push(removal)
  }
  if (removals.length === 0 && topics.size === 0) return next
  const added = next.filter((record) => record.name !== 'TopicRecord' || !topics.has(record.value.topicId))
  // Configurations go before their topics, which take them along.
  const isTopic = (record: MetadataRecord) => record.name === 'RemoveTopicRecord'
  return [...removals.filter((each) => !isTopic(each)), ...removals.filter(isTopic), ...added]
}

/** What a record is about; undefined: nothing that can be taken away. */
function keyOf(record: MetadataRecord): string | undefined {
  switch (record.name) {
    case 'TopicRecord':
      return `topic ${record.value.topicId}`
    case 'RegisterBrokerRecord':
      return `broker ${record.value.brokerId}`
    case 'ConfigRecord':
      return JSON.stringify(['config', record.value.resourceType, record.value.resourceName, record.value.name])
    case 'ClientQuotaRecord':
      return JSON.stringify(['quota', quotaEntityKey(record.value.entity), record.value.key])
    case 'UserScramCredentialRecord':
      return JSON.stringify(['scram', record.value.name, record.value.mechanism])
    case 'AccessControlEntryRecord':
      return `acl ${record.value.id}`
    case 'DelegationTokenRecord':
      return JSON.stringify(['token', record.value.tokenId])
    case 'FeatureLevelRecord':
      return JSON.stringify(['feature', record.value.name])
    default:
      return undefined
  }
}

function removalOf(record: MetadataRecord): MetadataRecord | undefined {
  switch (record.name) {
    case 'TopicRecord':
      return metadataRecord('RemoveTopicRecord', 0, { topicId: record.value.topicId })
    case 'RegisterBrokerRecord': {
      const { brokerId, brokerEpoch } = record.value
      return metadataRecord('UnregisterBrokerRecord', 0, { brokerId, brokerEpoch })
    }
    case 'ConfigRecord': {
      const { resourceType, resourceName, name } = record.value
      return metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value: null })
    }
    case 'ClientQuotaRecord':
      return metadataRecord('ClientQuotaRecord', 0, { ...record.value, remove: true })
    case 'UserScramCredentialRecord': {
      const { name, mechanism } = record.value
      return metadataRecord('RemoveUserScramCredentialRecord', 0, { name, mechanism })
    }
    case 'AccessControlEntryRecord':
      return metadataRecord('RemoveAccessControlEntryRecord', 0, { id: record.value.id })
    case 'DelegationTokenRecord':
      return metadataRecord('RemoveDelegationTokenRecord', 0, { tokenId: record.value.tokenId })
    case 'FeatureLevelRecord':
      return metadataRecord('FeatureLevelRecord', 0, { name: record.value.name, featureLevel: 0 })
    default:
      return undefined
  }
}
