/**
 * A node's metrics port: `/metrics` for Prometheus, `/health/live` and `/health/ready` for whoever starts and restarts nodes.
 * It may listen before there is a node: until then it is alive and not ready.
 */
import type { HttpAnswer, HttpListening, HttpServer } from '../base/http.ts'
import { EXPOSITION_TYPE } from './metrics/exposition.ts'
import type { BrokerState } from './node-metrics/node-metrics.ts'

/** How a node is: ready exactly when there is nothing to say against it. */
export interface NodeHealth {
  readonly state: BrokerState
  readonly reasons: readonly string[]
}

/** The node, as far as the endpoint asks it. */
export interface ObservedNode {
  health(): NodeHealth
  metricsText(): Iterable<string>
}

const NOT_THERE: NodeHealth = { state: 'starting', reasons: ['the node is starting'] }
const JSON_TYPE = 'application/json'

export class MetricsEndpoint {
  readonly #http: HttpServer
  #node: ObservedNode | undefined
  #listening: HttpListening | undefined
  #closed = false

  constructor(http: HttpServer) {
    this.#http = http
  }

  /** The port that is listened on; undefined while there is none. */
  get port(): number | undefined {
    return this.#listening?.port
  }

  /** From now on the answers are this node's. */
  observe(node: ObservedNode): void {
    this.#node = node
  }

  /** Listens. Rejects with the network's error when the address cannot be had. */
  async listen(address: { readonly host: string; readonly port: number }): Promise<HttpListening> {
    const listening = await this.#http.listen(address, (path) => this.#answer(path))
    this.#listening = listening
    if (this.#closed) await listening.close()
    return listening
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#listening?.close()
  }

  #answer(path: string): HttpAnswer {
    const health = this.#node?.health() ?? NOT_THERE
    switch (path) {
      case '/metrics':
        if (this.#node !== undefined) return { status: 200, type: EXPOSITION_TYPE, body: this.#node.metricsText() }
        return { status: 503, type: 'text/plain; charset=utf-8', body: ['the node is starting\n'] }
      case '/health/live':
        return json(200, { status: 'live', state: health.state })
      case '/health/ready': {
        const { state, reasons } = health
        const ready = reasons.length === 0
        return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', state, reasons })
      }
      default:
        return json(404, { status: 'not found', paths: ['/metrics', '/health/live', '/health/ready'] })
    }
  }
}

function json(status: number, value: object): HttpAnswer {
  return { status, type: JSON_TYPE, body: [`${JSON.stringify(value)}\n`] }
}
