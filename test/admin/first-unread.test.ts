/** Times of first unread records: batches shared by places, markers and gaps passed over, oversized batches, lost leaders. */
import { afterEach, describe, expect, it } from 'vitest'
import { firstRecords, type UnreadPlace } from '../../src/admin/first-unread.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { readBatchHeader } from '../../src/protocol/records/batch.ts'
import { type BatchOptions, encodeBatch } from '../../src/protocol/records/record.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const END = 1000
const record = (offset: number, timestamp: number, value = 'v') => ({
  ...{ offset, timestamp, key: null, value: Buffer.from(value) },
})
const batch = (options: BatchOptions, ...records: ReturnType<typeof record>[]) => encodeBatch(options, records)

/** A cluster whose partitions hold these batches; answers as much as is asked for, whole where it is the first. */
async function logs(partitions: Buffer[][]): Promise<{ cluster: FakeCluster; client: ClusterClient }> {
  const cluster = await startCluster(
    { topics: { a: topic(partitions.map(() => ({ start: 0, end: END }))) } },
    {
      Fetch: (request) => {
        let isFirst = true
        return {
          responses: request.topics.map(({ topic: name, partitions: asked }) => ({
            topic: name,
            partitions: asked.map(({ partition, fetchOffset, partitionMaxBytes }) => {
              const rest = partitions[partition]!.filter((bytes) => readBatchHeader(bytes, 0).lastOffset >= fetchOffset)
              const all = Buffer.concat(rest)
              const whole = isFirst && rest[0] !== undefined ? rest[0].length : 0
              const bytes = all.subarray(0, Math.max(partitionMaxBytes, whole))
              isFirst = isFirst && bytes.length === 0
              // A partial first batch is given as nothing, as Kafka does.
              const records = rest[0] !== undefined && bytes.length < rest[0].length ? Buffer.alloc(0) : bytes
              return {
                partitionIndex: partition,
                highWatermark: END,
                lastStableOffset: END,
                logStartOffset: 0,
                records,
              }
            }),
          })),
        }
      },
    },
  )
  open.push(cluster)
  const properties = { 'retry.backoff.ms': '1' }
  const options = resolveClientOptions({ bootstrapServer: cluster.address, properties })
  const client = await ClusterClient.connect(options)
  open.push(client)
  return { cluster, client }
}

const place = (partition: number, offset: number): UnreadPlace => ({ topic: 'a', partition, offset, until: END })
async function times(client: ClusterClient, ...places: UnreadPlace[]): Promise<unknown[]> {
  const found = await firstRecords(client, places)
  return found.map((first) => {
    return first.kind === 'found' ? first.timestamp : first.kind === 'failed' ? first.error.code : null
  })
}

describe('firstRecords', () => {
  it('has one fetch for many partitions and many places in them', async () => {
    const one = batch({ baseOffset: 0 }, record(0, 100), record(1, 200), record(2, 300))
    const two = batch({ baseOffset: 3, compression: 'gzip' }, record(3, 400), record(4, 500))
    const { cluster, client } = await logs([[one, two], [two]])
    expect(await times(client, place(0, 0), place(0, 1), place(0, 4), place(1, 4))).toEqual([100, 200, 500, 500])
    expect(cluster.broker.requests('Fetch').length).toBeLessThanOrEqual(2)
  })

  it('passes markers and removed offsets over, and knows when nothing is left', async () => {
    const marker = batch({ baseOffset: 0, isControl: true, isTransactional: true }, record(0, 50))
    const sparse = batch({ baseOffset: 1 }, record(1, 100), record(5, 600))
    const end = batch({ baseOffset: 999, isControl: true, isTransactional: true }, record(999, 900))
    const { client } = await logs([[marker, sparse, end]])
    expect(await times(client, place(0, 0), place(0, 2), place(0, 6), place(0, 999))).toEqual([100, 600, null, null])
  })

  it('takes the time of the first unread record, though later ones say they are older', async () => {
    const mixed = batch({ baseOffset: 0 }, record(0, 900), record(1, 100), record(2, 500))
    const late = batch({ baseOffset: 3, compression: 'gzip' }, record(3, 50), record(4, 800))
    const { client } = await logs([[mixed, late]])
    const all = [0, 1, 2, 3, 4].map((offset) => place(0, offset))
    expect(await times(client, ...all)).toEqual([900, 100, 500, 50, 800])
    expect(await times(client, ...all.toReversed(), place(0, 1))).toEqual([800, 50, 500, 100, 900, 100])
  })

  it('takes the time of the broker where that stamped the batch', async () => {
    const stamped = batch({ baseOffset: 0, timestampType: 'LogAppendTime' }, record(0, 100), record(1, 700))
    const { client } = await logs([[stamped]])
    expect(await times(client, place(0, 0), place(0, 1))).toEqual([700, 700])
  })

  it('gets batches that are larger than what it asks for', async () => {
    const large = (size: number) => batch({ baseOffset: 0 }, record(0, size, 'x'.repeat(size)))
    const sizes = [10, 20_000, 200_000, 1_300_000, 1_400_000]
    const { client } = await logs(sizes.map((size) => [large(size)]))
    expect(await times(client, ...sizes.map((_, partition) => place(partition, 0)))).toEqual(sizes)
  })

  it('reads a partition with many places in few pieces', async () => {
    const batches = Array.from({ length: 100 }, (_, index) =>
      batch({ baseOffset: index * 2 }, record(index * 2, index), record(index * 2 + 1, index)),
    )
    const { cluster, client } = await logs([batches])
    const places = Array.from({ length: 200 }, (_, offset) => place(0, offset))
    expect(await times(client, ...places)).toEqual(places.map(({ offset }) => Math.floor(offset / 2)))
    expect(cluster.broker.requests('Fetch')).toHaveLength(1)
  })

  it('looks for a leader that moved, and keeps what fails with its place', async () => {
    const { cluster, client } = await logs([[batch({ baseOffset: 0 }, record(0, 100))], []])
    const usual = cluster.answers.Fetch!
    let asked = 0
    cluster.broker.change({
      Fetch: (request, version) => {
        asked += 1
        const error = asked === 1 ? 'NOT_LEADER_OR_FOLLOWER' : 'OFFSET_OUT_OF_RANGE'
        const answer = usual(request, version)
        if (typeof answer === 'string') return answer
        return {
          responses: request.topics.map(({ topic: name, partitions }) => ({
            topic: name,
            partitions: partitions.map((one, index) =>
              asked === 1 || one.partition === 1
                ? { partitionIndex: one.partition, errorCode: errorCode(error), highWatermark: -1 }
                : answer.responses![0]!.partitions![index]!,
            ),
          })),
        }
      },
    })
    expect(await times(client, place(0, 0), place(1, 0))).toEqual([100, 'OFFSET_OUT_OF_RANGE'])
    expect(cluster.broker.requests('Metadata').length).toBeGreaterThan(1)
  })
})
