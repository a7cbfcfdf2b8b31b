/** The shapes that a log takes and gives. */
import type { Uuid } from '../../base/uuid.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import type { AbortedTransaction } from './aborted-transactions.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { ProducerState } from './producer-state.ts'
import type { SegmentedLog } from './segmented-log.ts'
import type { StorageGuard } from './storage-guard.ts'

export interface ReadResult {
  /** Whole batches, in order. */
  readonly records: Buffer[]
  readonly startOffset: number
  /** Offset after the last record returned; `startOffset` when there is none. */
  readonly nextOffset: number
  readonly abortedTransactions?: AbortedTransaction[]
}

export interface ReadOptions {
  readonly maxBytes: number
  readonly minOneBatch: boolean
  /** Exclusive: high watermark, last stable offset or log end. */
  readonly upTo: number
  /** Also name the aborted transactions that the records belong to: for read_committed. */
  readonly withAborted?: boolean
}

export interface LogState {
  readonly environment: LogEnvironment
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  readonly config: TopicConfig | undefined
  readonly files: SegmentedLog
  readonly producers: ProducerState
  readonly epochs: LeaderEpochs
  readonly logStartOffset: number
  readonly guard: StorageGuard
  /** The directory was just made, and its topic id is to be written later. */
  readonly idIsLate?: boolean
}
