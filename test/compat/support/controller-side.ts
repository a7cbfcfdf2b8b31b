/**
 * One controller of either engine, alone in its quorum and without a broker, and fake brokers that speak to it over the wire. Each
 * step of a conversation gives the answer and the metadata records that it caused, read from the log as a follower reads it.
 * Topic ids, which controllers make up, are replaced by the topics' names.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METADATA_TOPIC_ID } from '../../../src/base/uuid.ts'
import { startBroker } from '../../../src/broker/index.ts'
import type { ApiName, RequestInput, RequestOf, ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeMetadataRecord } from '../../../src/protocol/logs/metadata-record.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../../src/protocol/records/record.ts'
import { kafkaRun, tools } from './apache-kafka.ts'
import { portTaker } from './ports.ts'
import { eventually, Running, runOk } from './process.ts'
import { RawClient } from './raw-client.ts'

const freePort = portTaker(22_000, 22_499)

export interface RunningController {
  readonly address: string
  stop(): Promise<void>
}

const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const CONTROLLER_ID = '3000'
/** metadata.version (3.7-IV0) from which controllers register. */
const CONTROLLERS_REGISTER_FROM = 15
/** What mq does not serve yet is off on both sides. */
const OFF = ['group.version', 'share.version', 'streams.version', 'transaction.version']

