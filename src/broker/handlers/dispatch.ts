/**
 * From a request frame to a response frame: reads the header, finds the handler, decodes, asks, encodes. The rules of
 * Kafka's edge live here: an API or version that is not served closes the connection, except that ApiVersions of an
 * unknown version is answered in its version 0; a body that is no valid message closes the connection.
 */
import type { Logger } from '../../base/log.ts'
import { type ApiName, apiNameOf, apiNames, apis, type RequestOf, type ResponseInput } from '../../protocol/apis.ts'
import { decodeMessage } from '../../protocol/codec.ts'
import { ApiError, ProtocolError, toApiError } from '../../protocol/errors.ts'
import { decodeRequestFrame, encodeResponseFrame, type RequestFrame } from '../../protocol/frame.ts'
import type { FieldType, Message, Struct } from '../../protocol/schema.ts'
import { unsupportedVersionAnswer } from './api-versions.ts'
import { type BrokerServices, CloseConnection, type Handler, type Handlers, type RequestContext } from './context.ts'
import type { FetchKind } from '../metrics/request-metrics.ts'
import { logRequest, REQUEST_LOGGER } from './request-log.ts'
import { servedVersions } from './versions.ts'

/** The connection, as far as a request depends on it. */
export interface RequestPeer {
  readonly listenerName: string
  readonly connectionId: string
  readonly host: string
  readonly principal: string
  onGone?: (() => void) | undefined
}

type Answer = readonly Uint8Array[] | null
type Body = ResponseInput<ApiName> | null

export class Dispatcher {
  readonly #handlers: Handlers
  readonly #services: BrokerServices
  readonly #unstable: boolean
  readonly #requestLog: Logger
  /** Keys of the APIs whose request bytes nobody looks at after their handler returned. */
  readonly #recyclable: ReadonlySet<number>

