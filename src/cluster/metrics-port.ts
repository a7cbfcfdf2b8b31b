/**
 * The metrics port of a node that is about to be started: the one asked for, else the one it had before, else the default
 * one; where that is busy, any free one. Only one that was asked for can be in the way of a start.
 */
import { MqError } from '../base/errors.ts'
import { defaultMetricsAddress, parseMetricsAddress } from '../config/metrics-address.ts'
import { freePort, portOwner, portState } from '../platform/port-info.ts'

export interface MetricsPlan {
  /** As it was asked for; undefined: it was not. */
  readonly asked: string | undefined
  /** Null: none. */
  readonly port: number | null
  /** Arguments for the broker's program. */
  readonly args: readonly string[]
}

/** Throws UsageError for what cannot be read, MqError when the port asked for is busy. */
export async function planMetrics(
  asked: string | undefined,
  clientPort: number,
  recordedPort: number | null,
): Promise<MetricsPlan> {
  if (asked !== undefined) return planAsked(asked)
  const address = defaultMetricsAddress(clientPort)
  const wanted = recordedPort ?? address.port
  const isFree = wanted > 0 && (await portState(address.host, wanted)) === 'free'
  const port = isFree ? wanted : await freePort(address.host)
  return { asked: undefined, port, args: ['--prefer-metrics-port', String(port)] }
}

async function planAsked(asked: string): Promise<MetricsPlan> {
  const address = parseMetricsAddress(asked)
  if (address === undefined) return { asked, port: null, args: ['--metrics-port', 'off'] }
  const { host } = address
  const port = address.port === 0 ? await freePort(host) : address.port
  const state = await portState(host, port)
  if (state !== 'free') {
    const owner = state === 'busy' ? portOwner(port) : undefined
    const who = owner === undefined ? '' : `: ${owner.name ?? 'a process'} (pid ${owner.pid}) listens there`
    const why = state === 'busy' ? `is busy${who}` : `cannot be had (${state.error})`
    throw new MqError('MQ_PORT_BUSY', `port ${port} on ${host} for metrics ${why}`, {
      hint: 'choose another with --metrics-port, 0 for any free one, or off',
    })
  }
  return { asked, port, args: ['--metrics-port', host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`] }
}
