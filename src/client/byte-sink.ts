/**
 * Collects output bytes without an allocation for each piece: what is printed of millions of records ends here. Grows as
 * needed; `take` gives what is there and starts anew, so that nothing handed out is written to again.
 */
import { isUtf8 } from 'node:buffer'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Above this a scan in JavaScript is slower than Node's own conversions. */
const SCAN_BYTES_MAX = 1024

export class ByteSink {
  readonly #initialBytes: number
  #buffer: Buffer
  #length = 0

  constructor(initialBytes = 96 << 10) {
    this.#initialBytes = initialBytes
    this.#buffer = Buffer.allocUnsafe(initialBytes)
  }

  get length(): number {
    return this.#length
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }

  bytes(piece: Uint8Array): void {
    this.#reserve(piece.length)
    this.#buffer.set(piece, this.#length)
    this.#length += piece.length
  }

  /** Text as UTF-8. */
  text(piece: string): void {
    this.#reserve(piece.length * 3)
    this.#length += this.#buffer.write(piece, this.#length, 'utf8')
  }

  /** Text of ASCII characters only. */
  ascii(piece: string): void {
    this.#reserve(piece.length)
    this.#length += this.#buffer.write(piece, this.#length, 'latin1')
  }

  /** Bytes as a JSON string; false, and nothing written, when they are not UTF-8. */
  jsonText(piece: Buffer): boolean {
    if (piece.length <= SCAN_BYTES_MAX && this.#plainJson(piece)) return true
    if (!isUtf8(piece)) return false
    this.text(JSON.stringify(piece.toString('utf8')))
    return true
  }

  /** The common case: printable ASCII without anything to escape. */
  #plainJson(piece: Buffer): boolean {
    this.#reserve(piece.length + 2)
    const target = this.#buffer
    let at = this.#length
    target[at++] = QUOTE
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!
      if (byte < 0x20 || byte >= 0x7f || byte === QUOTE || byte === BACKSLASH) return false
      target[at++] = byte
    }
    target[at++] = QUOTE
    this.#length = at
    return true
  }

  /** Back to where it was at `length` bytes. */
  cut(length: number): void {
    this.#length = length
  }

  /** Everything collected so far. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#length)
    this.#buffer = Buffer.allocUnsafe(this.#initialBytes)
    this.#length = 0
    return bytes
  }
}
