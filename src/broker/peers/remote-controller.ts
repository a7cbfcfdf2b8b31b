/**
 * A controller in another process. What this node asks for itself goes as it is; what a client asked for goes in an
 * Envelope, with the client's principal and address, and is answered as if the client had asked there.
 */
import { apis, type ApiName, type RequestInput, type ResponseOf } from '../../protocol/apis.ts'
import { encodeAddress, encodePrincipal } from '../../protocol/envelope.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { decodeResponseFrame, encodeRequestFrame, FRAME_SIZE_BYTES } from '../../protocol/frame.ts'
import type { ControllerChannel } from '../handlers/context.ts'
import type { PeerClients, PeerPurpose } from './peer-clients.ts'
import { PeerError, type PeerErrorKind } from './peer-connection.ts'

/** What a caller is told; NOT_CONTROLLER is what makes it look for the controller again. */
const ERRORS = {
  unreachable: 'NOT_CONTROLLER',
  lost: 'NOT_CONTROLLER',
  closed: 'NOT_CONTROLLER',
  timeout: 'REQUEST_TIMED_OUT',
  unsupported: 'UNSUPPORTED_VERSION',
} as const satisfies Record<PeerErrorKind, string>

export class RemoteController implements ControllerChannel {
  readonly #clients: PeerClients
  readonly #id: number
  readonly #timeoutMs: number
  #correlation = 0

  constructor(clients: PeerClients, id: number, timeoutMs: number) {
    this.#clients = clients
    this.#id = id
    this.#timeoutMs = timeoutMs
  }

  async send<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: { principal: string; clientHost: string },
  ): Promise<ResponseOf<A>> {
    try {
      if (apis[api].forwardable) return await this.#forward(api, version, request, from)
      const asked = { body: () => request, version, timeoutMs: this.#timeoutMs }
      return (await this.#clients.send(this.#id, purposeOf(api), api, asked)).body
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      throw new ApiError(ERRORS[error.kind], error.message, { cause: error })
    }
  }

  async #forward<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: { principal: string; clientHost: string },
  ): Promise<ResponseOf<A>> {
    const header = { correlationId: ++this.#correlation, clientId: null }
    const envelope = {
      requestData: Buffer.concat(encodeRequestFrame(api, version, header, request)).subarray(FRAME_SIZE_BYTES),
      requestPrincipal: encodePrincipal(from.principal),
      clientHostAddress: encodeAddress(from.clientHost),
    }
    const asked = { body: () => envelope, timeoutMs: this.#timeoutMs }
    const { body } = await this.#clients.send(this.#id, 'controller', 'Envelope', asked)
    if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode))
    if (body.responseData === null) throw new ApiError('UNKNOWN_SERVER_ERROR', 'an envelope came back empty')
    return decodeResponseFrame(api, version, body.responseData).body
  }
}

/** A heartbeat waits for nothing else, and what tells of the node's own state not for what clients want. */
function purposeOf(api: ApiName): PeerPurpose {
  return api === 'BrokerHeartbeat' || api === 'BrokerRegistration' ? 'heartbeat' : 'controller'
}
