/** A snapshot over a state that has other things: what is gone goes, what stays is as the snapshot says. */
import { expect, it } from 'vitest'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/broker/metadata/records.ts'

const ID_A = 'AAAAAAAAAAAAAAAAAAAAeQ'
const ID_B = 'AAAAAAAAAAAAAAAAAAAAeg'
const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAew'

function topic(name: string, topicId: string, leaderEpoch: number): MetadataRecord[] {
  const replicas = [1]
  return [
    metadataRecord('TopicRecord', 0, { name, topicId }),
    metadataRecord('PartitionRecord', 1, {
      partitionId: 0,
      topicId,
      replicas,
      isr: replicas,
      leader: 1,
      leaderEpoch,
      directories: [DIRECTORY],
    }),
  ]
}
const config = (resourceType: number, resourceName: string, name: string, value: string) =>
  metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value })
const broker = (brokerId: number) =>
  metadataRecord('RegisterBrokerRecord', 3, { brokerId, brokerEpoch: brokerId, logDirs: [DIRECTORY] })
const feature = metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 })
const quota = (key: string, value: number) =>
  metadataRecord('ClientQuotaRecord', 0, { entity: [{ entityType: 'user', entityName: 'u' }], key, value })

it('leaves just what a fresh image has', () => {
  const stale = new MetadataImage()
  const before = [feature, broker(1), broker(2), ...topic('a', ID_A, 1), ...topic('gone', ID_B, 1)]
  stale.apply([...before, config(2, 'a', 'retention.ms', '1'), config(2, 'gone', 'retention.ms', '2')], 9, 1)
  stale.apply([config(4, '1', 'log.cleaner.threads', '2'), quota('request_percentage', 5)], 10, 1)
  stale.apply([metadataRecord('BeginTransactionRecord', 0, { name: 'unfinished' })], 11, 1)

  const snapshot = [feature, broker(1), ...topic('a', ID_A, 4), config(2, 'a', 'segment.ms', '3')]
  snapshot.push(quota('producer_byte_rate', 7))
  const fresh = new MetadataImage()
  fresh.load(snapshot, 50, 3)
  const deltas: string[][] = []
  stale.subscribe(({ deletedTopics, createdTopics, partitions }) =>
    deltas.push([
      ...deletedTopics.map(({ name }) => `-${name}`),
      ...createdTopics.map(({ name }) => `+${name}`),
      ...partitions.map((each) => `${each.topic.name}-${each.partition} from ${each.before?.leaderEpoch}`),
    ]),
  )
  stale.load(snapshot, 50, 3)
  expect([...stale.snapshot()]).toEqual([...fresh.snapshot()])
  expect([stale.offset, stale.epoch, stale.inTransaction]).toEqual([50, 3, false])
  expect(deltas).toEqual([['-gone', 'a-0 from 1']])
})

it('takes a topic that was made anew under its name for another', () => {
  const image = new MetadataImage()
  image.apply([feature, broker(1), ...topic('a', ID_A, 1)], 5, 1)
  image.load([feature, broker(1), ...topic('a', ID_B, 0)], 20, 2)
  expect(image.topics.get('a')!.id).toBe(ID_B)
  expect(image.topics.byId(ID_A)).toBeUndefined()
})
