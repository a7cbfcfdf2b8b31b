/**
 * The disk port in memory: for brokers embedded in tests and for the simulator. One instance is one machine's disk; two
 * brokers on it exclude each other through `lockDirectory` as on a real one. Every operation passes through the protected
 * hooks below, where a test disk adds faults and a crash model. Paths are absolute or relative, `/` separated.
 */
import { type DirectoryLock, type Disk, DiskError, type DiskFile, type FileStat, type OpenMode } from '../base/disk.ts'
import { MemoryFileData } from './memory-file.ts'

export class MemoryDirectory {
  readonly entries = new Map<string, MemoryNode>()
}
export type MemoryNode = MemoryFileData | MemoryDirectory

/** What the hooks are told before an operation is carried out. */
export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'list'
  | 'make'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'lock'

export interface MemoryDiskOptions {
  /** Stamps files; default: always 0. */
  nowMs?: () => number
  /** Size of the volume; writes beyond it fail with ENOSPC. Default: no bound. */
  capacityBytes?: number
}

const NO_BOUND = 2 ** 50

export class MemoryDisk implements Disk {
  readonly root = new MemoryDirectory()
  capacityBytes: number
  private readonly nowMs: () => number
  private readonly locked = new Set<string>()

  constructor(options: MemoryDiskOptions = {}) {
    this.nowMs = options.nowMs ?? (() => 0)
    this.capacityBytes = options.capacityBytes ?? NO_BOUND
  }

  open(path: string, mode: OpenMode): DiskFile {
    this.before('open', path)
    const { directory, name } = this.parentOf(path, 'open')
    let node = directory.entries.get(name)
    if (node instanceof MemoryDirectory) throw new DiskError('open', path, 'EISDIR')
    if (node === undefined) {
      if (mode !== 'create') throw new DiskError('open', path, 'ENOENT')
      node = new MemoryFileData()
      node.modifiedMs = this.nowMs()
      this.setEntry(directory, name, node)
    }
    return new MemoryFile(this, path, node, mode)
  }

  readFile(path: string): Buffer {
    this.before('read', path)
    return this.fileAt(path, 'read').toBuffer()
  }

  writeFile(path: string, data: Uint8Array, options: { sync?: boolean } = {}): void {
    const file = this.open(path, 'create')
    try {
      file.truncate(0)
      file.write(0, [data])
      if (options.sync === true) file.sync()
    } finally {
      file.close()
    }
  }

  stat(path: string): FileStat | undefined {
    const node = this.nodeAt(path)
    if (node === undefined) return undefined
    if (node instanceof MemoryDirectory) return { sizeBytes: 0, modifiedMs: 0, isDirectory: true }
    return { sizeBytes: node.sizeBytes, modifiedMs: node.modifiedMs, isDirectory: false }
  }

  list(path: string): string[] {
    this.before('list', path)
    const node = this.nodeAt(path)
    if (node === undefined) throw new DiskError('list', path, 'ENOENT')
    if (!(node instanceof MemoryDirectory)) throw new DiskError('list', path, 'ENOTDIR')
    return [...node.entries.keys()].sort()
  }

  makeDirectory(path: string): void {
    this.before('make', path)
    let directory = this.root
    for (const name of split(path)) {
      let next = directory.entries.get(name)
      if (next === undefined) {
        next = new MemoryDirectory()
        this.setEntry(directory, name, next)
      }
      if (!(next instanceof MemoryDirectory)) throw new DiskError('make', path, 'ENOTDIR')
      directory = next
    }
  }

  rename(from: string, to: string): void {
    this.before('rename', from)
    const source = this.parentOf(from, 'rename')
    const target = this.parentOf(to, 'rename')
    const node = source.directory.entries.get(source.name)
    if (node === undefined) throw new DiskError('rename', from, 'ENOENT')
    this.moveEntry(source, target, node)
  }

  removeFile(path: string): void {
    this.before('remove', path)
    const node = this.nodeAt(path)
    if (node === undefined) return
    if (node instanceof MemoryDirectory) throw new DiskError('remove', path, 'EISDIR')
    const { directory, name } = this.parentOf(path, 'remove')
    this.setEntry(directory, name, undefined)
  }

  removeTree(path: string): void {
    this.before('remove', path)
    if (this.nodeAt(path) === undefined) return
    const { directory, name } = this.parentOf(path, 'remove')
    this.setEntry(directory, name, undefined)
  }

  syncDirectory(path: string): void {
    this.before('syncDirectory', path)
    const node = this.nodeAt(path)
    if (!(node instanceof MemoryDirectory)) throw new DiskError('sync', path, 'ENOENT')
    this.directorySynced(node)
  }

