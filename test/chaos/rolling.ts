/**
 * How long a rolling restart of three nodes takes under load, and whether a producer notices: the same operation on either engine,
 * over a driver for each. The load is one idempotent producer with acks=all; what it wrote is read back.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { quorumInfo } from '../../src/admin/cluster.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { listOffsets } from '../../src/client/offsets.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { RecordProducer } from '../../src/client/producer.ts'
import type { NodeDriver } from '../../src/cluster/node-driver.ts'
import { Engine } from '../../src/ops/engine/engine.ts'
import { sealPlan } from '../../src/ops/engine/plan.ts'
import { StopControl } from '../../src/ops/engine/stop-control.ts'
import { OperationStore } from '../../src/ops/engine/store.ts'
import { ROLLING_KIND, RollingOperation } from '../../src/ops/rolling/operation.ts'
import { restartOrder } from '../../src/ops/rolling/safety.ts'
import { KafkaRollingWorld } from '../../src/ops/rolling/world.ts'
import { MemoryDisk } from '../../src/platform/memory-disk.ts'
import { NodeClock } from '../../src/platform/node-clock.ts'
import { startApacheCluster } from '../compat/support/cluster-apache.ts'
import { startBundledCluster } from '../compat/support/cluster-bundled.ts'
import type { StartedCluster } from '../compat/support/clusters.ts'

const TOPIC = 'rolled'
const PARTITIONS = 12
const RECORDS_PER_PAUSE = 50
const APACHE_VERSION = '4.3.1'
const PLACE = {
  ids: [1, 2, 3],
  racks: ['a', 'b', 'c'],
  clientPorts: [23721, 23722, 23723],
  controllerPorts: [23731, 23732, 23733],
}

/** Stops and starts the nodes of a test cluster. */
class TestDriver implements NodeDriver {
  readonly #cluster: StartedCluster
  readonly #up = new Set(PLACE.ids)
  readonly #lives = new Map(PLACE.ids.map((id) => [id, 1]))

  constructor(cluster: StartedCluster) {
    this.#cluster = cluster
  }

  async stop(id: number): Promise<void> {
    await this.#cluster.stop(id)
    this.#up.delete(id)
  }

  async start(id: number): Promise<void> {
    if (this.#up.has(id)) return
    await this.#cluster.start(id)
    this.#up.add(id)
    this.#lives.set(id, this.#lives.get(id)! + 1)
  }

  async isUp(id: number): Promise<boolean> {
    return this.#up.has(id)
  }

  async life(id: number): Promise<string | null> {
    return this.#up.has(id) ? String(this.#lives.get(id)) : null
  }
}

/** Returns the exit code: 0 when nothing failed and nothing is lost. */
export async function rolling(engine: string, rounds: number): Promise<number> {
  const cluster =
    engine === 'apache' ? await startApacheCluster(APACHE_VERSION, PLACE, {}) : await startBundledCluster(PLACE, {})
  const options = resolveClientOptions({
    bootstrapServer: PLACE.clientPorts.map((port) => `127.0.0.1:${port}`).join(','),
    properties: { 'delivery.timeout.ms': '60000' },
  })
  const [client, loader] = [await ClusterClient.connect(options), await ClusterClient.connect(options)]
  try {
    const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3, assignments: [], configs: [] }]
    await client.request('CreateTopics', { topics, timeoutMs: 10_000, validateOnly: false }, 'controller')
    const isThere = async () => {
      const { topics: found } = await loader.metadata([TOPIC])
      return found[0]?.partitions.filter(({ isrNodes }) => isrNodes.length === 3).length === PARTITIONS
    }
    while (!(await isThere())) await sleep(100)
    const nodes = PLACE.ids.map((id) => ({ id, roles: ['broker', 'controller'] }))
    const disk = new MemoryDisk()
    disk.makeDirectory('/ops')
    const clock = new NodeClock()
    const world = new KafkaRollingWorld(client)
    const operation = new RollingOperation(world, new TestDriver(cluster))
    let sentInAll = 0
    for (let round = 1; round <= rounds; round += 1) {
      const load = { isDone: false, sent: 0, failed: 0, longestGapMs: 0 }
      const loading = produce(loader, load)
      await sleep(2000)
      const order = restartOrder(nodes, (await quorumInfo(client)).leader)
      const { cluster: clusterId } = await world.look()
      const store = new OperationStore(disk, '/ops', clusterId)
      const plan = sealPlan(ROLLING_KIND, clusterId, { nodes: order, cluster: nodes })
      const beganMs = performance.now()
      await new Engine({ store, clock, operator: 'chaos' }).run(operation, plan, new StopControl(clock))
      const tookMs = performance.now() - beganMs
      load.isDone = true
      await loading
      console.log(
        `${engine} ${round}: rolled in ${(tookMs / 1000).toFixed(1)} s, ${load.sent} records, ${load.failed} failed, ` +
          `longest gap ${load.longestGapMs.toFixed(0)} ms`,
      )
      sentInAll += load.sent
      if (load.failed > 0) return 1
    }
    const ends = await listOffsets(
      client,
      Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, timestamp: -1 })),
    )
    const there = [...ends.values()].reduce((sum, { offset }) => sum + offset, 0)
    console.log(`${engine}: ${sentInAll} records were acknowledged, ${there} are there`)
    return there === sentInAll ? 0 : 1
  } finally {
    await client.close()
    await loader.close()
    await cluster.destroy()
  }
}

interface Load {
  isDone: boolean
  sent: number
  failed: number
  longestGapMs: number
}

async function produce(client: ClusterClient, load: Load): Promise<void> {
  const options = { topic: TOPIC, acks: -1, compression: 'none', rate: undefined } as const
  const producer = await RecordProducer.open(client, options)
  let lastMs = performance.now()
  for (let line = 1; !load.isDone; ) {
    try {
      for (let count = 0; count < RECORDS_PER_PAUSE; count += 1, line += 1) {
        const value = Buffer.alloc(1024, line % 256)
        await producer.add({ key: null, value, headers: [], partition: line % PARTITIONS, timestamp: undefined }, line)
      }
      await producer.flush()
      load.sent += RECORDS_PER_PAUSE
    } catch {
      // A producer that failed goes on failing: one is enough to know.
      load.failed += 1
      return
    }
    load.longestGapMs = Math.max(load.longestGapMs, performance.now() - lastMs)
    lastMs = performance.now()
    await sleep(5)
  }
}
