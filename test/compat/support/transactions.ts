/** Transactions for the compat suites, by bare requests: one that stays open, and one that no coordinator knows of. */
import { transactionCoordinator } from '../../../src/client/transaction.ts'
import { ClusterClient } from '../../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../../src/client/options.ts'
import { ApiError, errorName } from '../../../src/protocol/errors.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Runs `work` with a client of its own. */
export async function withClient<T>(bootstrap: string, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: bootstrap, properties: {} }))
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

async function write(
  client: ClusterClient,
  id: string,
  producer: Producer,
  topic: string,
  atMs: number,
): Promise<void> {
  const record = { timestamp: atMs, key: null, value: Buffer.from(id) }
  const records = encodeBatch({ ...producer, baseSequence: 0, isTransactional: true }, [record])
  const answer = await client.request(
    'Produce',
    {
      transactionalId: id,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    },
    { leader: { topic, partition: 0 } },
    { maxVersion: 11 },
  )
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode
  if (code !== 0) throw new Error(`a transactional batch was refused: ${code}`)
}

/** Begins a transaction of `id` in partition 0 of `topic`, and leaves it open. */
export async function leaveOpen(client: ClusterClient, id: string, topic: string): Promise<Producer> {
  return client.retry(async () => {
    const broker = await transactionCoordinator(client, id)
    const connection = await client.connection({ broker })
    const given = await connection.call('InitProducerId', { transactionalId: id, transactionTimeoutMs: 600_000 })
    const producer = { producerId: given.producerId, producerEpoch: given.producerEpoch }
    if (given.errorCode !== 0) throw new ApiError(errorName(given.errorCode))
    const added = await connection.call(
      'AddPartitionsToTxn',
      {
        v3AndBelowTransactionalId: id,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      },
      { maxVersion: 3 },
    )
    const code = added.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode
    if (code !== 0) throw new ApiError(errorName(code ?? -1))
    await write(client, id, producer, topic, Date.now())
    return producer
  })
}

/**
 * Writes a transactional batch of time `atMs` that belongs to no transaction. The brokers must not verify partitions
 * (transaction.partition.verification.enable=false).
 */
export async function leaveHanging(
  client: ClusterClient,
  topic: string,
  producerId: number,
  atMs: number,
): Promise<void> {
  await write(client, 'nobody', { producerId, producerEpoch: 3 }, topic, atMs)
}
