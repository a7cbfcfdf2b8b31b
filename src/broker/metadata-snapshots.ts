/**
 * Decides when the committed metadata is written down as a snapshot: after metadata.log.max.record.bytes.between.snapshots
 * bytes of records, or metadata.log.max.snapshot.interval.ms after the last one when anything was committed since; and when
 * the log and former snapshots are looked through for what may go. A controller commits something at least twice a second.
 */
import type { Clock } from '../base/clock.ts'
import type { MetadataImage } from './metadata/image.ts'
import { encodeRecord } from './metadata/records.ts'
import type { CommittedBatch } from './raft/driver.ts'

export interface MetadataSnapshotsOptions {
  readonly image: MetadataImage
  readonly clock: Clock
  readonly maxBytes: number
  /** 0: by size alone. */
  readonly maxIntervalMs: number
  /** Removes what is too old or too much. */
  clean(): void
  write(last: { offset: number; epoch: number; timestampMs: number }, values: Iterable<Buffer>): void
}

/** As often as Kafka looks. */
const CLEAN_INTERVAL_MS = 60_000

export class MetadataSnapshots {
  private readonly options: MetadataSnapshotsOptions
  private bytesSince = 0
  private lastAtMs: number
  private cleanedAtMs: number

  constructor(options: MetadataSnapshotsOptions) {
    this.options = options
    this.lastAtMs = options.clock.monotonicMs()
    this.cleanedAtMs = this.lastAtMs
  }

  /** To be told of each batch after the image has taken it. */
  committed(batch: CommittedBatch): void {
    const { image, clock, maxBytes, maxIntervalMs } = this.options
    this.bytesSince += batch.sizeBytes
    const nowMs = clock.monotonicMs()
    if (nowMs - this.cleanedAtMs >= CLEAN_INTERVAL_MS) {
      this.cleanedAtMs = nowMs
      this.options.clean()
    }
    if (image.inTransaction || image.offset < 0) return
    const isLate = maxIntervalMs > 0 && nowMs - this.lastAtMs >= maxIntervalMs
    if (this.bytesSince < maxBytes && !isLate) return
    this.bytesSince = 0
    this.lastAtMs = nowMs
    this.options.write({ offset: batch.lastOffset, epoch: batch.epoch, timestampMs: batch.timestampMs }, values(image))
  }
}

function* values(image: MetadataImage): Generator<Buffer> {
  for (const record of image.snapshot()) yield encodeRecord(record)
}
