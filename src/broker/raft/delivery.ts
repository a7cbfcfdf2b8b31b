/** Hands committed batches to the application: in order, each once, from where its snapshot ends. */
import { assert } from '../../base/assert.ts'
import { eachBatch } from '../../protocol/records/batch.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import type { RaftListener } from './driver-ports.ts'
import type { ReplicatedLog } from './log.ts'
import type { Leader } from './roles/leader.ts'

const READ_BYTES = 1 << 20

export class Delivery {
  private readonly log: ReplicatedLog
  private readonly listener: RaftListener
  private nextOffset: number
  private readyEpoch = -1

  /** `nextOffset`: everything before it is known to the listener. */
  constructor(log: ReplicatedLog, listener: RaftListener, nextOffset: number) {
    this.log = log
    this.listener = listener
    this.nextOffset = nextOffset
  }

  /** The listener was given a snapshot that ends here. */
  startAt(offset: number): void {
    this.nextOffset = offset
  }

  /** Hands over what is committed and was not yet. */
  deliver(upTo: number): void {
    while (this.nextOffset < upTo) {
      const bytes = this.log.read(this.nextOffset, READ_BYTES, upTo)
      assert(bytes.length > 0, `nothing to read at ${this.nextOffset} below the high watermark ${upTo}`)
      for (const { header, position } of eachBatch(bytes)) {
        if (header.lastOffset < this.nextOffset) continue
        const batch = bytes.subarray(position, position + header.sizeBytes)
        const values = header.isControl ? [] : decodeBatch(batch).map((record) => record.value ?? Buffer.alloc(0))
        this.nextOffset = header.lastOffset + 1
        this.listener.onCommitted({
          baseOffset: header.baseOffset,
          lastOffset: header.lastOffset,
          epoch: header.partitionLeaderEpoch,
          timestampMs: header.maxTimestamp,
          sizeBytes: header.sizeBytes,
          values,
        })
      }
    }
  }

  /** Says once an epoch that the leader has handed over all that was committed before it. */
  tellReady(leader: Leader, upTo: number): void {
    if (this.readyEpoch === leader.epoch || upTo <= leader.epochStartOffset) return
    this.readyEpoch = leader.epoch
    this.listener.onLeaderReady(leader.epoch)
  }
}
