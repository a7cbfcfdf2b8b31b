/**
 * Opens the metrics port of a broker's process. One that was asked for is opened first, and a start fails with it; the
 * default one is opened a moment later, when the node has had the time to start, and moves aside when it is taken.
 */
import type { Clock } from '../base/clock.ts'
import type { HttpServer } from '../base/http.ts'
import type { Logger } from '../base/log.ts'
import { defaultMetricsAddress, type MetricsAddress, parseMetricsAddress } from '../config/metrics-address.ts'
import { MetricsEndpoint } from './metrics-endpoint.ts'

/** A start takes a tenth of a second; what it would pay for loading an HTTP server is paid after it. */
const LATER_MS = 300

export interface MetricsPortOptions {
  readonly http: HttpServer
  readonly clock: Clock
  readonly logger: Logger
  /** `[HOST:]PORT` or `off`; undefined: the default. */
  readonly asked: string | undefined
  /** The port to try first, where none was asked for. */
  readonly preferred: string | undefined
  /** Port of the client listener. */
  readonly clientPort: number
}

/** Rejects with UsageError, or with the network's error when the place that was asked for cannot be had. */
export async function openMetricsPort(options: MetricsPortOptions): Promise<MetricsEndpoint> {
  const { http, clock, asked, preferred, clientPort } = options
  const endpoint = new MetricsEndpoint(http)
  if (asked !== undefined) {
    const address = parseMetricsAddress(asked)
    if (address !== undefined) await listen(endpoint, options.logger, address)
    return endpoint
  }
  const first =
    (preferred === undefined ? undefined : parseMetricsAddress(preferred)) ?? defaultMetricsAddress(clientPort)
  clock.schedule(LATER_MS, () => {
    listenSomewhere(endpoint, options.logger, first).catch((error: unknown) =>
      options.logger.warn('The metrics port could not be opened; the node goes on without.', error),
    )
  })
  return endpoint
}

async function listen(endpoint: MetricsEndpoint, logger: Logger, address: MetricsAddress): Promise<void> {
  const { host, port } = await endpoint.listen(address)
  logger.info(`Metrics at http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`)
}

async function listenSomewhere(endpoint: MetricsEndpoint, logger: Logger, first: MetricsAddress): Promise<void> {
  try {
    await listen(endpoint, logger, first)
  } catch (error) {
    if (first.port === 0) throw error
    logger.info(`Port ${first.port} is not free for metrics; another one is taken`)
    await listen(endpoint, logger, { ...first, port: 0 })
  }
}
