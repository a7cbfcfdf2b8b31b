/**
 * The disk port: every file the broker touches. Synchronous on purpose: the core is a synchronous state machine, and a
 * page-cache write costs microseconds. Written bytes are durable only after `sync`; names only after `syncDirectory`.
 * Failures are thrown as `DiskError`; callers decide whether a log directory goes offline.
 */
import { MqError } from './errors.ts'

export type OpenMode = 'read' | 'readwrite' | 'create'

export interface DiskFile {
  readonly path: string
  /** Size in bytes as of now. */
  size(): number
  /** Fills `target[offset, offset+length)` from `position`; returns the bytes read, short only at the end of the file. */
  read(position: number, target: Buffer, offset: number, length: number): number
  /** Writes all chunks back to back from `position`; all or throws (a torn tail may remain on failure). */
  write(position: number, chunks: readonly Uint8Array[]): void
  truncate(sizeBytes: number): void
  /** Returns when data and size are on stable storage (fdatasync). */
  sync(): void
  /**
   * As `sync`, without holding up the event loop: for a large file that nobody waits for. `done` is called exactly once,
   * possibly before this returns; `close` may be called meanwhile.
   */
  syncInBackground(done: (error: unknown) => void): void
  close(): void
}

export interface FileStat {
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly isDirectory: boolean
}

export interface DirectoryLock {
  release(): void
}

export interface Disk {
  /** `create` opens or creates for reading and writing; `read` and `readwrite` demand that the file exists. */
  open(path: string, mode: OpenMode): DiskFile
  readFile(path: string): Buffer
  /** Replaces the whole file. Not atomic: for that write a `.tmp`, `sync`, `rename`, `syncDirectory`. */
  writeFile(path: string, data: Uint8Array, options?: { sync?: boolean }): void
  stat(path: string): FileStat | undefined
  /** Names in the directory, sorted; throws when it does not exist. */
  list(path: string): string[]
  /** Creates the directory and its parents; fine when it exists. */
  makeDirectory(path: string): void
  /** Atomic; replaces an existing file. */
  rename(from: string, to: string): void
  /** Removes a file; fine when it is missing. */
  removeFile(path: string): void
  /** Removes a directory with all it holds; fine when it is missing. */
  removeTree(path: string): void
  syncDirectory(path: string): void
  /** Takes Kafka's `.lock` of a log directory; throws `DiskError` with code ELOCKED and the owner when it is held. */
  lockDirectory(path: string): DirectoryLock
  /** Total and usable bytes of the volume that holds `path`. */
  volume(path: string): { totalBytes: number; usableBytes: number }
}

/** A failed disk operation. `errno` is the system's code (ENOSPC, EIO, EROFS, EACCES, ELOCKED …). */
export class DiskError extends MqError {
  readonly operation: string
  readonly path: string
  readonly errno: string

  constructor(operation: string, path: string, errno: string, options: { cause?: unknown; hint?: string } = {}) {
    super('MQ_DISK', `cannot ${operation} ${path}: ${errno}`, options)
    this.operation = operation
    this.path = path
    this.errno = errno
  }

  get isFull(): boolean {
    return this.errno === 'ENOSPC' || this.errno === 'EDQUOT'
  }
}
