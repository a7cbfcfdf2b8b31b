/**
 * How long nobody takes records after a leader was killed: kill -9 of the leader of a topic with three replicas, until the next
 * record with acks=all is acknowledged that was sent after the kill. One producer, one partition, the same client for both engines.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { quorumInfo } from '../../src/admin/cluster.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { RecordProducer } from '../../src/client/producer.ts'
import { startApacheCluster } from '../compat/support/cluster-apache.ts'
import { startBundledCluster } from '../compat/support/cluster-bundled.ts'

export interface FailoverOptions {
  readonly samples: number
  readonly sessionTimeoutMs: number
  readonly engine: string
}

const TOPIC = 'failover'
const APACHE_VERSION = '4.3.1'
const PLACE = {
  ids: [1, 2, 3],
  racks: ['a', 'b', 'c'],
  clientPorts: [23701, 23702, 23703],
  controllerPorts: [23711, 23712, 23713],
}
const SETTLE_MS = 60_000

/** Returns the exit code. */
export async function failover({ samples, sessionTimeoutMs, engine }: FailoverOptions): Promise<number> {
  const properties = {
    'broker.session.timeout.ms': String(sessionTimeoutMs),
    'broker.heartbeat.interval.ms': String(Math.min(2000, Math.floor(sessionTimeoutMs / 3))),
  }
  const cluster =
    engine === 'apache'
      ? await startApacheCluster(APACHE_VERSION, PLACE, { properties })
      : await startBundledCluster(PLACE, { properties })
  const client = await ClusterClient.connect(
    resolveClientOptions({
      bootstrapServer: PLACE.clientPorts.map((port) => `127.0.0.1:${port}`).join(','),
      properties: { 'request.timeout.ms': '2000', 'retry.backoff.ms': '10', 'delivery.timeout.ms': '120000' },
    }),
  )
  try {
    const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: 3, assignments: [], configs: [] }]
    await client.request('CreateTopics', { topics, timeoutMs: 10_000, validateOnly: false }, 'controller')
    await whole(client)
    const took: { ms: number; wasController: boolean }[] = []
    for (let sample = 1; sample <= samples; sample += 1) {
      const leader = await leaderOf(client)
      const wasController = (await quorumInfo(client)).leader === leader
      const load = await Load.begin(client)
      await sleep(1000)
      const killedMs = performance.now()
      await cluster.kill(leader)
      const ms = (await load.firstSentAfter(killedMs)) - killedMs
      await load.end()
      took.push({ ms, wasController })
      console.log(
        `${engine} ${sample}: node ${leader}${wasController ? ', active controller,' : ''} ${ms.toFixed(0)} ms`,
      )
      await cluster.start(leader)
      await whole(client)
    }
    for (const wasController of [false, true]) {
      const some = took
        .filter((one) => one.wasController === wasController)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b)
      if (some.length === 0) continue
      const median = some[Math.floor(some.length / 2)]!
      const what = wasController ? 'leader that was the active controller' : 'leader'
      console.log(
        `${engine}, session timeout ${sessionTimeoutMs} ms, ${what}: median ${median.toFixed(0)} ms, ` +
          `${some[0]!.toFixed(0)} to ${some.at(-1)!.toFixed(0)}, ${some.length} samples`,
      )
    }
    return 0
  } finally {
    await client.close()
    await cluster.destroy()
  }
}

/** Writes one record after the other and keeps when each was sent and acknowledged. */
class Load {
  readonly #producer: RecordProducer
  readonly #acks: { sentMs: number; ackedMs: number }[] = []
  readonly #running: Promise<void>
  #isDone = false

  static async begin(client: ClusterClient): Promise<Load> {
    return new Load(await RecordProducer.open(client, { topic: TOPIC, acks: -1, compression: 'none', rate: undefined }))
  }

  private constructor(producer: RecordProducer) {
    this.#producer = producer
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    for (let line = 1; !this.#isDone; line += 1) {
      const sentMs = performance.now()
      const record = { key: null, value: Buffer.from(String(line)), headers: [], partition: 0, timestamp: undefined }
      await this.#producer.add(record, line)
      await this.#producer.flush()
      this.#acks.push({ sentMs, ackedMs: performance.now() })
      await sleep(2)
    }
  }

  /** When the first record was acknowledged that was under way at `ms` or sent later, and acknowledged after it by a new leader. */
  async firstSentAfter(ms: number): Promise<number> {
    for (;;) {
      const found = this.#acks.find((one) => one.sentMs > ms) ?? this.#acks.find((one) => one.ackedMs > ms + 50)
      if (found !== undefined) return found.ackedMs
      await Promise.race([sleep(5), this.#running])
    }
  }

  async end(): Promise<void> {
    this.#isDone = true
    await this.#running
  }
}

async function leaderOf(client: ClusterClient): Promise<number> {
  const { topics } = await client.metadata([TOPIC])
  return topics[0]!.partitions[0]!.leaderId
}

async function whole(client: ClusterClient): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MS
  while (performance.now() < deadlineMs) {
    try {
      const { topics, brokers } = await client.metadata(null)
      const isWhole = topics.flatMap(({ partitions }) => partitions).every((one) => one.isrNodes.length === 3)
      if (isWhole && brokers.length === 3 && topics.length > 0) return
    } catch {
      // A broker that was just killed was asked: another one answers at the next try.
    }
    await sleep(100)
  }
  throw new Error('the replicas did not come into sync')
}
