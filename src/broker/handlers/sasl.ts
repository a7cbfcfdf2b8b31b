/**
 * SaslHandshake (17) and SaslAuthenticate (36) on a listener without SASL: refused as Kafka refuses them there. Listeners with SASL
 * are refused at start.
 */
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

const ILLEGAL = errorCode('ILLEGAL_SASL_STATE')

export const saslHandshakeHandler: Handler<'SaslHandshake'> = { handle: () => ({ errorCode: ILLEGAL }) }

export const saslAuthenticateHandler: Handler<'SaslAuthenticate'> = {
  handle: () => ({
    errorCode: ILLEGAL,
    errorMessage: 'SaslAuthenticate request received after successful authentication',
  }),
}
