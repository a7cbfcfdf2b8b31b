/**
 * Some of everything that a log directory can hold, put there over the wire: records of every codec, idempotent producers,
 * tombstones, headers, times, compacted topics after real cleanings, groups, settings of topics and brokers, quotas, SCRAM.
 */
import { pbkdf2Sync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type BatchOptions, encodeBatch, type RecordInput } from '../../../src/protocol/records/record.ts'
import { commitOf, stable } from '../support/group-steps.ts'
import type { Engine } from '../support/node.ts'
import { type Side, topicReady } from '../support/parity.ts'
import { eventually } from '../support/process.ts'

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
/** Not long ago, so that nothing expires; the same for all engines of a run. */
export const START_MS = Date.now() - 3_600_000
export const SCRAM_USER = 'alice'
export const SCRAM_PASSWORD = 'alice-secret'

const TOPIC = 2
const BROKER = 4
const CLIENT_METRICS = 16

export interface Produced {
  readonly errorCode: number
  readonly baseOffset: number
  readonly recordErrors: readonly { batchIndex: number; batchIndexErrorMessage: string | null }[]
  readonly errorMessage: string | null
}

/** Appends one batch with acks=all; any error is an answer. */
export async function produce(side: Side, topic: string, index: number, records: Buffer): Promise<Produced> {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }]
  const { responses } = await side.ask('Produce', 9, { acks: -1, timeoutMs: 10_000, topicData })
  return responses[0]!.partitionResponses[0]!
}

async function append(side: Side, topic: string, index: number, options: BatchOptions, records: RecordInput[]) {
  const { errorCode, baseOffset } = await produce(side, topic, index, encodeBatch(options, records))
  expect([topic, index, errorCode]).toEqual([topic, index, 0])
  return baseOffset
}

export async function makeTopic(side: Side, name: string, numPartitions: number, configs: Record<string, string>) {
  const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  const topics = [{ name, numPartitions, replicationFactor: 1, configs: entries }]
  const answer = await side.ask('CreateTopics', 7, { topics, timeoutMs: 10_000 })
  expect(answer.topics.map(({ errorMessage }) => errorMessage)).toEqual([null])
  await topicReady(side, name)
}

export async function setConfigs(
  side: Side,
  resourceType: number,
  resourceName: string,
  texts: Record<string, string>,
) {
  const configs = Object.entries(texts).map(([name, value]) => ({ name, configOperation: 0, value }))
  const resources = [{ resourceType, resourceName, configs }]
  const { responses } = await side.ask('IncrementalAlterConfigs', 1, { resources })
  expect(responses.map(({ errorMessage }) => errorMessage ?? null)).toEqual([null])
}

/**
 * Sets them and waits until the log of the topic has them. Apache Kafka's broker shows a change before its logs take it up, one change
 * after the other: when a second one shows, the first is in force.
 */
export async function setTopic(side: Side, name: string, texts: Record<string, string>): Promise<void> {
  await setConfigs(side, TOPIC, name, texts)
  const key = 'file.delete.delay.ms'
  const resources = [{ resourceType: TOPIC, resourceName: name, configurationKeys: [key] }]
  const shown = async () => (await side.ask('DescribeConfigs', 4, { resources })).results[0]?.configs[0]?.value
  const next = String(Number(await shown()) + 1)
  await setConfigs(side, TOPIC, name, { [key]: next })
  await eventually(`${key} of ${name} is ${next}`, async () => (await shown()) === next)
}
export const setBroker = (side: Side, name: string, texts: Record<string, string>): Promise<void> =>
  setConfigs(side, BROKER, name, texts)

/** Records of all kinds: with and without key, value, headers; times that go back and forth. */
function mixed(from: number, count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => ({
    timestamp: START_MS + from + (i % 3) * 7 - (i % 5) * 3,
    key: i % 4 === 0 ? null : Buffer.from(`key ${from + i}`),
    value: i % 5 === 1 ? null : i % 5 === 2 ? Buffer.alloc(0) : Buffer.from(`value ${from + i}`.repeat(20)),
    headers:
      i % 3 === 0
        ? [
            { key: 'trace', value: Buffer.from([0, 255, i]) },
            { key: 'trace', value: null },
          ]
        : [],
  }))
}

