/**
 * What a client needs to know to talk to a cluster, from properties in Java's names (client.properties, jaas line
 * included) or librdkafka's. Files that the properties point to are read here. Errors name the key, never the value of
 * a secret.
 */
import { readFileSync } from 'node:fs'
import { ConfigError } from '../base/errors.ts'
import { parseHostPorts, type SecurityProtocol, securityProtocols } from '../config/listeners.ts'
import { parseProperties } from '../config/properties.ts'
import { type SaslOptions, saslOptions } from './sasl-options.ts'
import { withReferences } from './secrets.ts'
import { type TlsOptions, tlsOptions } from './tls-options.ts'

export type { SaslOptions } from './sasl-options.ts'
export type { TlsOptions } from './tls-options.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface ClientOptions {
  readonly bootstrap: readonly HostPort[]
  /** What the bootstrap addresses are; controllers serve only some requests. */
  readonly bootstrapKind: 'broker' | 'controller'
  readonly clientId: string
  readonly securityProtocol: SecurityProtocol
  readonly tls: TlsOptions | null
  readonly sasl: SaslOptions | null
  /** One connection attempt, one request, and one operation with all its retries. */
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly apiTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /**
   * Whether large answers share memory: what an answer holds is then good until the answer after the next one of its connection
   * begins, for whoever is done with it by then. Default false.
   */
  readonly recyclesFrames?: boolean
  /** All properties as given, for what is passed on (producer and consumer settings). May hold secrets. */
  readonly properties: Readonly<Record<string, string>>
}

export interface OptionSources {
  /** `--bootstrap-server`; wins over the properties. */
  bootstrapServer?: string | undefined
  bootstrapController?: string | undefined
  /** Text of the `--command-config` file. */
  fileText?: string | undefined
  /** `-X`; wins over the file. */
  properties?: Readonly<Record<string, string>> | undefined
}

const DEFAULT_PORT = 9092

/** Splits `host:port,…`; a host alone gets port 9092. Throws ConfigError. */
export function parseBootstrap(text: string, key = 'bootstrap.servers'): HostPort[] {
  const entries = text
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/^[A-Za-z_]+:\/\//, ''))
    .map((entry) => (/^[^:\]]+$|^\[[^\]]+\]$/.test(entry) ? `${entry}:${DEFAULT_PORT}` : entry))
  if (entries.length === 0) throw new ConfigError(key, `${key} is empty`, 'Give host:port, for example localhost:9092.')
  return parseHostPorts(key, entries)
}

/** The bootstrap text that these sources give, or undefined when none does. */
export function bootstrapOf(sources: OptionSources): string | undefined {
  const properties = mergedProperties(sources)
  return sources.bootstrapServer ?? properties['bootstrap.servers'] ?? properties['metadata.broker.list']
}

function mergedProperties(sources: OptionSources): Record<string, string> {
  return withReferences({
    ...(sources.fileText === undefined ? {} : parseProperties(sources.fileText)),
    ...sources.properties,
  })
}

function milliseconds(properties: Readonly<Record<string, string>>, keys: readonly string[], standard: number): number {
  for (const key of keys) {
    const text = properties[key]
    if (text === undefined) continue
    const value = Number(text.trim())
    if (!Number.isInteger(value) || value < 0) {
      throw new ConfigError(key, `${key} must be a whole number of milliseconds, not "${text}"`)
    }
    return value
  }
  return standard
}

function protocolOf(properties: Readonly<Record<string, string>>): SecurityProtocol {
  const text = properties['security.protocol']?.trim().toUpperCase()
  if (text === undefined || text === '') {
    const sasl = properties['sasl.jaas.config'] ?? properties['sasl.username']
    if (sasl === undefined) return 'PLAINTEXT'
    throw new ConfigError(
      'security.protocol',
      'there are SASL credentials but no security.protocol',
      'Set security.protocol=SASL_SSL, or SASL_PLAINTEXT for a listener without TLS.',
    )
  }
  const protocol = securityProtocols.find((name) => name === text)
  if (protocol !== undefined) return protocol
  throw new ConfigError(
    'security.protocol',
    `security.protocol is ${text}`,
    `It must be one of ${securityProtocols.join(', ')}.`,
  )
}

/** Reads a file that a property names. Throws ConfigError that names key and path. */
export function readNamedFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(key, `${key}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
}

/** Resolves all sources. Throws ConfigError: no bootstrap, a bad value, an unreadable file, an unknown mechanism. */
export function resolveClientOptions(sources: OptionSources): ClientOptions {
  const properties = mergedProperties(sources)
  const controllers = sources.bootstrapController ?? properties['bootstrap.controllers']
  const servers = bootstrapOf(sources)
  const viaController =
    sources.bootstrapController !== undefined || (servers === undefined && controllers !== undefined)
  const bootstrapText = viaController ? controllers : servers
  if (bootstrapText === undefined) {
    throw new ConfigError('bootstrap.servers', 'no bootstrap server', 'Give --bootstrap-server HOST:PORT.')
  }
  const securityProtocol = protocolOf(properties)
  return {
    bootstrap: parseBootstrap(bootstrapText, viaController ? 'bootstrap.controllers' : 'bootstrap.servers'),
    bootstrapKind: viaController ? 'controller' : 'broker',
    clientId: properties['client.id'] ?? 'mq',
    securityProtocol,
    tls: securityProtocol.endsWith('SSL') ? tlsOptions(properties, readNamedFile) : null,
    sasl: securityProtocol.startsWith('SASL') ? saslOptions(properties, readNamedFile) : null,
    connectTimeoutMs: milliseconds(
      properties,
      ['socket.connection.setup.timeout.ms', 'socket.connection.setup.timeout.max.ms'],
      10_000,
    ),
    requestTimeoutMs: milliseconds(properties, ['request.timeout.ms', 'socket.timeout.ms'], 30_000),
    apiTimeoutMs: milliseconds(properties, ['default.api.timeout.ms'], 60_000),
    retryBackoffMs: milliseconds(properties, ['retry.backoff.ms'], 100),
    retryBackoffMaxMs: milliseconds(properties, ['retry.backoff.max.ms'], 1_000),
    properties,
  }
}
