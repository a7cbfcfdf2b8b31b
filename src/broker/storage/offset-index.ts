/**
 * `.index`: for some batches of a segment, last offset and byte position; 8 bytes each: offset relative to the segment's
 * base, position. Entries rise in both. A lookup gives where to start scanning the log.
 */
import { readInt32, writeInt32 } from '../../base/bytes.ts'
import { IndexFile, type IndexPlace } from './index-file.ts'

export const OFFSET_ENTRY_BYTES = 8

export interface OffsetPosition {
  readonly offset: number
  /** Byte position in the log file. */
  readonly position: number
}

export class OffsetIndex {
  readonly file: IndexFile
  private readonly baseOffset: number

  constructor(place: IndexPlace, baseOffset: number) {
    this.file = new IndexFile({ ...place, entryBytes: OFFSET_ENTRY_BYTES })
    this.baseOffset = baseOffset
  }

  get isFull(): boolean {
    return this.file.isActive && this.file.room <= 0
  }

  entry(index: number): OffsetPosition {
    const { buffer, position } = this.file.at(index)
    return { offset: this.baseOffset + readInt32(buffer, position), position: readInt32(buffer, position + 4) }
  }

  last(): OffsetPosition {
    return this.file.count === 0 ? { offset: this.baseOffset, position: 0 } : this.entry(this.file.count - 1)
  }

  /** Adds an entry; entries beyond the bound and such that do not rise are left out. */
  append(offset: number, position: number): void {
    if (this.isFull || (this.file.count > 0 && offset <= this.last().offset)) return
    const to = this.file.append()
    writeInt32(to.buffer, to.position, offset - this.baseOffset)
    writeInt32(to.buffer, to.position + 4, position)
    this.file.appended()
  }

  /** The last entry at or before `offset`; the segment's start when there is none. */
  lookup(offset: number): OffsetPosition {
    const index = this.lastAtOrBefore(offset)
    return index < 0 ? { offset: this.baseOffset, position: 0 } : this.entry(index)
  }

  /** Removes the entries at and beyond `offset`. */
  truncateTo(offset: number): void {
    this.file.truncate(this.lastAtOrBefore(offset - 1) + 1)
  }

  /** Why the entries cannot be those of a log of `logBytes`; undefined when nothing speaks against them. */
  damage(logBytes: number, fileBytes: number): string | undefined {
    if (fileBytes % OFFSET_ENTRY_BYTES !== 0) return `size ${fileBytes} is no multiple of ${OFFSET_ENTRY_BYTES}`
    if (this.file.count === 0) return undefined
    const last = this.last()
    if (last.position < 0 || last.position >= logBytes)
      return `its last entry points to byte ${last.position} of ${logBytes}`
    if (this.file.count > 1 && last.position <= this.entry(this.file.count - 2).position)
      return 'its entries do not rise'
    return last.offset < this.baseOffset ? `its last offset ${last.offset} is below the base offset` : undefined
  }

  private lastAtOrBefore(offset: number): number {
    let low = 0
    let high = this.file.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (this.entry(middle).offset <= offset) low = middle + 1
      else high = middle - 1
    }
    return high
  }
}
