/**
 * A smoke test of a cluster: creates a topic of its own, writes, reads, commits and checks every answer, and removes what it
 * made, also when something failed. A step that fails ends the test; what it found is the result. Missing permissions are no
 * finding about the cluster: they throw, and name the permission.
 */
import { randomBytes } from 'node:crypto'
import { MqError } from '../base/errors.ts'
import { ClusterClient } from '../client/cluster-client.ts'
import { ConnectionError } from '../client/errors.ts'
import { fetchPartition, readRange } from '../client/fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { RecordProducer } from '../client/producer.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { encodeBatch, type KafkaRecord } from '../protocol/records/record.ts'
import { describeConfigs } from './configs.ts'
import { commitOffsets, committedOffsets } from './group-offsets.ts'
import { deleteGroups } from './groups.ts'
import { type ItemError, itemError, throwItem } from './items.ts'
import { checkPartition, type Latency, latencyOf, round, smokePartition, smokeRecord } from './smoke-records.ts'
import { createTopics, deleteTopics } from './topics.ts'

export interface SmokeOptions {
  readonly prefix: string
  /** Absent: one a broker, three at least. */
  readonly partitions: number | undefined
  /** Absent: one a broker, three at most. */
  readonly replicationFactor: number | undefined
  /** min.insync.replicas of the topic; absent: the cluster's. */
  readonly minIsr: number | undefined
  readonly messages: number
  readonly onStep?: (step: SmokeStep) => void
}

export type StepName = 'create' | 'produce' | 'consume' | 'offsets' | 'latency' | 'group' | 'config' | 'cleanup'

export interface SmokeStep {
  step: StepName
  ok: boolean
  durationMs: number
  /** What was done, in words. */
  detail: string | null
  error?: ItemError
}

export interface SmokeResult {
  ok: boolean
  clusterId: string | null
  brokers: number
  topic: string
  partitions: number
  replicationFactor: number
  messages: number
  durationMs: number
  steps: SmokeStep[]
  /** One record at a time, acks=all, from sending to the acknowledgement. */
  produceLatencyMs: Latency | null
  /** The same records, from sending until a waiting reader has them. */
  endToEndLatencyMs: Latency | null
}

const PROBES = 100
const LEADER_WAIT_MS = 10_000

/** What each step needs, as Kafka's ACLs name it. */
const PERMISSIONS: Readonly<Record<StepName, string>> = {
  create: 'CREATE on the topic (or on the cluster) and DESCRIBE on the topic',
  produce: 'WRITE on the topic',
  consume: 'READ on the topic',
  offsets: 'DESCRIBE on the topic',
  latency: 'WRITE and READ on the topic',
  group: 'READ on the group and on the topic',
  config: 'DESCRIBE_CONFIGS on the topic',
  cleanup: 'DELETE on the topic and on the group',
}

/** A check that does not hold. */
class Finding extends MqError {
  constructor(message: string) {
    super('MQ_SMOKE', message)
  }
}

export class SmokeTest {
  readonly topic: string
  readonly #client: ClusterClient
  readonly #options: SmokeOptions
  readonly #result: SmokeResult
  /** Whether the cluster may hold something of this test. */
  #left = false
  #cleaning: Promise<void> | undefined
  readonly #startMs = Date.now()

