/** Where the sequential readers of a log will go on: offset to place, of the last few reads. */
import type { Segment } from './segment.ts'

const READ_HINTS = 16

export interface ReadPlace {
  readonly segment: Segment
  /** Byte in its file at which a batch begins. */
  readonly position: number
}

export class ReadHints {
  private readonly places = new Map<number, ReadPlace>()

  get(offset: number): ReadPlace | undefined {
    return this.places.get(offset)
  }

  note(offset: number, segment: Segment, position: number): void {
    if (this.places.size >= READ_HINTS) {
      for (const oldest of this.places.keys()) {
        this.places.delete(oldest)
        break
      }
    }
    this.places.set(offset, { segment, position })
  }

  /** Segments were removed, cut or replaced. */
  clear(): void {
    this.places.clear()
  }
}
