/**
 * How long lag commands wait for a broker that gives no answer. A broker that is paused, or behind a dead link, must not hold up the
 * numbers of all others for a minute: it is waited for once, and then named.
 */
import type { ClientOptions } from '../../client/options.ts'

type Patience = Pick<ClientOptions, 'apiTimeoutMs' | 'requestTimeoutMs' | 'connectTimeoutMs'>

/** For a single look. */
const ONCE: Patience = { apiTimeoutMs: 20_000, requestTimeoutMs: 10_000, connectTimeoutMs: 5000 }
/** Whoever looks every few seconds waits less. */
const AGAIN: Patience = { apiTimeoutMs: 8000, requestTimeoutMs: 5000, connectTimeoutMs: 5000 }

/** Properties by which users say it themselves, by what they set. */
const PROPERTIES: Readonly<Record<keyof Patience, readonly string[]>> = {
  apiTimeoutMs: ['default.api.timeout.ms'],
  requestTimeoutMs: ['request.timeout.ms', 'socket.timeout.ms'],
  connectTimeoutMs: ['socket.connection.setup.timeout.ms', 'socket.connection.setup.timeout.max.ms'],
}

/** Options with the patience of a look; what the user has set stays, but for looks that repeat nothing gets longer than theirs. */
export function patientOptions(options: ClientOptions, kind: 'once' | 'again'): ClientOptions {
  const patience = kind === 'once' ? ONCE : AGAIN
  const value = (key: keyof Patience) => {
    const isSet = PROPERTIES[key].some((property) => options.properties[property] !== undefined)
    return kind === 'once' && isSet ? options[key] : Math.min(options[key], patience[key])
  }
  return {
    ...options,
    ...{ apiTimeoutMs: value('apiTimeoutMs'), requestTimeoutMs: value('requestTimeoutMs') },
    connectTimeoutMs: value('connectTimeoutMs'),
  }
}
