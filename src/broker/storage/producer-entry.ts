/**
 * What a partition knows of one idempotent producer, and how a batch changes it. The last five batches are kept, because
 * a producer may have five in flight and any of them may be sent again.
 */
import { ApiError } from '../../protocol/errors.ts'
import { advanceSequence, type BatchInfo, isTransactional, lastSequenceOf } from './batch-fields.ts'

const KEPT_BATCHES = 5
export const NO_PRODUCER_EPOCH = -1
const NO_SEQUENCE = -1

/** Who appends: only a client's sequence numbers are checked; a replica takes what its leader took. */
export type AppendOrigin = 'client' | 'coordinator' | 'replication'

export interface KeptBatch {
  readonly lastSequence: number
  /** Inclusive. */
  readonly lastOffset: number
  readonly offsetDelta: number
  readonly timestamp: number
}

export class ProducerEntry {
  readonly producerId: number
  producerEpoch = NO_PRODUCER_EPOCH
  /** Epoch of the coordinator that wrote the last marker; -1 before the first. */
  coordinatorEpoch = -1
  lastTimestamp = -1
  /** First offset of the transaction that runs here; undefined when none does. */
  currentTxnFirstOffset: number | undefined
  /** Oldest first, at most five. */
  batches: KeptBatch[] = []

  constructor(producerId: number) {
    this.producerId = producerId
  }

  copy(): ProducerEntry {
    const copy = new ProducerEntry(this.producerId)
    copy.producerEpoch = this.producerEpoch
    copy.coordinatorEpoch = this.coordinatorEpoch
    copy.lastTimestamp = this.lastTimestamp
    copy.currentTxnFirstOffset = this.currentTxnFirstOffset
    copy.batches = this.batches.slice()
    return copy
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? NO_SEQUENCE
  }

  get lastOffset(): number {
    return this.batches.at(-1)?.lastOffset ?? -1
  }

  /** The batch among the last five that this one repeats. */
  duplicateOf(batch: BatchInfo): KeptBatch | undefined {
    if (batch.producerEpoch !== this.producerEpoch) return undefined
    const lastSequence = lastSequenceOf(batch)
    return this.batches.find(
      (kept) => kept.lastSequence === lastSequence && firstSequenceOf(kept) === batch.baseSequence,
    )
  }

  /** Checks epoch and sequence, then takes the batch in. Throws ApiError when the batch may not be appended. */
  addBatch(batch: BatchInfo, origin: AppendOrigin): void {
    this.checkEpoch(batch.producerEpoch, origin)
    if (origin === 'client') this.checkSequence(batch)
    if (this.currentTxnFirstOffset !== undefined && !isTransactional(batch)) {
      throw new ApiError(
        'INVALID_TXN_STATE',
        `producer ${this.producerId} has a transaction open and sent a batch outside of it`,
      )
    }
    this.takeEpoch(batch.producerEpoch)
    this.batches.push({
      lastSequence: lastSequenceOf(batch),
      lastOffset: batch.lastOffset,
      offsetDelta: batch.lastOffset - batch.baseOffset,
      timestamp: batch.maxTimestamp,
    })
    if (this.batches.length > KEPT_BATCHES) this.batches.shift()
    this.lastTimestamp = batch.maxTimestamp
    if (isTransactional(batch)) this.currentTxnFirstOffset ??= batch.baseOffset
  }

  /** A transaction marker. Returns the first offset of the transaction that it ends; undefined when it was empty. */
  endTxn(marker: BatchInfo, coordinatorEpoch: number, origin: AppendOrigin): number | undefined {
    this.checkEpoch(marker.producerEpoch, origin)
    if (coordinatorEpoch < this.coordinatorEpoch && origin !== 'replication') {
      throw new ApiError(
        'TRANSACTION_COORDINATOR_FENCED',
        `marker of coordinator epoch ${coordinatorEpoch} after one of ${this.coordinatorEpoch}`,
      )
    }
    this.takeEpoch(marker.producerEpoch)
    const firstOffset = this.currentTxnFirstOffset
    this.currentTxnFirstOffset = undefined
    this.coordinatorEpoch = coordinatorEpoch
    this.lastTimestamp = marker.maxTimestamp
    return firstOffset
  }

  private takeEpoch(epoch: number): void {
    if (epoch === this.producerEpoch) return
    this.batches = []
    this.producerEpoch = epoch
  }

  private checkEpoch(epoch: number, origin: AppendOrigin): void {
    if (epoch >= this.producerEpoch || origin === 'replication') return
    throw new ApiError(
      'INVALID_PRODUCER_EPOCH',
      `epoch ${epoch} of producer ${this.producerId} is older than its current epoch ${this.producerEpoch}`,
    )
  }

  private checkSequence(batch: BatchInfo): void {
    const { producerEpoch, baseSequence } = batch
    // Nothing is known of the producer (its records expired, or it is new here): any sequence may be next.
    if (this.producerEpoch === NO_PRODUCER_EPOCH) return
    const expected =
      producerEpoch !== this.producerEpoch || this.lastSequence === NO_SEQUENCE
        ? 0
        : advanceSequence(this.lastSequence, 1)
    if (baseSequence === expected) return
    throw new ApiError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `producer ${this.producerId} epoch ${producerEpoch}: sequence ${baseSequence} where ${expected} follows`,
    )
  }
}

/** The sequence before the batch's records, counted back from its last, with wrap-around. */
export function firstSequenceOf(kept: KeptBatch): number {
  const first = kept.lastSequence - kept.offsetDelta
  return first < 0 ? first + 0x8000_0000 : first
}
