/**
 * Transactions that hang (KIP-664): open in a partition, older than any coordinator allows, and no coordinator knows that the
 * partition belongs to a transaction of that producer. Nothing will ever end them, and read_committed consumers stay in front of them.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ItemError } from './items.ts'
import { describeTransactions, listTransactions } from './transactions.ts'
import { type ActiveProducer, describeProducers, type ProducersOptions } from './transactions-producers.ts'

export interface HangingTransaction {
  topic: string
  partition: number
  producerId: number
  producerEpoch: number
  coordinatorEpoch: number | null
  transactionStart: number
  /** ms since the epoch. */
  lastTimestamp: number
  /** How long ago its last record came, in ms. */
  idleMs: number
  /** The transactional id that the producer id belongs to; null when no coordinator knows one. */
  transactionalId: string | null
}

export interface HangingTransactions {
  hanging: HangingTransaction[]
  /** Partitions that were searched. */
  partitions: number
  /** What could not be asked: there may be more. */
  errors: { name: string; error: ItemError }[]
}

export interface HangingOptions extends ProducersOptions {
  /** The longest that a transaction may take in this cluster (transaction.max.timeout.ms), in ms. */
  readonly maxTimeoutMs: number
  readonly nowMs: number
}

/** Searches partitions. Throws UNSUPPORTED_VERSION where the cluster does not tell. */
export async function findHanging(client: ClusterClient, options: HangingOptions): Promise<HangingTransactions> {
  const rows = await describeProducers(client, options)
  const errors = rows.flatMap(({ topic, partition, error }) =>
    error === undefined ? [] : [{ name: `${topic}-${partition}`, error }],
  )
  const open = rows.flatMap(({ topic, partition, producers }) =>
    producers.filter((one) => isOld(one, options)).map((producer) => ({ topic, partition, producer })),
  )
  if (open.length === 0) return { hanging: [], partitions: rows.length, errors }
  const producerIds = [...new Set(open.map(({ producer }) => producer.producerId))]
  const listed = await listTransactions(client, { producerIds })
  errors.push(...listed.errors.map(({ broker, error }) => ({ name: `broker ${broker}`, error })))
  const idOf = new Map(listed.transactions.map(({ producerId, transactionalId }) => [producerId, transactionalId]))
  const described = new Map(
    (await describeTransactions(client, [...idOf.values()])).map((one) => [one.transactionalId, one]),
  )
  const hanging: HangingTransaction[] = []
  for (const { topic, partition, producer } of open) {
    const { producerId, producerEpoch, coordinatorEpoch, lastTimestamp } = producer
    const transactionalId = idOf.get(producerId) ?? null
    const known = transactionalId === null ? undefined : described.get(transactionalId)
    if (known?.error !== undefined && known.error.code !== 'TRANSACTIONAL_ID_NOT_FOUND') {
      // Whoever cannot be asked may know it: that is no proof that nobody does.
      errors.push({ name: `${topic}-${partition}, producer ${producerId}`, error: known.error })
      continue
    }
    if (known?.partitions.some((one) => one.topic === topic && one.partition === partition)) continue
    // With a coordinator missing, an id that was not found may be one of its own.
    if (transactionalId === null && listed.errors.length > 0) continue
    hanging.push({
      ...{ topic, partition, producerId, producerEpoch, coordinatorEpoch, transactionalId, lastTimestamp },
      transactionStart: producer.transactionStart!,
      idleMs: Math.max(0, options.nowMs - lastTimestamp),
    })
  }
  return { hanging, partitions: rows.length, errors }
}

function isOld(producer: ActiveProducer, { nowMs, maxTimeoutMs }: HangingOptions): boolean {
  return producer.transactionStart !== null && nowMs - producer.lastTimestamp > maxTimeoutMs
}
