/**
 * A file of fixed-size entries that only grows at its end: what offset index and time index have in common. While its
 * segment is active the entries live in memory, the file is preallocated to its bound as Kafka's is, and new entries
 * reach it some at a time. Sealed, it is cut to its entries, and read through one cached block.
 *
 * A crash may leave an active file with zeros or without its newest entries: recovery rebuilds it from the log. A full
 * disk never fails an append: entries wait in memory until they can be written.
 */
import { type Disk, DiskError, type DiskFile } from '../../base/disk.ts'
import type { OpenFiles } from './open-files.ts'

const WRITE_BATCH_BYTES = 4096
const BLOCK_BYTES = 4096

export interface IndexPlace {
  readonly disk: Disk
  readonly openFiles: OpenFiles
  readonly path: string
}

export interface IndexFileOptions extends IndexPlace {
  readonly entryBytes: number
}

export class IndexFile {
  readonly entryBytes: number
  path: string
  /** Entries, those not yet written included. */
  count = 0
  private readonly disk: Disk
  private readonly openFiles: OpenFiles
  private file: DiskFile | undefined
  private maxEntries = 0
  /** All entries while active, or while the sealed file still lacks some. */
  private entries: Buffer | undefined
  /** Entries below this one are in the file. */
  private written = 0
  private sealed = true
  private block: Buffer | undefined
  private blockStart = -1

  constructor(options: IndexFileOptions) {
    this.disk = options.disk
    this.openFiles = options.openFiles
    this.path = options.path
    this.entryBytes = options.entryBytes
  }

  /** Creates the file anew, active, with room for `maxBytes`. */
  createActive(maxBytes: number): void {
    this.drop()
    this.count = 0
    this.written = 0
    this.entries = Buffer.allocUnsafe(0)
    this.sealed = false
    this.maxEntries = Math.floor(maxBytes / this.entryBytes)
    const file = this.openFiles.opening(() => this.disk.open(this.path, 'create'))
    try {
      file.truncate(0)
      file.truncate(this.maxEntries * this.entryBytes)
    } finally {
      file.close()
    }
  }

  /** Takes over an existing file as it is, `count` from its size; nothing is read. */
  adopt(sizeBytes: number): void {
    this.count = Math.floor(sizeBytes / this.entryBytes)
    this.written = this.count
    this.sealed = true
  }

  /** Makes a sealed file active again, preallocated. */
  reopenActive(maxBytes: number): void {
    if (!this.sealed) return
    if (this.entries === undefined) {
      const loaded = Buffer.allocUnsafe(this.count * this.entryBytes)
      this.withFile((file) => file.read(0, loaded, 0, loaded.length))
      this.drop()
      this.entries = loaded
    }
    this.activate(maxBytes)
  }

  get isActive(): boolean {
    return !this.sealed
  }

  /** Entries that still fit. */
  get room(): number {
    return this.maxEntries - this.count
  }

  /** Changes the bound of an active file: the topic's configuration changed. */
  resize(maxBytes: number): void {
    if (!this.sealed && Math.floor(maxBytes / this.entryBytes) !== this.maxEntries) this.activate(maxBytes)
  }

  /** Room for one more entry at the end; the caller fills it. */
  append(): { buffer: Buffer; position: number } {
    const position = this.count * this.entryBytes
    let buffer = this.entries!
    if (position + this.entryBytes > buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(32 * this.entryBytes, buffer.length * 2))
      buffer.copy(grown, 0, 0, position)
      this.entries = grown
      buffer = grown
    }
    this.count += 1
    return { buffer, position }
  }

  /**
   * Called after `append` was filled: writes once enough has come together. The first entry goes out at once, so that
   * who looks at the file of a running broker does not take the zeros for an entry.
   */
  appended(): void {
    const pendingBytes = (this.count - this.written) * this.entryBytes
    if (this.count === 1 || pendingBytes >= WRITE_BATCH_BYTES) this.tryWritePending()
  }

  /** Where entry `index` can be read, until the next call. */
  at(index: number): { buffer: Buffer; position: number } {
    if (this.entries !== undefined) return { buffer: this.entries, position: index * this.entryBytes }
    const perBlock = Math.floor(BLOCK_BYTES / this.entryBytes)
    const start = Math.floor(index / perBlock) * perBlock
    if (this.blockStart !== start || this.block === undefined) {
      this.block ??= Buffer.allocUnsafe(perBlock * this.entryBytes)
      this.blockStart = -1
      this.handle().read(start * this.entryBytes, this.block, 0, this.block.length)
      this.blockStart = start
    }
    return { buffer: this.block, position: (index - start) * this.entryBytes }
  }

  /** Keeps the first `count` entries. The file must be active. */
  truncate(count: number): void {
    if (count >= this.count) return
    this.count = count
    // What lies behind in a preallocated file must read as zeros.
    if (this.written > count) {
      this.written = count
      this.withFile((file) => {
        file.truncate(count * this.entryBytes)
        file.truncate(this.maxEntries * this.entryBytes)
      })
    }
  }

  /** The segment is full: cuts the file to its entries. */
  seal(): void {
    if (this.sealed) return
    this.sealed = true
    this.finishSeal()
  }

  /** Writes what is pending and brings all to stable storage. Throws when that fails. */
  sync(): void {
    this.writePending()
    if (this.sealed && this.entries !== undefined) this.finishSeal()
    this.withFile((file) => file.sync())
  }

  /** Cuts the file to its entries and lets go of it. */
  close(): void {
    if (this.entries !== undefined) {
      this.writePending()
      this.withFile((file) => file.truncate(this.count * this.entryBytes))
    }
    this.drop()
  }

  /** Closes without writing: the file goes away, or its disk has failed. */
  drop(): void {
    this.release()
    this.openFiles.closed(this)
    this.entries = undefined
    this.block = undefined
    this.blockStart = -1
    this.sealed = true
  }

  /** Closes the file until it is read again. */
  release(): void {
    this.file?.close()
    this.file = undefined
  }

  /** What is written to an index need not be synced before it is closed: a wrong one is built anew. */
  syncSoon(): void {}
  syncNow(): void {}

  private handle(): DiskFile {
    if (this.file === undefined) {
      this.file = this.openFiles.open(this, () => this.disk.open(this.path, 'readwrite'))
    } else this.openFiles.used(this)
    return this.file
  }

  private activate(maxBytes: number): void {
    this.maxEntries = Math.floor(maxBytes / this.entryBytes)
    this.sealed = false
    this.withFile((file) => file.truncate(Math.max(this.maxEntries, this.count) * this.entryBytes))
  }

  private finishSeal(): void {
    if (!this.tryWritePending()) return
    this.withFile((file) => file.truncate(this.count * this.entryBytes))
    this.entries = undefined
  }

  private tryWritePending(): boolean {
    try {
      this.writePending()
      return true
    } catch (error) {
      if (error instanceof DiskError && error.isFull) return false
      throw error
    }
  }

  private writePending(): void {
    if (this.written >= this.count || this.entries === undefined) return
    const from = this.written * this.entryBytes
    const pending = this.entries.subarray(from, this.count * this.entryBytes)
    this.withFile((file) => file.write(from, [pending]))
    this.written = this.count
  }

  /** An active index holds no descriptor between its rare writes: a node may have thousands. */
  private withFile(work: (file: DiskFile) => void): void {
    const file = this.file ?? this.openFiles.opening(() => this.disk.open(this.path, 'readwrite'))
    try {
      work(file)
    } finally {
      if (file !== this.file) file.close()
    }
  }
}
