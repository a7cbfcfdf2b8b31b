/**
 * What compiled decoders read with: varints, text, uuids, errors. Short text and uuids come out of small caches, since
 * topic names, client ids and topic ids repeat without end; a hit costs a comparison and allocates nothing.
 */
import { uuidFromBytes, ZERO_UUID } from '../base/uuid.ts'
import { ProtocolError } from './errors.ts'

/** Slots of each cache; a power of two. */
const CACHE_SLOTS = 2048
const CACHED_TEXT_BYTES = 48

/** State of one decoding: where the last variable-size read ended, and the memory still allowed. */
export class Source {
  end = 0
  budget = 0
  readonly #texts: string[] = new Array<string>(CACHE_SLOTS).fill('')
  readonly #uuids: string[] = new Array<string>(CACHE_SLOTS).fill(ZERO_UUID)
  readonly #uuidWords = new Int32Array(CACHE_SLOTS * 4)

  /** A varint of more than one byte; sets `end`. */
  varint(bytes: Buffer, position: number, limit: number): number {
    let value = 0
    let p = position
    for (let shift = 0; shift <= 28; shift += 7) {
      if (p >= limit) endsEarly(p)
      const byte = bytes[p++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.end = p
        return value >>> 0
      }
    }
    throw new ProtocolError('varint of more than 5 bytes', position)
  }

  text(bytes: Buffer, position: number, length: number): string {
    if (length === 0) return ''
    if (length > CACHED_TEXT_BYTES) return bytes.toString('utf8', position, position + length)
    const end = position + length
    let hash = length
    for (let i = position; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1)
    const cached = this.#texts[slot]!
    if (cached.length === length) {
      let i = 0
      while (i < length && cached.charCodeAt(i) === bytes[position + i]) i += 1
      if (i === length) return cached
    }
    const text = bytes.toString('utf8', position, end)
    this.#texts[slot] = text
    return text
  }

  uuid(bytes: Buffer, p: number): string {
    const a = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!
    const b = (bytes[p + 4]! << 24) | (bytes[p + 5]! << 16) | (bytes[p + 6]! << 8) | bytes[p + 7]!
    const c = (bytes[p + 8]! << 24) | (bytes[p + 9]! << 16) | (bytes[p + 10]! << 8) | bytes[p + 11]!
    const d = (bytes[p + 12]! << 24) | (bytes[p + 13]! << 16) | (bytes[p + 14]! << 8) | bytes[p + 15]!
    const hash = Math.imul(a ^ (b << 1) ^ c ^ (d << 1), 0x9e3779b1)
    const slot = hash >>> 21
    const words = this.#uuidWords
    const at = slot * 4
    if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return this.#uuids[slot]!
    const text = uuidFromBytes(bytes, p)
    words[at] = a
    words[at + 1] = b
    words[at + 2] = c
    words[at + 3] = d
    this.#uuids[slot] = text
    return text
  }
}

export function endsEarly(position: number): never {
  throw new ProtocolError('message ends early', position)
}

export function isNull(path: string, position: number): never {
  throw new ProtocolError(`null in '${path}'`, position)
}

export function tooLong(path: string, length: number, position: number): never {
  throw new ProtocolError(`'${path}' claims a length of ${length}`, position)
}

export function tooMany(path: string, count: number, position: number): never {
  throw new ProtocolError(`'${path}' claims ${count} elements, which do not fit`, position)
}

export function tooBig(path: string, position: number): never {
  throw new ProtocolError(`'${path}' would take too much memory`, position)
}

export function badTag(tag: number, position: number): never {
  throw new ProtocolError(`tag ${tag} is not as long as it says`, position)
}
