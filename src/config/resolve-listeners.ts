/**
 * Works out a node's listeners from its settings: security protocols, which of them belong to the controller, what is
 * advertised, and which one brokers use among themselves. Names only what cannot be right; role rules are elsewhere.
 */
import { ConfigError } from '../base/errors.ts'
import type { BrokerConfigValue, BrokerKey } from './broker-keys.ts'
import {
  type Endpoint,
  type Listener,
  type SecurityProtocol,
  checkDistinct,
  parseEndpoints,
  parseProtocolMap,
  securityProtocols,
} from './listeners.ts'

/** The part of BrokerConfig that is needed here. */
export interface ListenerSettings {
  get<K extends BrokerKey>(key: K): BrokerConfigValue<K>
  readonly values: Readonly<Record<string, string>>
  readonly defaults: Readonly<Record<string, string>>
}

export interface ResolvedListeners {
  listeners: Listener[]
  advertised: Endpoint[]
  advertisedControllers: Endpoint[]
  controllerNames: string[]
  interBrokerName: string
}

export function resolveListeners(config: ListenerSettings): ResolvedListeners {
  const endpoints = parseEndpoints('listeners', config.get('listeners'))
  checkDistinct('listeners', endpoints, true)
  const controllerNames = config.get('controller.listener.names').map((name) => name.toUpperCase())
  const map = protocolMap(config, endpoints, controllerNames)
  const listeners = endpoints.map((endpoint) => ({ ...endpoint, securityProtocol: protocolOf(endpoint.name, map) }))

  const given = config.get('advertised.listeners')
  const advertised = given === null ? endpoints : parseEndpoints('advertised.listeners', given)
  checkDistinct('advertised.listeners', advertised, false)
  const forBrokers = advertised.filter((endpoint) => !controllerNames.includes(endpoint.name))
  const forControllers = endpoints
    .filter((endpoint) => controllerNames.includes(endpoint.name))
    .map((endpoint) => advertised.find((candidate) => candidate.name === endpoint.name) ?? endpoint)
  for (const endpoint of given === null ? [] : advertised) {
    protocolOf(endpoint.name, map)
    if (endpoint.host === '0.0.0.0') {
      throw new ConfigError(
        'advertised.listeners',
        'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
      )
    }
  }
  return {
    listeners,
    advertised: forBrokers,
    advertisedControllers: forControllers,
    controllerNames,
    interBrokerName: interBrokerName(config, map),
  }
}

function protocolOf(name: string, map: ReadonlyMap<string, SecurityProtocol>): SecurityProtocol {
  const protocol = map.get(name)
  if (protocol !== undefined) return protocol
  throw new ConfigError(
    'listener.security.protocol.map',
    `No security protocol defined for listener ${name}`,
    `Add ${name}:PLAINTEXT (or SSL, SASL_PLAINTEXT, SASL_SSL) to listener.security.protocol.map.`,
  )
}

function protocolMap(
  config: ListenerSettings,
  endpoints: readonly Endpoint[],
  controllerNames: readonly string[],
): Map<string, SecurityProtocol> {
  const map = parseProtocolMap(config.get('listener.security.protocol.map'))
  const key = 'listener.security.protocol.map'
  if (Object.hasOwn(config.values, key) || Object.hasOwn(config.defaults, key)) return map
  // Kafka's convenience: nothing was said about protocols and nothing is secured, so controllers speak PLAINTEXT.
  const secured = (name: string) => name === 'SSL' || name.startsWith('SASL_')
  if (![...controllerNames, ...endpoints.map((endpoint) => endpoint.name)].some(secured)) {
    for (const name of controllerNames) if (!map.has(name)) map.set(name, 'PLAINTEXT')
  }
  return map
}

function interBrokerName(config: ListenerSettings, map: ReadonlyMap<string, SecurityProtocol>): string {
  const name = config.get('inter.broker.listener.name')
  const protocol = config.get('security.inter.broker.protocol')
  if (name === null) return protocol
  if (Object.hasOwn(config.values, 'security.inter.broker.protocol')) {
    throw new ConfigError(
      'inter.broker.listener.name',
      'Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.',
    )
  }
  if (!map.has(name.toUpperCase())) {
    throw new ConfigError(
      'inter.broker.listener.name',
      `Listener with name ${name} defined in inter.broker.listener.name not found in listener.security.protocol.map.`,
      `Protocols: ${securityProtocols.join(', ')}.`,
    )
  }
  return name.toUpperCase()
}
