/**
 * Transactions as their coordinators know them (KIP-664): listed from every broker, described by those that coordinate them. A
 * broker that does not answer hides its own transactions only; an id that nobody knows keeps its row with the error.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { transactionCoordinator } from '../client/transaction.ts'
import type { ApiName } from '../protocol/apis.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { type ItemError, itemError, wholeName } from './items.ts'

/** What a transaction can be in, as Kafka names it. */
export const TRANSACTION_STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

export interface TransactionRow {
  transactionalId: string
  producerId: number
  state: string
  /** Node id of the coordinator. */
  coordinator: number
}

export interface TransactionList {
  transactions: TransactionRow[]
  /** Brokers that could not be asked. */
  errors: { broker: number; error: ItemError }[]
}

export interface TransactionFilter {
  /** Empty: all. */
  readonly states?: readonly string[] | undefined
  readonly producerIds?: readonly number[] | undefined
  /** Only those that have been going on for at least so long, in ms (KIP-994). */
  readonly runningMs?: number | undefined
  /** A pattern for the whole id. */
  readonly regex?: string | undefined
}

/**
 * Throws MqError UNSUPPORTED_VERSION when no broker of this cluster answers `api`. `what`: what cannot be done then, as in
 * "cannot list transactions".
 */
export async function requireTransactions(client: ClusterClient, api: ApiName, what: string): Promise<void> {
  const connection = await client.connection('any')
  if (connection.version(api) !== undefined) return
  throw new MqError('UNSUPPORTED_VERSION', `this cluster cannot ${what}: ${connection.peer} does not offer ${api}`, {
    hint: 'Apache Kafka does from 3.0 on; the bundled broker does not coordinate transactions.',
  })
}

/** All transactions that the filter lets through, by id. Throws only when no broker can be asked. */
export async function listTransactions(
  client: ClusterClient,
  filter: TransactionFilter = {},
): Promise<TransactionList> {
  await requireTransactions(client, 'ListTransactions', 'list transactions')
  const pattern = filter.regex === undefined ? undefined : wholeName(filter.regex)
  const { brokers } = await client.metadata()
  const transactions: TransactionRow[] = []
  const errors: TransactionList['errors'] = []
  const failures: unknown[] = []
  await Promise.all(
    brokers.map(async ({ id }) => {
      try {
        transactions.push(...(await transactionsOf(client, id, filter)))
      } catch (error) {
        failures.push(error)
        errors.push({ broker: id, error: itemError(error) })
      }
    }),
  )
  if (failures.length > 0 && failures.length === brokers.length) throw failures[0]
  return {
    transactions: transactions
      .filter(({ transactionalId }) => pattern === undefined || pattern.test(transactionalId))
      .sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1)),
    errors,
  }
}

function transactionsOf(client: ClusterClient, broker: number, filter: TransactionFilter): Promise<TransactionRow[]> {
  return client.retry(async () => {
    const connection = await client.connection({ broker })
    const limits = filter.runningMs === undefined ? {} : { minVersion: 1 }
    const answer = await connection.call(
      'ListTransactions',
      {
        stateFilters: filter.states ?? [],
        producerIdFilters: filter.producerIds ?? [],
        durationFilter: filter.runningMs ?? -1,
      },
      limits,
    )
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    if (answer.unknownStateFilters.length > 0) {
      throw new MqError('INVALID_REQUEST', `broker ${broker} does not know ${answer.unknownStateFilters.join(', ')}`)
    }
    return answer.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
      transactionalId,
      producerId,
      state: transactionState,
      coordinator: broker,
    }))
  })
}

export interface TransactionDetails {
  transactionalId: string
  coordinator: number | null
  producerId: number | null
  producerEpoch: number | null
  state: string | null
  timeoutMs: number | null
  /** When it began, ms since the epoch; null when none is going on. */
  startedMs: number | null
  partitions: { topic: string; partition: number }[]
  error?: ItemError
}

/** Describes transactions, in the order of the ids. */
export async function describeTransactions(
  client: ClusterClient,
  ids: readonly string[],
): Promise<TransactionDetails[]> {
  await requireTransactions(client, 'DescribeTransactions', 'describe transactions')
  const rows = await Promise.all(
    [...new Set(ids)].map(async (id): Promise<TransactionDetails> => {
      let coordinator: number | null = null
      try {
        return await client.retry(async () => {
          coordinator = await transactionCoordinator(client, id)
          return describeOne(client, id, coordinator)
        })
      } catch (error) {
        return { ...nothing(id, coordinator), error: itemError(error) }
      }
    }),
  )
  return rows
}

const nothing = (transactionalId: string, coordinator: number | null): TransactionDetails => ({
  transactionalId,
  coordinator,
  producerId: null,
  producerEpoch: null,
  state: null,
  timeoutMs: null,
  startedMs: null,
  partitions: [],
})

async function describeOne(client: ClusterClient, id: string, coordinator: number): Promise<TransactionDetails> {
  const connection = await client.connection({ broker: coordinator })
  const answer = await connection.call('DescribeTransactions', { transactionalIds: [id] })
  const state = answer.transactionStates[0]
  const error = errorName(state?.errorCode ?? -1)
  if (state === undefined || error !== 'NONE') {
    const message = error === 'TRANSACTIONAL_ID_NOT_FOUND' ? `there is no transactional id ${id}` : undefined
    throw new ApiError(error, message)
  }
  return {
    transactionalId: id,
    coordinator,
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    state: state.transactionState,
    timeoutMs: state.transactionTimeoutMs,
    startedMs: state.transactionStartTimeMs < 0 ? null : state.transactionStartTimeMs,
    partitions: state.topics
      .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
      .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)),
  }
}
