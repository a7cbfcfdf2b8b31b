/**
 * Envelope (58, v0): a client's request that a broker forwards, with the client's principal and address (KIP-590). It is
 * answered as if the client had asked here. That this node is not the active controller concerns the broker and not the
 * client: it stands in the envelope, and the broker tries again elsewhere.
 */
import { apis, type ApiName, type RequestOf, type ResponseInput } from '../../protocol/apis.ts'
import { decodeMessage } from '../../protocol/codec.ts'
import { decodeAddress, decodePrincipal } from '../../protocol/envelope.ts'
import { ApiError, errorCode, type ErrorName, ProtocolError, toApiError } from '../../protocol/errors.ts'
import { decodeRequestFrame, encodeResponseFrame, FRAME_SIZE_BYTES } from '../../protocol/frame.ts'
import type { Message } from '../../protocol/schema.ts'
import type { BrokerServices, Handler, Handlers, RequestContext } from './context.ts'
import { servedVersions } from './versions.ts'

type Answer = ResponseInput<'Envelope'>

/** `handlers` answers what the envelopes hold; a function, because the registry holds this handler itself. */
export function envelopeHandler(handlers: () => Handlers): Handler<'Envelope'> {
  return {
    handle({ requestData, requestPrincipal, clientHostAddress }, context, services) {
      if (!services.isActiveController?.()) return failed('NOT_CONTROLLER')
      let principal: string
      try {
        principal = decodePrincipal(requestPrincipal ?? Buffer.alloc(0))
      } catch (error) {
        if (error instanceof ProtocolError) return failed('PRINCIPAL_DESERIALIZATION_FAILURE')
        throw error
      }
      try {
        const from = { principal, clientHost: decodeAddress(clientHostAddress) }
        return answer(requestData, { ...context, ...from }, services, handlers())
      } catch (error) {
        if (error instanceof ProtocolError) return failed('INVALID_REQUEST')
        throw error
      }
    },
  }
}

function answer(frame: Buffer, outer: RequestContext, services: BrokerServices, handlers: Handlers) {
  const { api, apiVersion: version, correlationId, clientId, bodyPosition } = decodeRequestFrame(frame)
  const handler = api === undefined ? undefined : (handlers[api] as Handler<ApiName> | undefined)
  if (api === undefined || handler === undefined || !apis[api].forwardable) return failed('INVALID_REQUEST')
  const { min, max } = servedVersions(api, services.config.get('unstable.api.versions.enable'))
  if (version < min || version > max) return failed('UNSUPPORTED_VERSION')
  const request = decodeMessage(apis[api].request as Message, version, frame, bodyPosition) as RequestOf<ApiName>
  const context: RequestContext = { ...outer, api, version, correlationId, clientId, isForwarded: true }
  const wrap = (body: ResponseInput<ApiName> | null): Answer => {
    if (body === null || tellsNotController(body)) return failed('NOT_CONTROLLER')
    const responseData = Buffer.concat(encodeResponseFrame(api, version, correlationId, body)).subarray(
      FRAME_SIZE_BYTES,
    )
    return { errorCode: 0, responseData }
  }
  return Promise.resolve(handler.handle(request, context, services)).then(wrap, (error: unknown) => {
    if (!(error instanceof ApiError)) services.log.error(`${api} in an envelope failed`, error)
    return failed(toApiError(error).error)
  })
}

/** The leadership was lost meanwhile: the response says so in one of its errors, or for each of its items. */
function tellsNotController(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false
  if ((value as { errorCode?: unknown }).errorCode === errorCode('NOT_CONTROLLER')) return true
  return Object.values(value).some(tellsNotController)
}

function failed(error: ErrorName): Answer {
  return { errorCode: errorCode(error), responseData: null }
}
