/**
 * Reads a coordinator partition into a machine, some batches at a time. Records of transactions are replayed with their
 * producer id, and their markers end the transaction. Records of unknown types are skipped: a newer or richer broker may
 * have written them.
 */
import type { Logger } from '../../base/log.ts'
import { eachBatch } from '../../protocol/records/batch.ts'
import { decodeControlRecord } from '../../protocol/records/control.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import type { CoordinatorLog } from './log.ts'
import type { CoordinatorMachine, RecordCodec } from './machine.ts'

export interface LoadOptions<Rec> {
  readonly log: CoordinatorLog
  readonly logger: Logger
  readonly codec: RecordCodec<Rec>
  readonly loadBufferBytes: number
}

/** Replays the batches from `offset` on, one read's worth, and returns the exclusive end of what was replayed. */
export function loadStep<Rec>(
  options: LoadOptions<Rec>,
  partition: number,
  machine: CoordinatorMachine<Rec>,
  offset: number,
): number {
  let end = offset
  const chunks = options.log.read(partition, offset, options.loadBufferBytes)
  // Damage throws: where nothing comes, compaction took all that lay before the log end.
  if (chunks.length === 0) return options.log.endOffset(partition)
  for (const chunk of chunks) {
    for (const { header, position } of eachBatch(chunk)) {
      const batch = chunk.subarray(position, position + header.sizeBytes)
      if (header.isControl) replayMarker(machine, batch, header.producerId, header.producerEpoch)
      else {
        const producerId = header.isTransactional ? header.producerId : -1
        const producerEpoch = header.isTransactional ? header.producerEpoch : -1
        for (const record of decodeBatch(batch)) {
          if (record.offset < offset || record.key === null) continue
          const decoded = options.codec.decode(record.key, record.value)
          if (decoded !== undefined) machine.replay(decoded, { offset: record.offset, producerId, producerEpoch })
        }
      }
      end = header.lastOffset + 1
    }
  }
  if (end === offset) throw new Error(`no batch could be read at offset ${offset} of partition ${partition}`)
  return end
}

function replayMarker<Rec>(
  machine: CoordinatorMachine<Rec>,
  batch: Buffer,
  producerId: number,
  producerEpoch: number,
): void {
  for (const record of decodeBatch(batch)) {
    const marker = decodeControlRecord(record)
    if (marker?.name !== 'commit' && marker?.name !== 'abort') continue
    machine.endTransaction(producerId, producerEpoch, marker.name === 'commit')
  }
}
