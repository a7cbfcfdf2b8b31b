/**
 * Ends transactions from outside: a marker written into one partition, for a transaction that hangs there (KIP-664), or the fencing of
 * a transactional id, which has its coordinator abort what is open (KIP-664, KIP-939).
 */
import { MqError, RefusedError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, throwItem } from './items.ts'
import { describeProducers } from './transactions-producers.ts'
import { transactionCoordinator } from '../client/transaction.ts'
import { requireTransactions } from './transactions.ts'

/** What a marker is to end. */
export interface OpenTransaction {
  topic: string
  partition: number
  producerId: number
  producerEpoch: number
  coordinatorEpoch: number
  /** Null when it was not looked up. */
  transactionStart: number | null
}

/**
 * The transaction that began at `startOffset`, as the leader of the partition knows it. Throws MqError when there is none: those
 * that are open are named.
 */
export async function openTransactionAt(
  client: ClusterClient,
  place: { readonly topic: string; readonly partition: number },
  startOffset: number,
): Promise<OpenTransaction> {
  const scopes = [{ topic: place.topic, partitions: [place.partition] }]
  const [row] = await describeProducers(client, { scopes })
  if (row?.error !== undefined) throwItem(row.error)
  const open = row?.producers.filter((one) => one.transactionStart !== null) ?? []
  const found = open.find((one) => one.transactionStart === startOffset)
  if (found === undefined) {
    const others = open.map((one) => one.transactionStart).join(', ')
    throw new MqError(
      'MQ_NO_TRANSACTION',
      `no open transaction of ${place.topic}-${place.partition} began at offset ${startOffset}`,
      { hint: others === '' ? 'none is open there' : `those that are open began at ${others}` },
    )
  }
  return {
    topic: place.topic,
    partition: place.partition,
    producerId: found.producerId,
    producerEpoch: found.producerEpoch,
    // Where no marker was ever written the leader takes any epoch, and the first one is 0.
    coordinatorEpoch: found.coordinatorEpoch ?? 0,
    transactionStart: startOffset,
  }
}

/**
 * Has the leader of the partition write an ABORT marker. Not repeated after a lost answer: whether it was written shows in
 * the producers. Throws ApiError as the leader refuses: TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH.
 */
export async function abortTransaction(client: ClusterClient, open: OpenTransaction): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = open
  const leader = { leader: { topic, partition } }
  await client.retry(async () => {
    const connection = await client.connection(leader)
    if (connection.version('WriteTxnMarkers') === undefined) {
      throw new MqError('UNSUPPORTED_VERSION', `${connection.peer} takes no transaction markers from outside`, {
        hint: 'The bundled broker does not coordinate transactions.',
      })
    }
    const marker = {
      ...{ producerId, producerEpoch, coordinatorEpoch, transactionResult: false },
      topics: [{ name: topic, partitionIndexes: [partition] }],
    }
    const answer = await connection.call('WriteTxnMarkers', { markers: [marker] })
    const code = answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1
    const error = errorName(code)
    if (error === 'NONE') return
    const message = REASONS[error] ?? codeError(code).message
    throw new ApiError(error, `${topic}-${partition}: ${message}`)
  }, false)
}

const REASONS: Readonly<Record<string, string>> = {
  TRANSACTION_COORDINATOR_FENCED: 'a coordinator with a newer epoch has written a marker since',
  INVALID_PRODUCER_EPOCH: 'the producer has a newer epoch by now: that transaction is over',
  CLUSTER_AUTHORIZATION_FAILED: 'the user needs the permission ALTER on the cluster',
}

/**
 * Raises the epoch of a transactional id: its coordinator aborts what is open, and the producer that uses the id gets an error.
 * Throws ApiError; RefusedError while another change of the same id is under way.
 */
export async function fenceTransactionalId(
  client: ClusterClient,
  transactionalId: string,
): Promise<{ producerId: number; producerEpoch: number }> {
  await requireTransactions(client, 'DescribeTransactions', 'end transactions')
  return client.retry(async () => {
    const coordinator = await transactionCoordinator(client, transactionalId)
    const connection = await client.connection({ broker: coordinator })
    // The new producer is nobody's, so that its timeout is of no interest: the least that every broker takes.
    const answer = await connection.call('InitProducerId', { transactionalId, transactionTimeoutMs: 60_000 })
    const error = errorName(answer.errorCode)
    if (error === 'NONE') return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    if (error === 'PRODUCER_FENCED') {
      throw new RefusedError(`another change of ${transactionalId} is under way`, 'try again in a moment')
    }
    throw new ApiError(error, `${transactionalId}: ${codeError(answer.errorCode).message}`)
  })
}
