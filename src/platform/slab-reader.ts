/**
 * Where a socket's bytes land: the reads of one connection fill a slab from front to back, so that consecutive chunks
 * lie side by side in memory and a frame that arrived in several reads is still one view. A used-up slab is left to
 * those who hold views of it. Slabs start small, so that idle connections cost little, and grow while reads fill them:
 * never more than four times the bytes received is set aside.
 */

const SLAB_MIN_BYTES = 16 * 1024
const SLAB_MAX_BYTES = 4 * 1024 * 1024
/** Less room than this is not worth a system call. */
const READ_MIN_BYTES = 4 * 1024
/** More than this per read only makes the other connections of the turn wait. */
const READ_MAX_BYTES = 256 * 1024

export class SlabReader {
  #slab: Buffer
  #used = 0
  #slabBytes = SLAB_MIN_BYTES
  #deliver: ((chunk: Buffer) => void) | undefined

  /** Node's `onread` option: `buffer` tells where the next read goes, `callback` that it happened. */
  readonly onread = {
    buffer: (): Buffer => this.#slab.subarray(this.#used, this.#used + READ_MAX_BYTES),
    callback: (bytes: number, target: Uint8Array): boolean => {
      this.#received(target as Buffer, bytes)
      return true
    },
  }

  constructor() {
    this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
  }

  deliverTo(deliver: (chunk: Buffer) => void): void {
    this.#deliver = deliver
  }

  /** Moves the beginning of something large to a fresh slab when the rest of it would not fit behind it. */
  gather(partial: Buffer, totalBytes: number): Buffer {
    const isLast = partial.buffer === this.#slab.buffer && partial.byteOffset + partial.length === this.#used
    const fits = isLast && this.#used - partial.length + totalBytes <= this.#slab.length
    if (fits || totalBytes > this.#slabBytes) return partial
    const slab = Buffer.allocUnsafeSlow(this.#slabBytes)
    partial.copy(slab)
    this.#slab = slab
    this.#used = partial.length
    return slab.subarray(0, partial.length)
  }

  #received(target: Buffer, bytes: number): void {
    // The place of a read is fixed before it happens: after a `gather` in between, it is still in the former slab.
    if (target.buffer === this.#slab.buffer) {
      this.#used += bytes
      if (this.#slab.length - this.#used < READ_MIN_BYTES) {
        this.#slabBytes = Math.min(this.#slabBytes * 4, SLAB_MAX_BYTES)
        this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
        this.#used = 0
      }
    }
    this.#deliver?.(target.subarray(0, bytes))
  }
}
