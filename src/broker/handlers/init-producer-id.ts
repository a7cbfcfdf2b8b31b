/**
 * InitProducerId (22): an id for an idempotent producer (KIP-98).
 *
 * v0-v1  v1 same.  v2  flexible.  v3  carries the current id and epoch (KIP-360).  v4  may answer PRODUCER_FENCED.
 * v5  same (KIP-890).  v6 (unstable)  two-phase commit (KIP-939).
 * Without a transactional id every call gives a fresh id with epoch 0, whatever id the producer had: the server keeps no
 * state for it. Transactional ids need the transaction coordinator, which is not served: COORDINATOR_NOT_AVAILABLE.
 */
import type { ResponseInput } from '../../protocol/apis.ts'
import { type ErrorName, errorCode, toApiError } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

const NONE = -1

export const initProducerIdHandler: Handler<'InitProducerId'> = {
  handle(request, _context, services) {
    if ((request.producerId === NONE) !== (request.producerEpoch === NONE)) return failure('INVALID_REQUEST')
    if (request.transactionalId !== null) {
      return failure(request.transactionalId === '' ? 'INVALID_REQUEST' : 'COORDINATOR_NOT_AVAILABLE')
    }
    const id = services.producerIds.next()
    if (typeof id === 'number') return success(id)
    return id.then(success, (error: unknown) => failure(toApiError(error).error))
  },
}

function success(producerId: number): ResponseInput<'InitProducerId'> {
  return { producerId, producerEpoch: 0 }
}

function failure(error: ErrorName): ResponseInput<'InitProducerId'> {
  return { errorCode: errorCode(error), producerId: NONE, producerEpoch: NONE }
}
