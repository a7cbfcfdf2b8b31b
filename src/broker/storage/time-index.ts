/**
 * `.timeindex`: the greatest timestamp so far and the offset of its batch's last record, 12 bytes each. Timestamps rise
 * strictly, offsets never fall. Every record before an entry's offset has a timestamp of at most the entry's.
 */
import { readInt32, readInt64, writeInt32, writeInt64 } from '../../base/bytes.ts'
import { NO_TIMESTAMP } from './batch-fields.ts'
import { IndexFile, type IndexPlace } from './index-file.ts'

export const TIME_ENTRY_BYTES = 12

export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
}

export class TimeIndex {
  readonly file: IndexFile
  private readonly baseOffset: number
  private lastEntry: TimestampOffset | undefined

  constructor(place: IndexPlace, baseOffset: number) {
    this.file = new IndexFile({ ...place, entryBytes: TIME_ENTRY_BYTES })
    this.baseOffset = baseOffset
  }

  /** One slot stays free for the entry that a segment gets when it is closed. */
  get isFull(): boolean {
    return this.file.isActive && this.file.room <= 1
  }

  entry(index: number): TimestampOffset {
    const { buffer, position } = this.file.at(index)
    return { timestamp: readInt64(buffer, position), offset: this.baseOffset + readInt32(buffer, position + 8) }
  }

  last(): TimestampOffset {
    this.lastEntry ??=
      this.file.count === 0 ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset } : this.entry(this.file.count - 1)
    return this.lastEntry
  }

  /** Adds an entry if its timestamp is greater than the last one's. `closing`: the reserved slot may be used. */
  maybeAppend(timestamp: number, offset: number, closing = false): void {
    const last = this.last()
    if (timestamp <= last.timestamp || offset < last.offset) return
    if (closing ? this.file.room <= 0 : this.isFull) return
    const to = this.file.append()
    writeInt64(to.buffer, to.position, timestamp)
    writeInt32(to.buffer, to.position + 8, offset - this.baseOffset)
    this.lastEntry = { timestamp, offset }
    this.file.appended()
  }

  /** The last entry with a timestamp of at most `timestamp`; the segment's start when there is none. */
  lookup(timestamp: number): TimestampOffset {
    let low = 0
    let high = this.file.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (this.entry(middle).timestamp <= timestamp) low = middle + 1
      else high = middle - 1
    }
    return high < 0 ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset } : this.entry(high)
  }

  /** Removes the entries at and beyond `offset`. */
  truncateTo(offset: number): void {
    let count = this.file.count
    while (count > 0 && this.entry(count - 1).offset >= offset) count -= 1
    this.file.truncate(count)
    this.lastEntry = undefined
  }

  /** Forgets what is cached of a file that was replaced. */
  reset(): void {
    this.lastEntry = undefined
  }

  /** Why the entries cannot be right; undefined when nothing speaks against them. */
  damage(fileBytes: number): string | undefined {
    if (fileBytes % TIME_ENTRY_BYTES !== 0) return `size ${fileBytes} is no multiple of ${TIME_ENTRY_BYTES}`
    if (this.file.count === 0) return undefined
    const last = this.entry(this.file.count - 1)
    if (last.offset < this.baseOffset) return `its last offset ${last.offset} is below the base offset`
    if (last.timestamp < this.entry(0).timestamp) return `its last timestamp ${last.timestamp} is below the first`
    return undefined
  }
}
