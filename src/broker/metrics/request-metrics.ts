/**
 * Kafka's RequestMetrics: how many requests of each API and version came, how long they took and where, and with which
 * errors they were answered. Times are in milliseconds. One event loop serves everything, so a request queues only behind
 * others of its own connection, and the time of its sending is not known here: ResponseQueueTimeMs and ResponseSendTimeMs
 * do not exist.
 */
import type { Histogram, Meter, MetricRegistry } from '../../base/metrics.ts'
import { type ApiName, apis } from '../../protocol/apis.ts'
import { errorName } from '../../protocol/errors.ts'
import type { FieldType, Struct } from '../../protocol/schema.ts'

const DOMAIN = 'kafka.network'
const TYPE = 'RequestMetrics'

/** Where the milliseconds of one request went. */
export interface RequestTimes {
  /** From the arrival of its last byte to the answer. */
  readonly totalMs: number
  /** Waited behind others of its connection. */
  readonly queuedMs: number
  /** Decoded and worked on. */
  readonly localMs: number
  /** Waited for something to happen: records to come, replicas to follow. */
  readonly remoteMs: number
}

/** The metrics of one API, or of one kind of Fetch. */
class ApiMetrics {
  readonly #registry: MetricRegistry
  readonly #request: string
  readonly #versions: (Meter | undefined)[] = []
  readonly #errors = new Map<number, Meter>()
  readonly #total: Histogram
  readonly #queued: Histogram
  readonly #local: Histogram
  readonly #remote: Histogram
  readonly #throttle: Histogram
  readonly #bytes: Histogram

  constructor(registry: MetricRegistry, request: string) {
    this.#registry = registry
    this.#request = request
    const histogram = (name: string, help: string) =>
      registry.histogram({ domain: DOMAIN, type: TYPE, name, tags: { request } }, help)
    this.#total = histogram('TotalTimeMs', 'Milliseconds from the arrival of a request to its answer')
    this.#queued = histogram('RequestQueueTimeMs', 'Milliseconds a request waited behind others of its connection')
    this.#local = histogram('LocalTimeMs', 'Milliseconds of work on a request')
    this.#remote = histogram('RemoteTimeMs', 'Milliseconds a request waited for records or replicas')
    this.#throttle = histogram('ThrottleTimeMs', 'Milliseconds a client was told to wait; no request is held back')
    this.#bytes = histogram('RequestBytes', 'Size of a request in bytes')
  }

  count(version: number, bytes: number, times: RequestTimes): void {
    let meter = this.#versions[version]
    if (meter === undefined) {
      const tags = { request: this.#request, version: String(version) }
      meter = this.#registry.meter({ domain: DOMAIN, type: TYPE, name: 'RequestsPerSec', tags }, 'Requests')
      this.#versions[version] = meter
    }
    meter.count++
    this.#bytes.update(bytes)
    this.#total.update(times.totalMs)
    this.#queued.update(times.queuedMs)
    this.#local.update(times.localMs)
    this.#remote.update(times.remoteMs)
    this.#throttle.update(0)
  }

  error(code: number): void {
    let meter = this.#errors.get(code)
    if (meter === undefined) {
      const tags = { request: this.#request, error: errorName(code) }
      meter = this.#registry.meter(
        { domain: DOMAIN, type: TYPE, name: 'ErrorsPerSec', tags },
        'Error codes in answers, NONE among them',
      )
      this.#errors.set(code, meter)
    }
    meter.count++
  }
}

export class RequestMetrics {
  readonly #registry: MetricRegistry
  readonly #byRequest = new Map<string, ApiMetrics>()
  readonly #errorVisitors = new Map<ApiName, Visitor>()

  constructor(registry: MetricRegistry) {
    this.#registry = registry
    // The ones that dashboards ask for are there before the first request.
    for (const request of ['Produce', 'Fetch', 'FetchConsumer', 'FetchFollower']) this.#of(request)
  }

  /** One request was answered with `body` (undefined: without an answer). */
  answered(
    api: ApiName,
    version: number,
    bytes: number,
    times: RequestTimes,
    body: object | null,
    fetch: FetchKind,
  ): void {
    const metrics = this.#of(api)
    metrics.count(version, bytes, times)
    let second: ApiMetrics | undefined
    if (fetch !== undefined) {
      second = this.#of(fetch)
      second.count(version, bytes, times)
    }
    if (body === null) return
    this.#errorsOf(api)(body as Record<string, unknown>, (code) => {
      metrics.error(code)
      second?.error(code)
    })
  }

  #of(request: string): ApiMetrics {
    let metrics = this.#byRequest.get(request)
    if (metrics === undefined) {
      metrics = new ApiMetrics(this.#registry, request)
      this.#byRequest.set(request, metrics)
    }
    return metrics
  }

  #errorsOf(api: ApiName): Visitor {
    let visitor = this.#errorVisitors.get(api)
    if (visitor === undefined) {
      visitor = errorVisitor(apis[api].response) ?? (() => {})
      this.#errorVisitors.set(api, visitor)
    }
    return visitor
  }
}

/** Kafka counts fetches a second time, by who fetches. */
export type FetchKind = 'FetchConsumer' | 'FetchFollower' | undefined

type Visitor = (struct: Record<string, unknown>, found: (code: number) => void) => void

/** A function that finds the error codes of a message, made from its schema; undefined when it has none. */
function errorVisitor(struct: Struct): Visitor | undefined {
  const hasOwn = 'errorCode' in struct.fields
  const inner: [string, Visitor][] = []
  for (const [name, { type }] of Object.entries(struct.fields)) {
    const element = structOf(type)
    const visitor = element === undefined ? undefined : errorVisitor(element)
    if (visitor !== undefined) inner.push([name, visitor])
  }
  if (!hasOwn && inner.length === 0) return undefined
  return (value, found) => {
    // A field that is left out has its default: no error.
    if (hasOwn) found((value.errorCode as number | undefined) ?? 0)
    for (const [name, visit] of inner) {
      const child = value[name]
      if (Array.isArray(child)) for (const element of child) visit(element as Record<string, unknown>, found)
      else if (child !== undefined && child !== null) visit(child as Record<string, unknown>, found)
    }
  }
}

function structOf(type: FieldType): Struct | undefined {
  if (type.kind === 'array') return structOf(type.element)
  return type.kind === 'struct' ? type.struct : undefined
}
