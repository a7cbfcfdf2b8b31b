/** Where new replicas go: what Kafka's placement promises, for clusters of many shapes. */
import { describe, expect, it } from 'vitest'
import { type UsableBroker, placeReplicas } from '../../../src/broker/controller/placement.ts'
import { seededRandom } from '../raft/memory-cluster.ts'
import { ControllerHarness, uuid } from './harness.ts'

function counted(ids: readonly number[]): number[] {
  const counts = new Map<number, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts.values()]
}

const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts)

describe('placement', () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`spreads replicas over racks and brokers, and leaders over all, seed ${seed}`, () => {
      const random = seededRandom(seed)
      const rackCount = 1 + random.int(4)
      const perRack = 1 + random.int(4)
      const brokers = Array.from({ length: rackCount * perRack }, (_, index): UsableBroker => {
        return { id: index, rack: `rack ${index % rackCount}`, fenced: false }
      })
      const factor = 1 + random.int(brokers.length)
      const count = brokers.length * 6
      const placed = placeReplicas(brokers, count, factor, random)
      for (const replicas of placed) {
        expect(new Set(replicas).size).toBe(factor)
        const racks = new Set(replicas.map((id) => brokers[id]!.rack))
        expect(racks.size).toBe(Math.min(factor, rackCount))
      }
      // Whole rounds: every broker leads as often as any other.
      expect(spread(counted(placed.map(([leader]) => leader!)))).toBe(0)
      expect(spread(counted(placed.flat()))).toBeLessThanOrEqual(rackCount === 1 ? 0 : count / 3)
    })

    it(`takes fenced brokers last and never first, seed ${seed}`, () => {
      const random = seededRandom(seed)
      const brokers = Array.from({ length: 9 }, (_, id): UsableBroker => {
        return { id, rack: random.int(4) === 0 ? null : `rack ${id % 3}`, fenced: id > 0 && random.int(2) === 0 }
      })
      const unfenced = brokers.filter(({ fenced }) => !fenced).length
      for (const factor of [1, 3, 9]) {
        for (const replicas of placeReplicas(brokers, 20, factor, random)) {
          expect(brokers[replicas[0]!]!.fenced).toBe(false)
          expect(new Set(replicas).size).toBe(factor)
          for (const id of replicas) {
            if (!brokers[id]!.fenced) continue
            const neighbours = brokers.filter(({ rack, fenced }) => rack === brokers[id]!.rack && !fenced)
            expect(neighbours.every((other) => replicas.includes(other.id))).toBe(true)
          }
        }
      }
      expect(unfenced).toBeGreaterThan(0)
    })
  }

  it('leaves out brokers whose directories are all cordoned, and those on their way down', () => {
    const harness = new ControllerHarness()
    const epochs = harness.brokers(1, 2, 3, 4)
    const where = (name: string, replicationFactor: number) => {
      const { topics } = harness.request('CreateTopics', 7, { topics: [{ name, numPartitions: 8, replicationFactor }] })
      const topic = harness.state.topics.get(name)
      return topic === undefined
        ? topics[0]!.errorMessage
        : new Set(topic.partitions.flatMap(({ replicas }) => replicas))
    }
    expect(where('all', 4)).toEqual(new Set([1, 2, 3, 4]))
    harness.heartbeat(2, epochs[1]!, { cordonedLogDirs: [uuid(102)] })
    harness.heartbeat(3, epochs[2]!, { wantShutDown: true })
    expect(where('some', 2)).toEqual(new Set([1, 4]))
    expect(where('more', 3)).toContain('only 2 broker(s) are registered')
    harness.request('CreatePartitions', 3, { topics: [{ name: 'some', count: 16, assignments: null }] })
    expect(new Set(harness.state.topics.get('some')!.partitions.flatMap(({ replicas }) => replicas))).toEqual(
      new Set([1, 4]),
    )
    harness.heartbeat(2, epochs[1]!, { cordonedLogDirs: [] })
    expect(where('again', 3)).toEqual(new Set([1, 2, 4]))
  })
})
