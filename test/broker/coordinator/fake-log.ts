/** A coordinator log in memory: batches per partition, a high watermark that follows at once or when told, and failures. */
import type { CoordinatorLog } from '../../../src/broker/coordinator/index.ts'
import { ApiError, type ErrorName } from '../../../src/protocol/errors.ts'
import { readBatchHeader, setBaseOffset } from '../../../src/protocol/records/batch.ts'
import { decodeBatch, type KafkaRecord } from '../../../src/protocol/records/record.ts'

interface Entry {
  readonly firstOffset: number
  readonly endOffset: number
  readonly batch: Buffer
}

export class FakeLog implements CoordinatorLog {
  readonly #partitions = new Map<number, Entry[]>()
  readonly #highWatermarks = new Map<number, number>()
  readonly #listeners: ((partition: number, highWatermark: number) => void)[] = []
  /** False: records stay uncommitted until `commit`. */
  autoCommit = true
  /** The next appends fail with this. */
  failWith: ErrorName | undefined

  append(partition: number, _leaderEpoch: number, batch: Buffer): number {
    if (this.failWith !== undefined) throw new ApiError(this.failWith)
    const firstOffset = this.endOffset(partition)
    const stored = Buffer.from(batch)
    setBaseOffset(stored, 0, firstOffset)
    const endOffset = readBatchHeader(stored, 0).lastOffset + 1
    this.#entries(partition).push({ firstOffset, endOffset, batch: stored })
    if (this.autoCommit) this.commit(partition)
    return endOffset
  }

  read(partition: number, fromOffset: number, maxBytes: number): readonly Buffer[] {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for (const entry of this.#entries(partition)) {
      if (entry.endOffset <= fromOffset) continue
      if (chunks.length > 0 && sizeBytes + entry.batch.length > maxBytes) break
      chunks.push(entry.batch)
      sizeBytes += entry.batch.length
    }
    return chunks
  }

  startOffset(_partition: number): number {
    return 0
  }

  endOffset(partition: number): number {
    return this.#entries(partition).at(-1)?.endOffset ?? 0
  }

  highWatermark(partition: number): number {
    return this.#highWatermarks.get(partition) ?? 0
  }

  onHighWatermark(listener: (partition: number, highWatermark: number) => void): void {
    this.#listeners.push(listener)
  }

  /** Everything appended so far is committed. */
  commit(partition: number): void {
    const end = this.endOffset(partition)
    this.#highWatermarks.set(partition, end)
    for (const listener of this.#listeners) listener(partition, end)
  }

  records(partition: number): KafkaRecord[] {
    return this.#entries(partition).flatMap((entry) => decodeBatch(entry.batch))
  }

  batchCount(partition: number): number {
    return this.#entries(partition).length
  }

  #entries(partition: number): Entry[] {
    let entries = this.#partitions.get(partition)
    if (entries === undefined) {
      entries = []
      this.#partitions.set(partition, entries)
    }
    return entries
  }
}
