/** Transactions against a scripted cluster: what cannot be asked is never taken for an answer. */
import { afterEach, describe, expect, it } from 'vitest'
import { describeTransactions, listTransactions } from '../../src/admin/transactions.ts'
import { abortTransaction, fenceTransactionalId, openTransactionAt } from '../../src/admin/transactions-abort.ts'
import { findHanging } from '../../src/admin/transactions-hanging.ts'
import { describeProducers } from '../../src/admin/transactions-producers.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import type { Script } from '../support/scripted-broker.ts'
import { type FakeCluster, startCluster, topic } from '../support/scripted-cluster.ts'

let cluster: FakeCluster | undefined
let client: ClusterClient | undefined
afterEach(async () => {
  client?.close()
  await cluster?.close()
})

const HOUR_MS = 3_600_000
const NOW = 1_700_000_000_000

async function start(script: Script): Promise<ClusterClient> {
  const partitions = [
    { start: 0, end: 10 },
    { start: 0, end: 10 },
  ]
  cluster = await startCluster({ topics: { pay: topic(partitions) } }, script)
  const properties = { 'retry.backoff.ms': '2', 'retry.backoff.max.ms': '4', 'default.api.timeout.ms': '500' }
  client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: cluster.address, properties }))
  return client
}

/** Producers of partition 0 with open transactions: ids with the time of their last record. */
const producers =
  (...open: [producerId: number, lastTimestamp: number][]): NonNullable<Script['DescribeProducers']> =>
  ({ topics }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        activeProducers:
          partitionIndex !== 0
            ? []
            : open.map(([producerId, lastTimestamp], index) => ({
                ...{ producerId, producerEpoch: 2, coordinatorEpoch: -1, lastTimestamp },
                currentTxnStartOffset: index,
              })),
      })),
    })),
  })

const coordinator: NonNullable<Script['FindCoordinator']> = ({ coordinatorKeys }) => ({
  coordinators: coordinatorKeys.map((key) => ({ key, nodeId: 1, host: '127.0.0.1', port: 1 })),
})

/** Transactions by id: their producer, and whether partition 0 of pay is theirs. */
function known(transactions: Record<string, { producerId: number; isIn: boolean; error?: string }>): Script {
  return {
    FindCoordinator: coordinator,
    ListTransactions: ({ producerIdFilters }) => ({
      transactionStates: Object.entries(transactions)
        .filter(([, { producerId }]) => producerIdFilters.length === 0 || producerIdFilters.includes(producerId))
        .map(([transactionalId, { producerId }]) => ({ transactionalId, producerId, transactionState: 'Ongoing' })),
    }),
    DescribeTransactions: ({ transactionalIds }) => ({
      transactionStates: transactionalIds.map((transactionalId) => {
        const found = transactions[transactionalId]
        const error = found === undefined ? 'TRANSACTIONAL_ID_NOT_FOUND' : found.error
        return {
          ...{ transactionalId, producerId: found?.producerId ?? -1, transactionState: 'Ongoing' },
          errorCode: error === undefined ? 0 : errorCode(error as 'NONE'),
          topics: found?.isIn ? [{ topic: 'pay', partitions: [0] }] : [],
        }
      }),
    }),
  }
}

const search = { scopes: undefined, maxTimeoutMs: HOUR_MS, nowMs: NOW }
const old = NOW - 2 * HOUR_MS

