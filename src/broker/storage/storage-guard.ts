/**
 * Where disk errors of a log become protocol errors. A full disk refuses one operation and no more; any other I/O error
 * means that the directory cannot be trusted: it is reported once and everything is refused from then on.
 */
import { DiskError } from '../../base/disk.ts'
import { ApiError } from '../../protocol/errors.ts'

/** Errors of the process, not of the disk: the operation fails, the directory stays. */
const WITHOUT_DESCRIPTOR = new Set(['EMFILE', 'ENFILE'])
const TRANSIENT = new Set([...WITHOUT_DESCRIPTOR, 'ENOMEM', 'EINTR', 'EAGAIN'])

/**
 * A failure that says nothing against the directory: the disk is full, or the process lacks something for now. A failed
 * sync is none, whatever its reason: the system may have dropped the bytes, and the next sync would succeed without them.
 * (One that got no descriptor, for a directory, was not begun.)
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof DiskError)) return false
  if (error.operation === 'sync') return WITHOUT_DESCRIPTOR.has(error.errno)
  return TRANSIENT.has(error.errno) || error.isFull
}

export class StorageGuard {
  private readonly name: string
  private readonly onFailure: (error: unknown) => void
  private offlineBecause: string | undefined

  constructor(name: string, onFailure: (error: unknown) => void) {
    this.name = name
    this.onFailure = onFailure
  }

  get isOffline(): boolean {
    return this.offlineBecause !== undefined
  }

  /** Throws KAFKA_STORAGE_ERROR when nothing may be done any more. */
  check(): void {
    if (this.offlineBecause !== undefined) {
      throw new ApiError('KAFKA_STORAGE_ERROR', `${this.name} is not available: ${this.offlineBecause}`)
    }
  }

  /** Runs `work`, turning a `DiskError` into KAFKA_STORAGE_ERROR. */
  run<T>(work: () => T): T {
    this.check()
    try {
      return work()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (!isPassing(error)) this.fail(error)
      throw new ApiError('KAFKA_STORAGE_ERROR', error.message, { cause: error })
    }
  }

  /** Runs work that can be made up for later: a full disk does not fail it. */
  tolerateFull(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof DiskError && error.isFull && isPassing(error))) throw error
    }
  }

  /** Runs work that nobody waits for: its failure was reported by `run`. */
  inBackground(work: () => void): void {
    if (this.isOffline) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  /** The disk failed: reports it, once. */
  fail(error: unknown): void {
    if (this.isOffline) return
    this.offlineBecause = error instanceof Error ? error.message : String(error)
    this.onFailure(error)
  }

  /** Refuses everything from now on, without a report. */
  shut(why: string): void {
    this.offlineBecause ??= why
  }
}
