/**
 * An idempotent producer for one partition, as clients are: several batches in flight, sequence numbers, and after an
 * error or a lost connection the same batches again, in order. Record n of the partition must get offset n, once.
 */
import { encodeBatch } from '../../src/protocol/records/record.ts'
import type { Compression } from '../../src/protocol/records/batch.ts'
import { COMPRESSIONS } from '../../src/protocol/records/batch.ts'
import type { Prng } from '../../src/base/prng.ts'
import type { RawClient } from '../compat/support/raw-client.ts'

const IN_FLIGHT_MAX = 5
const PRODUCE_VERSION = 11
const TIMEOUT_MS = 10_000

interface Pending {
  readonly first: number
  readonly count: number
  readonly bytes: Buffer
}

/** A rule was broken: the run ends. */
export class Violation extends Error {}

export interface WriterOptions {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly prng: Prng
  /** Records get one of that many keys, record n the key n modulo this: for compacted topics. */
  readonly keys?: number
}

export class PartitionWriter {
  /** Records that the broker has acknowledged: 0 to `acknowledged` - 1. */
  acknowledged = 0
  /** Where the last acknowledged batch begins. */
  lastBatch = 0
  /** Batches that were answered with an error, and these errors. */
  refusals = 0
  readonly errors = new Set<number>()
  private readonly o: WriterOptions
  private next = 0
  private unacknowledged: Pending[] = []
  private stopped = true
  private running: Promise<void> = Promise.resolve()

  constructor(options: WriterOptions) {
    this.o = options
  }

  /** Records that were sent at least once. */
  get sent(): number {
    return this.next
  }

  /** Produces until `stop`; first everything that is not acknowledged yet. */
  start(client: RawClient): void {
    this.stopped = false
    this.running = this.run(client)
    // Looked at by `stop`; until then a violation must not end the process by itself.
    this.running.catch(() => {})
  }

  /** Resolves when nothing is in flight any more. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.running
  }

  private async run(client: RawClient): Promise<void> {
    // Each pass sends a window in order; an error ends the pass, and the next one begins at the first batch unanswered.
    while (!this.stopped) {
      const inFlight: Promise<boolean>[] = []
      let sentIndex = 0
      let failed = false
      while (!this.stopped && !failed) {
        if (inFlight.length >= IN_FLIGHT_MAX) failed = !(await inFlight.shift()!)
        if (failed) break
        if (sentIndex === this.unacknowledged.length) this.unacknowledged.push(this.nextBatch())
        const pending = this.unacknowledged[sentIndex]!
        sentIndex += 1
        const sending = this.send(client, pending).then((done) => {
          if (done) sentIndex -= 1
          return done
        })
        sending.catch(() => {})
        inFlight.push(sending)
      }
      await Promise.all(inFlight)
      if (failed && !this.stopped) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  private nextBatch(): Pending {
    const { prng } = this.o
    const count = 1 + prng.int(prng.int(10) === 0 ? 200 : 20)
    const first = this.next
    this.next += count
    const compression: Compression = prng.int(4) === 0 ? COMPRESSIONS[prng.int(COMPRESSIONS.length)]! : 'none'
    const bytes = encodeBatch(
      {
        compression,
        producerId: this.o.producerId,
        producerEpoch: this.o.producerEpoch,
        baseSequence: first % 2 ** 31,
      },
      Array.from({ length: count }, (_, i) => ({
        timestamp: Date.now(),
        key: this.o.keys === undefined ? null : Buffer.from(`k${(first + i) % this.o.keys}`),
        value: Buffer.from(`${first + i}:${'x'.repeat(prng.int(600))}`),
      })),
    )
    return { first, count, bytes }
  }

  /** True when it was acknowledged; false when it has to be sent again. */
  private async send(client: RawClient, pending: Pending): Promise<boolean> {
    const { topic, partition } = this.o
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: pending.bytes }] }],
    }
    let answer: { errorCode: number; baseOffset: number }
    try {
      answer = (await client.request('Produce', PRODUCE_VERSION, request)).responses[0]!.partitionResponses[0]!
    } catch {
      this.stopped = true
      return false
    }
    if (answer.errorCode !== 0) {
      this.refusals += 1
      this.errors.add(answer.errorCode)
      return false
    }
    if (answer.baseOffset !== pending.first) {
      throw new Violation(`${topic}-${partition}: record ${pending.first} was acknowledged at ${answer.baseOffset}`)
    }
    if (this.unacknowledged[0] !== pending) {
      throw new Violation(`${topic}-${partition}: record ${pending.first} was acknowledged out of order`)
    }
    this.unacknowledged.shift()
    this.lastBatch = pending.first
    this.acknowledged = pending.first + pending.count
    return true
  }
}
