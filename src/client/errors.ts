/**
 * What can go wrong between this process and a broker, in words that say what to look at. Never holds a password, a
 * token or a whole configuration.
 */
import { MqError } from '../base/errors.ts'

export type ConnectionFailure =
  | 'refused'
  | 'unknown-host'
  | 'unreachable'
  | 'timeout'
  | 'closed'
  | 'not-kafka'
  | 'tls'
  | 'authentication'

/** A broker could not be reached, or the connection to it ended. `reason` is for programs. */
export class ConnectionError extends MqError {
  readonly reason: ConnectionFailure
  /** `host:port`. */
  readonly peer: string

  constructor(
    reason: ConnectionFailure,
    peer: string,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(`MQ_CONNECT_${reason.replace('-', '_').toUpperCase()}`, message, options)
    this.reason = reason
    this.peer = peer
  }

  /** Whether another attempt, or another broker, may do better. */
  get retriable(): boolean {
    return this.reason !== 'tls' && this.reason !== 'authentication' && this.reason !== 'not-kafka'
  }
}

interface SystemError {
  code?: string
  message?: string
}

/** A socket error as a ConnectionError. `tls`: whether this side speaks TLS. */
export function socketFailure(peer: string, error: unknown, tls: boolean): ConnectionError {
  const { code = '', message = String(error) } = error as SystemError
  const host = peer.replace(/:\d+$/, '')
  switch (code) {
    case 'ECONNREFUSED':
      return new ConnectionError('refused', peer, `cannot connect to ${peer}: connection refused`, {
        hint: 'Is a broker running there? Check the address and port of --bootstrap-server.',
        cause: error,
      })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return new ConnectionError('unknown-host', peer, `cannot connect to ${peer}: unknown host ${host}`, {
        hint: 'Check the spelling of the name, and that this machine can resolve it.',
        cause: error,
      })
    case 'ETIMEDOUT':
      return connectTimeout(peer)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
      return new ConnectionError('unreachable', peer, `cannot connect to ${peer}: ${code}`, {
        hint: 'There is no way to this address from here: check the network, a VPN or a firewall.',
        cause: error,
      })
  }
  if (tls && (code.startsWith('ERR_SSL') || code === 'EPROTO')) return tlsFailure(peer, error, code, message)
  if (tls && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|DEPTH_ZERO|HOSTNAME/.test(code))
    return certificateFailure(peer, error, code)
  return new ConnectionError('closed', peer, `the connection to ${peer} ended: ${code === '' ? message : code}`, {
    cause: error,
  })
}

function tlsFailure(peer: string, error: unknown, code: string, message: string): ConnectionError {
  if (/WRONG_VERSION|UNKNOWN_PROTOCOL|PACKET_LENGTH/i.test(`${code} ${message}`)) {
    return new ConnectionError('tls', peer, `${peer} does not speak TLS`, {
      hint: 'This listener looks like PLAINTEXT or SASL_PLAINTEXT: check security.protocol and the port.',
      cause: error,
    })
  }
  return new ConnectionError('tls', peer, `TLS handshake with ${peer} failed: ${code}`, {
    hint: 'Check the certificates; a broker with ssl.client.auth=required wants one from the client too.',
    cause: error,
  })
}

/** What OpenSSL and Node say of a certificate, in words. */
const CERTIFICATE_FAULTS: readonly (readonly [code: RegExp, reason: string, hint: string])[] = [
  [
    /ALTNAME/,
    'it names another host',
    'Use a name from the certificate; ssl.endpoint.identification.algorithm= (empty) skips that check.',
  ],
  [
    /HAS_EXPIRED/,
    'it has expired',
    "The broker's certificate must be renewed; if it was, look at the clock of this machine.",
  ],
  [/NOT_YET_VALID/, 'it is not valid yet', 'Look at the clocks of this machine and of whoever issued it.'],
]

function certificateFailure(peer: string, error: unknown, code: string): ConnectionError {
  const known = CERTIFICATE_FAULTS.find(([pattern]) => pattern.test(code))
  const [, reason, hint] = known ?? [
    undefined,
    'no authority known here has signed it',
    'Give the CA that signed it: ssl.truststore.location=FILE (JKS, PKCS12 or PEM), or ssl.ca.location=FILE.',
  ]
  return new ConnectionError('tls', peer, `the certificate of ${peer} is not trusted: ${reason} (${code})`, {
    hint,
    cause: error,
  })
}

export function connectTimeout(peer: string): ConnectionError {
  return new ConnectionError('timeout', peer, `cannot connect to ${peer}: no answer in time`, {
    hint: "A firewall may drop the packets, or the address is not the broker's.",
  })
}

/** The peer closed before it answered. `first`: not one byte has come from it. */
export function closedEarly(peer: string, api: string, first: boolean): ConnectionError {
  return new ConnectionError('closed', peer, `${peer} closed the connection without answering ${api}`, {
    hint: first
      ? 'The listener may speak TLS (security.protocol=SSL or SASL_SSL), or it is no Kafka broker.'
      : 'The listener may demand authentication (security.protocol=SASL_PLAINTEXT or SASL_SSL), or the broker stopped.',
  })
}