describe('findHanging', () => {
  it('tells what is old and nobody knows', async () => {
    const open: [number, number][] = [
      [1, old],
      [2, old],
      [3, old],
      [4, NOW - 1000],
    ]
    const script = known({ mine: { producerId: 2, isIn: true }, lost: { producerId: 3, isIn: false } })
    const found = await findHanging(await start({ ...script, DescribeProducers: producers(...open) }), search)
    expect(found).toMatchObject({ partitions: 2, errors: [] })
    expect(found.hanging).toMatchObject([
      { topic: 'pay', partition: 0, producerId: 1, transactionalId: null, transactionStart: 0, idleMs: 2 * HOUR_MS },
      { producerId: 3, transactionalId: 'lost', transactionStart: 2, coordinatorEpoch: null },
    ])
  })

  it('takes nothing for hanging while a coordinator cannot be asked', async () => {
    const script = known({ mine: { producerId: 1, isIn: false, error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' } })
    const found = await findHanging(await start({ ...script, DescribeProducers: producers([1, old]) }), search)
    expect(found.hanging).toEqual([])
    expect(found.errors).toMatchObject([{ error: { code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' } }])
  })

  it('asks no coordinator when nothing is old', async () => {
    const found = await findHanging(await start({ DescribeProducers: producers([1, NOW]) }), search)
    expect(found).toEqual({ hanging: [], partitions: 2, errors: [] })
  })
})

describe('describeProducers', () => {
  it('asks again where a leader has moved, and keeps what stays wrong', async () => {
    let asked = 0
    const moving: NonNullable<Script['DescribeProducers']> = ({ topics }) => ({
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          errorCode: partitionIndex === 1 || ++asked < 3 ? errorCode('NOT_LEADER_OR_FOLLOWER') : 0,
          activeProducers: [],
        })),
      })),
    })
    const rows = await describeProducers(await start({ DescribeProducers: moving }), { scopes: undefined })
    expect(rows).toMatchObject([
      { topic: 'pay', partition: 0, broker: 1 },
      { partition: 1, error: { code: 'NOT_LEADER_OR_FOLLOWER' } },
    ])
    expect(rows[0]).not.toHaveProperty('error')
    await expect(describeProducers(client!, { scopes: [{ topic: 'pay', partitions: [7] }] })).rejects.toThrow(
      'topic pay has no partition 7',
    )
  })
})

describe('ending a transaction', () => {
  it('writes the marker of what began there, once', async () => {
    const script: Script = {
      DescribeProducers: producers([5, old], [6, old]),
      WriteTxnMarkers: ({ markers }) => ({
        markers: markers.map(({ producerId, topics }) => ({
          producerId,
          topics: topics.map(({ name, partitionIndexes }) => ({
            name,
            partitions: partitionIndexes.map((partitionIndex) => ({
              partitionIndex,
              errorCode: producerId === 6 ? 0 : errorCode('TRANSACTION_COORDINATOR_FENCED'),
            })),
          })),
        })),
      }),
    }
    const place = { topic: 'pay', partition: 0 }
    const open = await openTransactionAt(await start(script), place, 1)
    expect(open).toEqual({ ...place, producerId: 6, producerEpoch: 2, coordinatorEpoch: 0, transactionStart: 1 })
    await abortTransaction(client!, open)
    expect(cluster!.broker.requests('WriteTxnMarkers')).toMatchObject([
      { markers: [{ producerId: 6, transactionResult: false, topics: [{ name: 'pay', partitionIndexes: [0] }] }] },
    ])
    await expect(openTransactionAt(client!, place, 9)).rejects.toMatchObject({
      hint: 'those that are open began at 0, 1',
    })
    await expect(abortTransaction(client!, { ...open, producerId: 5 })).rejects.toThrow(
      'a coordinator with a newer epoch',
    )
  })

  it('waits while the coordinator ends what is open', async () => {
    let asked = 0
    const script: Script = {
      FindCoordinator: coordinator,
      DescribeTransactions: () => ({ transactionStates: [] }),
      InitProducerId: () =>
        ++asked < 3 ? { errorCode: errorCode('CONCURRENT_TRANSACTIONS') } : { producerId: 8, producerEpoch: 4 },
    }
    expect(await fenceTransactionalId(await start(script), 'billing')).toEqual({ producerId: 8, producerEpoch: 4 })
    expect(asked).toBe(3)
  })
})

describe('a cluster without transactions', () => {
  it('is said to be one', async () => {
    const none = await start({})
    const failure = { code: 'UNSUPPORTED_VERSION', message: expect.stringContaining('this cluster cannot') }
    await expect(listTransactions(none)).rejects.toMatchObject(failure)
    await expect(describeTransactions(none, ['a'])).rejects.toMatchObject(failure)
    await expect(findHanging(none, search)).rejects.toMatchObject(failure)
  })
})

describe('describeTransactions', () => {
  it('keeps an id that is not there as a row', async () => {
    const rows = await describeTransactions(await start(known({ a: { producerId: 1, isIn: true } })), ['b', 'a', 'b'])
    expect(rows).toMatchObject([
      { transactionalId: 'b', state: null, error: { code: 'TRANSACTIONAL_ID_NOT_FOUND' } },
      { transactionalId: 'a', producerId: 1, partitions: [{ topic: 'pay', partition: 0 }] },
    ])
  })
})
