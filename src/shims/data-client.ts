/**
 * Connections of the tools that write and read records. Kafka's producer and consumer do not give up on a cluster that does not
 * answer: they say so in the log and try again, the producer until `max.block.ms` is over, the consumer until it is stopped.
 */
import { ClusterClient } from '../client/cluster-client.ts'
import { ConnectionError } from '../client/errors.ts'
import type { ClientOptions } from '../client/options.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { JavaError } from './failures.ts'
import { logLine } from './java-log.ts'
import type { ShimIo } from './tool.ts'

export interface DataClient {
  readonly kind: 'producer' | 'consumer'
  /** How the log names it: `Producer clientId=console-producer`. */
  readonly label: string
  /** On the clock of `io.nowMs`. */
  readonly deadlineMs: number
}

const PAUSE_MS = 100
const PAUSE_MAX_MS = 1000
const NETWORK_LOGGER = 'org.apache.kafka.clients.NetworkClient'

/** The client cannot even be made: no record is to blame. */
export class ClientError extends JavaError {
  constructor(kind: DataClient['kind'], causedBy: string) {
    super('org.apache.kafka.common.KafkaException', `Failed to construct kafka ${kind}`, causedBy)
  }
}

/** Throws ClientError, as Kafka's clients do when they are made, for an address without a port. */
export function checkAddresses(text: string, kind: DataClient['kind']): void {
  const wrong = text
    .split(',')
    .find((address) => !/^\s*(?:\w+:\/\/)?(?:\[[^\]]+\]|[^:[\]\s]+):\d{1,5}\s*$/.test(address))
  if (wrong === undefined) return
  throw new ClientError(
    kind,
    `org.apache.kafka.common.config.ConfigException: Invalid url in bootstrap.servers: ${wrong}`,
  )
}

/** Undefined: the deadline passed, or the tool was stopped. Throws ClientError for addresses that no name server knows. */
export async function connectData(
  options: ClientOptions,
  client: DataClient,
  io: ShimIo,
): Promise<ClusterClient | undefined> {
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
    try {
      return await ClusterClient.connect(options)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      if (error.reason === 'unknown-host') {
        throw new ClientError(
          client.kind,
          'org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers',
        )
      }
      if (!error.retriable) throw error
      logLine(
        io,
        'WARN',
        `[${client.label}] Connection to node -1 (${error.peer}) could not be established. Node may not be available.`,
        NETWORK_LOGGER,
      )
      if (io.signal.aborted || io.nowMs() + pauseMs > client.deadlineMs) return undefined
      await pause(pauseMs, io.signal)
    }
  }
}

/**
 * Waits until a topic is there; a broker that makes topics makes it. False: the deadline passed, or the tool was stopped. Throws
 * ApiError for a topic that cannot be, or that may not be written to.
 */
export async function awaitTopic(
  client: ClusterClient,
  topic: string,
  { label, deadlineMs }: Pick<DataClient, 'label' | 'deadlineMs'>,
  io: ShimIo,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const answer = await client.request('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation: true })
    const error = errorName(answer.topics[0]?.errorCode ?? 3)
    if (error === 'NONE') return true
    if (attempt === 1) {
      const issue = `The metadata response from the cluster reported a recoverable issue with correlation id 1 : {${topic}=${error}}`
      logLine(io, 'WARN', `[${label}] ${issue}`, NETWORK_LOGGER)
    }
    if (error === 'INVALID_TOPIC_EXCEPTION') throw new ApiError(error, `Invalid topics: [${topic}]`)
    if (error === 'TOPIC_AUTHORIZATION_FAILED') throw new ApiError(error, `Not authorized to access topics: [${topic}]`)
    if (io.signal.aborted || io.nowMs() + PAUSE_MS > deadlineMs) return false
    await pause(PAUSE_MS, io.signal)
  }
}

/** Waits, less long when the tool is stopped. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
