/**
 * A rolling restart under load: librdkafka's program produces 1,000 records of 1 KB a second with acks=all, while each
 * node is stopped with SIGTERM, started again, and waited for until every replica is in sync. What could not be delivered
 * within the producer's own timeout counts as failed.
 */
import { Running } from '../compat/support/process.ts'
import type { BenchCluster } from './cluster-nodes.ts'
import { program } from './load.ts'

const RECORDS_PER_SECOND = 1000
const MANY = 100_000_000
const SETTLE_MS = 3000
const END_LIMIT_MS = 60_000

export interface RollingRun {
  readonly ms: number
  readonly delivered: number
  readonly failed: number
}

/** The cluster runs, and the topic is there. */
export async function rollingRestart(cluster: BenchCluster, topic: string, partitions: number): Promise<RollingRun> {
  const producer = new Running(program(), [
    ...['-P', '-t', topic, '-s', '1024', '-c', String(MANY), '-r', String(RECORDS_PER_SECOND), '-a', '-1'],
    ...['-b', cluster.bootstrap, '-X', 'linger.ms=5', '-X', 'message.timeout.ms=30000'],
  ])
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const startedAt = performance.now()
  for (const node of cluster.nodes) {
    await node.stop()
    await node.start()
    await cluster.allAnswer(topic, partitions, cluster.nodes.length)
  }
  const ms = performance.now() - startedAt
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  await producer.stop('SIGINT', END_LIMIT_MS)
  return { ms, ...deliveries(producer.stdout + producer.stderr) }
}

/** `% N messages produced (… bytes), M delivered (offset O, F failed) in …`, of which the last line counts. */
export function deliveries(output: string): { delivered: number; failed: number } {
  const last = [...output.matchAll(/(\d+) delivered \(offset -?\d+, (\d+) failed\)/g)].at(-1)
  if (last === undefined) throw new Error(`no deliveries in the output of rdkafka_performance\n${output.slice(-2000)}`)
  return { delivered: Number(last[1]), failed: Number(last[2]) }
}
