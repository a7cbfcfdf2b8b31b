/**
 * The HTTP port on node:http, which is loaded when the first socket is opened: a node that starts does not pay for it.
 * Limits are small, since only tools of the same operator ask: few connections, small requests, no bodies.
 */
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpAnswer, HttpListening, HttpServer } from '../base/http.ts'
import { NetworkError } from './node-network.ts'

const CONNECTIONS_MAX = 64
const HEADER_BYTES_MAX = 8192
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Somebody who does not take the answer for so long is dropped. */
const IDLE_MS = 30_000

export class NodeHttp implements HttpServer {
  async listen(
    options: { readonly host: string; readonly port: number },
    answer: (path: string) => HttpAnswer,
  ): Promise<HttpListening> {
    const { createServer } = await import('node:http')
    const server = createServer(
      { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => {
        request.resume()
        const { method = '', url = '/' } = request
        if (method === 'GET' || method === 'HEAD') send(response, answer(pathOf(url)), method === 'HEAD')
        else send(response, notAllowed(method), false)
      },
    )
    server.maxConnections = CONNECTIONS_MAX
    server.setTimeout(IDLE_MS)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code ?? error.message
        const message = `cannot listen on ${options.host}:${options.port} for metrics: ${reason}`
        reject(new NetworkError(message, error.code ?? '', { cause: error }))
      })
      server.listen({ host: options.host, port: options.port }, resolve)
    })
    // The socket alone must not keep the process alive.
    server.unref()
    const { address, port } = server.address() as AddressInfo
    return {
      host: address,
      port,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

function notAllowed(method: string): HttpAnswer {
  return {
    status: 405,
    type: 'text/plain; charset=utf-8',
    headers: { allow: 'GET, HEAD' },
    body: [`${method} is not answered here; GET is\n`],
  }
}

/** Writes piece by piece: the next one is made when the socket has room, and never two in one turn of the event loop. */
function send(response: ServerResponse, answer: HttpAnswer, headOnly: boolean): void {
  // The other end may leave at any time; then there is nobody to tell.
  response.on('error', () => {})
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  })
  if (headOnly) {
    response.end()
    return
  }
  const pieces = answer.body[Symbol.iterator]()
  const next = (): void => {
    if (response.destroyed) return
    let piece: IteratorResult<string | Uint8Array>
    try {
      piece = pieces.next()
    } catch {
      // A value that cannot be read now (the node goes down): what was sent must not look complete.
      response.destroy()
      return
    }
    if (piece.done === true) response.end()
    else if (response.write(piece.value)) setImmediate(next)
    // A socket that takes everything at once drains within the same turn.
    else response.once('drain', () => setImmediate(next))
  }
  next()
}
