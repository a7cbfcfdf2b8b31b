/**
 * A broker's replication with others: follows the leaders of its replicas, and keeps the in-sync sets of what it leads.
 * Wires the parts to the replica manager and to the way to the controller; decides nothing.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { ReplicaFetchers } from './fetcher/replica-fetchers.ts'
import { IsrChanges } from './isr-changes.ts'
import type { ControllerPort, LeaderClients } from './ports.ts'
import type { ReplicaManager } from './replica-manager.ts'

export interface ReplicationOptions {
  readonly nodeId: number
  /** Of this broker's registration; -1 before it. */
  readonly brokerEpoch: () => number
  /** Of any broker's registration; -1: it has none. */
  readonly epochOf: (brokerId: number) => number
  readonly replicas: ReplicaManager
  readonly channel: ControllerPort
  readonly clients: LeaderClients
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<CurrentConfig, 'get'>
}

export class Replication {
  readonly fetchers: ReplicaFetchers
  readonly isr: IsrChanges

  constructor(options: ReplicationOptions) {
    const { replicas, config } = options
    this.fetchers = new ReplicaFetchers({
      ...options,
      log: options.log.named('kafka.server.ReplicaFetcherManager'),
      appended: (partition, bytes) => {
        const { follower } = replicas.throttles
        if (bytes > 0) {
          replicas.topicMetrics?.copiedFromLeader(bytes)
          if (follower.covers(partition)) follower.record(bytes)
        }
        replicas.parked.touch(partition)
      },
      isThrottled: (partition) =>
        replicas.throttles.follower.isExceeded && replicas.throttles.follower.covers(partition),
    })
    this.isr = new IsrChanges({
      ...options,
      log: options.log.named('kafka.cluster.Partition'),
      maxLagMs: () => config.get('replica.lag.time.max.ms'),
      partitions: () => replicas.partitions(),
      changed: (partition) => replicas.inSyncChanged(partition),
    })
    replicas.replication = this
    replicas.onPartition((partition, change) => {
      if (change === 'changed') this.fetchers.changed(partition)
      else this.fetchers.removed(partition)
    })
    replicas.onFollowerFetch((partition, replicaId) => this.isr.followerFetched(partition, replicaId))
  }

  /** Begins to look after the in-sync sets; partitions are followed from when the metadata names them. */
  start(): void {
    this.isr.start()
  }

  close(): void {
    this.fetchers.close()
    this.isr.close()
  }
}
