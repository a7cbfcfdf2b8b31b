/** Looks at a cluster of three brokers that are also its controllers, for the tests of findings. */
import type { HealthSnapshot, PartitionLook } from '../../../../src/ops/health/model.ts'

/** A partition of `t` with three replicas in sync and a minimum of two. */
export function partitionLook(change: Partial<PartitionLook> = {}): PartitionLook {
  return { topic: 't', partition: 0, leader: 1, replicas: [1, 2, 3], isr: [1, 2, 3], elr: null, minIsr: 2, ...change }
}

/** Nothing is wrong here. */
export function healthyLook(): HealthSnapshot {
  const ids = [1, 2, 3]
  return {
    atMs: 0,
    clusterId: 'c',
    brokers: ids.map((id) => ({ id, host: 'h', port: 9000 + id, rack: null, fenced: false })),
    quorum: { leader: 1, epoch: 4, voters: ids.map((id) => ({ id, lag: 0, silentMs: 0, behindMs: 0 })) },
    partitions: ids
      .map((id) => partitionLook({ partition: id - 1, leader: id, replicas: [id, (id % 3) + 1] }))
      .map((one) => ({ ...one, isr: one.replicas })),
    moves: [],
    throttles: [],
    directories: ids.map((broker) => ({ broker, path: `/data-${broker}`, total: 1000, usable: 500, moving: 0 })),
    features: [
      {
        feature: 'metadata.version',
        finalized: 30,
        supported: ids.map((broker) => ({ broker, range: { min: 7, max: 30 } })),
      },
    ],
    ...{ operations: [], lock: null, unseen: [] },
  }
}
