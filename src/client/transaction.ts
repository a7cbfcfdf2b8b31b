/**
 * Transactions of one transactional id (KIP-98), one after the other: the id's coordinator gives a producer id and epoch, hears
 * of each partition before its first record, and commits or aborts. A second producer with the same id fences this one off.
 * Speaks the versions that clients spoke before KIP-890, which brokers of both kinds take.
 */
import { MqError } from '../base/errors.ts'
import type { ApiName, RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorMessage, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { ProducerIdentity } from './producer-queue.ts'

/** The last versions in which a partition is announced and the epoch stays: from then on a Produce request announces. */
export const PRODUCE_VERSION_MAX = 11
const ADD_VERSION_MAX = 3
const END_VERSION_MAX = 4
/** The markers of the transaction before are written within some milliseconds. */
const CONCURRENT_PAUSE_MS = 20

/** Node id of the broker that coordinates this transactional id. Throws ApiError, which may be worth repeating. */
export async function transactionCoordinator(client: ClusterClient, id: string): Promise<number> {
  const connection = await client.connection('any')
  const batched = (connection.version('FindCoordinator') ?? 0) >= 4
  const body = batched ? { keyType: 1, coordinatorKeys: [id] } : { keyType: 1, key: id }
  const answer = await connection.call('FindCoordinator', body, { minVersion: 1 })
  const found = batched ? answer.coordinators[0] : answer
  const error = errorName(found?.errorCode ?? answer.errorCode)
  if (found === undefined || error !== 'NONE') {
    throw new ApiError(error, found?.errorMessage ?? answer.errorMessage ?? errorMessage(error))
  }
  return found.nodeId
}

export class TransactionalProducer {
  readonly transactionalId: string
  readonly #client: ClusterClient
  #identity: ProducerIdentity | undefined
  #coordinator: number | undefined
  /** Partitions of the transaction that is open, each with the answer to its announcement. */
  readonly #joined = new Map<string, Promise<void>>()

  private constructor(client: ClusterClient, transactionalId: string) {
    this.#client = client
    this.transactionalId = transactionalId
  }

  /**
   * Asks for the id's producer id; a transaction that was left open is aborted by that. `timeoutMs`: after so long the
   * coordinator aborts an open transaction by itself. Throws ApiError: UNSUPPORTED_VERSION where nobody coordinates transactions.
   */
  static async open(client: ClusterClient, transactionalId: string, timeoutMs: number): Promise<TransactionalProducer> {
    const opened = new TransactionalProducer(client, transactionalId)
    const { producerId, producerEpoch } = await opened.#ask('InitProducerId', {
      transactionalId,
      transactionTimeoutMs: timeoutMs,
    })
    if (producerId < 0) throw new MqError('MQ_KAFKA', 'the broker gave no producer id')
    opened.#identity = { producerId, producerEpoch, isTransactional: true }
    return opened
  }

  get identity(): ProducerIdentity {
    if (this.#identity === undefined) throw new RangeError('the producer id is not known yet')
    return this.#identity
  }

  /** Resolves when these partitions are part of the transaction: records may go there then. */
  async join(topic: string, partitions: readonly number[]): Promise<void> {
    const fresh = partitions.filter((partition) => !this.#joined.has(`${topic}-${partition}`))
    if (fresh.length > 0) {
      const keys = fresh.map((partition) => `${topic}-${partition}`)
      const added = this.#add(topic, fresh)
      for (const key of keys) this.#joined.set(key, added)
      // Whoever waits is told; what sends again announces again.
      added.catch(() => {
        for (const key of keys) this.#joined.delete(key)
      })
    }
    await Promise.all(partitions.map((partition) => this.#joined.get(`${topic}-${partition}`)))
  }

  /** Ends the transaction; nothing is asked where no record was sent. All records must be acknowledged before a commit. */
  async end(committed: boolean): Promise<void> {
    if (this.#joined.size === 0) return
    const { producerId, producerEpoch } = this.identity
    const body = { transactionalId: this.transactionalId, producerId, producerEpoch, committed }
    await this.#ask('EndTxn', body, END_VERSION_MAX)
    this.#joined.clear()
  }

  async #add(topic: string, partitions: readonly number[]): Promise<void> {
    const { producerId, producerEpoch } = this.identity
    await this.#ask(
      'AddPartitionsToTxn',
      {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [...partitions] }],
      },
      ADD_VERSION_MAX,
    )
  }

  /** Asks the coordinator, wherever it moves, and again while the transaction before is being written to its end. */
  #ask<A extends 'InitProducerId' | 'AddPartitionsToTxn' | 'EndTxn'>(
    api: A,
    body: RequestInput<A>,
    maxVersion = Number.POSITIVE_INFINITY,
  ): Promise<ResponseOf<A>> {
    return this.#client.retry(async () => {
      const untilMs = performance.now() + this.#client.options.apiTimeoutMs
      try {
        this.#coordinator ??= await transactionCoordinator(this.#client, this.transactionalId)
        const connection = await this.#client.connection({ broker: this.#coordinator })
        for (;;) {
          const answer = await connection.call(api, body, { maxVersion })
          const error = errorOf(answer)
          if (error === 'NONE') return answer
          if (error !== 'CONCURRENT_TRANSACTIONS' || performance.now() > untilMs) {
            throw new ApiError(error, `${this.transactionalId}: ${errorMessage(error)}`)
          }
          await new Promise((resolve) => setTimeout(resolve, CONCURRENT_PAUSE_MS))
        }
      } catch (error) {
        this.#coordinator = undefined
        throw error
      }
    })
  }
}

/** The first error of an answer; of partitions the one that is to blame, not those that were not attempted for it. */
function errorOf(answer: ResponseOf<ApiName>): ReturnType<typeof errorName> {
  const { errorCode = 0, resultsByTopicV3AndBelow: topics = [] } = answer as {
    errorCode?: number
    resultsByTopicV3AndBelow?: { resultsByPartition: { partitionErrorCode: number }[] }[]
  }
  const codes = [errorCode, ...topics.flatMap((topic) => topic.resultsByPartition.map((one) => one.partitionErrorCode))]
  const errors = codes.map(errorName).filter((error) => error !== 'NONE')
  return errors.find((error) => error !== 'OPERATION_NOT_ATTEMPTED') ?? errors[0] ?? 'NONE'
}
