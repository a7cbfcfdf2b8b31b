/**
 * The log port of the coordinators: how a coordinator writes to and reads from the partitions of its internal topic
 * (`__consumer_offsets`, later `__transaction_state`). Declared here, adapted to the replica manager by the composition
 * root. All calls are synchronous; a batch is one record batch, ready to append.
 */

export interface CoordinatorLog {
  /**
   * Appends one batch as leader and returns the exclusive end offset of the log after it. Throws `ApiError`
   * (NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, MESSAGE_TOO_LARGE, KAFKA_STORAGE_ERROR …): then nothing was written.
   */
  append(partition: number, leaderEpoch: number, batch: Buffer): number
  /** Whole batches from `fromOffset` towards the log end, about `maxBytes`, at least one; empty at the end of the log. */
  read(partition: number, fromOffset: number, maxBytes: number): readonly Buffer[]
  /** First offset that can be read. */
  startOffset(partition: number): number
  /** Exclusive end of what was appended. */
  endOffset(partition: number): number
  /** Exclusive end of what is committed. */
  highWatermark(partition: number): number
  /** `listener` runs after the high watermark of any partition of the topic moved. Called once, at start. */
  onHighWatermark(listener: (partition: number, highWatermark: number) => void): void
}
