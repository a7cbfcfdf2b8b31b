/** The load against a scripted broker: every record is written once whatever happens on the way, and the figures add up. */
import { afterEach, describe, expect, it } from 'vitest'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { runningNumber } from '../../src/perf/payload.ts'
import { type ProducePlan, type ProduceReport, runProduce } from '../../src/perf/produce.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'
import { type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'

let broker: ScriptedBroker | undefined
let client: ClusterClient | undefined
afterEach(async () => {
  client?.close()
  await broker?.close()
})

const PLAN: ProducePlan = {
  topic: 't',
  records: 20_000,
  durationMs: undefined,
  payload: runningNumber(),
  keys: 0,
  seed: 1,
  acks: -1,
  compression: 'none',
  recordsPerSecond: undefined,
  batchBytes: 8 << 10,
  lingerMs: 5,
  bufferBytes: 64 << 10,
  warmUpRecords: 0,
  windowMs: 5000,
}

/** Runs a plan against two partitions; `refuse` says what becomes of each batch that comes. */
async function load(
  plan: Partial<ProducePlan>,
  refuse: (attempt: number, records: number) => 'hang up' | 'MESSAGE_TOO_LARGE' | undefined = () => undefined,
): Promise<{ report: ProduceReport; written: string[]; windows: number }> {
  const written: string[] = []
  const sequences = new Map<number, number>()
  let attempts = 0
  broker = await startScripted((port) => ({
    Metadata: () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
      controllerId: 1,
      topics: [{ name: 't', partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, leaderId: 1 })) }],
    }),
    InitProducerId: () => ({ producerId: 7, producerEpoch: 0 }),
    Produce: ({ topicData, acks }) => {
      let hangUp = false
      const partitionResponses = topicData[0]!.partitionData.map(({ index, records }) => {
        const batch = decodeBatch(records!)
        const refused = refuse(++attempts, batch.length)
        if (refused === 'MESSAGE_TOO_LARGE') return { index, errorCode: errorCode(refused) }
        const first = records!.readInt32BE(53)
        const next = sequences.get(index) ?? 0
        if (acks === -1 && first > next) return { index, errorCode: errorCode('OUT_OF_ORDER_SEQUENCE_NUMBER') }
        if (acks !== -1 || first === next) {
          written.push(...batch.map(({ value }) => String(value)))
          sequences.set(index, next + batch.length)
        }
        hangUp ||= refused === 'hang up'
        return { index, errorCode: 0 }
      })
      if (acks === 0) return 'silence'
      return hangUp ? 'hang up' : { responses: [{ name: 't', partitionResponses }] }
    },
  }))
  const properties = { 'retry.backoff.ms': '2', 'retry.backoff.max.ms': '4' }
  client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: broker.address, properties }))
  let windows = 0
  const hooks = { signal: new AbortController().signal, onWindow: () => windows++ }
  const report = await runProduce(client, { ...PLAN, payload: runningNumber(), ...plan }, hooks)
  return { report, written, windows }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i)).sort()

describe('mq perf produce', () => {
  it('writes every record once, and counts it', async () => {
    const { report, written } = await load({ warmUpRecords: 5000, windowMs: 1 })
    expect(written.sort()).toEqual(numbers(20_000))
    const bytes = numbers(20_000).join('').length
    expect(report.total).toMatchObject({ records: 20_000, bytes })
    expect(report.total.latencyMs.p50).toBeGreaterThan(0)
    expect(report.total.latencyMs.max).toBeGreaterThanOrEqual(report.total.latencyMs.p999)
    expect(report.steady!.records).toBeGreaterThan(10_000)
    expect(report.steady!.records).toBeLessThanOrEqual(15_000)
    expect(report.windows.reduce((sum, { records }) => sum + records, 0)).toBe(20_000)
  })

  it('with keys to their partitions', async () => {
    const { report, written } = await load({ keys: 50, records: 3000 })
    expect(written.sort()).toEqual(numbers(3000))
    expect(report.total.bytes).toBeGreaterThan(3000 * 6)
    expect(report.steady).toBeNull()
  })

  it('over lost connections and batches that are too large', async () => {
    const refuse = (attempt: number, records: number) =>
      attempt === 3 || attempt === 9 ? 'hang up' : records > 300 ? 'MESSAGE_TOO_LARGE' : undefined
    const { report, written } = await load({}, refuse)
    expect(written.sort()).toEqual(numbers(20_000))
    expect(report.total.records).toBe(20_000)
  })

  it.each([0, 1] as const)('with acks=%i', async (acks) => {
    const { report, written } = await load({ acks, records: 5000 })
    expect(written.sort()).toEqual(numbers(5000))
    expect(report.total.records).toBe(5000)
  })

  it('at a rate and for a time', async () => {
    const { report } = await load({ records: undefined, durationMs: 200, recordsPerSecond: 1000, lingerMs: 0 })
    expect(report.total.records).toBeGreaterThan(50)
    expect(report.total.records).toBeLessThanOrEqual(201)
  })

  it('says how far it came when it fails', async () => {
    const plan = { records: 100, batchBytes: 200 }
    const alone = (attempt: number) => (attempt > 3 ? 'MESSAGE_TOO_LARGE' : undefined)
    await expect(load(plan, alone)).rejects.toThrow(/is too large for t-\d; [\d,]+ records? (was|were) acknowledged/)
  })
})
