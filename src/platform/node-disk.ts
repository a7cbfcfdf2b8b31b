/**
 * The disk port over Node's synchronous file calls. Short writes are continued until everything is written or the system
 * says why not: a full disk first answers with a short count and no error. Every failure is a `DiskError`.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { type DirectoryLock, type Disk, DiskError, type DiskFile, type FileStat, type OpenMode } from '../base/disk.ts'
import { lockDirectory } from './directory-lock.ts'

const HINTS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'the user that runs the broker may not write there',
  EPERM: 'the user that runs the broker may not do that there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it does not exist',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
}

/** The `DiskError` for whatever a file call threw. */
export function diskError(operation: string, path: string, error: unknown): DiskError {
  if (error instanceof DiskError) return error
  const errno = (error as NodeJS.ErrnoException).code ?? 'EIO'
  const hint = HINTS[errno]
  return new DiskError(operation, path, errno, hint === undefined ? { cause: error } : { cause: error, hint })
}

function attempt<T>(operation: string, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw diskError(operation, path, error)
  }
}

const FLAGS = { read: 'r', readwrite: 'r+', create: constants.O_RDWR | constants.O_CREAT } as const

class NodeFile implements DiskFile {
  readonly path: string
  private readonly fd: number
  private syncsRunning = 0
  private closing = false

  constructor(path: string, mode: OpenMode) {
    this.path = path
    this.fd = attempt('open', path, () => openSync(path, FLAGS[mode]))
  }

  size(): number {
    return attempt('stat', this.path, () => fstatSync(this.fd).size)
  }

  read(position: number, target: Buffer, offset: number, length: number): number {
    let done = 0
    try {
      while (done < length) {
        const count = readSync(this.fd, target, offset + done, length - done, position + done)
        if (count === 0) break
        done += count
      }
    } catch (error) {
      throw diskError('read', this.path, error)
    }
    return done
  }

  write(position: number, chunks: readonly Uint8Array[]): void {
    try {
      const first = chunks[0]
      if (first === undefined) return
      if (chunks.length === 1) this.writeAll(position, first)
      else this.writeChunks(position, chunks)
    } catch (error) {
      throw diskError('write', this.path, error)
    }
  }

  truncate(sizeBytes: number): void {
    attempt('truncate', this.path, () => ftruncateSync(this.fd, sizeBytes))
  }

  sync(): void {
    attempt('sync', this.path, () => fdatasyncSync(this.fd))
  }

  syncInBackground(done: (error: unknown) => void): void {
    this.syncsRunning += 1
    fdatasync(this.fd, (error) => {
      this.syncsRunning -= 1
      if (this.closing && this.syncsRunning === 0) closeSync(this.fd)
      done(error === null ? undefined : diskError('sync', this.path, error))
    })
  }

  close(): void {
    if (this.closing) return
    this.closing = true
    // A descriptor that is being synced must not be handed to another file meanwhile.
    if (this.syncsRunning === 0) attempt('close', this.path, () => closeSync(this.fd))
  }

  private writeAll(position: number, bytes: Uint8Array): void {
    let done = writeSync(this.fd, bytes, 0, bytes.length, position)
    while (done < bytes.length) done += writeSync(this.fd, bytes, done, bytes.length - done, position + done)
  }

  private writeChunks(position: number, chunks: readonly Uint8Array[]): void {
    const done = writevSync(this.fd, chunks, position)
    let at = 0
    for (const chunk of chunks) {
      const written = Math.min(Math.max(done - at, 0), chunk.length)
      if (written < chunk.length) this.writeAll(position + at + written, chunk.subarray(written))
      at += chunk.length
    }
  }
}

export class NodeDisk implements Disk {
  open(path: string, mode: OpenMode): DiskFile {
    return new NodeFile(path, mode)
  }

  readFile(path: string): Buffer {
    return attempt('read', path, () => readFileSync(path))
  }

  writeFile(path: string, data: Uint8Array, options: { sync?: boolean } = {}): void {
    const file = new NodeFile(path, 'create')
    try {
      // Some file systems write a file that was emptied out at once when it is closed: a new one need not be.
      if (file.size() > 0) file.truncate(0)
      file.write(0, [data])
      if (options.sync === true) file.sync()
    } finally {
      file.close()
    }
  }

  stat(path: string): FileStat | undefined {
    return attempt('stat', path, () => {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return undefined
      return { sizeBytes: stat.size, modifiedMs: stat.mtimeMs, isDirectory: stat.isDirectory() }
    })
  }

  list(path: string): string[] {
    return attempt('list', path, () => readdirSync(path).sort())
  }

  makeDirectory(path: string): void {
    attempt('create', path, () => mkdirSync(path, { recursive: true }))
  }

  rename(from: string, to: string): void {
    attempt('rename', from, () => renameSync(from, to))
  }

  removeFile(path: string): void {
    try {
      unlinkSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw diskError('remove', path, error)
    }
  }

  removeTree(path: string): void {
    attempt('remove', path, () => rmSync(path, { recursive: true, force: true }))
  }

  syncDirectory(path: string): void {
    // Windows cannot open a directory; its file systems keep names by themselves.
    if (process.platform === 'win32') return
    attempt('sync', path, () => {
      const fd = openSync(path, 'r')
      try {
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    })
  }

  lockDirectory(path: string): DirectoryLock {
    try {
      return lockDirectory(path)
    } catch (error) {
      throw diskError('lock', path, error)
    }
  }

  volume(path: string): { totalBytes: number; usableBytes: number } {
    return attempt('stat', path, () => {
      const stat = statfsSync(path)
      return { totalBytes: stat.blocks * stat.bsize, usableBytes: stat.bavail * stat.bsize }
    })
  }
}
