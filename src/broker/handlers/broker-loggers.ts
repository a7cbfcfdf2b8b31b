/**
 * The BROKER_LOGGER resource of DescribeConfigs and IncrementalAlterConfigs (KIP-412): the levels of this node's loggers,
 * which change at once and last until the node stops.
 */
import { LOG_LEVELS, type LogLevel, ROOT_LOGGER } from '../../base/log.ts'
import { configSources, configTypes, type DescribedConfig } from '../../config/describe.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { BrokerServices } from './context.ts'

const OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const

interface Change {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

/** The levels of the loggers named; null or no names mean all. Throws INVALID_REQUEST unless `node` is this one. */
export function describeLoggers(
  services: BrokerServices,
  node: string,
  names: readonly string[] | null,
): DescribedConfig[] {
  if (node === '') throw new ApiError('INVALID_REQUEST', 'Broker id must not be empty')
  if (!isInteger(node)) throw new ApiError('INVALID_REQUEST', `Broker id must be an integer, but it is: ${node}`)
  if (Number(node) !== services.nodeId) {
    throw new ApiError('INVALID_REQUEST', `Unexpected broker id, expected ${services.nodeId} but received ${node}`)
  }
  const isAll = names === null || names.length === 0
  return [...(services.logLevels?.list() ?? [])]
    .filter(([name]) => isAll || names.includes(name))
    .map(([name, value]) => ({
      name,
      value,
      readOnly: false,
      configSource: configSources['dynamic-broker-logger'],
      isSensitive: false,
      synonyms: [],
      configType: configTypes.UNKNOWN,
      documentation: '',
    }))
}

/** Sets and resets levels, all or none; throws ApiError. Nothing happens when it is only to be checked. */
export function alterLoggers(
  services: BrokerServices,
  resource: { readonly resourceName: string; readonly configs: readonly Change[] },
  validateOnly: boolean,
): void {
  const { resourceName: node, configs } = resource
  if (!isInteger(node)) throw new ApiError('INVALID_REQUEST', `Node id must be an integer, but it is: ${node}`)
  if (Number(node) !== services.nodeId) {
    throw new ApiError('INVALID_REQUEST', `Unexpected node id. Expected ${services.nodeId}, but received ${node}`)
  }
  for (const change of configs) check(services, change)
  if (validateOnly) return
  for (const { name, configOperation, value } of configs) {
    if (OPERATIONS[configOperation] === 'SET') services.logLevels?.set(name, value as LogLevel)
    else services.logLevels?.unset(name)
    services.log.warn(
      value === null ? `Unset the log level of ${name}` : `Updated the log level of ${name} to ${value}`,
    )
  }
}

function check({ logLevels }: BrokerServices, { name, configOperation, value }: Change): void {
  const operation = OPERATIONS[configOperation]
  if (operation === undefined) {
    throw new ApiError(
      'INVALID_REQUEST',
      `Unknown operation type ${configOperation} is not allowed for the BROKER_LOGGER resource`,
    )
  }
  if (operation === 'APPEND' || operation === 'SUBTRACT') {
    throw new ApiError('INVALID_REQUEST', `${operation} operation is not allowed for the BROKER_LOGGER resource`)
  }
  if (logLevels?.get(name) === undefined) throw new ApiError('INVALID_CONFIG', `Logger ${name} does not exist!`)
  if (operation === 'DELETE') {
    if (name === ROOT_LOGGER) {
      throw new ApiError('INVALID_REQUEST', `Removing the log level of the ${ROOT_LOGGER} logger is not allowed`)
    }
  } else if (!(LOG_LEVELS as readonly (string | null)[]).includes(value)) {
    throw new ApiError(
      'INVALID_CONFIG',
      `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${[...LOG_LEVELS].sort().join(', ')}`,
    )
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text)
}
