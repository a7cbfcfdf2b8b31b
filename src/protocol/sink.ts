/**
 * Where compiled encoders write: one scratch buffer that is reused, so that sizes need no pass of their own. Record
 * bytes can be noted by reference instead of copied; `finish` then hands out the pieces in order.
 */
import { unsignedVarintSize, writeInt16, writeInt32, writeUnsignedVarint } from '../base/bytes.ts'
import { AssertionError } from '../base/assert.ts'
import { ApiError } from './errors.ts'

const INITIAL_BYTES = 64 * 1024
/** A scratch buffer that grew beyond this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024
/** Shorter record bytes are copied: a piece of its own costs more than the copy. */
const REFERENCE_BYTES = 512
const MAX_STRING_BYTES = 0x7fff
/** Strings of at most this length have a one-byte compact length even if every character takes three bytes. */
const SHORT_TEXT = 41

type Bytes = Uint8Array | readonly Uint8Array[]

export class Sink {
  buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #byReference = false
  #cutAt: number[] = []
  #cutPieces: Buffer[] = []

  /** Starts a message; `byReference` keeps large bytes as pieces. */
  begin(byReference: boolean): void {
    this.#byReference = byReference
    if (this.#cutAt.length > 0) {
      this.#cutAt = []
      this.#cutPieces = []
    }
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  }

  /** Makes room for `size` bytes behind `position`. */
  grow(position: number, size: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, position + size))
    this.buffer.copy(larger, 0, 0, position)
    this.buffer = larger
  }

  /** What was written up to `end` as one buffer of its own. */
  whole(end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end)
    this.buffer.copy(bytes, 0, 0, end)
    return bytes
  }

  /** What was written up to `end`, with the pieces noted by reference in their places. */
  pieces(end: number): Buffer[] {
    const written = this.whole(end)
    if (this.#cutAt.length === 0) return [written]
    const chunks: Buffer[] = []
    let from = 0
    for (let i = 0; i < this.#cutAt.length; i += 1) {
      const at = this.#cutAt[i]!
      if (at > from) chunks.push(written.subarray(from, at))
      chunks.push(this.#cutPieces[i]!)
      from = at
    }
    if (end > from) chunks.push(written.subarray(from, end))
    this.begin(false)
    return chunks
  }

  varint(position: number, value: number): number {
    if (position + 5 > this.buffer.length) this.grow(position, 5)
    return writeUnsignedVarint(this.buffer, position, value)
  }

  /** An array or byte length; -1 is null. */
  length(position: number, length: number, compact: boolean): number {
    if (compact) return this.varint(position, length + 1)
    if (position + 4 > this.buffer.length) this.grow(position, 4)
    return writeInt32(this.buffer, position, length)
  }

  compactText(position: number, text: string): number {
    const { length } = text
    if (length > SHORT_TEXT) return this.#longText(position, text, true)
    if (position + 1 + length > this.buffer.length) this.grow(position, 1 + length)
    const { buffer } = this
    let p = position + 1
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return this.#longText(position, text, true)
      buffer[p++] = code
    }
    buffer[position] = length + 1
    return p
  }

  classicText(position: number, text: string): number {
    const { length } = text
    if (length > SHORT_TEXT) return this.#longText(position, text, false)
    if (position + 2 + length > this.buffer.length) this.grow(position, 2 + length)
    const { buffer } = this
    let p = position + 2
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return this.#longText(position, text, false)
      buffer[p++] = code
    }
    buffer[position] = 0
    buffer[position + 1] = length
    return p
  }

  #longText(position: number, text: string, compact: boolean): number {
    const size = Buffer.byteLength(text)
    if (size > MAX_STRING_BYTES) throw new ApiError('INVALID_REQUEST', `a string of ${size} bytes, at most 32767 go`)
    if (position + 5 + size > this.buffer.length) this.grow(position, 5 + size)
    const p = compact ? writeUnsignedVarint(this.buffer, position, size + 1) : writeInt16(this.buffer, position, size)
    this.buffer.write(text, p, size, 'utf8')
    return p + size
  }

  /** Bytes with their length in front, by reference where that is asked for and worth it. */
  bytes(position: number, value: Bytes, compact: boolean, inTag: boolean): number {
    if (value instanceof Uint8Array) {
      const p = this.length(position, value.length, compact)
      return this.#piece(p, value, inTag)
    }
    let size = 0
    for (const piece of value) size += piece.length
    let p = this.length(position, size, compact)
    for (const piece of value) p = this.#piece(p, piece, inTag)
    return p
  }

  #piece(position: number, piece: Uint8Array, inTag: boolean): number {
    const size = piece.length
    if (size >= REFERENCE_BYTES && this.#byReference && !inTag) {
      this.#cutAt.push(position)
      this.#cutPieces.push(Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, size))
      return position
    }
    if (position + size > this.buffer.length) this.grow(position, size)
    this.buffer.set(piece, position)
    return position + size
  }

  /** Puts the size of a tag's body in front of it: one byte was left free at `start`, the body ends at `end`. */
  closeTag(start: number, end: number): number {
    const size = end - start - 1
    const width = unsignedVarintSize(size)
    if (width > 1) {
      if (end + width > this.buffer.length) this.grow(end, width)
      this.buffer.copyWithin(start + width, start + 1, end)
    }
    writeUnsignedVarint(this.buffer, start, size)
    return end + width - 1
  }
}

const uuidDigit = new Int8Array(128).fill(-1)
const UUID_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
for (let i = 0; i < 64; i += 1) uuidDigit[UUID_DIGITS.charCodeAt(i)] = i

/** The 16 bytes of a uuid's text. */
export function putUuid(target: Buffer, position: number, text: string): void {
  if (text.length !== 22) notA('uuid', text)
  let p = position
  let digits = 0
  for (let i = 0; i < 20; i += 4) {
    const a = digit(text, i)
    const b = digit(text, i + 1)
    const c = digit(text, i + 2)
    const d = digit(text, i + 3)
    digits |= a | b | c | d
    target[p] = (a << 2) | (b >> 4)
    target[p + 1] = (b << 4) | (c >> 2)
    target[p + 2] = (c << 6) | d
    p += 3
  }
  const last = digit(text, 20)
  const end = digit(text, 21)
  if ((digits | last | end) < 0) notA('uuid', text)
  target[p] = (last << 2) | (end >> 4)
}

/** The value of a base64url digit, negative when it is none. */
function digit(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return code < 128 ? uuidDigit[code]! : -1
}

function notA(type: string, value: unknown): never {
  throw new AssertionError(`${String(value)} is no ${type}`)
}

/** A value of the wrong type or outside its range: a bug of the caller. */
export function badValue(path: string, type: string, value: unknown): never {
  throw new AssertionError(`${path} is ${typeof value} ${String(value)}, which is no ${type}`)
}

/** Null where it cannot stand: of the version, if another one could carry it. */
export function badNull(path: string, everNullable: boolean, version: number): never {
  if (!everNullable) throw new AssertionError(`${path} is null`)
  throw new ApiError('UNSUPPORTED_VERSION', `version ${version} cannot carry null in '${path}'`)
}

/** A value that the version has no field for. */
export function cannotCarry(path: string, version: number): never {
  throw new ApiError('UNSUPPORTED_VERSION', `version ${version} cannot carry a value of '${path}'`)
}

export function sizeOfBytes(value: Bytes): number {
  if (value instanceof Uint8Array) return value.length
  let size = 0
  for (const piece of value) size += piece.length
  return size
}
