/**
 * `kafka-request.log`: one line a request while the logger `kafka.request.logger` is at DEBUG, in Kafka's shape, `Completed
 * request:{json}`. Bytes (records, credentials) are given by their size; values of settings are left out, since some are
 * secret. At TRACE the answer is in the line too.
 */
import type { Logger } from '../../base/log.ts'
import { apis } from '../../protocol/apis.ts'
import type { RequestTimes } from '../metrics/request-metrics.ts'
import type { RequestContext } from './context.ts'

export const REQUEST_LOGGER = 'kafka.request.logger'

/** Requests whose fields called `value` may be secret. */
const SECRET_VALUES: ReadonlySet<string> = new Set(['AlterConfigs', 'IncrementalAlterConfigs'])

/** Says that a request was answered. The caller has asked whether DEBUG is enabled. */
export function logRequest(
  log: Logger,
  context: RequestContext,
  exchange: { readonly request: unknown; readonly response: unknown },
  times: RequestTimes,
): void {
  const { api, version, correlationId, clientId, connectionId, listenerName, principal } = context
  const hidesValues = SECRET_VALUES.has(api)
  const line = {
    requestHeader: {
      requestApiKey: apis[api].key,
      requestApiVersion: version,
      correlationId,
      clientId,
      requestApiKeyName: upperSnake(api),
    },
    request: shown(exchange.request, hidesValues),
    ...(log.enabled('TRACE') ? { response: shown(exchange.response, false) } : {}),
    connection: connectionId,
    totalTimeMs: rounded(times.totalMs),
    requestQueueTimeMs: rounded(times.queuedMs),
    localTimeMs: rounded(times.localMs),
    remoteTimeMs: rounded(times.remoteMs),
    throttleTimeMs: 0,
    principal,
    listener: listenerName,
  }
  log.debug(`Completed request:${JSON.stringify(line)}`)
}

/** The message as it is written down: bytes as their number, before JSON makes an array of each. */
function shown(value: unknown, hidesValues: boolean): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return { sizeInBytes: value.length }
  if (Array.isArray(value)) return value.map((each) => shown(each, hidesValues))
  const fields = Object.entries(value).map(([key, field]) => [
    key,
    hidesValues && key === 'value' && field !== null ? '(hidden)' : shown(field, hidesValues),
  ])
  return Object.fromEntries(fields)
}

/** `ListOffsets` as LIST_OFFSETS. */
function upperSnake(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
