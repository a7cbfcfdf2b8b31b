/** Which keys fill partitions: counted from the newest records, named when many records have them. */
import { afterEach, expect, it } from 'vitest'
import { sampleKeys } from '../../../src/admin/lag/keys.ts'
import { ClusterClient } from '../../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../../src/client/options.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { startCluster, topic } from '../../support/scripted-cluster.ts'
import { group, row } from './support.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

it('names the key that most records have, and says how many have none', async () => {
  const cluster = await startCluster({
    topics: {
      orders: topic([
        { start: 0, end: 100 },
        { start: 0, end: 5 },
      ]),
    },
  })
  open.push(cluster)
  const keyAt = (offset: number): Buffer | null => {
    if (offset % 5 === 0) return null
    if (offset % 5 === 4) return Buffer.from([0xff, offset])
    return Buffer.from(offset % 5 === 3 ? `rare-${offset}` : 'AAPL')
  }
  cluster.broker.change({
    Fetch: ({ topics }) => ({
      responses: topics.map(({ topic: name, partitions }) => ({
        topic: name,
        partitions: partitions.map(({ partition, fetchOffset: from }) => ({
          ...{ partitionIndex: partition, highWatermark: 100, lastStableOffset: 100, logStartOffset: 0 },
          records: encodeBatch(
            { baseOffset: from },
            Array.from({ length: 100 - from }, (_, index) => ({
              ...{ timestamp: 0, key: keyAt(from + index), value: Buffer.from('v') },
            })),
          ),
        })),
      })),
    }),
  })
  const properties = { 'retry.backoff.ms': '1', 'default.api.timeout.ms': '500' }
  const client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: cluster.address, properties }))
  open.push(client)
  const groups = [group('billing', [row(0, 10, 100), row(1, 0, 5), row(2, null, 9, { logStart: null })])]
  const found = await sampleKeys(client, groups, { signal: new AbortController().signal, recordsEach: 50 })
  expect([...found.values()]).toEqual([
    {
      ...{ topic: 'orders', partition: 0, records: 50, keyless: 10, distinct: 21 },
      frequent: [{ key: 'AAPL', share: 0.5 }],
    },
  ])
})