  lockDirectory(path: string): DirectoryLock {
    this.before('lock', path)
    const key = split(path).join('/')
    if (this.locked.has(key)) {
      throw new DiskError('lock', path, 'ELOCKED', { hint: 'another broker on this disk uses the directory' })
    }
    if (this.stat(`${path}/.lock`) === undefined) this.open(`${path}/.lock`, 'create').close()
    this.locked.add(key)
    return { release: () => void this.locked.delete(key) }
  }

  volume(_path: string): { totalBytes: number; usableBytes: number } {
    return { totalBytes: this.capacityBytes, usableBytes: Math.max(0, this.capacityBytes - this.usedBytes()) }
  }

  /** Drops every lock: the processes that held them are gone. */
  protected releaseLocks(): void {
    this.locked.clear()
  }

  /** Called before each operation; a test disk throws `DiskError` here. `bytes` is the length of a write. */
  before(_operation: DiskOperation, _path: string, _bytes = 0): void {}

  /** Carries out a write; a test disk may write less and throw. */
  writeData(file: MemoryFileData, path: string, position: number, chunks: readonly Uint8Array[]): void {
    let at = position
    const growth = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (this.capacityBytes < NO_BOUND && this.usedBytes() + growth > this.capacityBytes) {
      throw new DiskError('write', path, 'ENOSPC')
    }
    for (const chunk of chunks) {
      file.write(at, chunk)
      at += chunk.length
    }
    file.modifiedMs = this.nowMs()
  }

  truncateData(file: MemoryFileData, sizeBytes: number): void {
    file.truncate(sizeBytes)
    file.modifiedMs = this.nowMs()
  }

  fileSynced(_file: MemoryFileData): void {}
  directorySynced(_directory: MemoryDirectory): void {}

  protected setEntry(directory: MemoryDirectory, name: string, node: MemoryNode | undefined): void {
    if (node === undefined) directory.entries.delete(name)
    else directory.entries.set(name, node)
  }

  protected moveEntry(source: Entry, target: Entry, node: MemoryNode): void {
    source.directory.entries.delete(source.name)
    target.directory.entries.set(target.name, node)
  }

  nodeAt(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.root
    for (const name of split(path)) {
      if (!(node instanceof MemoryDirectory)) return undefined
      node = node.entries.get(name)
    }
    return node
  }

  usedBytes(): number {
    const count = (node: MemoryNode): number =>
      node instanceof MemoryFileData
        ? node.heldBytes()
        : [...node.entries.values()].reduce((sum, each) => sum + count(each), 0)
    return count(this.root)
  }

  private fileAt(path: string, operation: string): MemoryFileData {
    const node = this.nodeAt(path)
    if (node === undefined) throw new DiskError(operation, path, 'ENOENT')
    if (node instanceof MemoryDirectory) throw new DiskError(operation, path, 'EISDIR')
    return node
  }

  private parentOf(path: string, operation: string): Entry {
    const names = split(path)
    const name = names.pop()
    if (name === undefined) throw new DiskError(operation, path, 'EINVAL')
    const directory = this.nodeAt(names.join('/'))
    if (!(directory instanceof MemoryDirectory)) throw new DiskError(operation, path, 'ENOENT')
    return { directory, name }
  }
}

export interface Entry {
  readonly directory: MemoryDirectory
  readonly name: string
}

class MemoryFile implements DiskFile {
  readonly path: string
  private readonly disk: MemoryDisk
  private readonly data: MemoryFileData
  private readonly mode: OpenMode
  private closed = false

  constructor(disk: MemoryDisk, path: string, data: MemoryFileData, mode: OpenMode) {
    this.disk = disk
    this.path = path
    this.data = data
    this.mode = mode
  }

  size(): number {
    this.check('read')
    return this.data.sizeBytes
  }

  read(position: number, target: Buffer, offset: number, length: number): number {
    this.check('read')
    this.disk.before('read', this.path)
    return this.data.read(position, target, offset, length)
  }

  write(position: number, chunks: readonly Uint8Array[]): void {
    this.check('write')
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    this.disk.before('write', this.path, bytes)
    this.disk.writeData(this.data, this.path, position, chunks)
  }

  truncate(sizeBytes: number): void {
    this.check('write')
    this.disk.before('truncate', this.path)
    this.disk.truncateData(this.data, sizeBytes)
  }

  sync(): void {
    this.check('write')
    this.disk.before('sync', this.path)
    this.disk.fileSynced(this.data)
  }

  syncInBackground(done: (error: unknown) => void): void {
    try {
      this.sync()
    } catch (error) {
      done(error)
      return
    }
    done(undefined)
  }

  close(): void {
    this.closed = true
  }

  private check(access: 'read' | 'write'): void {
    if (this.closed) throw new DiskError(access, this.path, 'EBADF')
    if (access === 'write' && this.mode === 'read') throw new DiskError('write', this.path, 'EBADF')
  }
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
