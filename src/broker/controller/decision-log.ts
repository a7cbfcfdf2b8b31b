/**
 * What `controller.log` says of a decision: topics made and removed, leaders and in-sync sets, settings by name, brokers that
 * come and go, features. One line for what belongs together, whatever the number of records; no value of a setting, which
 * may be a secret. Records that only keep time say nothing.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { MetadataRecord, MetadataRecordData } from '../metadata/records.ts'

/** Of one decision at most this many partitions get a line of their own. */
const PARTITION_LINES_MAX = 50
/** Kinds of resources that have settings, as the metadata numbers them. */
const RESOURCES: Readonly<Record<number, string>> = { 2: 'topic', 4: 'broker', 16: 'client metrics', 32: 'group' }

/** The lines for these records; `image` is the metadata before them. */
export function describeDecision(records: readonly MetadataRecord[], image: MetadataImage): string[] {
  const lines: string[] = []
  const made = new Map<Uuid, { readonly name: string; partitions: number }>()
  const nameOf = (id: Uuid): string => made.get(id)?.name ?? image.topics.byId(id)?.name ?? id
  const added = new Map<Uuid, number>()
  const settings = new Map<string, string[]>()
  let changes = 0
  for (const record of records) {
    switch (record.name) {
      case 'TopicRecord':
        made.set(record.value.topicId, { name: record.value.name, partitions: 0 })
        break
      case 'PartitionRecord': {
        const topic = made.get(record.value.topicId)
        if (topic === undefined) added.set(record.value.topicId, (added.get(record.value.topicId) ?? 0) + 1)
        else topic.partitions += 1
        break
      }
      case 'RemoveTopicRecord':
        lines.push(`Removed topic ${nameOf(record.value.topicId)} with topic id ${record.value.topicId}`)
        break
      case 'PartitionChangeRecord':
        changes += 1
        if (changes <= PARTITION_LINES_MAX) lines.push(partitionChange(record.value, nameOf(record.value.topicId)))
        break
      case 'ConfigRecord': {
        const { resourceType, resourceName, name, value } = record.value
        const kind = RESOURCES[resourceType] ?? `resource of type ${resourceType}`
        const resource = resourceName === '' ? `${kind} default` : `${kind} ${resourceName}`
        const keys = settings.get(resource) ?? []
        settings.set(resource, [...keys, value === null ? `${name} (taken away)` : name])
        break
      }
      default: {
        const line = lineOf(record)
        if (line !== undefined) lines.push(line)
      }
    }
  }
  for (const [id, topic] of made)
    lines.unshift(`Created topic ${topic.name} with topic id ${id}: ${count(topic.partitions)}`)
  for (const [id, partitions] of added) lines.push(`Added ${count(partitions)} to topic ${nameOf(id)}`)
  for (const [resource, keys] of settings) lines.push(`Changed settings of ${resource}: ${keys.join(', ')}`)
  if (changes > PARTITION_LINES_MAX) lines.push(`Changed ${count(changes - PARTITION_LINES_MAX)} more`)
  return lines
}

const count = (partitions: number): string => (partitions === 1 ? '1 partition' : `${partitions} partitions`)

function partitionChange(value: MetadataRecordData<'PartitionChangeRecord'>, topic: string): string {
  const what: string[] = []
  // -2: the leader stays.
  if (value.leader !== -2) what.push(value.leader === -1 ? 'no leader' : `leader ${value.leader}`)
  if (value.isr !== null) what.push(`ISR [${value.isr}]`)
  if (value.replicas !== null) what.push(`replicas [${value.replicas}]`)
  if (value.addingReplicas !== null) what.push(`adding [${value.addingReplicas}]`)
  if (value.removingReplicas !== null) what.push(`removing [${value.removingReplicas}]`)
  if (value.directories !== null) what.push(`directories [${value.directories}]`)
  return `Changed partition ${topic}-${value.partitionId}: ${what.join(', ')}`
}

function lineOf(record: MetadataRecord): string | undefined {
  switch (record.name) {
    case 'RegisterBrokerRecord':
      return `Registered broker ${record.value.brokerId} with incarnation ${record.value.incarnationId}, epoch ${record.value.brokerEpoch}`
    case 'UnregisterBrokerRecord':
      return `Unregistered broker ${record.value.brokerId}`
    case 'BrokerRegistrationChangeRecord': {
      const { brokerId, fenced, inControlledShutdown } = record.value
      const what = [
        fenced === 1 ? 'fenced' : fenced === -1 ? 'unfenced' : undefined,
        inControlledShutdown === 1 ? 'in controlled shutdown' : undefined,
      ].filter((each) => each !== undefined)
      return what.length === 0 ? undefined : `Broker ${brokerId} is ${what.join(' and ')}`
    }
    case 'FenceBrokerRecord':
      return `Broker ${record.value.id} is fenced`
    case 'UnfenceBrokerRecord':
      return `Broker ${record.value.id} is unfenced`
    case 'RegisterControllerRecord':
      return `Registered controller ${record.value.controllerId}`
    case 'FeatureLevelRecord':
      return `Feature ${record.value.name} is at level ${record.value.featureLevel}`
    case 'ClientQuotaRecord': {
      const entity = record.value.entity.map(({ entityType, entityName }) => `${entityType} ${entityName ?? 'default'}`)
      return `Changed quota ${record.value.key} of ${entity.join(', ')}`
    }
    case 'UserScramCredentialRecord':
      return `Changed a SCRAM credential of user ${record.value.name}`
    case 'RemoveUserScramCredentialRecord':
      return `Removed a SCRAM credential of user ${record.value.name}`
    default:
      return undefined
  }
}
