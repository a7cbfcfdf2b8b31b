/**
 * Listener texts of a broker configuration: `NAME://host:port` entries, the security protocol map, quorum voters and
 * bootstrap controllers. Names are upper-cased as Kafka does; IPv6 addresses stand in brackets.
 */
import { ConfigError } from '../base/errors.ts'

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
export const securityProtocols: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

export interface Endpoint {
  readonly name: string
  /** Empty: every interface (of a listener), the node's own name (of an advertised one). */
  readonly host: string
  readonly port: number
}

export interface Listener extends Endpoint {
  readonly securityProtocol: SecurityProtocol
}

export interface Voter {
  readonly id: number
  readonly host: string
  readonly port: number
}

function port(key: string, given: string, text: string, least: number): number {
  const value = Number(given)
  if (!Number.isInteger(value) || value < least || value > 65_535) {
    throw new ConfigError(key, `${key}: '${text}' has no valid port (${least} to 65535)`)
  }
  return value
}

/** Parses `NAME://host:port` entries. Throws ConfigError on another shape. */
export function parseEndpoints(key: string, entries: readonly string[]): Endpoint[] {
  return entries.map((entry) => {
    const match = /^([A-Za-z0-9_.-]+):\/\/(?:\[([0-9a-fA-F:.%a-zA-Z0-9]+)\]|([^:/[\]]*)):(-?\d+)$/.exec(entry.trim())
    if (match === null) {
      throw new ConfigError(
        key,
        `${key}: '${entry}' is not a listener`,
        'Write NAME://host:port, for example PLAINTEXT://localhost:9092; several are separated by commas.',
      )
    }
    return {
      name: match[1]!.toUpperCase(),
      host: match[2] ?? match[3]!,
      port: port(key, match[4]!, entry, 0),
    }
  })
}

/** Refuses two listeners of one name, or of one port unless one is IPv4 and the other IPv6. */
export function checkDistinct(key: string, endpoints: readonly Endpoint[], portsToo: boolean): void {
  const names = new Set(endpoints.map((endpoint) => endpoint.name))
  if (names.size !== endpoints.length) throw new ConfigError(key, `${key}: each listener must have a different name`)
  if (!portsToo) return
  const seen = new Map<number, Endpoint>()
  for (const endpoint of endpoints) {
    if (endpoint.port === 0) continue
    const other = seen.get(endpoint.port)
    if (other !== undefined && other.host.includes(':') === endpoint.host.includes(':')) {
      throw new ConfigError(
        key,
        `${key}: ${other.name} and ${endpoint.name} both use port ${endpoint.port}`,
        'Each listener needs its own port, except one IPv4 and one IPv6 address on the same port.',
      )
    }
    seen.set(endpoint.port, endpoint)
  }
}

/** Parses `listener.security.protocol.map`: `NAME:PROTOCOL,…`. */
export function parseProtocolMap(text: string): Map<string, SecurityProtocol> {
  const key = 'listener.security.protocol.map'
  const map = new Map<string, SecurityProtocol>()
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const colon = entry.lastIndexOf(':')
    const name = entry.slice(0, colon).trim().toUpperCase()
    const protocol = entry
      .slice(colon + 1)
      .trim()
      .toUpperCase()
    if (colon < 1 || !(securityProtocols as readonly string[]).includes(protocol)) {
      throw new ConfigError(
        key,
        `${key}: '${entry.trim()}' is not NAME:PROTOCOL`,
        `Protocols: ${securityProtocols.join(', ')}.`,
      )
    }
    map.set(name, protocol as SecurityProtocol)
  }
  return map
}

/** Parses `controller.quorum.voters`: `id@host:port,…`. */
export function parseVoters(entries: readonly string[]): Voter[] {
  const key = 'controller.quorum.voters'
  return entries.map((entry) => {
    const match = /^(\d+)@(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(entry.trim())
    if (match === null) {
      throw new ConfigError(
        key,
        `${key}: '${entry}' is not a voter`,
        'Write id@host:port, for example 1@localhost:9093.',
      )
    }
    return { id: Number(match[1]), host: match[2] ?? match[3]!, port: port(key, match[4]!, entry, 0) }
  })
}

/** Parses `host:port` entries. Throws ConfigError under `key` on another shape. */
export function parseHostPorts(key: string, entries: readonly string[]): { host: string; port: number }[] {
  return entries.map((entry) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]/@]+)):(\d+)$/.exec(entry.trim())
    if (match === null) throw new ConfigError(key, `${key}: '${entry}' is not host:port`)
    return { host: match[1] ?? match[2]!, port: port(key, match[3]!, entry, 1) }
  })
}