/** Keyed records of about 2 KB that do not compress, every eleventh a tombstone. */
export function keyed(from: number, count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) => {
    const number = from + i
    const noise = Buffer.alloc(2_000)
    for (let at = 0, seed = number + 1; at < noise.length; at++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      noise[at] = seed >>> 16
    }
    return {
      timestamp: START_MS + number,
      key: Buffer.from(`key-${(number * 7) % 150}${number % 8 === 3 ? ' with more than fifteen bytes' : ''}`),
      value: number % 11 === 0 ? null : Buffer.concat([Buffer.from(`${number} `), noise]),
      headers: number % 6 === 0 ? [{ key: 'n', value: Buffer.from(String(number)) }] : [],
    }
  })
}

/** `count` batches of eight keyed records each, of all codecs in turn, from one idempotent producer. */
export async function fillCompacted(side: Side, topic: string, first: number, count: number, producerId: number) {
  for (let batch = first; batch < first + count; batch++) {
    const options = { compression: CODECS[batch % 5]!, producerId, producerEpoch: 0, baseSequence: batch * 8 }
    await append(side, topic, 0, options, keyed(batch * 8, 8))
  }
}

/** Where the cleaner is in partition 0, and where it can get to: the start of the active segment. */
export function cleaningOf(engine: Engine, topic: string): { cleaned: number; active: number } {
  const lines = readFileSync(join(engine.dataDir, 'cleaner-offset-checkpoint'), 'utf8').split('\n')
  const line = lines.find((each) => each.startsWith(`${topic} 0 `))
  const logs = readdirSync(join(engine.dataDir, `${topic}-0`)).filter((name) => name.endsWith('.log'))
  return { cleaned: Number(line?.split(' ')[2] ?? -1), active: Number(logs.sort().at(-1)!.slice(0, 20)) }
}

/** Waits until everything below the active segment is clean; returns how far that is. */
export const cleaned = (engine: Engine, topic: string): Promise<number> =>
  eventually(`a finished cleaning of ${topic}`, async () => {
    const { cleaned: to, active } = cleaningOf(engine, topic)
    return active > 0 && to === active ? to : undefined
  })

/** An idempotent producer whose last batch is known: what it sends again must be recognised. */
export class Idempotent {
  readonly #topic: string
  readonly #producerId: number
  #sequence = 0
  #last: Buffer = Buffer.alloc(0)
  #lastOffset = -1

  constructor(topic: string, producerId: number) {
    this.#topic = topic
    this.#producerId = producerId
  }

  static async begin(side: Side, topic: string): Promise<Idempotent> {
    const answer = await eventually('a producer id', async () => {
      const given = await side.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
      return given.errorCode === 0 ? given : undefined
    })
    return new Idempotent(topic, answer.producerId)
  }