function propertiesOf(port: number, dataDir: string, more: Record<string, string>): Record<string, string> {
  return {
    'process.roles': 'controller',
    'node.id': CONTROLLER_ID,
    listeners: `CONTROLLER://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `${CONTROLLER_ID}@127.0.0.1:${port}`,
    'log.dirs': dataDir,
    // Records that only keep time would move the offsets, and with them the epochs of brokers.
    'metadata.max.idle.interval.ms': '0',
    'broker.session.timeout.ms': '120000',
    'auto.leader.rebalance.enable': 'false',
    ...more,
  }
}

/** An Apache Kafka 4.3.1 controller and a bundled one, on equal directories that Kafka's StorageTool formatted with `format`. */
export async function startControllers(
  format: readonly string[],
  properties: Record<string, string>,
): Promise<RunningController[]> {
  const folder = mkdtempSync(join(tmpdir(), 'controllers-'))
  const [apache, bundled] = [await freePort(), await freePort()]
  const dataOf = (name: string) => join(folder, name)
  const file = join(folder, 'server.properties')
  const all = propertiesOf(apache, dataOf('apache'), properties)
  writeFileSync(
    file,
    Object.entries(all)
      .map((entry) => `${entry.join('=')}\n`)
      .join(''),
  )
  mkdirSync(dataOf('apache'))
  await runOk(kafkaRun(), [tools['kafka-storage'], 'format', '-t', CLUSTER_ID, '-c', file, ...format])
  cpSync(dataOf('apache'), dataOf('bundled'), { recursive: true })
  const config = propertiesOf(bundled, dataOf('bundled'), properties)
  const broker = await startBroker({ dataDir: dataOf('bundled'), clusterId: CLUSTER_ID, config })
  const running = new Running(kafkaRun(), ['kafka.Kafka', file], {
    env: { KAFKA_HEAP_OPTS: '-Xms64m -Xmx256m', KAFKA_OPTS: '-Dkafka.log.level=INFO' },
  })
  await running.until(({ stdout, stderr }) => (stdout + stderr).includes('Kafka Server started'))
  return [
    {
      address: `127.0.0.1:${apache}`,
      async stop() {
        await running.stop('SIGKILL')
        rmSync(folder, { recursive: true, force: true })
      },
    },
    { address: `127.0.0.1:${bundled}`, stop: () => broker.stop() },
  ]
}

/** Levels of the features to format with; what mq does not serve yet is off. */
export function featureLevels(elr: number): string[] {
  const levels = [...OFF.map((name) => `${name}=0`), `eligible.leader.replicas.version=${elr}`]
  return levels.flatMap((level) => ['--feature', level])
}

export interface Step {
  readonly answer: unknown
  readonly records: unknown
}

/** Steps by what they do, in the order in which they were done. */
export type Conversation = (side: ControllerSide) => Promise<void>

interface LoggedRecord {
  readonly offset: number
  readonly name: string
  readonly version: number
  readonly value: unknown
}

export class ControllerSide {
  readonly steps: [title: string, Step][] = []
  readonly #address: string
  #client: RawClient | undefined
  /** Names of topics by id. */
  readonly #names = new Map<string, string>()
  /** The first offset that was not read yet. */
  #read = 0
  /** Where the conversation began: offsets are told from there. */
  #origin = 0

  constructor(address: string) {
    this.#address = address
  }

  /** Waits until the controller is active; what it has written until then is not told. */
  async ready(): Promise<void> {
    await eventually('the controller is active', async () => {
      const { errorCode } = await this.ask('AllocateProducerIds', 0, { brokerId: 99, brokerEpoch: 1 })
      const records = await this.#records(0)
      // STALE_BROKER_EPOCH: there is a controller, and no such broker.
      const level = records.find(({ name }) => name === 'FeatureLevelRecord')?.value as
        | { featureLevel: number }
        | undefined
      const registers = (level?.featureLevel ?? 0) >= CONTROLLERS_REGISTER_FROM
      const isRegistered = records.some(({ name }) => name === 'RegisterControllerRecord')
      return errorCode === 77 && level !== undefined && isRegistered === registers
    })
    await this.news()
    this.#origin = this.#read
  }

  async ask<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    this.#client ??= await RawClient.open(this.#address)
    return this.#client.request(api, version, body)
  }

  /** Asks, and keeps the answer and the records that came of it under the title. */
  async step<A extends ApiName>(title: string, api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const answer = await this.ask(api, version, body)
    const records = await this.news()
    this.steps.push([title, { answer: this.#told(answer), records }])
    return answer
  }

  /** The records since the last look, in groups that do not depend on the order in which partitions are walked over. */
  async news(): Promise<unknown[]> {
    const records = await this.#records(this.#read)
    const last = records.at(-1)
    if (last !== undefined) this.#read = last.offset + 1
    for (const { name, value } of records) {
      if (name !== 'TopicRecord') continue
      const topic = value as { topicId: string; name: string }
      this.#names.set(topic.topicId, topic.name)
    }
    // Controllers register by themselves, when that is their time, and with features of their own.
    const others = records.filter(({ name }) => name !== 'RegisterControllerRecord')
    const told = others.map(({ name, version, value }) => ({ name, version, value: this.#told(value) }))
    return sortedRuns(told)
  }

  /**
   * Waits until a record came that `isIt`, and keeps all that came under the title; `meanwhile` runs between the looks. What a
   * controller does by itself may fall into the step before: that one's records are kept here too.
   */
  async awaitRecord(
    title: string,
    isIt: (record: { name: string; value: Record<string, unknown> }) => boolean,
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const before = this.steps.pop()
    const records = [...((before?.[1].records ?? []) as LoggedRecord[])]
    if (before !== undefined) this.steps.push([before[0], { answer: before[1].answer, records: 'told with the next' }])
    await eventually(title, async () => {
      await meanwhile()
      records.push(...((await this.news()) as LoggedRecord[]))
      return records.some((record) => isIt(record as { name: string; value: Record<string, unknown> }))
    })
    this.steps.push([title, { answer: undefined, records: sortedRuns(records) }])
  }

  topicId(name: string): string {
    for (const [id, known] of this.#names) if (known === name) return id
    return 'AQAAAAAAAAAAAAAAAAAAAA'
  }

  close(): void {
    this.#client?.close()
  }

  async #records(from: number): Promise<LoggedRecord[]> {
    const found: LoggedRecord[] = []
    for (let offset = 0; ; ) {
      const answer = await this.ask('Fetch', 17, {
        clusterId: CLUSTER_ID,
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 8 << 20,
        topics: [
          {
            topicId: METADATA_TOPIC_ID,
            partitions: [
              {
                partition: 0,
                // The only voter leads from its first epoch on.
                currentLeaderEpoch: 1,
                fetchOffset: offset,
                lastFetchedEpoch: offset === 0 ? 0 : this.#epoch,
                partitionMaxBytes: 8 << 20,
              },
            ],
          },
        ],
      })
      const bytes = answer.responses[0]?.partitions[0]?.records
      if (bytes === undefined || bytes === null || bytes.length === 0) return found
      for (const { header, position } of eachBatch(bytes)) {
        this.#epoch = header.partitionLeaderEpoch
        offset = header.lastOffset + 1
        if (header.isControl || header.lastOffset < from) continue
        for (const record of decodeBatch(bytes.subarray(position, position + header.sizeBytes))) {
          if (record.offset < from || record.value === null) continue
          found.push({ offset: record.offset, ...decodeMetadataRecord(record.value) })
        }
      }
    }
  }

  #epoch = 0

  /** A value with topic ids replaced by names, and offsets told from the conversation's beginning. */
  #told(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.#names.has(value) ? `id of ${this.#names.get(value)}` : value
    if (typeof value === 'number')
      return /[eE]poch$/.test(key) && value >= this.#origin && /roker/.test(key)
        ? `origin + ${value - this.#origin}`
        : value
    if (Array.isArray(value)) {
      // In which order Kafka walks over all partitions is chance.
      const items =
        key === 'partitionResult' ? value.toSorted((one, other) => one.partitionId - other.partitionId) : value
      return items.map((item) => this.#told(item))
    }
    if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#told(item, name)]))
  }
}

/** Changes of partitions that follow each other, by topic and partition: in which order Kafka walks over them is chance. */
function sortedRuns(records: readonly { name: string; value: unknown }[]): unknown[] {
  const placeOf = ({ value }: { value: unknown }): string => {
    const { topicId, partitionId } = value as { topicId: string; partitionId: number }
    return `${topicId} ${String(partitionId).padStart(6, '0')}`
  }
  const sorted: { name: string; value: unknown }[] = []
  let run: { name: string; value: unknown }[] = []
  const flush = (): void => {
    sorted.push(
      ...run.sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : placeOf(one) > placeOf(other) ? 1 : 0)),
    )
    run = []
  }
  for (const record of records) {
    if (record.name === 'PartitionChangeRecord') run.push(record)
    else {
      flush()
      sorted.push(record)
    }
  }
  flush()
  return sorted
}

export type { RequestOf }
