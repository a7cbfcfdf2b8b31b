/**
 * A smoke test of a cluster: creates a topic of its own, writes, reads, commits and checks every answer, and removes what it
 * made, also when something failed. A step that fails ends the test; what it found is the result. Missing permissions are no
 * finding about the cluster: they throw, and name the permission.
 */
import { randomBytes } from 'node:crypto'
import { ClusterClient } from '../client/cluster-client.ts'
import { ConnectionError } from '../client/errors.ts'
import { fetchPartition, readRange } from '../client/fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { RecordProducer } from '../client/producer.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { encodeBatch } from '../protocol/records/record.ts'
import { describeConfigs } from './configs.ts'
import { commitOffsets, committedOffsets } from './group-offsets.ts'
import { deleteGroups } from './groups.ts'
import { itemError, throwItem } from './items.ts'
import {
  firstOfTime,
  latencyOf,
  PartitionCheck,
  round,
  type SentRecords,
  smokeCount,
  smokeRecord,
  smokeTime,
} from './smoke-records.ts'
import {
  Finding,
  isNotAllowed,
  notAllowed,
  type SmokeOptions,
  type SmokeResult,
  type SmokeStep,
  type StepName,
} from './smoke-result.ts'
import { createTopics, deleteTopics } from './topics.ts'

const PROBES = 100
const LEADER_WAIT_MS = 10_000
/** How long a step that was stopped may take to notice. */
const STOP_WAIT_MS = 3000

export class SmokeTest {
  readonly topic: string
  readonly #client: ClusterClient
  readonly #options: SmokeOptions
  readonly #result: SmokeResult
  /** Whether the cluster may hold something of this test. */
  #left = false
  #cleaning: Promise<void> | undefined
  #running: Promise<unknown> = Promise.resolve()
  #isStopped = false
  #producer: RecordProducer | undefined
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
  run(): Promise<SmokeResult> {
    const running = this.#run()
    // Only waited for here: who called `run` is told of the failure.
    this.#running = running.catch(() => {})
    return running
  }

  async #run(): Promise<SmokeResult> {
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

  /**
   * Stops the test and removes what may be left. The step under way is waited for, so that nothing is made behind the back of
   * the removal. Rejects when that fails.
   */
  async cleanUp(): Promise<void> {
    this.#isStopped = true
    this.#producer?.stop(new Finding('the test was stopped'))
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, STOP_WAIT_MS)
    })
    await Promise.race([this.#running, limit])
    clearTimeout(timer)
    if (this.#left) await this.#remove()
  }

  #goOn(): void {
    if (this.#isStopped) throw new Finding('the test was stopped')
  }

  get #sent(): SentRecords {
    return { messages: this.#options.messages, partitions: this.#result.partitions, startMs: this.#startMs }
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
    // Whatever the cluster's defaults say of the topics, this one keeps records, and their times, as they were sent.
    const configs = {
      'retention.ms': '3600000',
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'CreateTime',
      ...(minIsr === undefined ? {} : { 'min.insync.replicas': String(minIsr) }),
    }
    const made = await createTopics(this.#client, [{ name: this.topic, partitions, replicationFactor, configs }])
    const error = made.topics[0]?.error
    if (error !== undefined) {
      // A broker that gave up waiting may have made it all the same.
      this.#left = error.code === 'REQUEST_TIMED_OUT'
      throwItem(error)
    }
    await this.#untilLed()
    return `${partitions} partition${partitions === 1 ? '' : 's'}, ${replicationFactor} replica${replicationFactor === 1 ? '' : 's'} each`
  }

  /** Until every partition has a leader, and as many replicas in sync as were asked for. */
  async #untilLed(): Promise<void> {
    const until = performance.now() + LEADER_WAIT_MS
    for (;;) {
      this.#goOn()
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
    this.#producer = producer
    this.#goOn()
    for (let index = 0; index < this.#options.messages; index++) {
      const wait = producer.add(smokeRecord(index, this.#sent), index + 1)
      if (wait !== undefined) await wait
      // The clock and signals get their turn.
      else if (index % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
    }
    await producer.flush()
    const { acknowledged, bytes } = producer.progress
    if (acknowledged !== this.#options.messages) throw new Finding(`${acknowledged} records were acknowledged`)
    return `${acknowledged} records, ${bytes} bytes, acks=all, idempotent`
  }

  async #consume(): Promise<string> {
    let count = 0
    const faults: string[] = []
    for (let partition = 0; partition < this.#result.partitions; partition++) {
      const place = { topic: this.topic, partition }
      const end = (await this.#offset(partition, LATEST)).offset
      const check = new PartitionCheck(partition, this.#sent)
      for await (const piece of readRange(this.#client, place, { from: 0, until: end }, { maxWaitMs: 500 })) {
        check.take(piece)
        this.#goOn()
      }
      count += check.count
      faults.push(...check.faults())
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
      this.#goOn()
      const count = smokeCount(partition, this.#sent)
      const middle = count >> 1
      const time = smokeTime(middle * partitions + partition, this.#sent)
      const wanted = [
        ['earliest', EARLIEST, 0],
        ['latest', LATEST, count],
        ...(count === 0 ? [] : [['by time', time, firstOfTime(partition, middle, this.#sent)] as const]),
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
        this.#goOn()
        const place = { topic: this.topic, partition: probe % partitions }
        const offset = ends[place.partition]!++
        const started = performance.now()
        const read = fetchPartition(reader, place, offset, { maxWaitMs: 5000 }).then((answer) => {
          if (probe >= partitions) seen.push(performance.now() - started)
          return answer
        })
        // Awaited later; until then a failure must not count as unhandled.
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
