/** Which aborted transactions the records of a read belong to: what a read_committed consumer filters by. */
import type { SegmentedLog } from './segmented-log.ts'
import type { AbortedTxn } from './txn-index.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** For records in [`offset`, `endOffset`). */
export function collectAborted(files: SegmentedLog, offset: number, endOffset: number): AbortedTransaction[] {
  return collectAbortedTxns(files, offset, endOffset).map(({ producerId, firstOffset }) => ({
    producerId,
    firstOffset,
  }))
}

/** As `collectAborted`, whole entries. The index of a later segment may name a transaction that began here. */
export function collectAbortedTxns(files: SegmentedLog, offset: number, endOffset: number): AbortedTxn[] {
  const found: AbortedTxn[] = []
  const from = files.segments.indexOf(files.segmentFor(offset))
  for (let index = from; index < files.segments.length; index += 1) {
    const { aborted, complete } = files.segments[index]!.txnIndex.collect(offset, endOffset)
    found.push(...aborted)
    if (complete) break
  }
  return found
}
