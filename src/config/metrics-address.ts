/**
 * Where a node serves its metrics and health: what was asked for (`9404`, `0.0.0.0:9404`, `off`), or the default, which is a
 * fixed distance from the port for clients and on the loopback address.
 */
import { UsageError } from '../base/errors.ts'

const LOOPBACK = '127.0.0.1'
/** 9092 gives 20092: away from the ports of brokers, controllers and exporters, and from those that systems hand out. */
const DISTANCE = 11_000
const PORT_MAX = 65_535

export interface MetricsAddress {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Reads `PORT`, `HOST:PORT`, `[HOST]:PORT` or `off` (undefined). Throws UsageError. */
export function parseMetricsAddress(text: string): MetricsAddress | undefined {
  if (text === 'off') return undefined
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > PORT_MAX) {
    throw new UsageError(`"${text}" is no place for metrics`, 'give a port, HOST:PORT, or off')
  }
  return { host: match[1] ?? match[2] ?? LOOPBACK, port }
}

/** The address that a node takes by itself, if it is free; 0 where the distance leads nowhere. */
export function defaultMetricsAddress(clientPort: number): MetricsAddress {
  const port = clientPort > 0 && clientPort + DISTANCE <= PORT_MAX ? clientPort + DISTANCE : 0
  return { host: LOOPBACK, port }
}
