/**
 * Consensus under faults, by seed: three and five voters, lost and late messages, isolated nodes, crashes that lose what
 * was not synced. Checked after every event: one leader an epoch, leaders have everything committed, committed entries
 * never change, high watermarks never go back. In the end the healed quorum agrees and goes on.
 */
import { describe, expect, it } from 'vitest'
import { MemoryCluster, type PlantedFaults, seededRandom } from './memory-cluster.ts'

function runSeed(seed: number, planted: PlantedFaults = {}): MemoryCluster {
  const chance = seededRandom(seed ^ 0x5bd1e995)
  const size = chance.int(3) === 0 ? 5 : 3
  const cluster = new MemoryCluster(size, seed, planted)
  cluster.dropPercent = [0, 2, 10, 25][chance.int(4)]!
  cluster.start()
  let proposed = 0
  for (let step = 0; step < 60; step++) {
    cluster.run(chance.int(900))
    const leader = cluster.leader()
    if (leader !== undefined && chance.int(3) > 0) {
      for (let count = chance.int(4); count > 0; count--) cluster.propose(leader, `r${++proposed}`)
    }
    const id = cluster.ids[chance.int(size)]!
    switch (chance.int(9)) {
      case 0:
        if (cluster.nodes.get(id)!.isUp) cluster.crash(id)
        break
      case 1:
      case 2:
        for (const other of cluster.ids) if (!cluster.nodes.get(other)!.isUp) cluster.restart(other)
        break
      case 3:
        cluster.isolated.add(id)
        break
      case 4:
        cluster.isolated.clear()
        break
      default:
        break
    }
  }
  cluster.dropPercent = 0
  cluster.isolated.clear()
  for (const id of cluster.ids) if (!cluster.nodes.get(id)!.isUp) cluster.restart(id)
  cluster.run(20_000)
  const leader = cluster.leader()
  if (leader === undefined)
    throw new Error(`seed ${seed}: no leader after healing\n${cluster.trace.slice(-40).join('\n')}`)
  cluster.propose(leader, 'last')
  cluster.run(5_000)
  return cluster
}

describe('the quorum under faults', () => {
  it('keeps its promises for every seed', () => {
    const seeds = Number(process.env.RAFT_SEEDS ?? 150)
    const from = Number(process.env.RAFT_FROM ?? 1)
    for (let seed = from; seed < from + seeds; seed++) {
      try {
        const cluster = runSeed(seed)
        const logs = [...cluster.nodes.values()].map((node) => JSON.stringify(node.log.entries))
        expect(new Set(logs).size, `seed ${seed}: logs differ after healing`).toBe(1)
        expect(cluster.committed.at(-1)?.text, `seed ${seed}`).toBe('last')
      } catch (error) {
        throw new Error(`RAFT_FROM=${seed} RAFT_SEEDS=1 repeats it: ${error instanceof Error ? error.message : error}`)
      }
    }
  })

  it('finds a new leader within ten election timeouts while a majority is up', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const cluster = new MemoryCluster(seed % 2 === 0 ? 3 : 5, seed)
      cluster.start()
      cluster.run(10_000)
      const first = cluster.leader()
      expect(first, `seed ${seed}`).toBeDefined()
      cluster.crash(first!.id)
      cluster.run(10_000)
      expect(cluster.leader(), `seed ${seed}: ${cluster.trace.slice(-20).join('; ')}`).toBeDefined()
    }
  })

  it('is deterministic: one seed, one trace', () => {
    expect(runSeed(7).trace).toEqual(runSeed(7).trace)
  })

  it('notices a disk that lies about its syncs', () => {
    const noticed = Array.from({ length: 200 }, (_, index) => index + 1).find((seed) => {
      try {
        runSeed(seed, { liesAboutSync: true })
        return false
      } catch {
        return true
      }
    })
    expect(noticed).toBeDefined()
  })
})
