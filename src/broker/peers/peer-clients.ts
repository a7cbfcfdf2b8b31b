/**
 * The connections of a node to others, one a peer and purpose: a fetch that waits for records holds back no vote, and a
 * forwarded request no heartbeat. Made when first asked for.
 */
import type { ApiName } from '../../protocol/apis.ts'
import {
  type PeerAnswer,
  PeerConnection,
  type PeerConnectionOptions,
  type PeerEndpoint,
  PeerError,
  type PeerRequest,
} from './peer-connection.ts'

export type PeerPurpose = 'raft' | 'raft-fetch' | 'raft-snapshot' | 'controller' | 'heartbeat' | 'replica'

export interface PeerClientsOptions extends Omit<PeerConnectionOptions, 'peer' | 'endpoint' | 'clientId'> {
  readonly nodeId: number
  /** Where node `id` listens for this purpose; undefined: not known now. Negative ids: see `bootstrapId`. */
  readonly endpointOf: (id: number, purpose: PeerPurpose) => PeerEndpoint | undefined
}

export class PeerClients {
  readonly #options: PeerClientsOptions
  readonly #connections = new Map<string, PeerConnection>()
  #isClosed = false

  constructor(options: PeerClientsOptions) {
    this.#options = options
  }

  /** Rejects with a PeerError, and with nothing else. */
  send<A extends ApiName>(to: number, purpose: PeerPurpose, api: A, request: PeerRequest<A>): Promise<PeerAnswer<A>> {
    if (this.#isClosed) return Promise.reject(new PeerError('closed', 'this node is going down'))
    return this.#connection(to, purpose).send(api, request)
  }

  /** Ends the connection; what waits there is rejected, and the next request makes another. */
  drop(to: number, purpose: PeerPurpose): void {
    const key = `${to}:${purpose}`
    this.#connections.get(key)?.close()
    this.#connections.delete(key)
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections.values()) connection.close()
  }

  #connection(to: number, purpose: PeerPurpose): PeerConnection {
    const key = `${to}:${purpose}`
    let connection = this.#connections.get(key)
    if (connection === undefined) {
      const { endpointOf, nodeId } = this.#options
      connection = new PeerConnection({
        ...this.#options,
        peer: to < 0 ? `bootstrap server ${bootstrapIndex(to)}` : `node ${to}`,
        endpoint: () => endpointOf(to, purpose),
        clientId: `${purpose}-${nodeId}`,
      })
      this.#connections.set(key, connection)
    }
    return connection
  }
}

/** The id by which a node of `controller.quorum.bootstrap.servers` is asked while its own is not known: -2, -3 … */
export function bootstrapId(index: number): number {
  return -2 - index
}

export function bootstrapIndex(id: number): number {
  return -2 - id
}
