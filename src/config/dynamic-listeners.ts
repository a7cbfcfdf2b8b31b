/**
 * The listeners' part of dynamic broker settings: why a set of listeners cannot be, in Kafka's words, and the limits of
 * single listeners (`listener.name.<name>.max.connections`), which stand under names that the key table does not hold.
 */
import { ConfigError } from '../base/errors.ts'
import type { BrokerConfig } from './broker-config.ts'
import { checkDistinct, type Endpoint, parseEndpoints, parseProtocolMap, securityProtocols } from './listeners.ts'

type Texts = ReadonlyMap<string, string>

/** The text of `key` over both levels and the static settings. */
function effective(key: string, start: BrokerConfig, clusterWide: Texts, ownBroker: Texts): string {
  return ownBroker.get(key) ?? clusterWide.get(key) ?? start.text(key) ?? ''
}

/** Why listeners and protocols as they would be do not go together; undefined when they do. */
export function listenersProblem(start: BrokerConfig, clusterWide: Texts, ownBroker: Texts): string | undefined {
  const mapText = effective('listener.security.protocol.map', start, clusterWide, ownBroker)
  const isGiven = ownBroker.has('listener.security.protocol.map') || clusterWide.has('listener.security.protocol.map')
  const texts = effective('listeners', start, clusterWide, ownBroker)
    .split(',')
    .map((text) => text.trim())
  const failed = `Error creating broker listeners from '[${texts.join(', ')}]':`
  for (const entry of isGiven ? mapText.split(',') : []) {
    const protocol = entry.slice(entry.lastIndexOf(':') + 1).trim()
    if (!(securityProtocols as readonly string[]).includes(protocol.toUpperCase())) {
      return `Invalid security protocol \`${protocol}\` defined in listener.security.protocol.map`
    }
  }
  const endpoints: Endpoint[] = []
  for (const text of texts) {
    try {
      endpoints.push(...parseEndpoints('listeners', [text]))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return `${failed} Unable to parse ${text} to a broker endpoint`
    }
  }
  if (new Set(endpoints.map(({ name }) => name)).size < endpoints.length) {
    return `${failed} Each listener must have a different name, listeners: [${texts.join(', ')}]`
  }
  try {
    checkDistinct('listeners', endpoints, true)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const ports = endpoints.map(({ port }) => port)
    const twice = ports.find((port, index) => port !== 0 && ports.indexOf(port) !== index)
    return (
      `${failed} If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: ` +
      `[${texts.join(', ')}], port: ${twice}`
    )
  }
  const map = parseProtocolMap(mapText)
  const unknown = endpoints.find(({ name }) => !map.has(name))
  return unknown === undefined ? undefined : `${failed} No security protocol defined for listener ${unknown.name}`
}

/** Limits that must leave room for one connection, on the whole node and on a listener that it has. */
const LIMITS = ['max.connections', 'max.connection.creation.rate'] as const

/** Why the change of listeners or of their limits cannot be made while the node runs. */
export function listenerSettingProblem(now: BrokerConfig, next: BrokerConfig, entries: Texts): string | undefined {
  for (const limit of LIMITS) {
    if (next.get(limit) <= 0 && next.get(limit) !== now.get(limit)) return `Invalid ${limit} ${next.get(limit)}`
    for (const { name } of now.listeners) {
      const text = entries.get(`listener.name.${name.toLowerCase()}.${limit}`)
      if (text !== undefined && Number(text) <= 0) return `Invalid ${limit} ${Number(text)}`
    }
  }
  for (const listener of now.listeners) {
    const after = next.listeners.find(({ name }) => name === listener.name)
    if (after !== undefined && after.securityProtocol !== listener.securityProtocol) {
      return `Security protocol cannot be updated for existing listener ListenerName(${listener.name})`
    }
  }
  return undefined
}
