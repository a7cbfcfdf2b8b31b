/**
 * What the batches of one append would change in the producer state: collected and checked first, applied when the bytes
 * are written. An append that is refused leaves no trace.
 */
import { decodeBatch } from '../../protocol/records/record.ts'
import { decodeControlRecord } from '../../protocol/records/control.ts'
import { type BatchInfo, isControl } from './batch-fields.ts'
import { type AppendOrigin, type KeptBatch, ProducerEntry } from './producer-entry.ts'
import type { ProducerState } from './producer-state.ts'
import type { TxnIndex } from './txn-index.ts'

export interface CompletedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
}

export class ProducerUpdates {
  /** First offset -> producer id of the transactions that begin here. */
  readonly startedTxns = new Map<number, number>()
  readonly completedTxns: CompletedTxn[] = []
  private readonly state: ProducerState
  private readonly changed = new Map<number, ProducerEntry>()

  constructor(state: ProducerState) {
    this.state = state
  }

  /** The batch that `batch` repeats, among what was appended before. */
  duplicateOf(batch: BatchInfo): KeptBatch | undefined {
    return this.state.entry(batch.producerId)?.duplicateOf(batch)
  }

  /** Checks the batch and notes what it changes. `bytes`: the whole batch. Throws ApiError when it is refused. */
  add(batch: BatchInfo, bytes: Buffer, origin: AppendOrigin): void {
    const entry = this.entryOf(batch.producerId)
    if (isControl(batch)) {
      this.addMarker(entry, batch, bytes, origin)
      return
    }
    const before = entry.currentTxnFirstOffset
    entry.addBatch(batch, origin)
    if (before === undefined && entry.currentTxnFirstOffset !== undefined) {
      this.startedTxns.set(entry.currentTxnFirstOffset, batch.producerId)
    }
  }

  entries(): Iterable<ProducerEntry> {
    return this.changed.values()
  }

  private addMarker(entry: ProducerEntry, batch: BatchInfo, bytes: Buffer, origin: AppendOrigin): void {
    const record = decodeBatch(bytes)[0]
    const control = record === undefined ? undefined : decodeControlRecord(record)
    if (control === undefined || (control.name !== 'commit' && control.name !== 'abort')) return
    const firstOffset = entry.endTxn(batch, control.value.coordinatorEpoch, origin)
    if (firstOffset === undefined) return
    this.completedTxns.push({
      producerId: batch.producerId,
      firstOffset,
      lastOffset: batch.lastOffset,
      isAborted: control.name === 'abort',
    })
  }

  private entryOf(producerId: number): ProducerEntry {
    let entry = this.changed.get(producerId)
    if (entry === undefined) {
      entry = this.state.entry(producerId)?.copy() ?? new ProducerEntry(producerId)
      this.changed.set(producerId, entry)
    }
    return entry
  }
}

/**
 * Makes the changes: the bytes are in the log. Aborted transactions go into the transaction index of the segment that
 * holds their marker.
 */
export function applyUpdates(state: ProducerState, updates: ProducerUpdates, txnIndex: Pick<TxnIndex, 'append'>): void {
  state.apply(updates)
  for (const completed of updates.completedTxns) {
    if (completed.isAborted) {
      txnIndex.append({ ...completed, lastStableOffset: state.stableOffsetAfter(completed) })
    }
    state.completeTxn(completed)
  }
}

const NO_INDEX = { append(): void {} }

/** Takes in a batch that is in the log already: recovery (with the index to rebuild) and replay (without). */
export function replayBatch(
  state: ProducerState,
  batch: BatchInfo,
  bytes: Buffer,
  txnIndex: Pick<TxnIndex, 'append'> = NO_INDEX,
): void {
  if (batch.producerId < 0) return
  const updates = new ProducerUpdates(state)
  updates.add(batch, bytes, 'replication')
  applyUpdates(state, updates, txnIndex)
}
