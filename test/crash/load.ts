/** The load of a run: a topic, or a compacted one beside it, with an idempotent producer a partition, and its check. */
import type { Prng } from '../../src/base/prng.ts'
import { eventually } from '../compat/support/process.ts'
import type { RawClient } from '../compat/support/raw-client.ts'
import { verifyPartition } from './verify.ts'
import { PartitionWriter } from './writer.ts'

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Records of a compacted topic go round these keys. */
const KEYS = 200

export interface LoadOptions {
  readonly topic: string
  readonly partitions: number
  readonly prng: Prng
  readonly configs: Readonly<Record<string, string>>
  readonly compacted: boolean
}

export class Load {
  readonly topic: string
  readonly writers: PartitionWriter[] = []
  private readonly o: LoadOptions
  /** Offset up to which each partition was verified. */
  private readonly verified: number[] = []

  private constructor(options: LoadOptions) {
    this.o = options
    this.topic = options.topic
  }

  /** Creates the topic, again if one of its name was just deleted. */
  static async create(client: RawClient, o: LoadOptions): Promise<Load> {
    const load = new Load(o)
    const policy: Record<string, string> = o.compacted
      ? { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.05', 'segment.ms': '1000' }
      : {}
    const configs = Object.entries({ 'segment.bytes': '1048576', ...policy, ...o.configs })
    const topic = {
      name: o.topic,
      numPartitions: o.partitions,
      replicationFactor: 1,
      assignments: [],
      configs: configs.map(([name, value]) => ({ name, value })),
    }
    const answer = await client.request('CreateTopics', 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
    if (answer.topics[0]?.errorCode !== 0) throw new Error(`CreateTopics answered ${answer.topics[0]?.errorCode}`)
    for (let partition = 0; partition < o.partitions; partition += 1) {
      const { producerId, producerEpoch } = await eventually('a producer id', async () => {
        const given = await client.request('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
        return given.errorCode === 0 ? given : undefined
      })
      const keys = o.compacted ? { keys: KEYS } : {}
      load.writers.push(
        new PartitionWriter({ topic: o.topic, partition, producerId, producerEpoch, prng: o.prng, ...keys }),
      )
      load.verified.push(0)
    }
    return load
  }

  async delete(client: RawClient): Promise<void> {
    await client.request('DeleteTopics', 6, { topics: [{ name: this.topic, topicId: ZERO }], timeoutMs: 10_000 })
  }

  start(client: RawClient): void {
    for (const writer of this.writers) writer.start(client)
  }

  async stop(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.stop()))
  }

  get acknowledged(): number {
    return this.writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
  }

  /**
   * Waits for leaders, then reads; `whole`: from the first offset on, instead of from where the last check ended.
   * `withoutLast`: the last acknowledged batch of a partition may be missing.
   */
  async verify(client: RawClient, whole: boolean, withoutLast = false): Promise<void> {
    await eventually('leaders', async () => {
      const answer = await client.request('Metadata', 12, {
        topics: [{ name: this.topic }],
        allowAutoTopicCreation: false,
      })
      const partitions = answer.topics[0]?.partitions ?? []
      return (
        partitions.length === this.o.partitions &&
        partitions.every((each) => each.leaderId === 1 && each.errorCode === 0)
      )
    })
    for (const [partition, writer] of this.writers.entries()) {
      const from = whole || this.o.compacted ? 0 : Math.min(this.verified[partition]!, writer.acknowledged)
      const acknowledged = withoutLast ? writer.lastBatch : writer.acknowledged
      const expected = { topic: this.topic, partition, from, acknowledged, sent: writer.sent }
      this.verified[partition] = await verifyPartition(client, expected, this.o.compacted ? KEYS : undefined)
    }
  }
}
