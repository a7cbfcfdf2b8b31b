/**
 * `.txnindex`: the aborted transactions that ended in a segment, 34 bytes each. The file exists only where there is one.
 * Entries are in the order of their abort markers.
 */
import { readInt16, readInt64, writeInt16, writeInt64 } from '../../base/bytes.ts'
import { type Disk, DiskError, type DiskFile } from '../../base/disk.ts'

const ENTRY_BYTES = 34
const VERSION = 0

export interface AbortedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the abort marker. */
  readonly lastOffset: number
  /** Last stable offset when the transaction ended. */
  readonly lastStableOffset: number
}

export class TxnIndex {
  path: string
  private readonly disk: Disk
  /** Loaded on first use. */
  private entries: AbortedTxn[] | undefined
  /** Entries below this one are in the file. */
  private written = 0

  constructor(disk: Disk, path: string) {
    this.disk = disk
    this.path = path
  }

  /** On a full disk the entry stays in memory until `sync` can write it. */
  append(aborted: AbortedTxn): void {
    this.all().push(aborted)
    try {
      this.writePending()
    } catch (error) {
      if (!(error instanceof DiskError && error.isFull)) throw error
    }
  }

  all(): AbortedTxn[] {
    this.entries ??= this.load()
    return this.entries
  }

  /**
   * Those that a reader of [`fetchOffset`, `upperBound`) must know. `complete`: no later segment can add one, because a
   * transaction that ends there began above the bound.
   */
  collect(fetchOffset: number, upperBound: number): { aborted: AbortedTxn[]; complete: boolean } {
    const aborted: AbortedTxn[] = []
    for (const entry of this.all()) {
      if (entry.lastOffset >= fetchOffset && entry.firstOffset < upperBound) aborted.push(entry)
      if (entry.lastStableOffset >= upperBound) return { aborted, complete: true }
    }
    return { aborted, complete: false }
  }

  /** Removes the transactions that ended at or beyond `offset`. */
  truncateTo(offset: number): void {
    const entries = this.all()
    let count = entries.length
    while (count > 0 && entries[count - 1]!.lastOffset >= offset) count -= 1
    if (count === entries.length) return
    entries.length = count
    if (this.written <= count) return
    this.withFile((file) => file.truncate(count * ENTRY_BYTES))
    this.written = count
  }

  /** Empties the index for a rebuild. */
  reset(): void {
    this.entries = []
    this.written = 0
    if (this.disk.stat(this.path) !== undefined) this.withFile((file) => file.truncate(0))
  }

  /** Why the file cannot be right; undefined when nothing speaks against it. */
  damage(baseOffset: number): string | undefined {
    const stat = this.disk.stat(this.path)
    if (stat === undefined) return undefined
    if (stat.sizeBytes % ENTRY_BYTES !== 0) return `size ${stat.sizeBytes} is no multiple of ${ENTRY_BYTES}`
    const wrong = this.all().find((entry) => entry.lastOffset < baseOffset || entry.firstOffset > entry.lastOffset)
    return wrong === undefined ? undefined : `offsets ${wrong.firstOffset} to ${wrong.lastOffset} do not belong here`
  }

  /** Writes what a full disk kept back. */
  flush(): void {
    if (this.entries !== undefined) this.writePending()
  }

  sync(): void {
    if (this.entries === undefined || this.entries.length === 0) return
    this.writePending()
    this.withFile((file) => file.sync())
  }

  private load(): AbortedTxn[] {
    if (this.disk.stat(this.path) === undefined) return []
    const bytes = this.disk.readFile(this.path)
    const entries: AbortedTxn[] = []
    for (let at = 0; at + ENTRY_BYTES <= bytes.length && readInt16(bytes, at) <= VERSION; at += ENTRY_BYTES) {
      entries.push({
        producerId: readInt64(bytes, at + 2),
        firstOffset: readInt64(bytes, at + 10),
        lastOffset: readInt64(bytes, at + 18),
        lastStableOffset: readInt64(bytes, at + 26),
      })
    }
    this.written = entries.length
    return entries
  }

  private writePending(): void {
    const pending = this.entries!.slice(this.written)
    if (pending.length === 0) return
    const bytes = Buffer.allocUnsafe(pending.length * ENTRY_BYTES)
    pending.forEach((aborted, index) => {
      const at = index * ENTRY_BYTES
      writeInt16(bytes, at, VERSION)
      writeInt64(bytes, at + 2, aborted.producerId)
      writeInt64(bytes, at + 10, aborted.firstOffset)
      writeInt64(bytes, at + 18, aborted.lastOffset)
      writeInt64(bytes, at + 26, aborted.lastStableOffset)
    })
    this.withFile((file) => file.write(this.written * ENTRY_BYTES, [bytes]))
    this.written += pending.length
  }

  private withFile(work: (file: DiskFile) => void): void {
    const file = this.disk.open(this.path, 'create')
    try {
      work(file)
    } finally {
      file.close()
    }
  }
}
