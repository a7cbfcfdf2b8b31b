/** The records of the log that are about the quorum itself, read from an offset to the end. */
import { assert } from '../../base/assert.ts'
import { eachBatch } from '../../protocol/records/batch.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import { type QuorumControlRecord, quorumControlRecord } from './control-batch.ts'
import type { ReplicatedLog } from './log.ts'

const READ_BYTES = 1 << 20

export function* controlRecordsFrom(
  log: ReplicatedLog,
  offset: number,
): Generator<{ readonly offset: number; readonly control: QuorumControlRecord }> {
  const end = log.endOffset().offset
  let position = offset
  while (position < end) {
    const bytes = log.read(position, READ_BYTES, end)
    let next = position
    for (const { header, position: at } of eachBatch(bytes)) {
      next = header.lastOffset + 1
      if (!header.isControl || header.lastOffset < offset) continue
      for (const record of decodeBatch(bytes.subarray(at, at + header.sizeBytes))) {
        const control = quorumControlRecord(record)
        if (control !== undefined) yield { offset: record.offset, control }
      }
    }
    assert(next > position, `the metadata log cannot be read at ${position}`)
    position = next
  }
}
