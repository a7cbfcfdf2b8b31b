/** Lines of controller.log: what a decision changes, in few lines, and no value of a setting. */
import { describe, expect, it } from 'vitest'
import { describeDecision } from '../../../src/broker/controller/decision-log.ts'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'

const ID = 'E9ZFpHovQzW2u6utZcwLtQ'
const OTHER = 'MkU3OEVBNTcwNTJENDM2Qg'
const topic = metadataRecord('TopicRecord', 0, { name: 'orders', topicId: ID })
const partition = (partitionId: number) =>
  metadataRecord('PartitionRecord', 1, { partitionId, topicId: ID, replicas: [1], isr: [1], leader: 1 })
const setting = (name: string, value: string | null) =>
  metadataRecord('ConfigRecord', 0, { resourceType: 4, resourceName: '', name, value })
const change = (partitionId: number, value: object) =>
  metadataRecord('PartitionChangeRecord', 0, { partitionId, topicId: ID, ...value })

const empty = () => new MetadataImage()

/** An image with the topic in it. */
function withTopic(): MetadataImage {
  const image = empty()
  image.apply(
    [metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }), topic, partition(0)],
    2,
    1,
  )
  return image
}

describe('controller.log', () => {
  it('says of a new topic its name, id and partitions in one line', () => {
    const records = [topic, ...Array.from({ length: 1000 }, (_, index) => partition(index))]
    expect(describeDecision(records, empty())).toEqual([`Created topic orders with topic id ${ID}: 1000 partitions`])
  })

  it('knows the names of topics that are changed or removed', () => {
    const image = withTopic()
    expect(describeDecision([partition(1)], image)).toEqual(['Added 1 partition to topic orders'])
    expect(describeDecision([change(0, { leader: -1, isr: [1] })], image)).toEqual([
      'Changed partition orders-0: no leader, ISR [1]',
    ])
    expect(describeDecision([metadataRecord('RemoveTopicRecord', 0, { topicId: ID })], image)).toEqual([
      `Removed topic orders with topic id ${ID}`,
    ])
    expect(describeDecision([metadataRecord('RemoveTopicRecord', 0, { topicId: OTHER })], image)).toEqual([
      `Removed topic ${OTHER} with topic id ${OTHER}`,
    ])
  })

  it('names settings and keeps their values to itself', () => {
    const lines = describeDecision(
      [setting('ssl.keystore.password', 'secret'), setting('log.retention.ms', null)],
      empty(),
    )
    expect(lines).toEqual(['Changed settings of broker default: ssl.keystore.password, log.retention.ms (taken away)'])
  })

  it('does not drown in partitions', () => {
    const lines = describeDecision(
      Array.from({ length: 120 }, (_, index) => change(index, { leader: 2 })),
      withTopic(),
    )
    expect(lines).toHaveLength(51)
    expect(lines.at(-1)).toBe('Changed 70 partitions more')
  })

  it('says nothing of what only keeps time', () => {
    const next = metadataRecord('ProducerIdsRecord', 0, { brokerId: 1, brokerEpoch: 1, nextProducerId: 1000 })
    expect(describeDecision([metadataRecord('NoOpRecord', 0, {}), next], empty())).toEqual([])
  })

  it('says how brokers stand', () => {
    const stand = (value: object) =>
      describeDecision(
        [metadataRecord('BrokerRegistrationChangeRecord', 2, { brokerId: 3, brokerEpoch: 9, ...value })],
        empty(),
      )
    expect(stand({ fenced: -1 })).toEqual(['Broker 3 is unfenced'])
    expect(stand({ fenced: 1, inControlledShutdown: 1 })).toEqual(['Broker 3 is fenced and in controlled shutdown'])
    expect(stand({ logDirs: [ID] })).toEqual([])
  })
})
