/**
 * Which transactions compaction meets on its way through a log, oldest batch first: the batches of aborted ones can go, and
 * a marker can go once no batch of its transaction is left before it. Entries of the transaction index whose markers stay
 * are handed on to the index of the segment that is being written.
 */
import { decodeControlRecord } from '../../protocol/records/control.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import { type BatchInfo, isControl, isTransactional } from './batch-fields.ts'
import type { AbortedTxn } from './txn-index.ts'

interface OngoingAbort {
  readonly aborted: AbortedTxn
  sawBatch: boolean
}

export class CleanedTransactions {
  /** Where entries of markers that stay are written. */
  private keep: ((aborted: AbortedTxn) => void) | undefined
  private readonly committed = new Set<number>()
  private readonly ongoing = new Map<number, OngoingAbort>()
  /** By first offset. */
  private awaited: AbortedTxn[] = []

  /** From now on markers that stay belong to another segment. */
  keepIn(keep: (aborted: AbortedTxn) => void): void {
    this.keep = keep
  }

  /** Aborted transactions that the batches to come may belong to. */
  addAborted(aborted: readonly AbortedTxn[]): void {
    if (aborted.length > 0) {
      this.awaited = [...this.awaited, ...aborted].sort((one, other) => one.firstOffset - other.firstOffset)
    }
  }

  /**
   * The next batch. True when it says nothing any more: data of an aborted transaction, or the marker of a transaction of
   * which no batch is left. `bytes`: the whole batch, looked at for control batches only.
   */
  isObsolete(batch: BatchInfo, bytes: Buffer): boolean {
    this.begin(batch.lastOffset)
    if (isControl(batch)) return this.isObsoleteMarker(batch, bytes)
    if (!isTransactional(batch)) return false
    const ongoing = this.ongoing.get(batch.producerId)
    if (ongoing === undefined) {
      this.committed.add(batch.producerId)
      return false
    }
    ongoing.sawBatch = true
    return true
  }

  private isObsoleteMarker(batch: BatchInfo, bytes: Buffer): boolean {
    const record = decodeBatch(bytes)[0]
    // An empty control batch: its marker has gone already.
    if (record === undefined) return true
    const name = decodeControlRecord(record)?.name
    if (name === 'commit') return !this.committed.delete(batch.producerId)
    if (name !== 'abort') return false
    const ongoing = this.ongoing.get(batch.producerId)
    this.ongoing.delete(batch.producerId)
    if (ongoing?.sawBatch !== true) return true
    this.keep?.(ongoing.aborted)
    return false
  }

  private begin(offset: number): void {
    let count = 0
    for (const aborted of this.awaited) {
      if (aborted.firstOffset > offset) break
      count += 1
      if (!this.ongoing.has(aborted.producerId)) this.ongoing.set(aborted.producerId, { aborted, sawBatch: false })
    }
    if (count > 0) this.awaited = this.awaited.slice(count)
  }
}
