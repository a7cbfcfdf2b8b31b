/**
 * Where a socket's bytes land: the reads of one connection fill a slab from front to back, so that consecutive chunks
 * lie side by side in memory and a frame that arrived in several reads is still one view. Slabs start small, so that idle
 * connections cost little, and grow while reads fill them: never more than four times the bytes received is set aside.
 *
 * Memory is used again once every byte handed out of a slab was recycled: the slab itself from its front, a full one by
 * whichever connection needs one next. A slab with a byte still in use somewhere is left to those who hold it.
 */

const SLAB_MIN_BYTES = 16 * 1024
const SLAB_MAX_BYTES = 4 * 1024 * 1024
const GROWTH = 4
/** Less room than this is not worth a system call. */
const READ_MIN_BYTES = 4 * 1024
/** More than this per read only makes the other connections of the turn wait. */
const READ_MAX_BYTES = 256 * 1024
/** Free slabs of the largest size that are kept for all connections of the process. */
const FREE_SLABS_MAX = 4

interface Slab {
  readonly memory: Buffer
  /** Position of the next read. */
  used: number
  /** Invariant: recycled <= handedOut; equal means that nobody looks at the slab. */
  handedOut: number
  recycled: number
  largestRead: number
  /** A read filled all the room it was given: more was waiting. */
  wasShort: boolean
}

const freeSlabs: Buffer[] = []

export class SlabReader {
  #slab: Slab
  /** The slab that the system may be reading into now: must not go to anybody else. */
  #target: Slab
  /** Weak: a full slab of which some bytes are never handed back must go with those who hold them. */
  readonly #slabs = new WeakMap<ArrayBufferLike, Slab>()
  #deliver: ((chunk: Buffer) => void) | undefined

  /** Node's `onread` option: `buffer` tells where the next read goes, `callback` that it happened. */
  readonly onread = {
    buffer: (): Buffer => this.#place(),
    callback: (bytes: number, target: Uint8Array): boolean => {
      this.#received(target as Buffer, bytes)
      return true
    },
  }

  constructor() {
    this.#slab = this.#begin(SLAB_MIN_BYTES)
    this.#target = this.#slab
  }

  deliverTo(deliver: (chunk: Buffer) => void): void {
    this.#deliver = deliver
  }

  /** Moves the beginning of something large to a fresh slab when the rest of it would not fit behind it. */
  gather(partial: Buffer, totalBytes: number): Buffer {
    const from = this.#slabs.get(partial.buffer)
    if (from === undefined || totalBytes > from.memory.length) return partial
    if (partial.byteOffset - from.memory.byteOffset + totalBytes <= from.memory.length) return partial
    const slab = this.#begin(from.memory.length)
    partial.copy(slab.memory)
    slab.used = slab.handedOut = partial.length
    this.#slab = slab
    this.recycle(partial, partial.length)
    return slab.memory.subarray(0, partial.length)
  }

  /** `count` bytes that were handed out of the memory of `bytes` are not looked at any more. */
  recycle(bytes: Buffer, count: number): void {
    const slab = this.#slabs.get(bytes.buffer)
    if (slab === undefined) return
    slab.recycled += count
    this.#retire(slab)
  }

  /** Where the next read goes. */
  #place(): Buffer {
    const before = this.#target
    const slab = this.#slab
    if (slab.recycled === slab.handedOut) slab.used = slab.handedOut = slab.recycled = 0
    if (slab.memory.length - slab.used < READ_MIN_BYTES || (slab.wasShort && slab.used === 0)) {
      this.#slab = this.#begin(nextSize(slab))
    }
    this.#target = this.#slab
    if (before !== this.#target) this.#retire(before)
    if (slab !== before) this.#retire(slab)
    const { memory, used } = this.#slab
    return memory.subarray(used, used + READ_MAX_BYTES)
  }

  #received(target: Buffer, bytes: number): void {
    const slab = this.#slabs.get(target.buffer)!
    slab.used = target.byteOffset - slab.memory.byteOffset + bytes
    slab.handedOut += bytes
    if (bytes > slab.largestRead) slab.largestRead = bytes
    if (bytes === target.length && slab.memory.length < SLAB_MAX_BYTES) slab.wasShort = true
    this.#deliver?.(target.subarray(0, bytes))
  }

  #begin(size: number): Slab {
    const memory = (size === SLAB_MAX_BYTES ? freeSlabs.pop() : undefined) ?? Buffer.allocUnsafeSlow(size)
    const slab: Slab = { memory, used: 0, handedOut: 0, recycled: 0, largestRead: 0, wasShort: false }
    this.#slabs.set(memory.buffer, slab)
    return slab
  }

  /** Lets go of a slab that nothing will be read into and nobody looks at. */
  #retire(slab: Slab): void {
    if (slab === this.#slab || slab === this.#target || slab.recycled !== slab.handedOut) return
    this.#slabs.delete(slab.memory.buffer)
    if (slab.memory.length === SLAB_MAX_BYTES && freeSlabs.length < FREE_SLABS_MAX) freeSlabs.push(slab.memory)
  }
}

/** Larger where reads did not find room, smaller where they used little of it. */
function nextSize(slab: Slab): number {
  const bytes = slab.memory.length
  if (slab.wasShort) return Math.min(bytes * GROWTH, SLAB_MAX_BYTES)
  return slab.largestRead * 16 < bytes ? Math.max(bytes / GROWTH, SLAB_MIN_BYTES) : bytes
}
