/**
 * Walking the records of a batch without making objects of their values and headers: compaction needs to know where a
 * record lies, its key and whether it has a value, and copies the rest as it is. Throws ApiError INVALID_RECORD on bytes
 * that are no records.
 */
import { ApiError } from '../../protocol/errors.ts'

/** One record in a section of decompressed records; the same object for every record of a walk. */
export interface WalkedRecord {
  /** Of its bytes, length included. */
  start: number
  /** Where the offset delta begins: everything from here to `end` is independent of the batch's times. */
  rest: number
  end: number
  timestampDelta: number
  offsetDelta: number
  keyStart: number
  /** -1: without a key. */
  keyBytes: number
  hasValue: boolean
}

/** The `count` records of `section`, which has to end with the last of them; some at a time. */
export class RecordWalk {
  private readonly cursor: Cursor
  private readonly sectionBytes: number
  private left: number

  constructor(section: Buffer, count: number) {
    this.cursor = new Cursor(section)
    this.sectionBytes = section.length
    this.left = count
  }

  /** Visits the next records, at most `max`; returns whether there are more. */
  some(max: number, visit: (record: WalkedRecord) => void): boolean {
    for (let index = Math.min(max, this.left); index > 0; index -= 1) {
      this.cursor.next()
      visit(this.cursor)
    }
    this.left -= Math.min(max, this.left)
    if (this.left > 0) return true
    if (this.cursor.position !== this.sectionBytes) throw invalid('bytes follow the last record of a batch')
    return false
  }
}

function invalid(message: string): ApiError {
  return new ApiError('INVALID_RECORD', message)
}

class Cursor implements WalkedRecord {
  start = 0
  rest = 0
  end = 0
  timestampDelta = 0
  offsetDelta = 0
  keyStart = 0
  keyBytes = -1
  hasValue = false
  position = 0
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  next(): void {
    this.start = this.position
    const size = this.varint()
    this.end = this.position + size
    if (size < 1 || this.end > this.bytes.length) throw invalid(`a record of ${size} bytes does not fit its batch`)
    this.position += 1
    this.timestampDelta = this.varlong()
    this.rest = this.position
    this.offsetDelta = this.varint()
    this.keyBytes = this.varint()
    this.keyStart = this.position
    if (this.keyBytes > 0) this.position += this.keyBytes
    if (this.position > this.end) throw invalid('a key does not fit its record')
    const valueBytes = this.varint()
    this.hasValue = valueBytes >= 0
    if (this.hasValue) this.position += valueBytes
    if (this.position > this.end) throw invalid('a value does not fit its record')
    this.skipHeaders()
    if (this.position !== this.end) throw invalid('the headers do not fill their record')
  }

  private skipHeaders(): void {
    const count = this.varint()
    if (count < 0) throw invalid(`a record has ${count} headers`)
    for (let index = 0; index < count; index += 1) {
      const keyBytes = this.varint()
      if (keyBytes < 0) throw invalid('a header has no key')
      this.position += keyBytes
      const valueBytes = this.varint()
      if (valueBytes > 0) this.position += valueBytes
      if (this.position > this.end) throw invalid('a header does not fit its record')
    }
  }

  private varint(): number {
    const { bytes } = this
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = bytes[this.position++]
      if (byte === undefined) throw invalid('a record ends early')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw invalid('a varint of more than 5 bytes')
  }

  private varlong(): number {
    let wide = 0n
    let narrow = 0
    for (let shift = 0; shift <= 63; shift += 7) {
      const byte = this.bytes[this.position++]
      if (byte === undefined) throw invalid('a record ends early')
      if (shift <= 21) narrow |= (byte & 0x7f) << shift
      else wide |= BigInt(byte & 0x7f) << BigInt(shift)
      if (byte >= 0x80) continue
      if (shift <= 21) return (narrow >>> 1) ^ -(narrow & 1)
      const all = BigInt.asUintN(64, wide | BigInt(narrow))
      return Number((all >> 1n) ^ -(all & 1n))
    }
    throw invalid('a varint of more than 10 bytes')
  }
}
