/**
 * Where a socket's bytes land: the reads of one connection fill a slab from front to back, so that consecutive chunks
 * lie side by side in memory and a frame that arrived in several reads is still one view. A used-up slab is left to
 * those who hold views of it. Slabs start small, so that idle connections cost little, and grow while reads fill them.
 */

const SLAB_MIN_BYTES = 16 * 1024
const SLAB_MAX_BYTES = 1024 * 1024
/** Less room than this is not worth a system call. */
const READ_MIN_BYTES = 4 * 1024

export class SlabReader {
  #slab: Buffer
  #used = 0
  #slabBytes = SLAB_MIN_BYTES
  #deliver: ((chunk: Buffer) => void) | undefined

  /** Node's `onread` option: `buffer` tells where the next read goes, `callback` that it happened. */
  readonly onread = {
    buffer: (): Buffer => this.#slab.subarray(this.#used),
    callback: (bytes: number, _buffer: Uint8Array): boolean => {
      this.#received(bytes)
      return true
    },
  }

  constructor() {
    this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
  }

  deliverTo(deliver: (chunk: Buffer) => void): void {
    this.#deliver = deliver
  }

  #received(bytes: number): void {
    const chunk = this.#slab.subarray(this.#used, this.#used + bytes)
    this.#used += bytes
    if (this.#slab.length - this.#used < READ_MIN_BYTES) {
      this.#slabBytes = Math.min(this.#slabBytes * 4, SLAB_MAX_BYTES)
      this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
      this.#used = 0
    }
    this.#deliver?.(chunk)
  }
}
