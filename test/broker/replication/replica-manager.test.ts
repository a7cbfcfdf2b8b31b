/** The replica manager follows the image: logs come and go with partitions, leadership is announced, configs arrive. */
import { describe, expect, it } from 'vitest'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { batch, TOPIC, TOPIC_ID, World } from '../handlers/world.ts'

function watched() {
  const world = new World()
  const events: string[] = []
  world.replicas.onLeadership((partition, change) =>
    events.push(`${change} ${partition.topic}-${partition.index} ${partition.leaderEpoch}`),
  )
  world.replicas.onHighWatermark((topic, partition, offset) => events.push(`${topic}-${partition} at ${offset}`))
  return { world, events }
}

const append = (world: World, records: Buffer) =>
  world.replicas.append({ topic: TOPIC, partition: 0, records, acks: -1, origin: 'client' })

const made = (world: World) => [...world.replicas.partitions()].length

describe('ReplicaManager', () => {
  it('creates the log of a new partition and announces leadership', () => {
    const { world, events } = watched()
    world.createTopic({ partitions: 2 })
    expect(events).toEqual([`elected ${TOPIC}-0 0`, `elected ${TOPIC}-1 0`])
    expect(world.logs.get(TOPIC, 1)?.topicId).toBe(TOPIC_ID)
  })

  it('tells how far records are committed', () => {
    const { world, events } = watched()
    world.createTopic()
    events.length = 0
    append(world, batch(['a', 'b']))
    expect(events).toEqual([`${TOPIC}-0 at 2`])
  })

  it('tells it also when the in-sync set shrinks to those who have them', () => {
    const { world, events } = watched()
    world.createTopic({ partition: { replicas: [1, 2], isr: [1, 2] } })
    world.replicas.append({ topic: TOPIC, partition: 0, records: batch(['a', 'b']), acks: 1, origin: 'client' })
    events.length = 0
    world.apply(metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: TOPIC_ID, isr: [1] }))
    expect(world.logs.get(TOPIC, 0)?.highWatermark).toBe(2)
    expect(events).toEqual([`${TOPIC}-0 at 2`])
  })

  it('takes the log of a deleted topic away and ends leadership', () => {
    const { world, events } = watched()
    world.createTopic()
    events.length = 0
    world.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    expect(events).toEqual([`resigned ${TOPIC}-0 0`])
    expect(world.logs.get(TOPIC, 0)).toBeUndefined()
    expect(() => append(world, batch(['a']))).toThrow(expect.objectContaining({ error: 'UNKNOWN_TOPIC_OR_PARTITION' }))
  })

  it('starts anew when a topic is deleted and made again in one batch', () => {
    const { world } = watched()
    world.createTopic()
    append(world, batch(['a']))
    const again = 'AAAAAAAAAAAAAAAAAAAAdQ'
    const partition = {
      partitionId: 0,
      topicId: again,
      replicas: [1],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
    }
    world.apply(
      metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }),
      metadataRecord('TopicRecord', 0, { name: TOPIC, topicId: again }),
      metadataRecord('PartitionRecord', 0, partition),
    )
    expect(append(world, batch(['b'])).firstOffset).toBe(0)
    expect(world.replicas.partition(TOPIC, 0).topicId).toBe(again)
  })

  it('tells apart what does not exist and what others hold', () => {
    const { world } = watched()
    world.createTopic({ partition: { replicas: [2], isr: [2], leader: 2 } })
    expect(() => world.replicas.partition(TOPIC, 0)).toThrow(
      expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }),
    )
    expect(() => world.replicas.partition(TOPIC, 1)).toThrow(
      expect.objectContaining({ error: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    )
    expect(world.logs.get(TOPIC, 0)).toBeUndefined()
  })

  it('announces a new epoch of the same leader, and the loss of leadership', () => {
    const { world, events } = watched()
    world.createTopic({ partition: { replicas: [1, 2], isr: [1, 2] } })
    events.length = 0
    const change = (leader: number) =>
      metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: TOPIC_ID, leader })
    world.apply(change(1))
    world.apply(change(2))
    expect(events).toEqual([`elected ${TOPIC}-0 1`, `resigned ${TOPIC}-0 2`])
  })

  it('hands changed settings to the logs: of the topic, and of the cluster where the topic has none', () => {
    const { world } = watched()
    world.createTopic({ config: { 'retention.ms': '1000' } })
    const setting = (resourceType: number, resourceName: string, name: string, value: string | null) =>
      world.apply(metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value }))
    const retention = () => world.logs.get(TOPIC, 0)!.config.get('retention.ms')
    setting(4, '', 'log.retention.ms', '5000')
    expect(retention()).toBe(1000)
    setting(2, TOPIC, 'retention.ms', null)
    expect(retention()).toBe(5000)
    setting(4, '1', 'log.retention.ms', '7000')
    expect(retention()).toBe(7000)
  })

  describe('of very many new partitions', () => {
    const MANY = 700

    it('makes some at once and the others in slices, so that the event loop serves in between', () => {
      const { world } = watched()
      world.createTopic({ partitions: MANY })
      const counts = [made(world)]
      // Somebody else's work, deferred again and again, gets its turn between any two slices.
      const look = (): void => {
        counts.push(made(world))
        if (made(world) < MANY) world.clock.defer(look)
      }
      world.clock.defer(look)
      world.clock.runDeferred()
      expect(made(world)).toBe(MANY)
      const steps = counts.slice(1).map((count, index) => count - counts[index]!)
      expect(Math.max(counts[0]!, ...steps)).toBeLessThanOrEqual(256)
    })

    it('refuses those that are not made yet with an error that clients try again', () => {
      const { world } = watched()
      world.createTopic({ partitions: MANY })
      const last = () => world.replicas.partition(TOPIC, MANY - 1)
      expect(last).toThrow(expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }))
      world.clock.runDeferred()
      expect(last().isLeader).toBe(true)
    })

    it('makes them as they have become meanwhile, or not at all', () => {
      const { world, events } = watched()
      world.createTopic({ partitions: MANY })
      events.length = 0
      const change = { partitionId: MANY - 1, topicId: TOPIC_ID, leader: 1 }
      world.apply(metadataRecord('PartitionChangeRecord', 0, change))
      expect(events).toEqual([])
      world.clock.runDeferred()
      expect(events.at(-1)).toBe(`elected ${TOPIC}-${MANY - 1} 1`)
      world.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
      world.createTopic({ partitions: MANY })
      world.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
      world.clock.runDeferred()
      expect([...world.logs.logs()]).toEqual([])
    })

    it('makes no more once it is closed', () => {
      const { world } = watched()
      world.createTopic({ partitions: MANY })
      const before = made(world)
      world.replicas.close()
      world.clock.runDeferred()
      expect(made(world)).toBe(before)
    })
  })

  it('answers KAFKA_STORAGE_ERROR for what lies in a failed directory', () => {
    const { world } = watched()
    world.createTopic()
    world.replicas.directoryFailed(() => true)
    expect(() => append(world, batch(['a']))).toThrow(expect.objectContaining({ error: 'KAFKA_STORAGE_ERROR' }))
  })

  it('takes an in-sync set that the controller changed while the log directory failed', () => {
    const { world, events } = watched()
    world.createTopic({ partition: { replicas: [1, 2], isr: [1, 2] } })
    const partition = world.replicas.partition(TOPIC, 0)
    world.replicas.directoryFailed(() => true)
    events.length = 0
    world.replicas.inSyncChanged(partition)
    expect(events).toEqual([])
  })
})
