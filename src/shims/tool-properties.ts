/**
 * `key=value` arguments and property files of the tools that take a client's settings, and the checks that Kafka's clients make of
 * the settings which matter here, in their words.
 */
import { JavaError } from './failures.ts'

/** What repeated `key=value` arguments say; a key alone has an empty value, the last one of a key counts. */
export function keyValues(args: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const arg of args) {
    const at = arg.indexOf('=')
    if (arg === '') continue
    if (at < 0) found[arg] = ''
    else found[arg.slice(0, at)] = arg.slice(at + 1)
  }
  return found
}

/** A setting that a client refuses. */
export function configError(key: string, value: string, why: string): JavaError {
  return new JavaError(
    'org.apache.kafka.common.config.ConfigException',
    `Invalid value ${value} for configuration ${key}: ${why}`,
  )
}

/** Settings of clients that are numbers, with Kafka's name of their type. */
const NUMBERS: Readonly<Record<string, 'INT' | 'LONG'>> = {
  'batch.size': 'INT',
  'buffer.memory': 'LONG',
  'connections.max.idle.ms': 'LONG',
  'default.api.timeout.ms': 'INT',
  'delivery.timeout.ms': 'INT',
  'fetch.max.bytes': 'INT',
  'fetch.max.wait.ms': 'INT',
  'fetch.min.bytes': 'INT',
  'heartbeat.interval.ms': 'INT',
  'linger.ms': 'LONG',
  'max.block.ms': 'LONG',
  'max.in.flight.requests.per.connection': 'INT',
  'max.partition.fetch.bytes': 'INT',
  'max.poll.interval.ms': 'INT',
  'max.poll.records': 'INT',
  'max.request.size': 'INT',
  'metadata.max.age.ms': 'LONG',
  'receive.buffer.bytes': 'INT',
  'request.timeout.ms': 'INT',
  retries: 'INT',
  'retry.backoff.max.ms': 'LONG',
  'retry.backoff.ms': 'LONG',
  'send.buffer.bytes': 'INT',
  'session.timeout.ms': 'INT',
  'transaction.timeout.ms': 'INT',
}

/** Settings of clients that are one of a few words. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  acks: ['all', '-1', '0', '1'],
  'compression.type': ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  'isolation.level': ['read_committed', 'read_uncommitted'],
}

/** Throws JavaError for a setting that Kafka's own client would not start with. */
export function checkProperties(properties: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(properties)) {
    const type = NUMBERS[key]
    if (type !== undefined && !/^\s*[+-]?\d+\s*$/.test(value)) {
      throw configError(key, value, `Not a number of type ${type}`)
    }
    const words = WORDS[key]
    if (words !== undefined && !words.includes(value)) {
      throw configError(key, value, `String must be one of: ${words.join(', ')}`)
    }
  }
  if (properties['enable.idempotence'] === 'true' && !['all', '-1'].includes(properties.acks ?? 'all')) {
    throw new JavaError(
      'org.apache.kafka.common.config.ConfigException',
      'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
    )
  }
  const isIdempotent =
    properties['enable.idempotence'] === undefined
      ? ['all', '-1'].includes(properties.acks ?? 'all')
      : properties['enable.idempotence'] === 'true'
  if (properties['transactional.id'] !== undefined && !isIdempotent) {
    throw new JavaError(
      'org.apache.kafka.common.config.ConfigException',
      'Cannot set a transactional.id without also enabling idempotence.',
    )
  }
  const reset = properties['auto.offset.reset']
  if (reset !== undefined && !/^(latest|earliest|none|by_duration:.+)$/.test(reset)) {
    throw configError(
      'auto.offset.reset',
      reset,
      'Invalid value `' +
        reset +
        "` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.",
    )
  }
}