  constructor(client: ClusterClient, options: SmokeOptions) {
    this.#client = client
    this.#options = options
    this.topic = `${options.prefix}${randomBytes(6).toString('hex')}`
    this.#result = {
      ok: true,
      clusterId: null,
      brokers: 0,
      topic: this.topic,
      partitions: 0,
      replicationFactor: 0,
      messages: options.messages,
      durationMs: 0,
      steps: [],
      produceLatencyMs: null,
      endToEndLatencyMs: null,
    }
  }

  /** Whether topic or group may still be there. */
  get leavesSomething(): boolean {
    return this.#left
  }

  /** Runs all steps. Throws when the cluster cannot be reached or a permission is missing, after cleaning up. */
  async run(): Promise<SmokeResult> {
    const started = performance.now()
    const { brokers, clusterId } = await this.#client.metadata()
    const result = this.#result
    result.clusterId = clusterId
    result.brokers = brokers.length
    result.partitions = this.#options.partitions ?? Math.max(3, brokers.length)
    result.replicationFactor = this.#options.replicationFactor ?? Math.min(3, brokers.length)
    const steps: [StepName, () => Promise<string>][] = [
      ['create', () => this.#create()],
      ['produce', () => this.#produce()],
      ['consume', () => this.#consume()],
      ['offsets', () => this.#offsets()],
      ['latency', () => this.#latency()],
      ['group', () => this.#group()],
      ['config', () => this.#config()],
    ]
    try {
      for (const [name, work] of steps) if (!(await this.#step(name, work))) break
    } finally {
      if (this.#left) await this.#step('cleanup', () => this.#remove())
    }
    result.durationMs = round(performance.now() - started)
    return result
  }

  /** Removes what may be left; for a test that was stopped from outside. Rejects when that fails. */
  async cleanUp(): Promise<void> {
    if (this.#left) await this.#remove()
  }

  async #step(step: StepName, work: () => Promise<string>): Promise<boolean> {
    const started = performance.now()
    const row: SmokeStep = { step, ok: true, durationMs: 0, detail: null }
    try {
      row.detail = await work()
    } catch (error) {
      if (isNotAllowed(error)) throw notAllowed(step, error)
      if (error instanceof ConnectionError) throw error
      row.ok = false
      row.error = itemError(error)
      this.#result.ok = false
    }
    row.durationMs = round(performance.now() - started)
    this.#result.steps.push(row)
    this.#options.onStep?.(row)
    return row.ok
  }

  async #create(): Promise<string> {
    const { partitions, replicationFactor } = this.#result
    const { minIsr } = this.#options
    this.#left = true
    const configs = {
      'retention.ms': '3600000',
      ...(minIsr === undefined ? {} : { 'min.insync.replicas': String(minIsr) }),
    }
    const made = await createTopics(this.#client, [{ name: this.topic, partitions, replicationFactor, configs }])
    const error = made.topics[0]?.error
    if (error !== undefined) {
      this.#left = false
      throwItem(error)
    }
    await this.#untilLed()
    return `${partitions} partition${partitions === 1 ? '' : 's'}, ${replicationFactor} replica${replicationFactor === 1 ? '' : 's'} each`
  }

  /** Until every partition has a leader, and as many replicas in sync as were asked for. */
  async #untilLed(): Promise<void> {
    const until = performance.now() + LEADER_WAIT_MS
    for (;;) {
      const [topic] = (await this.#client.metadata([this.topic])).topics
      const led = topic?.partitions.filter(({ leaderId }) => leaderId >= 0) ?? []
      const synced = led.filter(({ isrNodes }) => isrNodes.length >= this.#result.replicationFactor)
      if (synced.length === this.#result.partitions) return
      if (performance.now() > until) {
        const what = led.length < this.#result.partitions ? 'have a leader' : 'have all replicas in sync'
        const count = led.length < this.#result.partitions ? led.length : synced.length
        throw new Finding(
          `${count} of ${this.#result.partitions} partitions ${what} ${LEADER_WAIT_MS / 1000}s after the topic was created`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async #produce(): Promise<string> {
    const options = { topic: this.topic, acks: -1, compression: 'none', rate: undefined } as const
    const producer = await RecordProducer.open(this.#client, options)
    for (let index = 0; index < this.#options.messages; index++) {
      const wait = producer.add(smokeRecord(index, this.#startMs), index + 1)
      if (wait !== undefined) await wait
    }
    await producer.flush()
    const { acknowledged, bytes } = producer.progress
    if (acknowledged !== this.#options.messages) throw new Finding(`${acknowledged} records were acknowledged`)
    return `${acknowledged} records, ${bytes} bytes, acks=all, idempotent`
  }

  async #consume(): Promise<string> {
    const { messages } = this.#options
    const { partitions } = this.#result
    let count = 0
    const faults: string[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const place = { topic: this.topic, partition }
      const end = (await this.#offset(partition, LATEST)).offset
      const records: KafkaRecord[] = []
      for await (const piece of readRange(this.#client, place, { from: 0, until: end }, { maxWaitMs: 500 })) {
        records.push(...piece)
      }
      count += records.length
      faults.push(...checkPartition(partition, records, { messages, partitions, startMs: this.#startMs }))
    }
    if (faults.length > 0) throw new Finding(faults.slice(0, 5).join('; '))
    return `${count} records: keys, values, headers, times, order and offsets as sent`
  }

  async #offset(partition: number, timestamp: number) {
    const place = { topic: this.topic, partition, timestamp }
    const answer = (await listOffsets(this.#client, [place])).get(`${this.topic}-${partition}`)
    if (answer?.error !== undefined) throw answer.error
    return answer ?? { offset: -1, timestamp: -1 }
  }

  /** The ends of each partition, and the record in its middle by its time. */
  async #offsets(): Promise<string> {
    const { partitions } = this.#result
    for (let partition = 0; partition < partitions; partition++) {
      const indexes = Array.from({ length: this.#options.messages }, (_, index) => index).filter(
        (index) => smokePartition(index, partitions) === partition,
      )
      const middle = indexes.length >> 1
      const wanted = [
        ['earliest', EARLIEST, 0],
        ['latest', LATEST, indexes.length],
        ...(indexes.length === 0 ? [] : [['by time', this.#startMs + indexes[middle]!, middle] as const]),
      ] as const
      for (const [what, timestamp, offset] of wanted) {
        const found = (await this.#offset(partition, timestamp)).offset
        if (found !== offset) throw new Finding(`partition ${partition}: the offset ${what} is ${found}, not ${offset}`)
      }
    }
    return 'earliest, latest and by time'
  }

  /** Records one at a time, with a reader waiting for each. */
  async #latency(): Promise<string> {
    const { partitions } = this.#result
    const ends = await Promise.all(
      Array.from({ length: partitions }, async (_, partition) => (await this.#offset(partition, LATEST)).offset),
    )
    // A broker answers one connection in order: the waiting fetch needs one of its own.
    const reader = await ClusterClient.connect(this.#client.options)
    const acknowledged: number[] = []
    const seen: number[] = []
    try {
      for (let probe = 0; probe < PROBES; probe++) {
        const place = { topic: this.topic, partition: probe % partitions }
        const offset = ends[place.partition]!++
        const started = performance.now()
        const read = fetchPartition(reader, place, offset, { maxWaitMs: 5000 }).then((answer) => {
          if (probe >= partitions) seen.push(performance.now() - started)
          return answer
        })
        read.catch(() => {})
        await this.#append(place, probe)
        // The first one of each partition opens connections.
        if (probe >= partitions) acknowledged.push(performance.now() - started)
        const { records } = await read
        if (records[0]?.offset !== offset)
          throw new Finding(`a record at offset ${offset} was acknowledged but not read`)
      }
    } finally {
      reader.close()
    }
    this.#result.produceLatencyMs = latencyOf(acknowledged)
    this.#result.endToEndLatencyMs = latencyOf(seen)
    return `${PROBES} records one at a time`
  }

  async #append(place: { topic: string; partition: number }, probe: number): Promise<void> {
    const record = { timestamp: Date.now(), key: null, value: Buffer.from(`probe ${probe}`) }
    const partitionData = [{ index: place.partition, records: encodeBatch({}, [record]) }]
    const body = { acks: -1, timeoutMs: 10_000, topicData: [{ name: place.topic, partitionData }] }
    const answer = await this.#client.request('Produce', body, { leader: place }, { maxVersion: 12 })
    const error = answer.responses[0]?.partitionResponses[0]?.errorCode ?? 0
    if (error !== 0) throw new ApiError(errorName(error))
  }

  /** Commits an offset for every partition as a group, and reads them back. */
  async #group(): Promise<string> {
    const offsets = Array.from({ length: this.#result.partitions }, (_, partition) => ({
      topic: this.topic,
      partition,
      offset: partition + 1,
      metadata: 'mq smoke',
    }))
    const outcomes = await commitOffsets(this.#client, this.topic, offsets)
    const refused = outcomes.find(({ error }) => error !== undefined)
    if (refused?.error !== undefined) throwItem(refused.error)
    const found = (await committedOffsets(this.#client, [this.topic])).get(this.topic)
    if (found === undefined || 'error' in found) throwItem(found?.error ?? { code: 'MQ_SMOKE', message: 'no answer' })
    for (const { partition, offset } of offsets) {
      const committed = found.find((one) => one.topic === this.topic && one.partition === partition)?.committed
      if (committed !== offset) {
        throw new Finding(`partition ${partition}: offset ${offset} was committed, ${committed ?? 'nothing'} read back`)
      }
    }
    return `${offsets.length} offsets committed and read back`
  }

  async #config(): Promise<string> {
    const { configs } = await describeConfigs(this.#client, { kind: 'topic', name: this.topic })
    const value = (key: string) => configs.find((entry) => entry.key === key)?.value
    if (value('retention.ms') !== '3600000')
      throw new Finding(`retention.ms reads ${value('retention.ms')}, not 3600000`)
    const { minIsr } = this.#options
    if (minIsr !== undefined && value('min.insync.replicas') !== String(minIsr)) {
      throw new Finding(`min.insync.replicas reads ${value('min.insync.replicas')}, not ${minIsr}`)
    }
    return `${configs.length} keys, min.insync.replicas=${value('min.insync.replicas')}`
  }

  /** Once, whoever asks. */
  async #remove(): Promise<string> {
    this.#cleaning ??= this.#removeAll().finally(() => {
      this.#cleaning = undefined
    })
    await this.#cleaning
    return 'topic and group removed'
  }

  async #removeAll(): Promise<void> {
    const [groups, topics] = await Promise.all([
      deleteGroups(this.#client, [this.topic]),
      deleteTopics(this.#client, [this.topic], { ifExists: true }),
    ])
    const faults = [topics.topics[0]?.error, groups.groups[0]?.error].filter(
      (error) => error !== undefined && error.code !== 'GROUP_ID_NOT_FOUND',
    )
    const [fault] = faults
    if (fault !== undefined) throwItem(fault)
    this.#left = false
  }
}

function isNotAllowed(error: unknown): error is MqError {
  return error instanceof MqError && error.code.endsWith('_AUTHORIZATION_FAILED')
}

function notAllowed(step: StepName, error: MqError): MqError {
  return new MqError(error.code, `${step}: not allowed: ${error.message}`, {
    hint: `The user needs ${PERMISSIONS[step]}; a prefixed ACL on the topic prefix (--prefix) will do.`,
    cause: error,
  })
}