  constructor(handlers: Handlers, services: BrokerServices) {
    this.#handlers = handlers
    this.#services = services
    this.#requestLog = services.log.named(REQUEST_LOGGER)
    this.#unstable = services.config.get('unstable.api.versions.enable')
    this.#recyclable = new Set(
      apiNames
        .filter((name) => handlers[name] !== undefined)
        .filter((name) => handlers[name]!.releasesBytes === true || !hasBytes(apis[name].request))
        .map((name) => apis[name].key),
    )
  }

  /** After `serve` returned: true when the memory of `frame` may be used again. */
  mayRecycle(frame: Buffer): boolean {
    return frame.length >= 2 && this.#recyclable.has(frame.readInt16BE(0))
  }

  /**
   * Answers one frame. Throws or rejects when the connection must be closed; the message says why. `arrivedMs`: monotonic
   * milliseconds when its last byte came.
   */
  serve(frame: Buffer, peer: RequestPeer, arrivedMs?: number): Answer | Promise<Answer> {
    const beganMs = this.#services.clock.monotonicMs()
    const header = decodeRequestFrame(frame)
    const { api, apiVersion } = header
    const handler = api === undefined ? undefined : (this.#handlers[api] as Handler<ApiName> | undefined)
    if (api === undefined || handler === undefined) throw new CloseConnection(`${nameOf(header.apiKey)} is not served`)
    const served = servedVersions(api, this.#unstable)
    if (apiVersion < served.min || apiVersion > served.max) {
      if (api === 'ApiVersions') return unsupportedVersionAnswer(header.correlationId, served)
      throw new CloseConnection(`${api} version ${apiVersion} is not served`)
    }
    const request = this.#decode(api, header, frame)
    const context = contextOf(api, header, peer, beganMs)
    const measured = this.#measure(context, request, frame.length, arrivedMs ?? beganMs)
    let body: Body | Promise<Body>
    try {
      body = handler.handle(request as RequestOf<ApiName>, context, this.#services)
    } catch (error) {
      body = this.#failed(context, error)
    }
    if (!(body instanceof Promise)) {
      const answer = encode(context, body)
      measured?.(body, 0)
      return answer
    }
    const parkedMs = measured === undefined ? 0 : this.#services.clock.monotonicMs()
    const finish = (late: Body): Answer => {
      const remoteMs = measured === undefined ? 0 : this.#services.clock.monotonicMs() - parkedMs
      const answer = encode(context, late)
      measured?.(late, remoteMs)
      return answer
    }
    return body.then(finish, (error: unknown) => finish(this.#failed(context, error)))
  }

  /** What to call when the request is answered, with the time that it was parked; undefined when nobody counts. */
  #measure(context: RequestContext, request: unknown, bytes: number, arrivedMs: number): Measured | undefined {
    const { requestMetrics, clock } = this.#services
    const isLogged = this.#requestLog.enabled('DEBUG')
    if (requestMetrics === undefined && !isLogged) return undefined
    const { api, version, receivedAtMs } = context
    const kind = api === 'Fetch' ? fetchKindOf(request as RequestOf<'Fetch'>) : undefined
    return (body, remoteMs) => {
      const totalMs = clock.monotonicMs() - arrivedMs
      const queuedMs = receivedAtMs - arrivedMs
      const times = { totalMs, queuedMs, remoteMs, localMs: totalMs - queuedMs - remoteMs }
      requestMetrics?.answered(api, version, bytes, times, body, kind)
      if (isLogged) logRequest(this.#requestLog, context, { request, response: body }, times)
    }
  }

  #decode(api: ApiName, header: RequestFrame, frame: Buffer): RequestOf<ApiName> {
    try {
      return decodeMessage(apis[api].request as Message, header.apiVersion, frame, header.bodyPosition) as never
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new CloseConnection(`${api} version ${header.apiVersion}: ${error.message}`)
    }
  }

  /** The response when a handler throws: its error in the response's own field, or the end of the connection. */
  #failed(context: RequestContext, error: unknown): Body {
    if (error instanceof CloseConnection) throw error
    const apiError = toApiError(error)
    if (!(error instanceof ApiError)) {
      this.#services.log.error(`${context.api} version ${context.version} from ${context.connectionId} failed`, error)
    }
    const fields = apis[context.api].response.fields as Record<string, unknown>
    if (!('errorCode' in fields)) throw new CloseConnection(`${context.api} failed: ${apiError.message}`)
    const message = 'errorMessage' in fields ? { errorMessage: apiError.message } : {}
    return { errorCode: apiError.errorCode, ...message } as Body
  }
}

type Measured = (body: Body, remoteMs: number) => void

function fetchKindOf(request: RequestOf<'Fetch'>): FetchKind {
  const replicaId = request.replicaId === -1 ? request.replicaState.replicaId : request.replicaId
  return replicaId < 0 ? 'FetchConsumer' : 'FetchFollower'
}

function contextOf(api: ApiName, header: RequestFrame, peer: RequestPeer, receivedAtMs: number): RequestContext {
  return {
    api,
    version: header.apiVersion,
    correlationId: header.correlationId,
    clientId: header.clientId,
    listenerName: peer.listenerName,
    principal: peer.principal,
    clientHost: peer.host,
    connectionId: peer.connectionId,
    peer,
    receivedAtMs,
  }
}

/** Whether decoded messages hold views of the bytes they were decoded from. */
function hasBytes(struct: Struct): boolean {
  return Object.values(struct.fields).some(({ type }) => typeHasBytes(type))
}

function typeHasBytes(type: FieldType): boolean {
  if (type.kind === 'array') return typeHasBytes(type.element)
  return type.kind === 'struct' ? hasBytes(type.struct) : type.name === 'bytes' || type.name === 'records'
}

function encode(context: RequestContext, body: Body): Answer {
  if (body === null) return null
  return encodeResponseFrame(context.api, context.version, context.correlationId, body)
}

function nameOf(key: number): string {
  return apiNameOf(key) ?? `request with API key ${key}`
}
