/**
 * Cuts the byte stream of a broker into frames. What comes first tells a Kafka broker from other servers: an HTTP
 * answer or a TLS alert gets an error that says so. A large frame is put together in one place as its pieces come; with
 * `recycles` that is one of two places that are used again and again, since memory that was never touched costs more than
 * copying: a frame is then good until the frame after the next one begins.
 */
import { ConnectionError } from './errors.ts'

/** Larger than any answer that makes sense; `fetch.max.bytes` of a broker is 55 MB by default. */
const FRAME_MAX_BYTES = 512 * 1024 * 1024
/** Frames below this are cut out of the chunks that they came in. */
const LARGE_BYTES = 256 << 10
/** What is read at once where no large frame is being put together. */
const SCRATCH_BYTES = 64 << 10

export class FrameReader {
  readonly #peer: string
  readonly #tls: boolean
  #chunks: Buffer[] = []
  #bytes = 0
  #first = true
  readonly #recycles: boolean
  /** The large frame that is being put together, and how much of it is there. */
  #target: Buffer | undefined
  #filled = 0
  readonly #places: (Buffer | undefined)[] = [undefined, undefined]
  #turn = 0
  #scratch: Buffer | undefined

  constructor(peer: string, tls: boolean, recycles = false) {
    this.#peer = peer
    this.#tls = tls
    this.#recycles = recycles
  }

  /**
   * Where the next bytes may be read to, for whoever reads by itself and then says `took`: straight into the large frame that is being
   * put together, or to a place that is used again.
   */
  get room(): Buffer {
    this.#scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES)
    return this.#target?.subarray(this.#filled) ?? this.#scratch
  }

  /** So many bytes stand where `room` was: the complete frames that end in them. Throws ConnectionError. */
  took(count: number): Buffer[] {
    // A copy: what is cut out of it may be in use when the place is.
    if (this.#target === undefined) return this.push(Buffer.from(this.#scratch!.subarray(0, count)))
    this.#filled += count
    if (this.#filled < this.#target.length) return []
    const frame = this.#target
    this.#target = undefined
    return [frame]
  }

  /** The complete frames, without their size, that end in this chunk. Throws ConnectionError. */
  push(chunk: Buffer): Buffer[] {
    if (this.#target === undefined) return this.#cut(chunk)
    const missing = this.#target.length - this.#filled
    chunk.copy(this.#target, this.#filled, 0, Math.min(missing, chunk.length))
    this.#filled += Math.min(missing, chunk.length)
    if (chunk.length < missing) return []
    const frame = this.#target
    this.#target = undefined
    return chunk.length === missing ? [frame] : [frame, ...this.#cut(chunk.subarray(missing))]
  }

  #cut(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < 4) return []
    const size = this.#size()
    if (this.#bytes < size + 4) {
      if (size >= LARGE_BYTES) this.#begin(size)
      return []
    }
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
    if (this.#bytes >= 4 && this.#size() >= LARGE_BYTES) this.#begin(this.#size())
    return frames
  }

  /** What is there is the beginning of a large frame. */
  #begin(size: number): void {
    const target = this.#place(size)
    let filled = 0
    for (const [index, chunk] of this.#chunks.entries()) filled += chunk.copy(target, filled, index === 0 ? 4 : 0)
    this.#target = target
    this.#filled = filled
    this.#chunks = []
    this.#bytes = 0
  }

  #place(size: number): Buffer {
    if (!this.#recycles) return Buffer.allocUnsafeSlow(size)
    this.#turn = 1 - this.#turn
    let place = this.#places[this.#turn]
    if (place === undefined || place.length < size) {
      place = Buffer.allocUnsafeSlow(Math.min(FRAME_MAX_BYTES, size + (size >> 2)))
      this.#places[this.#turn] = place
    }
    return place.subarray(0, size)
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
