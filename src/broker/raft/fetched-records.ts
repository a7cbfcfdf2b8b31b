/**
 * What a leader sent, looked at before anything of it is written: whole batches that go on where the log ends, intact, in
 * epochs that do not go back nor beyond the leader's, with records that can be read. A batch that is cut off at the end is
 * left away. A node does not end because of what it was sent.
 */
import { checkBatchCrc, eachBatch } from '../../protocol/records/batch.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import { quorumControlRecord } from './control-batch.ts'
import type { OffsetAndEpoch } from './log.ts'

/**
 * The part of `bytes` that may be appended to a log that ends at `end`. `checkValues` sees the values of each batch of data
 * and throws when one cannot be read. Throws an Error that says what is wrong.
 */
export function checkFetched(
  bytes: Buffer,
  end: OffsetAndEpoch,
  leaderEpoch: number,
  checkValues: (values: readonly Buffer[]) => void = () => {},
): Buffer {
  let { offset, epoch } = end
  let taken = 0
  for (const { header, position } of eachBatch(bytes)) {
    const { baseOffset, lastOffset, partitionLeaderEpoch, sizeBytes } = header
    if (!checkBatchCrc(bytes, position)) throw new Error(`the batch at offset ${baseOffset} is damaged`)
    if (baseOffset !== offset) throw new Error(`a batch begins at offset ${baseOffset}, not at ${offset}`)
    if (lastOffset < baseOffset) throw new Error(`the batch at offset ${baseOffset} ends before it begins`)
    if (partitionLeaderEpoch < epoch || partitionLeaderEpoch > leaderEpoch) {
      throw new Error(`the batch at offset ${baseOffset} is of epoch ${partitionLeaderEpoch}`)
    }
    const records = decodeBatch(bytes.subarray(position, position + sizeBytes))
    if (records.length !== lastOffset - baseOffset + 1) {
      throw new Error(`the batch at offset ${baseOffset} has ${records.length} records up to ${lastOffset}`)
    }
    if (header.isControl) for (const record of records) quorumControlRecord(record)
    else checkValues(records.map((record) => record.value ?? Buffer.alloc(0)))
    offset = lastOffset + 1
    epoch = partitionLeaderEpoch
    taken = position + sizeBytes
  }
  return bytes.subarray(0, taken)
}
