/**
 * Three mq nodes beside three Apache Kafka nodes, never at the same time: how fast a cluster is there, what it takes when
 * idle and loaded, replicated produce cold and warm, very many partitions created, restarted and failed over, and a rolling
 * restart under load. Every topic has three replicas; producers ask for all acknowledgements.
 */
import { BenchCluster } from './cluster-nodes.ts'
import type { EngineName } from './engines.ts'
import { best, type Figure, type Measure } from './figures.ts'
import { PARTITIONS, produce, type Throughput } from './load.ts'
import type { Plan } from './plan.ts'
import { rollingRestart } from './rolling.ts'
import { flushDisk } from './start.ts'

type Say = (text: string) => void

const MESSAGE_BYTES = 1024
const GB_OF_MESSAGES = 1_000_000
const SYSTEM = 'three nodes'

/** Runs `work` on a cluster of each engine, one after the other, and leaves nothing behind. */
async function both<T>(work: (cluster: BenchCluster) => Promise<T>): Promise<Record<EngineName, T>> {
  const of = async (name: EngineName): Promise<T> => {
    const cluster = await BenchCluster.create(name)
    try {
      return await work(cluster)
    } finally {
      await cluster.discard()
      flushDisk()
    }
  }
  return { apache: await of('apache'), mq: await of('mq') }
}

/** Rows of the table, from what was found of each engine. */
function rows<T>(
  part: string,
  found: Record<EngineName, T>,
  measures: readonly (Omit<Measure, 'part'> & { of: (each: T) => number })[],
): Figure[] {
  return measures.map(({ of, ...measure }) =>
    best({ ...measure, part, what: `${SYSTEM}: ${measure.what}` }, [of(found.mq)], [of(found.apache)]),
  )
}

/** From empty, formatted nodes to the first record that all three have; then memory, throughput cold and warm. */
export async function clusterLoad(plan: Plan, say: Say): Promise<Figure[]> {
  const found = await both(async (cluster) => {
    const startedAt = performance.now()
    cluster.launch()
    await cluster.createTopic('first', 1, 3)
    await cluster.firstAcknowledged('first')
    const startMs = performance.now() - startedAt
    const startCpu = cluster.cpuSeconds()
    say(`${cluster.name}: first record on three nodes after ${startMs.toFixed(0)} ms, ${startCpu.toFixed(2)} CPU s`)
    await new Promise((resolve) => setTimeout(resolve, plan.idleMs))
    const idleMb = cluster.residentMb().now
    const cold = await gigabytes(cluster, 'cold', plan.clusterColdGb)
    say(`${cluster.name}: cold ${shown(cold)}, ${idleMb.toFixed(0)} MB idle`)
    for (let moved = 0; moved < plan.clusterWarmUpGb; moved++) await gigabytes(cluster, `warm-up-${moved}`, 1)
    const runs: Throughput[] = []
    for (let round = 0; round < plan.rounds; round++) {
      runs.push(await gigabytes(cluster, `warm-${round}`, plan.clusterColdGb))
      say(`${cluster.name}: warm ${shown(runs.at(-1)!)}`)
    }
    const warmRate = Math.max(...runs.map((run) => run.mbPerSecond))
    const warmCpu = Math.min(...runs.map((run) => run.cpuSecondsPerGb))
    const loadedMb = cluster.residentMb().peak
    say(`${cluster.name}: ${loadedMb.toFixed(0)} MB at the highest`)
    return { startMs, startCpu, idleMb, cold, warmRate, warmCpu, loadedMb }
  })
  const load = 'produce 1 KB to 6 partitions, three replicas, acks=all'
  const rate = { unit: 'MB/s', higherIsBetter: true }
  const cost = { unit: 's/GB' }
  return rows('cluster-load', found, [
    { what: 'start to the first record on all', unit: 'ms', goal: 12, of: (each) => each.startMs },
    { what: 'start to the first record on all: processor time', unit: 's', of: (each) => each.startCpu },
    { what: 'resident memory of each, idle', unit: 'MB', goal: 4, of: (each) => each.idleMb },
    { what: 'resident memory of each, highest', unit: 'MB', goal: 4, of: (each) => each.loadedMb },
    { what: `${load}, cold`, ...rate, goal: 2, of: (each) => each.cold.mbPerSecond },
    { what: `${load}, cold: processor time`, ...cost, goal: 1 / 0.4, of: (each) => each.cold.cpuSecondsPerGb },
    { what: `${load}, warm`, ...rate, goal: 1.2, of: (each) => each.warmRate },
    { what: `${load}, warm: processor time`, ...cost, goal: 1 / 0.8, of: (each) => each.warmCpu },
  ])
}

