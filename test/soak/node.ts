/**
 * The node that is soaked: the bundled broker from a copy of the build (so that a build in the middle of a long run does not
 * swap the program under it), or Apache Kafka, with the same properties: small segments, a cleaner and a retention that work
 * often. Samples what its process uses.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { portOwner } from '../../src/platform/port-info.ts'
import { startApacheKafka } from '../compat/support/apache-kafka.ts'
import { type Engine, freePorts, startNode } from '../compat/support/node.ts'
import { Running } from '../compat/support/process.ts'

const PROPERTIES: Record<string, string> = {
  'log.retention.check.interval.ms': '5000',
  'log.cleaner.backoff.ms': '2000',
  'log.segment.delete.delay.ms': '2000',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
}

export interface Sample {
  readonly atS: number
  readonly rssBytes: number
  readonly descriptors: number
  /** Segments of all logs: each keeps a descriptor or two. */
  readonly segments: number
  /** Bytes of JavaScript heap, and connections; undefined where the node has no metrics port. */
  readonly heapBytes: number | undefined
  readonly connections: number | undefined
}

export interface SoakedNode {
  readonly engine: Engine
  /** mq's program, from the same copy. */
  readonly program: string
  sample(atS: number): Promise<Sample | undefined>
  dispose(): void
}

export async function startSoakedNode(root: string, kind: 'bundled' | 'apache'): Promise<SoakedNode> {
  if (!existsSync(join(root, 'dist'))) throw new Error('dist is missing: run npm run build')
  const copy = join(root, 'node_modules', '.cache', `mq-soak-${process.pid}`)
  mkdirSync(copy, { recursive: true })
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  const dispose = (): void => rmSync(copy, { recursive: true, force: true })
  const program = join(copy, 'bin', 'run.js')
  try {
    if (kind === 'apache') {
      const engine = await startApacheKafka({ properties: PROPERTIES })
      return { engine, program, dispose, sample: (atS) => sampleOf(engine, undefined, atS) }
    }
    const [metricsPort] = (await freePorts(1)) as [number]
    const engine = await startNode(
      {
        kind: 'bundled',
        async format() {},
        launch: (file) => {
          const args = [join(copy, 'bin', 'broker.js'), '--config', file, '--metrics-port', String(metricsPort)]
          return new Running(process.execPath, args)
        },
        isReady: () => true,
      },
      '',
      { properties: PROPERTIES },
    )
    return { engine, program, dispose, sample: (atS) => sampleOf(engine, metricsPort, atS) }
  } catch (error) {
    dispose()
    throw error
  }
}

/** Undefined while the node is away. */
async function sampleOf(engine: Engine, metricsPort: number | undefined, atS: number): Promise<Sample | undefined> {
  const pid = portOwner(engine.port)?.pid
  if (pid === undefined) return undefined
  try {
    const metrics = metricsPort === undefined ? undefined : await scrape(metricsPort)
    const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return {
      atS,
      rssBytes: rssKb * 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      segments: countSegments(engine.dataDir),
      heapBytes: metrics === undefined ? undefined : sumOf(metrics, 'nodejs_heap_size_used_bytes'),
      connections:
        metrics === undefined ? undefined : sumOf(metrics, 'kafka_server_socketservermetrics_connection_count'),
    }
  } catch {
    // It went away while it was looked at.
    return undefined
  }
}

async function scrape(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(10_000) })
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`)
  return answer.text()
}

function sumOf(metrics: string, name: string): number {
  let sum = 0
  for (const line of metrics.split('\n')) {
    if (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) sum += Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  return sum
}

function countSegments(dataDir: string): number {
  let count = 0
  for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    try {
      for (const name of readdirSync(join(dataDir, entry.name))) if (name.endsWith('.log')) count++
    } catch {
      // Deleted meanwhile.
    }
  }
  return count
}

/** Established sockets of any process of this machine whose other end is `port`. */
export function clientSockets(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => {
      const [, , remote, state] = line.trim().split(/\s+/)
      return remote?.endsWith(`:${hex}`) === true && state === '01'
    }).length
}
