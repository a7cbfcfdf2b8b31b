/** The snapshot files in a partition's directory, by the offset in their names. */
import type { Disk } from '../../base/disk.ts'
import { offsetName, offsetOfName, SUFFIX } from './file-names.ts'

export class SnapshotFiles {
  private readonly disk: Disk
  private readonly directory: string
  /** Ascending. */
  private offsets: number[]

  constructor(disk: Disk, directory: string, names: readonly string[]) {
    this.disk = disk
    this.directory = directory
    this.offsets = names
      .filter((name) => name.endsWith(SUFFIX.snapshot))
      .map(offsetOfName)
      .filter((offset) => offset !== undefined)
      .sort((a, b) => a - b)
  }

  latest(): number | undefined {
    return this.offsets.at(-1)
  }

  oldest(): number | undefined {
    return this.offsets[0]
  }

  all(): readonly number[] {
    return this.offsets
  }

  read(offset: number): Buffer {
    return this.disk.readFile(this.path(offset))
  }

  /** Replaces the file; `sync` brings it to stable storage. */
  write(offset: number, bytes: Buffer, sync: boolean): void {
    this.disk.writeFile(this.path(offset), bytes, { sync })
    if (!this.offsets.includes(offset)) this.offsets = [...this.offsets, offset].sort((a, b) => a - b)
  }

  /** Brings a snapshot that exists to stable storage. */
  sync(offset: number): void {
    if (!this.offsets.includes(offset)) return
    const file = this.disk.open(this.path(offset), 'readwrite')
    try {
      file.sync()
    } finally {
      file.close()
    }
  }

  /** Removes those that `which` selects. */
  removeIf(which: (offset: number) => boolean): void {
    for (const offset of this.offsets.filter(which)) this.disk.removeFile(this.path(offset))
    this.offsets = this.offsets.filter((offset) => !which(offset))
  }

  private path(offset: number): string {
    return `${this.directory}/${offsetName(offset)}${SUFFIX.snapshot}`
  }
}
