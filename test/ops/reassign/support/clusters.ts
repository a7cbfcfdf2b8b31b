/** Clusters to plan on: written by hand in a few words, or drawn at random. */
import fc from 'fast-check'
import type { ClusterSnapshot, PartitionFact, ReassignGoal } from '../../../../src/ops/reassign/model.ts'
import { NOTHING_ASKED } from '../../../../src/ops/reassign/model.ts'

/** `partitions`: one line a topic, `orders 1,2,3 2,3,1 …`; all in sync, led by the first, of `bytes` each. */
export function cluster(
  racks: Record<number, string | null>,
  partitions: readonly string[],
  bytes: (topic: string, partition: number) => number | null = () => 100,
): ClusterSnapshot {
  return {
    cluster: 'c1',
    brokers: Object.entries(racks).map(([id, rack]) => ({ id: Number(id), rack })),
    partitions: partitions.flatMap((line) => {
      const [topic, ...lists] = line.split(' ')
      return lists.map((list, partition): PartitionFact => {
        const replicas = list.split(',').map(Number)
        const rest = { isr: replicas, leader: replicas[0]!, isMoving: false }
        return { topic: topic!, partition, replicas, ...rest, bytes: bytes(topic!, partition) }
      })
    }),
  }
}

/** Any cluster: some racks or none, some replicas out of sync, some partitions without a leader, some brokers gone. */
export const anyCluster: fc.Arbitrary<ClusterSnapshot> = fc
  .record({
    brokers: fc.integer({ min: 3, max: 12 }),
    racks: fc.integer({ min: 0, max: 4 }),
    partitions: fc.integer({ min: 1, max: 40 }),
    factor: fc.integer({ min: 1, max: 3 }),
    gone: fc.integer({ min: 0, max: 1 }),
    seed: fc.nat(),
    isSick: fc.boolean(),
    isSized: fc.boolean(),
  })
  .map(({ brokers, racks, partitions, factor, gone, seed, isSick, isSized }) => {
    let state = seed + 1
    const random = (bound: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % bound
    }
    const ids = Array.from({ length: brokers }, (_one, index) => index + 1)
    return {
      cluster: 'c1',
      brokers: ids.filter((id) => id > gone).map((id) => ({ id, rack: racks === 0 ? null : `r${id % racks}` })),
      partitions: Array.from({ length: partitions }, (_one, index): PartitionFact => {
        const replicas: number[] = []
        while (replicas.length < factor) {
          // Low ids more often: something to even out.
          const id = ids[Math.min(random(brokers), random(brokers))]!
          if (!replicas.includes(id)) replicas.push(id)
        }
        const alive = replicas.filter((id) => id > gone)
        const isr = isSick && random(4) === 0 ? alive.slice(0, 1) : alive
        return {
          topic: `t${index % 4}`,
          partition: Math.floor(index / 4),
          replicas,
          isr,
          leader: isr[0] ?? -1,
          bytes: isSized ? random(1000) : null,
          isMoving: isSick && random(10) === 0,
        }
      }),
    }
  })

export function goal(changes: Partial<ReassignGoal>): ReassignGoal {
  return { ...NOTHING_ASKED, ...changes }
}
