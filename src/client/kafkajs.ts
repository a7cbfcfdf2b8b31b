/**
 * kafkajs on the same options as our own client: the only file that loads it, on first call. Every codec of Kafka is
 * registered with it, its own log lines are off, and its errors are the caller's to translate.
 */
import type { Kafka, SASLOptions } from 'kafkajs'
import { compress, decompress } from '../protocol/records/compression.ts'
import { MAX_DECOMPRESSED_BYTES } from '../protocol/records/record.ts'
import type { ClientOptions } from './options.ts'
import { fetchToken } from './oauth-token.ts'
import type { SaslOptions } from './sasl-options.ts'
import { peerText } from './socket.ts'
import { secureContext } from './tls-options.ts'

type KafkaJs = typeof import('kafkajs')

let loading: Promise<KafkaJs> | undefined

/** kafkajs with snappy, lz4 and zstd registered. */
export function loadKafkaJs(): Promise<KafkaJs> {
  loading ??= import('kafkajs').then((module) => {
    // kafkajs is CommonJS: depending on who loads it, its names stand on the module or on its default export.
    const kafkajs = (module as unknown as { default?: KafkaJs }).default ?? module
    const codecs = {
      snappy: kafkajs.CompressionTypes.Snappy,
      lz4: kafkajs.CompressionTypes.LZ4,
      zstd: kafkajs.CompressionTypes.ZSTD,
    } as const
    const registry = kafkajs.CompressionCodecs as Record<number, unknown>
    for (const [name, type] of Object.entries(codecs)) {
      const codec = name as keyof typeof codecs
      registry[type] = () => ({
        compress: async (encoder: { buffer: Buffer }) => compress(codec, encoder.buffer),
        decompress: async (data: Buffer) => decompress(codec, data, MAX_DECOMPRESSED_BYTES),
      })
    }
    return kafkajs
  })
  return loading
}

function saslFor(options: SaslOptions): SASLOptions {
  if (options.mechanism === 'OAUTHBEARER') {
    const { token } = options
    return {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: await fetchToken(token), extensions: options.extensions }),
    }
  }
  const { username, password } = options
  switch (options.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}

/** A kafkajs client for these options. Connects to nothing yet. */
export async function createKafka(options: ClientOptions): Promise<Kafka> {
  const { Kafka, logLevel } = await loadKafkaJs()
  const { tls, sasl } = options
  const secure =
    tls === null
      ? {}
      : {
          ssl: {
            secureContext: secureContext(tls),
            rejectUnauthorized: tls.rejectUnauthorized,
            ...(tls.verifyHostname ? {} : { checkServerIdentity: () => undefined }),
          },
        }
  return new Kafka({
    clientId: options.clientId,
    brokers: options.bootstrap.map(peerText),
    ...secure,
    ...(sasl === null ? {} : { sasl: saslFor(sasl) }),
    // Shorter than any session: a login renewed before every request is refused by the broker.
    reauthenticationThreshold: 1000,
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // Enough attempts for a group coordinator that is just being made (some ten seconds with the default pauses).
    retry: { initialRetryTime: options.retryBackoffMs, maxRetryTime: options.retryBackoffMaxMs, retries: 15 },
    logLevel: logLevel.NOTHING,
  })
}
