/** The producer against a scripted broker: what a rate, moved leaders and refusals do to records under way. */
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { type ProducerOptions, RecordProducer } from '../../src/client/producer.ts'
import type { InputRecord } from '../../src/client/record-lines.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'
import { type Script, type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'

let broker: ScriptedBroker | undefined
let client: ClusterClient | undefined
afterEach(async () => {
  client?.close()
  await broker?.close()
})

const record = (value: string, partition?: number): InputRecord => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  partition,
  timestamp: 1_700_000_000_000,
})

/** Values as the broker wrote them, by partition; one that has a sequence number already is not written again. */
const written = new Map<number, string[]>()

interface Wishes {
  /** Leader of each partition, asked for every Metadata request. */
  readonly leaders?: (asked: number) => number[]
  /** The broker has not heard of the topic for so many looks. */
  readonly unknownFor?: number
  /** Error of a batch before it is written; or hang up instead of answering, before or after writing it. */
  readonly refuse?: (attempt: number, values: string[]) => string | undefined
}

async function start(wishes: Wishes, options: Partial<ProducerOptions> = {}): Promise<RecordProducer> {
  written.clear()
  const sequences = new Map<number, number>()
  let attempts = 0
  let asked = 0
  let looks = 0
  const script = (port: number): Script => ({
    Metadata: () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
      controllerId: 1,
      topics: [
        {
          name: 't',
          errorCode: looks++ < (wishes.unknownFor ?? 0) ? errorCode('UNKNOWN_TOPIC_OR_PARTITION') : 0,
          partitions: (wishes.leaders?.(++asked) ?? [1]).map((leaderId, partitionIndex) => ({
            partitionIndex,
            leaderId,
            errorCode: leaderId < 0 ? errorCode('LEADER_NOT_AVAILABLE') : 0,
          })),
        },
      ],
    }),
    InitProducerId: () => ({ producerId: 7, producerEpoch: 0 }),
    Produce: ({ topicData }) => {
      let hangUp = false
      const partitionResponses = topicData[0]!.partitionData.map(({ index, records }) => {
        const batch = decodeBatch(records!)
        const values = batch.map(({ value }) => String(value))
        const error = wishes.refuse?.(++attempts, values)
        const first = records!.readInt32BE(53)
        const next = sequences.get(index) ?? 0
        if (error === 'hang up before') hangUp = true
        else if (error === undefined || error === 'hang up after') {
          if (first > next) return { index, errorCode: errorCode('OUT_OF_ORDER_SEQUENCE_NUMBER') }
          if (first === next) {
            written.set(index, [...(written.get(index) ?? []), ...values])
            sequences.set(index, next + values.length)
          }
          if (error !== undefined) hangUp = true
        } else return { index, errorCode: errorCode(error as Parameters<typeof errorCode>[0]) }
        return { index, errorCode: 0 }
      })
      return hangUp ? 'hang up' : { responses: [{ name: 't', partitionResponses }] }
    },
  })
  broker = await startScripted(script)
  client = await ClusterClient.connect(
    resolveClientOptions({
      bootstrapServer: broker.address,
      properties: { 'retry.backoff.ms': '2', 'retry.backoff.max.ms': '4', 'delivery.timeout.ms': '2000' },
    }),
  )
  return RecordProducer.open(client, { topic: 't', acks: -1, compression: 'none', rate: undefined, ...options })
}

/** Sends `count` values of about `bytes` bytes each. */
async function send(producer: RecordProducer, count: number, bytes = 10): Promise<string[]> {
  const values = Array.from({ length: count }, (_, index) => `${index}-`.padEnd(bytes, 'x'))
  for (const [index, value] of values.entries()) await producer.add(record(value), index + 1)
  await producer.flush()
  return values
}

describe('every record is written once and in order', () => {
  it('over connections that end before or after the write', async () => {
    const faults = new Map([
      [2, 'hang up after'],
      [5, 'hang up before'],
      [9, 'hang up after'],
    ])
    const producer = await start({ refuse: (attempt) => faults.get(attempt) })
    const values = await send(producer, 40, 100_000)
    expect(written.get(0)).toEqual(values)
    expect(producer.progress.acknowledged).toBe(40)
  })

  it('when batches under way are refused, and when they are too large', async () => {
    let tooLarge = 0
    const refuse = (attempt: number, values: string[]) => {
      if (attempt === 3 || attempt === 4) return 'NOT_ENOUGH_REPLICAS'
      if (values.length > 1 && attempt > 6) return ++tooLarge > 0 ? 'MESSAGE_TOO_LARGE' : undefined
      return undefined
    }
    const producer = await start({ refuse })
    const values = await send(producer, 60, 60_000)
    expect(tooLarge).toBeGreaterThan(0)
    expect(written.get(0)).toEqual(values)
  })

  it('when the broker that is asked has not heard of the topic yet', async () => {
    const producer = await start({ unknownFor: 2 })
    const values = await send(producer, 3)
    expect(written.get(0)).toEqual(values)
    await expect(start({ unknownFor: 99 })).rejects.toThrow('topic t: UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('when the leader has left the cluster, and another follows', async () => {
    const producer = await start({ leaders: (asked) => [asked < 4 ? 2 : 1] })
    const values = await send(producer, 3)
    expect(written.get(0)).toEqual(values)
  })
})

it('records without a key go where there is a leader, others are named when their time is over', async () => {
  const producer = await start({ leaders: () => [-1, 1, -1] })
  const values = await send(producer, 10)
  expect(written).toEqual(new Map([[1, values]]))
  await producer.add(record('lost', 2), 11)
  await expect(producer.flush()).rejects.toMatchObject({
    code: 'LEADER_NOT_AVAILABLE',
    message: expect.stringContaining('t-2 has no leader'),
  })
})

it('a rate with a long wait does not outlast a failure', async () => {
  const producer = await start({ refuse: () => 'INVALID_RECORD' }, { rate: { recordsPerSecond: 1e-9 } })
  await producer.add(record('a'), 1)
  expect(() => producer.add(record('b'), 2)).toThrow(/line 1/)
})
