/**
 * Bounds the file descriptors of logs: the segments used last keep their file open, the others give theirs back and open
 * it again when they are needed. Nothing depends on a file staying open.
 */

export interface Releasable {
  /** Closes what is open; the next use opens it again. */
  release(): void
}

export class OpenFiles {
  private readonly limit: number
  /** In order of last use, oldest first. */
  private readonly open = new Set<Releasable>()

  constructor(limit = 1000) {
    this.limit = limit
  }

  opened(holder: Releasable): void {
    this.open.add(holder)
    if (this.open.size <= this.limit) return
    for (const oldest of this.open) {
      if (oldest === holder) continue
      this.open.delete(oldest)
      oldest.release()
      return
    }
  }

  used(holder: Releasable): void {
    this.open.delete(holder)
    this.open.add(holder)
  }

  closed(holder: Releasable): void {
    this.open.delete(holder)
  }
}
