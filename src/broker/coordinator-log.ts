/** A coordinator's log on the partitions of its internal topic, as the replica manager holds them. */
import { ApiError } from '../protocol/errors.ts'
import type { CoordinatorLog } from './coordinator/log.ts'
import type { Partition } from './replication/partition.ts'
import type { ReplicaManager } from './replication/replica-manager.ts'

export class ReplicaCoordinatorLog implements CoordinatorLog {
  private readonly replicas: ReplicaManager
  private readonly topic: string

  constructor(replicas: ReplicaManager, topic: string) {
    this.replicas = replicas
    this.topic = topic
  }

  append(partition: number, leaderEpoch: number, batch: Buffer): number {
    const led = this.led(partition)
    if (led.leaderEpoch !== leaderEpoch) {
      throw new ApiError('NOT_LEADER_OR_FOLLOWER', `${this.topic}-${partition} is led in epoch ${led.leaderEpoch}`)
    }
    const result = this.replicas.appendTo(led, { records: batch, acks: -1, origin: 'coordinator' })
    return result.lastOffset + 1
  }

  read(partition: number, fromOffset: number, maxBytes: number): readonly Buffer[] {
    const log = this.led(partition).log()
    return log.read(fromOffset, { maxBytes, minOneBatch: true, upTo: log.logEndOffset }).records
  }

  startOffset(partition: number): number {
    return this.led(partition).log().logStartOffset
  }

  endOffset(partition: number): number {
    return this.led(partition).log().logEndOffset
  }

  highWatermark(partition: number): number {
    return this.led(partition).log().highWatermark
  }

  onHighWatermark(listener: (partition: number, highWatermark: number) => void): void {
    this.replicas.onHighWatermark((topic, partition, highWatermark) => {
      if (topic === this.topic) listener(partition, highWatermark)
    })
  }

  private led(partition: number): Partition {
    return this.replicas.partition(this.topic, partition)
  }
}
