/**
 * A bare client for parity suites: one connection, any API in any version, requests answered in order. Speaks mq's own
 * frames and hides nothing: what the node answers is what the caller gets.
 */
import { connect, type Socket } from 'node:net'
import type { ApiName, RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'

interface Waiting {
  readonly api: ApiName
  readonly version: number
  readonly resolve: (body: never) => void
  readonly reject: (error: Error) => void
}

export class RawClient {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  readonly clientId: string
  #buffer = Buffer.alloc(0)
  #correlationId = 0
  /** Why nothing can be asked any more. */
  #ended: Error | undefined

  private constructor(socket: Socket, clientId: string) {
    this.#socket = socket
    this.clientId = clientId
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the node closed the connection')))
  }

  static open(bootstrap: string, clientId = 'raw'): Promise<RawClient> {
    const [host, port] = bootstrap.split(':')
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), host)
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.once('connect', () => resolve(new RawClient(socket, clientId)))
    })
  }

  request<A extends ApiName>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const correlationId = this.#correlationId++
    const frames = encodeRequestFrame(api, version, { correlationId, clientId: this.clientId }, body)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ api, version, resolve, reject })
      this.#socket.write(Buffer.concat(frames))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= 4) {
      const sizeBytes = this.#buffer.readInt32BE(0)
      if (this.#buffer.length < 4 + sizeBytes) return
      const frame = this.#buffer.subarray(4, 4 + sizeBytes)
      this.#buffer = this.#buffer.subarray(4 + sizeBytes)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) throw new Error('an answer that nobody asked for')
      waiting.resolve(decodeResponseFrame(waiting.api, waiting.version, Buffer.from(frame)).body as never)
    }
  }

  #fail(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
