/**
 * Times of records inside a batch without decoding the records around them: lengths are skipped, keys and values never
 * looked at, the checksum is not verified. For readers that want times of many places and nothing else.
 */
import { ApiError } from '../errors.ts'
import { BATCH_OVERHEAD, type BatchHeader } from './batch.ts'
import { decompress } from './compression.ts'
import { MAX_DECOMPRESSED_BYTES } from './record.ts'

/** The record section of a whole batch, decompressed. Throws CORRUPT_MESSAGE. */
export function recordSection(header: BatchHeader, batch: Buffer): Buffer {
  return decompress(header.compression, batch.subarray(BATCH_OVERHEAD), MAX_DECOMPRESSED_BYTES)
}

/** A walk over the records of one batch: questions in the order of the log cost one walk, however many they are. */
export class RecordTimes {
  readonly #header: BatchHeader
  readonly #section: Buffer
  #position = 0
  /** Records walked over, the one at hand among them. */
  #walked = 0
  #offset = -1
  #timestampDelta = 0

  constructor(header: BatchHeader, section: Buffer) {
    this.#header = header
    this.#section = section
  }

  /**
   * Milliseconds of the first record at or after `offset`; undefined when the batch has none. Throws INVALID_RECORD when
   * the section is no list of records. An offset below the last one asked for starts the walk anew.
   */
  atOrAfter(offset: number): number | undefined {
    const { recordCount, timestampType, maxTimestamp, baseTimestamp } = this.#header
    if (this.#offset > offset) this.#rewind()
    while (this.#offset < offset) {
      if (this.#walked >= recordCount) return undefined
      this.#step()
    }
    return timestampType === 'LogAppendTime' ? maxTimestamp : baseTimestamp + this.#timestampDelta
  }

  #rewind(): void {
    this.#position = 0
    this.#walked = 0
    this.#offset = -1
  }

  #step(): void {
    const length = this.#number()
    const end = this.#position + length
    if (length < 0 || end > this.#section.length) throw new ApiError('INVALID_RECORD', 'a record ends early')
    this.#position += 1
    this.#timestampDelta = this.#number()
    this.#offset = this.#header.baseOffset + this.#number()
    this.#position = end
    this.#walked += 1
  }

  /** A zigzag number of up to 64 bits; exact within 2^53. */
  #number(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#section[this.#position]
      if (byte === undefined || scale > 2 ** 63) throw new ApiError('INVALID_RECORD', 'a record ends early')
      this.#position += 1
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
  }
}
