/** A rolling restart over a cluster of objects: order, waiting, refusals, stops, and kills at each point. */
import { describe, expect, it } from 'vitest'
import type { NodeDriver } from '../../../src/cluster/node-driver.ts'
import { Engine } from '../../../src/ops/engine/engine.ts'
import { sealPlan } from '../../../src/ops/engine/plan.ts'
import { StopControl } from '../../../src/ops/engine/stop-control.ts'
import { OperationStore } from '../../../src/ops/engine/store.ts'
import { ROLLING_KIND, RollingOperation } from '../../../src/ops/rolling/operation.ts'
import { hazards, restartOrder, unsettled } from '../../../src/ops/rolling/safety.ts'
import type { ClusterView, RollingWorld } from '../../../src/ops/rolling/world.ts'
import { NodeClock } from '../../../src/platform/node-clock.ts'
import { CrashDisk } from '../../support/memory-disk.ts'

const NODES = [1, 2, 3].map((id) => ({ id, roles: ['broker', 'controller'] }))

/** Three nodes; a node that comes back is in sync again at the third look. */
class Cluster implements RollingWorld, NodeDriver {
  readonly log: string[] = []
  readonly lives = new Map([1, 2, 3].map((id) => [id, 1]))
  readonly up = new Set([1, 2, 3])
  readonly behind = new Map<number, number>()
  partitions = [{ topic: 'a', partition: 0, replicas: [1, 2, 3] }]
  min = 2
  /** Looks that one broker alone answers, which has not heard of anything since the beginning. */
  staleLooks = 0
  /** What a look at everything finds. */
  grave: string[] = []
  #nowMs = 1000
  /** When each voter last had everything; one that comes back has it at the third look. */
  readonly caughtUpMs = new Map<number, number>()
  /** Called before each stop and start. */
  onChange: (what: string) => void = () => {}

