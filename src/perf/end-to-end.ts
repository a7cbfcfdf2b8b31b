/**
 * How long one record takes from the producer to a consumer that waits for it, one record at a time, as kafka-e2e-latency
 * measures it: from when it is handed to the producer until the consumer has it in hand. Also how long its
 * acknowledgement took.
 */
import { MqError } from '../base/errors.ts'
import { ClusterClient } from '../client/cluster-client.ts'
import { readPartitions } from '../client/partition-reader.ts'
import { RecordProducer } from '../client/producer.ts'
import { partitionsOf, resolveRanges } from '../client/read-ranges.ts'
import { type LatencyFigures, LatencyHistogram } from './latency.ts'
import { letters } from './payload.ts'

export interface EndToEndPlan {
  readonly topic: string
  readonly records: number
  /** Of the value, and of the key; 0: no key. */
  readonly valueBytes: number
  readonly keyBytes: number
  /** Headers of each record, with so many bytes of name and value. */
  readonly headers: { readonly count: number; readonly keyBytes: number; readonly valueBytes: number }
  readonly acks: -1 | 1
  readonly seed: number
  /** How long one record may be on its way, in ms. */
  readonly recordTimeoutMs: number
  /** Records before those that are measured: connections and code warm up. */
  readonly warmUpRecords: number
}

export interface EndToEndHooks {
  readonly signal: AbortSignal
  /** Told of every record that was received: its number from 0, and its latency. */
  readonly onRecord: (index: number, ms: number) => void
}

export interface EndToEndReport {
  records: number
  durationMs: number
  latencyMs: LatencyFigures
  /** Until the acknowledgement. */
  acknowledgedMs: LatencyFigures
}

/**
 * Sends and receives, the one over the connections of `client`, the other over its own: an answer to a fetch that waits for
 * records would hold up those behind it. Throws MqError MQ_LOST_RECORD when a record does not come in its time.
 */
export async function runEndToEnd(
  client: ClusterClient,
  plan: EndToEndPlan,
  hooks: EndToEndHooks,
): Promise<EndToEndReport> {
  const places = await partitionsOf(client, [plan.topic])
  const ranges = await resolveRanges(client, places, {
    from: { kind: 'latest' },
    until: undefined,
    isolation: 'read_committed',
    onMoved: () => {},
  })
  const [latency, acknowledged] = [new LatencyHistogram(), new LatencyHistogram()]
  let sentMs = 0
  let isMeasured = false
  const producer = await RecordProducer.open(client, {
    topic: plan.topic,
    acks: plan.acks,
    compression: 'none',
    rate: undefined,
    onAcknowledged: () => isMeasured && acknowledged.add(performance.now() - sentMs),
  })
  const ender = new AbortController()
  const end = () => ender.abort()
  hooks.signal.addEventListener('abort', end, { once: true })
  const mailbox = new Mailbox()
  const readClient = await ClusterClient.connect(client.options)
  const reading = receive(readClient, ranges, ender.signal, mailbox)
  const values = letters(plan.valueBytes, plan.seed)
  const headers = Array.from({ length: plan.headers.count }, () => ({
    key: 'h'.repeat(plan.headers.keyBytes),
    value: Buffer.alloc(plan.headers.valueBytes, 'v'),
  }))
  const key = plan.keyBytes === 0 ? null : Buffer.alloc(plan.keyBytes, 'k')
  let startMs = performance.now()
  try {
    for (let index = -plan.warmUpRecords; index < plan.records && !hooks.signal.aborted; index++) {
      if (index === 0) startMs = performance.now()
      isMeasured = index >= 0
      const slice = values.next()
      const value = Buffer.from(slice.bytes.subarray(slice.start, slice.end))
      const arrived = mailbox.expect(value)
      // It may fail while the acknowledgement is waited for; whoever awaits it is told.
      arrived.catch(() => {})
      sentMs = performance.now()
      await producer.add({ key, value, headers, partition: undefined, timestamp: undefined }, index)
      await producer.flush()
      const ms = (await inTime(arrived, plan, index)) - sentMs
      if (!isMeasured) continue
      latency.add(ms)
      hooks.onRecord(index, ms)
    }
  } finally {
    hooks.signal.removeEventListener('abort', end)
    end()
    readClient.close()
    // Its failure, if it had one, was given to whoever waited for a record.
    await reading.catch(() => {})
  }
  const durationMs = Math.round(performance.now() - startMs)
  return { records: latency.count, durationMs, latencyMs: latency.figures, acknowledgedMs: acknowledged.figures }
}

/** Where the reader puts the one record that is waited for; others are somebody else's. */
class Mailbox {
  #value: Buffer | undefined
  #resolve: (atMs: number) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #failure: unknown

  /** When a record with this value has come, on the clock of performance.now(). */
  expect(value: Buffer): Promise<number> {
    this.#value = value
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#failure !== undefined) reject(this.#failure)
    })
  }

  put(value: Buffer | null): void {
    if (value === null || this.#value === undefined || !value.equals(this.#value)) return
    this.#value = undefined
    this.#resolve(performance.now())
  }

  fail(error: unknown): void {
    this.#failure = error
    this.#reject(error)
  }
}

async function receive(
  client: ClusterClient,
  ranges: Parameters<typeof readPartitions>[1],
  signal: AbortSignal,
  mailbox: Mailbox,
): Promise<void> {
  const reader = readPartitions(client, ranges, {
    isolation: 'read_committed',
    signal,
    onSkipped: () => {},
    onGone: () => {},
  })
  try {
    for await (const { records } of reader) for (const { value } of records) mailbox.put(value)
  } catch (error) {
    mailbox.fail(error)
  }
}

async function inTime(arrived: Promise<number>, { topic, recordTimeoutMs }: EndToEndPlan, index: number) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `record ${index} was sent to ${topic} and not received within ${recordTimeoutMs / 1000}s`
      reject(new MqError('MQ_LOST_RECORD', message))
    }, recordTimeoutMs)
  })
  try {
    return await Promise.race([arrived, late])
  } finally {
    clearTimeout(timer)
  }
}
