/** The loads that kafkajs carries: producers, groups whose members come and go, compaction, offset resets, topics that change. */
import { createRequire } from 'node:module'
import type { Admin, Consumer, Kafka, Producer } from 'kafkajs'
import type { Ledger } from './ledger.ts'
import type { World } from './world.ts'

// A CommonJS package: its names are not seen by an ES module's import when nothing bundles it.
const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof import('kafkajs')

/** A kafkajs whose own complaints go into the book of errors. */
export function kafkaOf(world: World, name: string): Kafka {
  return new kafkajs.Kafka({
    clientId: `soak-${name}`,
    brokers: [world.bootstrap],
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: () => (entry) => {
      const { message, error } = entry.log as { message: string; error?: string }
      // A group that rebalances says so to its members; each of them logs that as an error and rejoins.
      if (/rebalanc/i.test(`${message} ${error ?? ''}`)) world.did('rebalances noticed')
      else world.error(`kafkajs ${entry.namespace}`, `${message} ${error ?? ''}`)
    },
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 3_000 },
  })
}

/** Produces about `perSecond` records a second in batches, until the run is over. */
export async function produceLoad(
  world: World,
  ledger: Ledger,
  options: { perSecond: number; bytes: number; idempotent: boolean },
): Promise<void> {
  const producer = kafkaOf(world, ledger.producer).producer({
    idempotent: options.idempotent,
    allowAutoTopicCreation: false,
  })
  await connected(world, producer)
  const filler = 'x'.repeat(options.bytes)
  while (!world.stopping) {
    const count = 1 + world.prng.int(Math.max(1, Math.round(options.perSecond / 5)))
    const numbers = Array.from({ length: count }, () => ledger.next())
    const messages = numbers.map((number) => ({ value: `${ledger.producer}:${number}:${filler}` }))
    const sent = await world.attempt('kafkajs produce', () =>
      producer.send({ topic: ledger.topic, acks: -1, messages }),
    )
    if (sent !== undefined) {
      ledger.acknowledge(numbers)
      world.did('records produced by kafkajs', count)
    }
    await world.pause((count / options.perSecond) * 1000)
  }
  await world.attempt('kafkajs disconnect', () => producer.disconnect())
}

async function connected(world: World, client: Producer | Consumer | Admin): Promise<void> {
  while (!world.stopping) {
    const began = world.isDisturbed
    try {
      await client.connect()
      return
    } catch (error) {
      world.error('kafkajs connect', error, began)
      await world.pause(500)
    }
  }
}

/** A member of `groupId` that stays for `stayMs` (until the end when undefined), leaves, and comes again. */
export async function consumeLoad(
  world: World,
  options: { groupId: string; topics: string[]; stayMs: (() => number) | undefined },
): Promise<void> {
  while (!world.stopping) {
    const consumer = kafkaOf(world, options.groupId).consumer({
      groupId: options.groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
    })
    const began = world.isDisturbed
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: options.topics, fromBeginning: true })
      await consumer.run({
        eachBatch: async ({ batch }) => world.did('records consumed by kafkajs', batch.messages.length),
      })
      if (options.stayMs === undefined) while (!world.stopping) await world.pause(60_000)
      else await world.pause(options.stayMs())
    } catch (error) {
      world.error('kafkajs consume', error, began)
    }
    await world.attempt('kafkajs leave', () => consumer.disconnect())
    world.did('group members that left')
    if (options.stayMs !== undefined) await world.pause(1_000)
  }
}

/** What the compacted topic must hold in the end. */
export interface CompactedState {
  /** By key: the number of the last acknowledged write, and whether it was a deletion. */
  readonly acknowledged: Map<string, { number: number; deleted: boolean }>
}

/** Writes the same hundred keys again and again, and deletes some of them now and then. */
export async function compactionLoad(world: World, topic: string, state: CompactedState): Promise<void> {
  const producer = kafkaOf(world, 'compaction').producer({ allowAutoTopicCreation: false })
  await connected(world, producer)
  let number = 0
  while (!world.stopping) {
    const messages = Array.from({ length: 20 }, () => {
      const deleted = world.prng.chance(0.1)
      const key = `key-${world.prng.int(100)}`
      return { key, value: deleted ? null : `${number}:${'y'.repeat(400)}`, headers: { number: String(number++) } }
    })
    const sent = await world.attempt('kafkajs produce', () => producer.send({ topic, acks: -1, messages }))
    for (const { key, value, headers } of messages) {
      // What was not acknowledged may be there or not: the key is not looked at until it is written again.
      if (sent === undefined) state.acknowledged.delete(key)
      else state.acknowledged.set(key, { number: Number(headers.number), deleted: value === null })
    }
    if (sent !== undefined) world.did('records produced to the compacted topic', messages.length)
    await world.pause(100)
  }
  await world.attempt('kafkajs disconnect', () => producer.disconnect())
}

/** Makes topics, changes them, fills them a little, and deletes them; resets the offsets of a group meanwhile. */
export async function adminLoad(world: World, resetTopic: string, findings: string[]): Promise<void> {
  for (let round = 0; !world.stopping; round++) {
    // New clients each time: kafkajs asks for the metadata of a topic for ever once it has sent to it, deleted or not.
    const kafka = kafkaOf(world, 'admin')
    const admin = kafka.admin()
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await connected(world, admin)
    await connected(world, producer)
    await world.attempt('kafkajs admin', () => topicRound(world, admin, producer, `soak-churn-${round}`))
    await world.attempt('kafkajs admin', () => resetRound(world, admin, resetTopic, round, findings))
    await world.attempt('kafkajs disconnect', () => admin.disconnect())
    await world.attempt('kafkajs disconnect', () => producer.disconnect())
    await world.pause(2_000)
  }
}

async function topicRound(world: World, admin: Admin, producer: Producer, topic: string): Promise<void> {
  const { prng } = world
  const partitions = 1 + prng.int(4)
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  })
  const messages = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: `v${index}` }))
  await producer.send({ topic, messages })
  const policy = prng.pick(['delete', 'compact', 'compact,delete'])
  const configEntries = [
    { name: 'retention.ms', value: String(60_000 + prng.int(1_000_000)) },
    { name: 'cleanup.policy', value: policy },
  ]
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [resource] })
  await admin.createPartitions({ topicPartitions: [{ topic, count: partitions + 1 }] })
  // Records of a topic that is only compacted are not to be deleted: both brokers refuse it.
  if (policy !== 'compact') await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
  await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.deleteTopics({ topics: [topic] })
  world.did('topics made, changed and deleted')
}

async function resetRound(world: World, admin: Admin, topic: string, round: number, findings: string[]): Promise<void> {
  const groupId = `soak-reset-${round}`
  const offset = String(world.prng.int(100))
  const began = world.isDisturbed
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset }] })
  const [back] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const now = back?.partitions.find(({ partition }) => partition === 0)?.offset
  // kafkajs says nothing when the commit itself fails, as it may while the node is away
  const wasAway = began || world.isDisturbed
  if (now !== offset && !wasAway) findings.push(`group ${groupId}: set to offset ${offset} and read back as ${now}`)
  if (world.prng.chance(0.9)) await admin.deleteGroups([groupId])
  await admin.listGroups()
  world.did('offset resets')
}
