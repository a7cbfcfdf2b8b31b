/**
 * CreateDelegationToken (38) to DescribeDelegationToken (41): tokens are for who has authenticated, and on a PLAINTEXT listener
 * nobody has, so every request is refused as Kafka refuses it there.
 */
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

const NOT_ALLOWED = { errorCode: errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED') }
const NO_TIME = -1
const FIRST_VERSION_WITH_REQUESTER = 3

export const createDelegationTokenHandler: Handler<'CreateDelegationToken'> = {
  handle: ({ ownerPrincipalType, ownerPrincipalName }, { principal, version }) => {
    const [requesterType, requesterName] = splitPrincipal(principal)
    const isForOther = ownerPrincipalName !== null && ownerPrincipalName !== ''
    return {
      ...NOT_ALLOWED,
      principalType: isForOther ? (ownerPrincipalType ?? '') : requesterType,
      principalName: isForOther ? ownerPrincipalName : requesterName,
      ...(version >= FIRST_VERSION_WITH_REQUESTER
        ? { tokenRequesterPrincipalType: requesterType, tokenRequesterPrincipalName: requesterName }
        : {}),
      issueTimestampMs: NO_TIME,
      expiryTimestampMs: NO_TIME,
      maxTimestampMs: NO_TIME,
    }
  },
}

export const renewDelegationTokenHandler: Handler<'RenewDelegationToken'> = {
  handle: () => ({ ...NOT_ALLOWED, expiryTimestampMs: NO_TIME }),
}

export const expireDelegationTokenHandler: Handler<'ExpireDelegationToken'> = {
  handle: () => ({ ...NOT_ALLOWED, expiryTimestampMs: NO_TIME }),
}

export const describeDelegationTokenHandler: Handler<'DescribeDelegationToken'> = { handle: () => NOT_ALLOWED }

/** Kafka's controllers say that they know the request, and fail at it. */
export const describeDelegationTokenOnController: Handler<'DescribeDelegationToken'> = {
  handle: () => ({ errorCode: errorCode('UNKNOWN_SERVER_ERROR') }),
}

/** `User:ann` as its kind and its name. */
function splitPrincipal(principal: string): [type: string, name: string] {
  const colon = principal.indexOf(':')
  return [principal.slice(0, colon), principal.slice(colon + 1)]
}
