/**
 * Opens the byte stream to a broker, plain or TLS, within a time limit; failures come as ConnectionError. Nothing about
 * Kafka in here.
 */
import * as net from 'node:net'
import * as tls from 'node:tls'
import { ConnectionError, connectTimeout, socketFailure } from './errors.ts'
import type { HostPort, TlsOptions } from './options.ts'
import { secureContext } from './tls-options.ts'

/** Certificates are parsed once, not for every connection. */
const contexts = new WeakMap<TlsOptions, tls.SecureContext>()

/** `host:port`, an IPv6 address in brackets. */
export function peerText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * Connects and, with TLS, shakes hands. Rejects with ConnectionError. With `onread`, which is for connections without TLS, bytes are read
 * to where it says, and the socket tells of none.
 */
export function openSocket(
  address: HostPort,
  security: TlsOptions | null,
  timeoutMs: number,
  onread?: net.OnReadOpts,
): Promise<net.Socket> {
  const peer = peerText(address)
  return new Promise((resolve, reject) => {
    const socket =
      security === null
        ? net.connect({ ...address, noDelay: true, ...(onread && { onread }) })
        : connectTls(address, security)
    const fail = (error: ConnectionError) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(connectTimeout(peer)), timeoutMs)
    const onError = (error: NodeJS.ErrnoException) => fail(handshakeFailure(peer, error, security !== null))
    const onClose = () => fail(handshakeFailure(peer, { code: 'ECONNRESET' }, security !== null))
    socket.once('error', onError)
    socket.once('close', onClose)
    socket.once(security === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      socket.off('close', onClose)
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

/** A peer that hangs up in the middle of the TLS handshake mostly does not speak TLS. */
function handshakeFailure(
  peer: string,
  error: NodeJS.ErrnoException | { code?: string },
  security: boolean,
): ConnectionError {
  if (!security || error.code !== 'ECONNRESET') return socketFailure(peer, error, security)
  return new ConnectionError('tls', peer, `${peer} ended the connection during the TLS handshake`, {
    hint: 'Is this a TLS listener? If not, use security.protocol=PLAINTEXT or SASL_PLAINTEXT.',
    cause: error,
  })
}

function connectTls(address: HostPort, security: TlsOptions): tls.TLSSocket {
  let context = contexts.get(security)
  if (context === undefined) {
    context = secureContext(security)
    contexts.set(security, context)
  }
  return tls.connect({
    ...address,
    secureContext: context,
    rejectUnauthorized: security.rejectUnauthorized,
    ...(net.isIP(address.host) === 0 ? { servername: address.host } : {}),
    ...(security.verifyHostname ? {} : { checkServerIdentity: () => undefined }),
  })
}
