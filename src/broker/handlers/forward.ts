/**
 * Requests that the controller decides: handed on as they are, in the version that the client speaks. When there is no
 * controller to ask, each item of the request is answered with the reason, as these responses have no field for it.
 */
import type { ApiName, RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { type ApiError, errorCode, toApiError } from '../../protocol/errors.ts'
import type { RequestInput } from '../../protocol/apis.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

/** Sends the request to the active controller; `failed` makes the response when none answered. */
export function askController<A extends ApiName>(
  api: A,
  request: RequestOf<A>,
  context: RequestContext,
  services: BrokerServices,
  failed: (error: ApiError) => ResponseInput<A>,
): Promise<ResponseInput<A>> {
  const { principal, clientHost, version } = context
  return services.controller.send(api, version, request as RequestInput<A>, { principal, clientHost }).then(
    (response) => response as ResponseInput<A>,
    (error: unknown) => {
      const apiError = toApiError(error)
      if (apiError.error === 'UNKNOWN_SERVER_ERROR') services.log.error(`${api} failed at the controller`, error)
      return failed(apiError)
    },
  )
}

/**
 * A question to the leader of the quorum, which `here` answers where this node leads: it may come to lead while it looks for the one
 * who does.
 */
export async function askLeader<A extends ApiName>(
  api: A,
  here: Handler<A>,
  request: RequestOf<A>,
  context: RequestContext,
  services: BrokerServices,
): Promise<ResponseInput<A> | null> {
  const { principal, clientHost, version } = context
  try {
    const from = { principal, clientHost }
    return (await services.controller.send(api, version, request as RequestInput<A>, from)) as ResponseInput<A>
  } catch (error) {
    const apiError = toApiError(error)
    const leadsHere = apiError.error === 'NOT_CONTROLLER' && services.isActiveController?.() === true
    if (leadsHere) return here.handle(request, context, services)
    if (apiError.error === 'UNKNOWN_SERVER_ERROR') services.log.error(`${api} failed at the leader`, error)
    return { errorCode: apiError.errorCode, errorMessage: apiError.message } as unknown as ResponseInput<A>
  }
}

/** Requests that Kafka's controller does not begin when their time is over as they come. */
const OUT_OF_TIME: ReadonlySet<ApiName> = new Set<ApiName>(['CreateTopics', 'DeleteTopics', 'CreatePartitions'])
const TIMED_OUT = { errorCode: errorCode('REQUEST_TIMED_OUT'), errorMessage: null }

/** Answers for topics by name. Where every one of them stands twice the request is wrong before anything else is. */
export function answerNames(names: readonly string[], error: { errorCode: number; errorMessage: string | null }) {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  if ([...counts.values()].some((count) => count === 1)) return names.map((name) => ({ name, ...error }))
  const twice = { errorCode: errorCode('INVALID_REQUEST'), errorMessage: 'Duplicate topic name.' }
  return [...counts.keys()].map((name) => ({ name, ...twice }))
}

/** A handler that hands its request on; `failed` answers item by item when there is no controller. */
export function forwarded<A extends ApiName>(
  api: A,
  failed: (request: RequestOf<A>, error: { errorCode: number; errorMessage: string | null }) => ResponseInput<A>,
): Handler<A> {
  return {
    handle: (request, context, services) => {
      if (OUT_OF_TIME.has(api) && 'timeoutMs' in request && request.timeoutMs <= 0) return failed(request, TIMED_OUT)
      return askController(api, request, context, services, (error) =>
        failed(request, { errorCode: error.errorCode, errorMessage: error.message }),
      )
    },
  }
}
