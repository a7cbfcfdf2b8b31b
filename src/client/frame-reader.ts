/**
 * Cuts the byte stream of a broker into frames. What comes first tells a Kafka broker from other servers: an HTTP
 * answer or a TLS alert gets an error that says so.
 */
import { ConnectionError } from './errors.ts'

/** Larger than any answer that makes sense; `fetch.max.bytes` of a broker is 55 MB by default. */
const FRAME_MAX_BYTES = 512 * 1024 * 1024

export class FrameReader {
  readonly #peer: string
  readonly #tls: boolean
  #chunks: Buffer[] = []
  #bytes = 0
  #first = true

  constructor(peer: string, tls: boolean) {
    this.#peer = peer
    this.#tls = tls
  }

  /** The complete frames, without their size, that end in this chunk. Throws ConnectionError. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < 4) return []
    const size = this.#size()
    if (this.#bytes < size + 4) return []
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#bytes)
    const frames: Buffer[] = []
    let position = 0
    while (all.length - position >= 4) {
      const length = this.#check(all.readInt32BE(position), all.subarray(position))
      if (all.length - position - 4 < length) break
      frames.push(all.subarray(position + 4, position + 4 + length))
      position += 4 + length
    }
    const rest = all.subarray(position)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#bytes = rest.length
    return frames
  }

  #size(): number {
    if (this.#chunks[0]!.length < 4) this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)]
    return this.#check(this.#chunks[0]!.readInt32BE(0), this.#chunks[0]!)
  }

  #check(size: number, bytes: Buffer): number {
    const tlsRecord = this.#first && bytes[0] === 0x15 && bytes[1] === 0x03
    if (!tlsRecord && size >= 4 && size <= FRAME_MAX_BYTES) {
      this.#first = false
      return size
    }
    if (tlsRecord && !this.#tls) {
      throw new ConnectionError('tls', this.#peer, `${this.#peer} speaks TLS, this client does not`, {
        hint: 'Set security.protocol=SSL or SASL_SSL.',
      })
    }
    const http = bytes.toString('latin1', 0, 4) === 'HTTP'
    throw new ConnectionError(
      'not-kafka',
      this.#peer,
      `${this.#peer} does not answer like a Kafka broker${http ? ': it is a web server' : ''}`,
      { hint: 'Check the port: this one belongs to something else.' },
    )
  }
}
