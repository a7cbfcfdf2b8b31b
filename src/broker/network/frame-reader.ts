/**
 * Cuts a byte stream into frames (4-byte size, then that many bytes). A frame that lies in one piece is handed out as a
 * view of what arrived; only one that was scattered is copied, once, when it is complete. The size is checked before
 * anything is kept for it, and no more memory is held than bytes arrived.
 */

/** A size that no peer of ours may announce: the connection cannot go on. */
export class FrameSizeError extends Error {
  constructor(size: number, maxBytes: number) {
    super(
      size < 0 || size > 0x7fffffff
        ? `invalid frame size ${size | 0}`
        : `frame of ${size} bytes is larger than the limit of ${maxBytes} bytes`,
    )
    this.name = 'FrameSizeError'
  }
}

export interface FrameReaderOptions {
  /** Largest frame, without its size field (`socket.request.max.bytes`). */
  readonly maxBytes: number
  /** See `Connection.gather`. */
  readonly gather?: (partial: Buffer, totalBytes: number) => Buffer
  /** See `Connection.recycle`: told of the bytes of frames that had to be copied. */
  readonly recycle?: (bytes: Buffer, count: number) => void
}

/** Stands in front of every frame, and is recycled with it. */
export const SIZE_BYTES = 4

export class FrameReader {
  readonly #options: FrameReaderOptions
  /** Invariant: no two neighbours are adjacent in memory; only the first may have been read from. */
  #pieces: Buffer[] = []
  #buffered = 0
  /** Of the frame that is waited for, with its size field; 0 while the size is not known. */
  #needed = 0

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** Bytes received and not yet handed out. */
  get bufferedBytes(): number {
    return this.#buffered
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#buffered += chunk.length
    const last = this.#pieces.length - 1
    const piece = this.#pieces[last]
    if (piece !== undefined && piece.buffer === chunk.buffer && piece.byteOffset + piece.length === chunk.byteOffset) {
      this.#pieces[last] = viewOf(piece, 0, piece.length + chunk.length)
    } else this.#pieces.push(chunk)
  }

  /** The next complete frame without its size field, or undefined. Throws `FrameSizeError`; then the stream is lost. */
  next(): Buffer | undefined {
    if (this.#needed === 0) {
      if (this.#buffered < SIZE_BYTES) return undefined
      this.#needed = SIZE_BYTES + this.#readSize()
    }
    if (this.#buffered < this.#needed) {
      this.#gather()
      return undefined
    }
    const needed = this.#needed
    const first = this.#pieces[0]!
    let frame: Buffer
    if (first.length >= needed) {
      frame = viewOf(first, SIZE_BYTES, needed - SIZE_BYTES)
      if (first.length === needed) this.#pieces.shift()
      else this.#pieces[0] = viewOf(first, needed, first.length - needed)
    } else frame = this.#assemble(needed)
    this.#buffered -= needed
    this.#needed = 0
    return frame
  }

  #readSize(): number {
    const first = this.#pieces[0]!
    const at = first.length >= SIZE_BYTES ? first : Buffer.concat(this.#pieces, SIZE_BYTES)
    const size = at.readInt32BE(0)
    if (size < 0 || size > this.#options.maxBytes) throw new FrameSizeError(size, this.#options.maxBytes)
    return size
  }

  #gather(): void {
    if (this.#pieces.length !== 1 || this.#options.gather === undefined) return
    this.#pieces[0] = this.#options.gather(this.#pieces[0]!, this.#needed)
  }

  #assemble(needed: number): Buffer {
    const whole = Buffer.allocUnsafeSlow(needed)
    let filled = 0
    while (filled < needed) {
      const piece = this.#pieces[0]!
      const taken = piece.copy(whole, filled, 0, Math.min(piece.length, needed - filled))
      filled += taken
      this.#options.recycle?.(piece, taken)
      if (taken === piece.length) this.#pieces.shift()
      else this.#pieces[0] = viewOf(piece, taken, piece.length - taken)
    }
    return whole.subarray(SIZE_BYTES)
  }
}

/** `length` bytes from `start` of the piece; may reach beyond its end, where the caller knows what lies there. */
function viewOf(piece: Buffer, start: number, length: number): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset + start, length)
}
