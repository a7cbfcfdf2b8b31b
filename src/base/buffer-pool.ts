/**
 * Large buffers that are used again. Allocating megabytes a second outside the heap makes the collector mark the whole
 * heap over and over, which costs more than reading and sending them. Whoever knows that a buffer has gone its way gives
 * it back; one that nobody gives back is collected like any other, so forgetting to is safe, and giving back what was
 * never taken does nothing.
 */

interface SizeClass {
  readonly bufferBytes: number
  readonly freeMax: number
  readonly free: Buffer[]
}

export class BufferPool {
  readonly #classes: readonly SizeClass[]
  /** What was taken and not given back, by its memory; weak, so that the forgotten ones can go. */
  readonly #taken = new WeakMap<ArrayBufferLike, { readonly buffer: Buffer; readonly from: SizeClass }>()

  /** `classes`: sizes in ascending order, each with the number of free buffers that are kept. */
  constructor(classes: readonly { readonly bufferBytes: number; readonly freeMax: number }[]) {
    this.#classes = classes.map((each) => ({ ...each, free: [] }))
  }

  /** Buffers that lie ready. */
  get free(): number {
    return this.#classes.reduce((sum, { free }) => sum + free.length, 0)
  }

  /** A buffer of `bytes` with unspecified content; above the largest class it is one that is not pooled. */
  take(bytes: number): Buffer {
    const from = this.#classes.find(({ bufferBytes }) => bytes <= bufferBytes)
    if (from === undefined) return Buffer.allocUnsafeSlow(bytes)
    const buffer = from.free.pop() ?? Buffer.allocUnsafeSlow(from.bufferBytes)
    this.#taken.set(buffer.buffer, { buffer, from })
    return bytes === buffer.length ? buffer : buffer.subarray(0, bytes)
  }

  /** Takes back the buffer that `view` is a part of: nobody may look at any part of it after this. */
  giveBack(view: Uint8Array): void {
    const taken = this.#taken.get(view.buffer)
    if (taken === undefined) return
    this.#taken.delete(view.buffer)
    if (taken.from.free.length < taken.from.freeMax) taken.from.free.push(taken.buffer)
  }
}

const READ_BYTES = 256 * 1024
/** The largest batch that Kafka's default limits let in, with room to spare. */
const LARGE_BATCH_BYTES = 1280 * 1024

/** What is read from files to be sent: taken by the storage, given back by the connection that has sent it. */
export const readBuffers = new BufferPool([
  { bufferBytes: READ_BYTES, freeMax: 64 },
  { bufferBytes: LARGE_BATCH_BYTES, freeMax: 12 },
])