  async send(side: Side, count: number): Promise<void> {
    const options = {
      compression: CODECS[this.#sequence % 5]!,
      producerId: this.#producerId,
      producerEpoch: 0,
      baseSequence: this.#sequence,
    }
    this.#last = encodeBatch(options, mixed(this.#sequence * 100, count))
    this.#lastOffset = await append(side, this.#topic, 0, options, mixed(this.#sequence * 100, count))
    this.#sequence += count
  }

  /** Sends the last batch again, and one that is out of order. */
  async check(side: Side): Promise<void> {
    const again = await produce(side, this.#topic, 0, Buffer.from(this.#last))
    expect([again.errorCode, again.baseOffset]).toEqual([0, this.#lastOffset])
    const options = { producerId: this.#producerId, producerEpoch: 0, baseSequence: this.#sequence + 5 }
    const { errorCode } = await produce(side, this.#topic, 0, encodeBatch(options, mixed(0, 2)))
    expect(errorCode).toBe(45)
  }
}

/** Puts all of it into a node and waits until its compacted topics are clean. */
export async function fillDirectory(engine: Engine, side: Side): Promise<Idempotent> {
  const small = { 'segment.bytes': '1048576', 'min.cleanable.dirty.ratio': '0.01' }
  await makeTopic(side, 'news', 2, { 'max.message.bytes': '2000000', 'index.interval.bytes': '500' })
  await makeTopic(side, 'stamped', 1, { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'zstd' })
  await makeTopic(side, 'compacted', 1, { 'cleanup.policy': 'compact', 'delete.retention.ms': '100', ...small })
  await makeTopic(side, 'both', 1, { 'cleanup.policy': 'compact,delete', 'retention.ms': '90000000', ...small })
  const producer = await Idempotent.begin(side, 'news')
  for (const [index, compression] of CODECS.entries()) {
    await append(side, 'news', 1, { compression }, mixed(index * 1000, 40))
    await append(side, 'stamped', 0, { compression }, mixed(index * 1000, 10))
    await producer.send(side, 3)
  }
  await fillCompacted(side, 'compacted', 0, 110, 7001)
  await fillCompacted(side, 'both', 0, 80, 7002)
  await cleaned(engine, 'compacted')
  await cleaned(engine, 'both')
  const partitions = [{ partitionIndex: 0, offset: 100 }]
  await side.ask('DeleteRecords', 2, { topics: [{ name: 'both', partitions }], timeoutMs: 10_000 })
  await fillGroups(side)
  await fillSettings(side)
  return producer
}

async function fillGroups(side: Side): Promise<void> {
  // Whoever asks for a coordinator has the offsets topic made.
  await eventually('the coordinators', async () => {
    const keys = ['keeper', 'reader']
    const { coordinators } = await side.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: keys })
    return coordinators.every(({ errorCode }) => errorCode === 0)
  })
  const joined = await stable(side, 'keeper', { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 600_000 })
  expect(joined.errorCode).toBe(0)
  const topics = [0, 1].map((partitionIndex) => ({
    partitionIndex,
    committedOffset: 5 + partitionIndex,
    committedLeaderEpoch: 0,
    committedMetadata: `note ${partitionIndex}`,
  }))
  await side.askGroup('OffsetCommit', 8, commitOf('reader', { topics: [{ name: 'news', partitions: topics }] }))
}

/** Settings of brokers and client metrics, quotas, a SCRAM credential. */
export async function fillSettings(side: Side): Promise<void> {
  await setBroker(side, '', { 'log.cleaner.io.buffer.size': '262144', 'message.max.bytes': '1500000' })
  await setBroker(side, '1', { 'num.io.threads': '9' })
  await setConfigs(side, CLIENT_METRICS, 'sub', { 'interval.ms': '5000' })
  const quota = (entity: Record<string, string | null>, key: string, value: number) => ({
    entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
    ops: [{ key, value, remove: false }],
  })
  const quotas = await side.ask('AlterClientQuotas', 1, {
    entries: [
      quota({ user: 'u', 'client-id': 'c' }, 'producer_byte_rate', 1_000_000_000),
      quota({ user: null }, 'consumer_byte_rate', 2_000_000_000),
      quota({ ip: '10.1.2.3' }, 'connection_creation_rate', 1000),
    ],
    validateOnly: false,
  })
  expect(quotas.entries.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
  const salt = Buffer.from('some salt')
  const saltedPassword = pbkdf2Sync(SCRAM_PASSWORD, salt, 4096, 32, 'sha256')
  const upsertions = [{ name: SCRAM_USER, mechanism: 1, iterations: 4096, salt, saltedPassword }]
  const { results } = await side.ask('AlterUserScramCredentials', 0, { deletions: [], upsertions })
  expect(results.map(({ errorCode }) => errorCode)).toEqual([0])
}