async function gigabytes(cluster: BenchCluster, topic: string, count: number): Promise<Throughput> {
  await cluster.createTopic(topic, PARTITIONS)
  await cluster.allAnswer(topic, PARTITIONS, 3)
  const volume = { messageBytes: MESSAGE_BYTES, messages: Math.round(count * GB_OF_MESSAGES) }
  const reached = await produce(cluster, topic, volume, -1)
  await cluster.deleteTopic(topic)
  flushDisk()
  return reached
}

function shown(run: Throughput): string {
  return `${run.mbPerSecond.toFixed(0)} MB/s, ${run.cpuSecondsPerGb.toFixed(1)} s/GB`
}

/** Very many partitions with three replicas each: made, stopped and started, and one node killed under them. */
export async function clusterPartitions(plan: Plan, say: Say): Promise<Figure[]> {
  const count = plan.clusterPartitions
  const found = await both(async (cluster) => {
    const timed = async (what: string, work: () => Promise<void>): Promise<number> => {
      const startedAt = performance.now()
      await work()
      const ms = performance.now() - startedAt
      say(`${cluster.name}: ${count} partitions x 3: ${what} ${ms.toFixed(0)} ms`)
      return ms
    }
    await cluster.start()
    const createMs = await timed('created', async () => {
      await cluster.createTopic('many', count)
      await cluster.allAnswer('many', count, 3)
    })
    const createCpu = cluster.cpuSeconds()
    const residentMb = cluster.residentMb().now
    const stopMs = await timed('stopped', () => cluster.stop())
    const restartMs = await timed('restarted', async () => {
      cluster.launch()
      await cluster.allAnswer('many', count, 3)
    })
    // After a restart some node may lead nothing at all.
    const victim = await cluster.busiestLeader('many')
    const failoverMs = await timed('failed over', async () => {
      await victim.crash()
      await cluster.allAnswer('many', count, 2)
    })
    return { createMs, createCpu, residentMb, stopMs, restartMs, failoverMs }
  })
  const what = (text: string) => `${count} partitions x 3 replicas: ${text}`
  return rows('cluster-partitions', found, [
    { what: what('created and in sync'), unit: 'ms', goal: 2, of: (each) => each.createMs },
    { what: what('created: processor time'), unit: 's', of: (each) => each.createCpu },
    { what: what('resident memory of each node'), unit: 'MB', of: (each) => each.residentMb },
    { what: what('clean stop'), unit: 'ms', of: (each) => each.stopMs },
    { what: what('in sync again after a restart'), unit: 'ms', goal: 2, of: (each) => each.restartMs },
    { what: what('led again after the end of a node'), unit: 'ms', goal: 2, of: (each) => each.failoverMs },
  ])
}

/** One node after the other is stopped and started while a producer writes. */
export async function clusterRolling(_plan: Plan, say: Say): Promise<Figure[]> {
  const found = await both(async (cluster) => {
    await cluster.start()
    await cluster.createTopic('rolling', PARTITIONS)
    await cluster.allAnswer('rolling', PARTITIONS, 3)
    const run = await rollingRestart(cluster, 'rolling', PARTITIONS)
    say(`${cluster.name}: rolled in ${run.ms.toFixed(0)} ms, ${run.delivered} produced, ${run.failed} failed`)
    return run
  })
  const limit = { part: 'cluster-rolling', against: 'limit' as const, unit: '' }
  // One name in every run: how many were sent is said above.
  const failed = `${SYSTEM}: rolling restart under load: failed produces`
  return [
    ...rows('cluster-rolling', found, [
      { what: 'rolling restart under load', unit: 'ms', goal: 2, of: (each) => each.ms },
    ]),
    best({ ...limit, what: failed, goal: 0 }, [found.mq.failed], [found.apache.failed]),
  ]
}