  async look({ everywhere = false } = {}): Promise<ClusterView> {
    this.#nowMs += 100
    for (const id of this.up) if (!this.behind.has(id)) this.caughtUpMs.set(id, this.#nowMs)
    const isStale = !everywhere && this.staleLooks > 0
    if (isStale) this.staleLooks -= 1
    for (const [id, looks] of this.behind) {
      if (looks > 1) this.behind.set(id, looks - 1)
      else this.behind.delete(id)
    }
    const brokers = [...this.up].sort()
    return {
      cluster: 'c1',
      brokers,
      partitions: this.partitions.map((one) => {
        const isr = one.replicas.filter((id) => isStale || (this.up.has(id) && !this.behind.has(id)))
        return { ...one, isr, leader: isr[0] ?? null }
      }),
      quorum: {
        leader: 1,
        nowMs: this.#nowMs,
        // As Kafka tells it: who was there a moment ago is still called caught up.
        voters: NODES.map(({ id }) => ({ id, isCaughtUp: true, caughtUpMs: this.caughtUpMs.get(id) ?? null })),
      },
    }
  }

  async graveFindings() {
    return this.grave
  }

  async minIsr(topics: readonly string[]) {
    return new Map(topics.map((topic) => [topic, this.min]))
  }

  async stop(id: number) {
    this.onChange(`stop ${id}`)
    this.log.push(`stop ${id}`)
    this.up.delete(id)
  }

  async start(id: number) {
    this.onChange(`start ${id}`)
    if (this.up.has(id)) return
    this.log.push(`start ${id}`)
    this.up.add(id)
    this.lives.set(id, this.lives.get(id)! + 1)
    this.behind.set(id, 3)
  }

  async isUp(id: number) {
    return this.up.has(id)
  }

  async life(id: number) {
    return this.up.has(id) ? `life ${this.lives.get(id)}` : null
  }
}

function setUp() {
  const disk = new CrashDisk()
  disk.makeDirectory('/home/mq')
  const clock = new NodeClock()
  const store = new OperationStore(disk, '/home/mq/ops', 'c1')
  const cluster = new Cluster()
  const engine = new Engine({ store, clock, operator: 'me' })
  const operation = new RollingOperation(cluster, cluster, 0)
  const plan = sealPlan(ROLLING_KIND, 'c1', { nodes: restartOrder(NODES, 1), cluster: NODES })
  return { cluster, engine, operation, plan, store, control: () => new StopControl(clock) }
}

const ALL = ['stop 2', 'start 2', 'stop 3', 'start 3', 'stop 1', 'start 1']

describe('the order', () => {
  it('has brokers alone first and the active controller last', () => {
    const nodes = [
      { id: 1, roles: ['broker'] },
      { id: 2, roles: ['broker', 'controller'] },
      { id: 3, roles: ['broker', 'controller'] },
      { id: 1001, roles: ['controller'] },
    ]
    expect(restartOrder(nodes, 2).map(({ id }) => id)).toEqual([1, 3, 1001, 2])
    expect(restartOrder(nodes, null).map(({ id }) => id)).toEqual([1, 2, 3, 1001])
  })
})

describe('hazards', () => {
  const view = (isr: number[], voters = [1, 2, 3]): ClusterView => ({
    cluster: 'c1',
    brokers: [1, 2, 3],
    partitions: [{ topic: 'a', partition: 0, replicas: [1, 2, 3], isr, leader: isr[0] ?? null }],
    quorum: { leader: 1, nowMs: 0, voters: voters.map((id) => ({ id, isCaughtUp: id !== 3, caughtUpMs: null })) },
  })
  const min = (count: number) => new Map([['a', count]])

  it('are partitions that would be offline or under their minimum, and a quorum without a majority', () => {
    expect(hazards(view([2]), 2, min(1))).toContain('a-0 would be offline: node 2 is its only in-sync replica')
    expect(hazards(view([2, 3]), 3, min(2))).toContain('a-0 would have 1 in-sync replica of at least 2')
    expect(hazards(view([1, 2, 3]), 2, min(2))).toEqual(['the metadata quorum would have 1 of 3 voters, and needs 2'])
    expect(hazards(view([1, 2, 3]), 3, min(2))).toEqual([])
  })

  it('are none for a node that is not in sync, nor for a quorum that never could spare one', () => {
    expect(hazards(view([1]), 3, min(1))).toEqual([])
    expect(hazards(view([1, 2], [1, 2]), 2, min(1))).toEqual([])
  })

  it('and what is unsettled names broker, partition and voter', () => {
    const found = unsettled({ ...view([1, 2]), brokers: [1, 2] }, NODES)
    expect(found).toEqual(['broker 3 does not serve yet', 'controller 3 is behind', 'a-0 waits for 3'])
  })
})

describe('a rolling restart', () => {
  it('restarts each node when the one before is in sync again', async () => {
    const { engine, operation, plan, cluster, control } = setUp()
    cluster.onChange = (what) => {
      if (what.startsWith('stop')) expect(cluster.behind.size).toBe(0)
    }
    expect(await engine.run(operation, plan, control())).toMatchObject({ outcome: 'done', findings: [] })
    expect(cluster.log).toEqual(ALL)
  })

  it('refuses before it has touched anything', async () => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    cluster.partitions.push({ topic: 'single', partition: 0, replicas: [3] })
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('single-0'),
    })
    cluster.partitions.pop()
    cluster.up.delete(3)
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({ exitCode: 4 })
    expect(cluster.log).toEqual([])
    expect(store.unfinished()).toBeUndefined()
  })

  it('does not take the word of a broker that has not heard of the restart yet', async () => {
    const { engine, operation, plan, cluster, control } = setUp()
    cluster.onChange = (what) => {
      if (what.startsWith('start')) cluster.staleLooks = 20
      else expect([...cluster.behind.keys()]).toEqual([])
    }
    await engine.run(operation, plan, control())
    expect(cluster.log).toEqual(ALL)
  })

  it('waits until a controller has caught up since its start, and not a moment before it', async () => {
    const { engine, operation, plan, cluster, control } = setUp()
    cluster.partitions = []
    cluster.onChange = (what) => {
      if (what.startsWith('stop')) expect([...cluster.behind.keys()]).toEqual([])
    }
    await engine.run(operation, plan, control())
    expect(cluster.log).toEqual(ALL)
  })

  it('is refused where the look at the health of everything finds what a restart makes worse', async () => {
    const { engine, operation, plan, cluster, control } = setUp()
    cluster.grave = ['brokers do not support levels in force: broker 2 not metadata.version 30']
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('metadata.version 30'),
    })
    expect(cluster.log).toEqual([])
  })

  it('refuses a node that cannot be spared any more, and goes on when it can', async () => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    cluster.onChange = (what) => {
      if (what === 'start 2') cluster.min = 3
    }
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({ exitCode: 4 })
    expect(cluster.log).toEqual(ALL.slice(0, 2))
    cluster.min = 2
    await engine.resume(operation, store.unfinished()!.id, control())
    expect(cluster.log).toEqual(ALL)
  })

  it('asked to stop ends when the node under way is back in sync', async () => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    const first = control()
    cluster.onChange = (what) => {
      if (what === 'stop 3') first.request('interrupted')
    }
    expect(await engine.run(operation, plan, first)).toMatchObject({ outcome: 'paused' })
    expect(cluster.log).toEqual(ALL.slice(0, 4))
    expect(cluster.behind.size).toBe(0)
    await engine.resume(operation, store.unfinished()!.id, control())
    expect(cluster.log).toEqual(ALL)
  })

  it.each(ALL)('killed at "%s" goes on and restarts each node once', async (point) => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    cluster.onChange = (what) => {
      if (what === point) throw new Error('killed')
    }
    await expect(engine.run(operation, plan, control())).rejects.toThrow('killed')
    cluster.onChange = () => {}
    expect(await engine.resume(operation, store.unfinished()!.id, control())).toMatchObject({ outcome: 'done' })
    expect(cluster.log).toEqual(ALL)
  })

  it('given up starts the node that is down', async () => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    cluster.onChange = (what) => {
      if (what === 'start 3') throw new Error('killed')
    }
    await expect(engine.run(operation, plan, control())).rejects.toThrow('killed')
    cluster.onChange = () => {}
    expect(await engine.cancel(operation, store.unfinished()!.id, control())).toMatchObject({ outcome: 'cancelled' })
    expect(cluster.log).toEqual(['stop 2', 'start 2', 'stop 3', 'start 3'])
  })

  it('can be given up although another node has been taken out of the cluster meanwhile', async () => {
    const { engine, operation, plan, cluster, store, control } = setUp()
    cluster.onChange = (what) => {
      if (what === 'start 2') throw new Error('killed')
    }
    await expect(engine.run(operation, plan, control())).rejects.toThrow('killed')
    cluster.onChange = () => {}
    cluster.up.delete(3)
    expect(await engine.cancel(operation, store.unfinished()!.id, control())).toMatchObject({ outcome: 'cancelled' })
    expect(cluster.log).toEqual(['stop 2', 'start 2'])
  })

  it('ends with an error when a node dies while the cluster is waited for', async () => {
    const { engine, operation, plan, cluster, control } = setUp()
    cluster.onChange = (what) => {
      if (what === 'start 2') cluster.up.delete(3)
    }
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({ code: 'MQ_NODE_DOWN' })
  })
})
