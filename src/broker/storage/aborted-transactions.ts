/** Which aborted transactions the records of a read belong to: what a read_committed consumer filters by. */
import type { SegmentedLog } from './segmented-log.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** For records in [`offset`, `endOffset`). The index of a later segment may name a transaction that began here. */
export function collectAborted(files: SegmentedLog, offset: number, endOffset: number): AbortedTransaction[] {
  const found: AbortedTransaction[] = []
  const from = files.segments.indexOf(files.segmentFor(offset))
  for (let index = from; index < files.segments.length; index += 1) {
    const { aborted, complete } = files.segments[index]!.txnIndex.collect(offset, endOffset)
    for (const { producerId, firstOffset } of aborted) found.push({ producerId, firstOffset })
    if (complete) break
  }
  return found
}
