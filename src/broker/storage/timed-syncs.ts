/**
 * A disk that tells how long each sync of a segment's `.log` file took: what Kafka measures as LogFlushRateAndTimeMs. Passes
 * everything else on as it is.
 */
import type { Clock } from '../../base/clock.ts'
import type { DirectoryLock, Disk, DiskFile, FileStat, OpenMode } from '../../base/disk.ts'
import { SUFFIX } from './file-names.ts'

/** Told of each sync that ended well, in milliseconds. */
export type OnSync = (tookMs: number) => void

export class TimedSyncs implements Disk {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #onSync: OnSync

  constructor(disk: Disk, clock: Clock, onSync: OnSync) {
    this.#disk = disk
    this.#clock = clock
    this.#onSync = onSync
  }

  open(path: string, mode: OpenMode): DiskFile {
    const file = this.#disk.open(path, mode)
    return path.endsWith(SUFFIX.log) ? new TimedFile(file, this.#clock, this.#onSync) : file
  }

  readFile(path: string): Buffer {
    return this.#disk.readFile(path)
  }

  writeFile(path: string, data: Uint8Array, options?: { sync?: boolean }): void {
    this.#disk.writeFile(path, data, options)
  }

  stat(path: string): FileStat | undefined {
    return this.#disk.stat(path)
  }

  list(path: string): string[] {
    return this.#disk.list(path)
  }

  makeDirectory(path: string): void {
    this.#disk.makeDirectory(path)
  }

  rename(from: string, to: string): void {
    this.#disk.rename(from, to)
  }

  removeFile(path: string): void {
    this.#disk.removeFile(path)
  }

  removeTree(path: string): void {
    this.#disk.removeTree(path)
  }

  syncDirectory(path: string): void {
    this.#disk.syncDirectory(path)
  }

  lockDirectory(path: string): DirectoryLock {
    return this.#disk.lockDirectory(path)
  }

  volume(path: string): { totalBytes: number; usableBytes: number } {
    return this.#disk.volume(path)
  }
}

class TimedFile implements DiskFile {
  readonly path: string
  readonly #file: DiskFile
  readonly #clock: Clock
  readonly #onSync: OnSync

  constructor(file: DiskFile, clock: Clock, onSync: OnSync) {
    this.path = file.path
    this.#file = file
    this.#clock = clock
    this.#onSync = onSync
  }

  size(): number {
    return this.#file.size()
  }

  read(position: number, target: Buffer, offset: number, length: number): number {
    return this.#file.read(position, target, offset, length)
  }

  write(position: number, chunks: readonly Uint8Array[]): void {
    this.#file.write(position, chunks)
  }

  truncate(sizeBytes: number): void {
    this.#file.truncate(sizeBytes)
  }

  sync(): void {
    const beganMs = this.#clock.monotonicMs()
    this.#file.sync()
    this.#onSync(this.#clock.monotonicMs() - beganMs)
  }

  syncInBackground(done: (error: unknown) => void): void {
    const beganMs = this.#clock.monotonicMs()
    this.#file.syncInBackground((error) => {
      if (error === undefined) this.#onSync(this.#clock.monotonicMs() - beganMs)
      done(error)
    })
  }

  close(): void {
    this.#file.close()
  }
}
