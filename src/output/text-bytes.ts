/**
 * Text that is collected piece by piece, as bytes in one buffer that is used again: for megabytes that are made every few
 * seconds, which as strings would stay in the heap until it is collected.
 */

const FIRST_BYTES = 1 << 16
/** Less than this is handed out as a copy: streams may keep small pieces for a moment after they took them. */
const COPIED_BYTES = 1 << 16
/** Bytes that a UTF-16 unit takes at most. */
const UNIT_BYTES = 3

export class TextBytes {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  add(text: string): void {
    const most = this.#length + text.length * UNIT_BYTES
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** All of it; good until it is cleared and filled again. Whoever writes it to a stream awaits that the stream has room again. */
  bytes(): Uint8Array {
    const all = this.#bytes.subarray(0, this.#length)
    return all.length < COPIED_BYTES ? Buffer.from(all) : all
  }
}
