/** The canonical hash of an image: equal for equal facts, different for any difference. */
import { describe, expect, it } from 'vitest'
import { imageHash } from '../../../src/broker/metadata/image-hash.ts'
import { MetadataImage } from '../../../src/broker/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/broker/metadata/records.ts'
import { uuid } from '../controller/harness.ts'

const level = metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 })
const config = (resourceName: string, value: string) =>
  metadataRecord('ConfigRecord', 0, { resourceType: 2, resourceName, name: 'retention.ms', value })
const topic = (name: string, id: number): MetadataRecord[] => [
  metadataRecord('TopicRecord', 0, { name, topicId: uuid(id) }),
  metadataRecord('PartitionRecord', 2, {
    partitionId: 0,
    topicId: uuid(id),
    replicas: [1, 2],
    isr: [1, 2],
    leader: 1,
    leaderRecoveryState: 0,
    directories: [uuid(7), uuid(8)],
  }),
]

function hashOf(...records: MetadataRecord[]): string {
  const image = new MetadataImage()
  for (const record of records) image.replay(record)
  return imageHash(image)
}

describe('the hash of an image', () => {
  it('is the same for another order of what does not depend on each other', () => {
    const [a, b] = [topic('a', 1), topic('b', 2)]
    const one = hashOf(level, ...a, ...b, config('a', '1'), config('b', '2'))
    expect(hashOf(level, ...b, ...a, config('b', '2'), config('a', '1'))).toBe(one)
    expect(hashOf(level, config('a', '9'), ...b, ...a, config('b', '2'), config('a', '1'))).toBe(one)
    expect(one).toMatch(/^[0-9a-f]{16}$/)
  })

  it('is the same through a snapshot that takes the place of another state', () => {
    const source = new MetadataImage()
    for (const record of [level, ...topic('a', 1), ...topic('b', 2)]) source.replay(record)
    const follower = new MetadataImage()
    for (const record of [level, ...topic('gone', 3), ...topic('b', 2)]) follower.replay(record)
    follower.load([...source.snapshot()], 10, 1)
    expect(imageHash(follower)).toBe(imageHash(source))
  })

  it('differs with any fact', () => {
    const change = (over: object) =>
      metadataRecord('PartitionChangeRecord', 2, { partitionId: 0, topicId: uuid(1), ...over })
    const base = [level, ...topic('a', 1)]
    const hashes = [
      hashOf(...base),
      hashOf(...base, config('a', '1')),
      hashOf(...base, config('a', '2')),
      hashOf(...base, change({ isr: [1] })),
      hashOf(...base, change({ isr: [2], leader: 2 })),
      hashOf(...base, metadataRecord('BeginTransactionRecord', 0, {})),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
