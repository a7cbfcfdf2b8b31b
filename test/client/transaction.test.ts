/** Transactions against a scripted coordinator: what is asked in which order, and what repeats, moves and fences do. */
import { afterEach, expect, it } from 'vitest'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { RecordProducer } from '../../src/client/producer.ts'
import { TransactionalProducer } from '../../src/client/transaction.ts'
import { type ErrorName, errorCode } from '../../src/protocol/errors.ts'
import { readBatchHeader } from '../../src/protocol/records/batch.ts'
import { type Script, type ScriptedBroker, startScripted } from '../support/scripted-broker.ts'

let broker: ScriptedBroker | undefined
let client: ClusterClient | undefined
afterEach(async () => {
  client?.close()
  await broker?.close()
})

/** Errors that the next requests of an API are answered with, one each. */
type Refusals = Partial<Record<'FindCoordinator' | 'InitProducerId' | 'AddPartitionsToTxn' | 'EndTxn', ErrorName[]>>

async function start(refusals: Refusals = {}): Promise<ClusterClient> {
  const next = (api: keyof Refusals) => errorCode(refusals[api]?.shift() ?? 'NONE')
  const script = (port: number): Script => ({
    Metadata: () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
      topics: [{ name: 't', partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, leaderId: 1 })) }],
    }),
    FindCoordinator: ({ coordinatorKeys }) => ({
      coordinators: coordinatorKeys.map((key) => ({
        key,
        nodeId: 1,
        host: '127.0.0.1',
        port,
        errorCode: next('FindCoordinator'),
      })),
    }),
    InitProducerId: () => ({ producerId: 7, producerEpoch: 3, errorCode: next('InitProducerId') }),
    AddPartitionsToTxn: ({ v3AndBelowTopics }) => ({
      resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: next('AddPartitionsToTxn'),
        })),
      })),
    }),
    Produce: ({ topicData }) => ({
      responses: [{ name: 't', partitionResponses: topicData[0]!.partitionData.map(({ index }) => ({ index })) }],
    }),
    EndTxn: () => ({ errorCode: next('EndTxn') }),
  })
  broker = await startScripted(script)
  client = await ClusterClient.connect(
    resolveClientOptions({
      bootstrapServer: broker.address,
      properties: { 'retry.backoff.ms': '2', 'retry.backoff.max.ms': '4', 'delivery.timeout.ms': '2000' },
    }),
  )
  return client
}

const value = (partition: number) => ({
  key: null,
  value: Buffer.from('v'),
  headers: [],
  partition,
  timestamp: 1_700_000_000_000,
})

async function producerIn(transaction: TransactionalProducer): Promise<RecordProducer> {
  return RecordProducer.open(client!, { topic: 't', acks: -1, compression: 'none', rate: undefined, transaction })
}

const coordinated = () =>
  broker!.asked.map(({ api }) => api).filter((api) => api === 'AddPartitionsToTxn' || /^(Produce|EndTxn)$/.test(api))

it('announces a partition once in a transaction, before its first record, and again in the next', async () => {
  const transaction = await TransactionalProducer.open(await start(), 'tx', 60_000)
  const producer = await producerIn(transaction)
  producer.add(value(0), 1)
  await producer.flush()
  producer.add(value(0), 2)
  await producer.flush()
  await transaction.end(true)
  producer.add(value(0), 3)
  await producer.flush()
  await transaction.end(false)
  expect(coordinated()).toEqual([
    ...['AddPartitionsToTxn', 'Produce', 'Produce', 'EndTxn'],
    ...['AddPartitionsToTxn', 'Produce', 'EndTxn'],
  ])
  expect(broker!.requests('EndTxn').map(({ committed }) => committed)).toEqual([true, false])
  const produced = broker!.requests('Produce')
  expect(produced.map(({ transactionalId }) => transactionalId)).toEqual(['tx', 'tx', 'tx'])
  const headers = produced.map(({ topicData }) => readBatchHeader(topicData[0]!.partitionData[0]!.records!, 0))
  expect(headers.map((header) => [header.isTransactional, header.producerId, header.producerEpoch])).toEqual(
    headers.map(() => [true, 7, 3]),
  )
  expect(headers.map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 2])
})

it('ends nothing where nothing was sent', async () => {
  const transaction = await TransactionalProducer.open(await start(), 'tx', 60_000)
  await transaction.end(true)
  expect(broker!.requests('EndTxn')).toHaveLength(0)
})

it('waits for a coordinator that moves or still writes the transaction before', async () => {
  await start({
    FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
    InitProducerId: ['NOT_COORDINATOR', 'CONCURRENT_TRANSACTIONS'],
    AddPartitionsToTxn: ['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS'],
    EndTxn: ['NOT_COORDINATOR'],
  })
  const transaction = await TransactionalProducer.open(client!, 'tx', 60_000)
  const producer = await producerIn(transaction)
  producer.add(value(1), 1)
  await producer.flush()
  await transaction.end(true)
  expect(producer.progress.acknowledged).toBe(1)
  expect(broker!.requests('EndTxn')).toHaveLength(2)
})

it('ends the sending when another producer took the id', async () => {
  await start({ AddPartitionsToTxn: ['PRODUCER_FENCED'] })
  const transaction = await TransactionalProducer.open(client!, 'tx', 60_000)
  const producer = await producerIn(transaction)
  producer.add(value(0), 1)
  await expect(producer.flush()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
  expect(broker!.requests('Produce')).toHaveLength(0)
})

it('says that nobody coordinates transactions', async () => {
  await start({ FindCoordinator: ['UNSUPPORTED_VERSION'] })
  await expect(TransactionalProducer.open(client!, 'tx', 60_000)).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' })
})
