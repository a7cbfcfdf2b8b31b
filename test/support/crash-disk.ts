/**
 * A memory disk that fails as disks do. Faults: the next operations of a kind fail with an errno; a write may stop in the
 * middle. `die` after N operations: the process is gone, the last write torn. `powerCut`: what a machine finds when it
 * comes back; of each file the bytes at its last sync and any subset of the writes after it, torn at 512 bytes; of each
 * directory the names at its last sync and a prefix of the changes after it.
 */
import { DiskError } from '../../src/base/disk.ts'
import {
  type DiskOperation,
  type Entry,
  MemoryDirectory,
  MemoryDisk,
  type MemoryNode,
} from '../../src/platform/memory-disk.ts'
import { MemoryFileData } from '../../src/platform/memory-file.ts'

const SECTOR_BYTES = 512

/** The process died here: nobody may catch this but the test. */
export class ProcessDied extends Error {}

export interface Chance {
  /** Uniform in [0, bound). */
  int(bound: number): number
}

/** Small, seeded, good enough for choosing faults. */
export function seededChance(seed: number): Chance {
  let state = (seed * 2654435761 + 1) >>> 0
  return {
    int(bound) {
      state ^= state << 13
      state >>>= 0
      state ^= state >>> 17
      state ^= state << 5
      state >>>= 0
      return state % bound
    },
  }
}

type FileChange = { readonly position: number; readonly bytes: Buffer } | { readonly sizeBytes: number }
interface FileHistory {
  base: Buffer
  changes: FileChange[]
}
type NameChange = readonly (readonly [name: string, node: MemoryNode | undefined])[]
interface DirectoryHistory {
  base: Map<string, MemoryNode>
  changes: NameChange[]
}

export interface Fault {
  readonly operation: DiskOperation
  readonly errno: string
  /** Only paths that hold this text. */
  readonly path?: string
  /** How many operations fail; default 1. */
  times?: number
  /** Bytes of a failing write that reach the file all the same. */
  readonly partialBytes?: number
}

export class CrashDisk extends MemoryDisk {
  /** Operations that change something, so far. */
  operations = 0
  private readonly files = new Map<MemoryFileData, FileHistory>()
  private readonly directories = new Map<MemoryDirectory, DirectoryHistory>()
  private faults: Fault[] = []
  private dieAt = Number.POSITIVE_INFINITY
  private dead = false

  /** The next matching operations fail. */
  fail(fault: Fault): void {
    this.faults.push({ ...fault })
  }

  clearFaults(): void {
    this.faults = []
  }

  /** The process dies at the `count`-th changing operation from now on; a write is carried out in part. */
  dieAfter(count: number): void {
    this.dieAt = this.operations + count
  }

  /** A new process on the same machine: page cache and names are as the old one left them. */
  restartProcess(): void {
    this.dead = false
    this.dieAt = Number.POSITIVE_INFINITY
    this.faults = []
    this.releaseLocks()
  }

  /** A new process after a power cut. */
  powerCut(chance: Chance): void {
    this.restartProcess()
    for (const [directory, history] of this.directories) {
      directory.entries.clear()
      for (const [name, node] of history.base) directory.entries.set(name, node)
      const kept = chance.int(history.changes.length + 1)
      for (const change of history.changes.slice(0, kept)) this.applyNames(directory, change)
      this.directories.set(directory, { base: new Map(directory.entries), changes: [] })
    }
    for (const [file, history] of this.files) {
      file.truncate(0)
      file.write(0, history.base)
      for (const change of history.changes) this.keepSome(file, change, chance)
      this.files.set(file, { base: file.toBuffer(), changes: [] })
    }
  }

  override before(operation: DiskOperation, path: string, bytes = 0): void {
    if (this.dead) throw new ProcessDied()
    const changes = operation !== 'read' && operation !== 'list' && operation !== 'open'
    if (changes) this.operations += 1
    if (changes && operation !== 'write' && this.operations >= this.dieAt) this.die()
    const fault = this.faults.find(
      (each) => each.operation === operation && (each.path === undefined || path.includes(each.path)),
    )
    if (fault === undefined || (operation === 'write' && fault.partialBytes !== undefined && bytes > 0)) return
    this.spend(fault)
    throw new DiskError(operation, path, fault.errno)
  }

  override writeData(file: MemoryFileData, path: string, position: number, chunks: readonly Uint8Array[]): void {
    const whole = Buffer.concat(chunks)
    const dying = this.operations >= this.dieAt
    const fault = this.faults.find((each) => each.operation === 'write' && path.includes(each.path ?? ''))
    const limit = dying ? this.operations % (whole.length + 1) : (fault?.partialBytes ?? whole.length)
    const written = whole.subarray(0, limit)
    super.writeData(file, path, position, [written])
    this.historyOf(file).changes.push({ position, bytes: Buffer.from(written) })
    if (dying) this.die()
    if (fault !== undefined) {
      this.spend(fault)
      throw new DiskError('write', path, fault.errno)
    }
  }

  override truncateData(file: MemoryFileData, sizeBytes: number): void {
    super.truncateData(file, sizeBytes)
    this.historyOf(file).changes.push({ sizeBytes })
  }

  override fileSynced(file: MemoryFileData): void {
    this.files.set(file, { base: file.toBuffer(), changes: [] })
  }

  override directorySynced(directory: MemoryDirectory): void {
    this.directories.set(directory, { base: new Map(directory.entries), changes: [] })
  }

  protected override setEntry(directory: MemoryDirectory, name: string, node: MemoryNode | undefined): void {
    this.namesOf(directory).changes.push([[name, node]])
    if (node instanceof MemoryFileData) this.historyOf(node)
    if (node instanceof MemoryDirectory) this.namesOf(node)
    super.setEntry(directory, name, node)
  }

  protected override moveEntry(source: Entry, target: Entry, node: MemoryNode): void {
    const change: NameChange = [
      [source.name, undefined],
      [target.name, node],
    ]
    if (source.directory === target.directory) this.namesOf(source.directory).changes.push(change)
    else throw new Error('the broker renames within a directory only')
    super.moveEntry(source, target, node)
  }

  private keepSome(file: MemoryFileData, change: FileChange, chance: Chance): void {
    const fate = chance.int(4)
    if (fate === 0) return
    if ('sizeBytes' in change) {
      file.truncate(change.sizeBytes)
      return
    }
    const sectors = Math.ceil(change.bytes.length / SECTOR_BYTES)
    const kept = fate === 1 ? chance.int(sectors + 1) * SECTOR_BYTES : change.bytes.length
    if (kept > 0) file.write(change.position, change.bytes.subarray(0, kept))
  }

  private applyNames(directory: MemoryDirectory, change: NameChange): void {
    for (const [name, node] of change) {
      if (node === undefined) directory.entries.delete(name)
      else directory.entries.set(name, node)
    }
  }

  private historyOf(file: MemoryFileData): FileHistory {
    let history = this.files.get(file)
    if (history === undefined) {
      history = { base: Buffer.alloc(0), changes: [] }
      this.files.set(file, history)
    }
    return history
  }

  private namesOf(directory: MemoryDirectory): DirectoryHistory {
    let history = this.directories.get(directory)
    if (history === undefined) {
      history = { base: new Map(directory.entries), changes: [] }
      this.directories.set(directory, history)
    }
    return history
  }

  private spend(fault: Fault): void {
    fault.times = (fault.times ?? 1) - 1
    if (fault.times <= 0) this.faults = this.faults.filter((each) => each !== fault)
  }

  private die(): never {
    this.dead = true
    throw new ProcessDied()
  }
}
