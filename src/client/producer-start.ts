/** What a producer asks before its first record: the topic with its leaders, and an id of its own (KIP-98). */
import { MqError } from '../base/errors.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient, ClusterMetadata } from './cluster-client.ts'
import type { ProducerIdentity } from './producer-queue.ts'

/** Pauses between looks for a topic that is not there: they double, and are together what a wrong name costs. */
const FIRST_LOOK_PAUSE_MS = 50
const LAST_LOOK_PAUSE_MS = 400

/** The topic as a broker knows it. One that has just been made may be news to the broker that is asked. */
export async function lookUp(
  client: ClusterClient,
  name: string,
): Promise<ClusterMetadata['topics'][number] | undefined> {
  for (let pauseMs = FIRST_LOOK_PAUSE_MS; ; pauseMs *= 2) {
    const [topic] = (await client.metadata([name])).topics
    const isMissing = topic === undefined || errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!isMissing || pauseMs > LAST_LOOK_PAUSE_MS) return topic
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** A producer id; undefined where the cluster does not give one to this user: then without idempotence. */
export async function identify(client: ClusterClient): Promise<ProducerIdentity | undefined> {
  const answer = await client.retry(async () => {
    const given = await client.request('InitProducerId', { transactionalId: null, transactionTimeoutMs: 60_000 })
    const error = errorName(given.errorCode)
    if (error === 'NONE') return given
    if (error === 'CLUSTER_AUTHORIZATION_FAILED') return undefined
    throw new ApiError(error)
  })
  if (answer === undefined) return undefined
  if (answer.producerId < 0) throw new MqError('MQ_KAFKA', 'the broker gave no producer id')
  return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
}
