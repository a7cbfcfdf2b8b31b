/**
 * The two brokers that are compared, each as a process of its own on loopback with the same server.properties: Apache
 * Kafka with the JVM settings of its own start script, mq as `bin/broker.js` of the build. Also what a process costs:
 * resident memory and processor time, read from /proc.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeProperties, servesMetadata } from '../compat/support/node.ts'
import { kafkaHome, repositoryRoot } from '../compat/support/peers.ts'
import { eventually, Running, runOk } from '../compat/support/process.ts'

export type EngineName = 'apache' | 'mq'

/** What Kafka's kafka-server-start.sh and kafka-run-class.sh give the JVM. */
const KAFKA_JVM = {
  KAFKA_HEAP_OPTS: '-Xmx1G -Xms1G',
  KAFKA_JVM_OPTS:
    '-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent',
  KAFKA_OPTS: '-Dkafka.log.level=WARN',
}
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const TICKS_PER_SECOND = 100
const START_LIMIT_MS = 120_000

/** Nodes that were made and not discarded. */
const nodes = new Set<BenchNode>()
// Runs behind the listener of `process.ts` that kills every child, so that nobody writes there any more.
process.on('exit', () => {
  for (const node of nodes) node.removeFiles()
})

/** Ends the processes that a failed part has left, and removes what they wrote. */
export async function discardAll(): Promise<void> {
  for (const node of [...nodes]) await node.kill()
}

/** For a node that is one of several. */
export interface NodeOptions {
  readonly ports?: { readonly client: number; readonly controller: number }
  /** More lines for server.properties. */
  readonly settings?: Readonly<Record<string, string>>
}

export class BenchNode {
  readonly name: EngineName
  readonly port: number
  readonly #folder: string
  readonly #properties: string
  #running: Running | undefined
  #printed = ''

  private constructor(name: EngineName, port: number, folder: string, properties: string) {
    this.name = name
    this.port = port
    this.#folder = folder
    this.#properties = properties
    nodes.add(this)
  }

  /** An empty node, formatted where the engine wants that, not started. */
  static async create(name: EngineName, of: NodeOptions = {}): Promise<BenchNode> {
    const folder = mkdtempSync(join(tmpdir(), `mq-bench-${name}-`))
    mkdirSync(join(folder, 'data'))
    const { client, controller } = of.ports ?? { client: await freePort(), controller: await freePort() }
    const properties = join(folder, 'server.properties')
    const lines = Object.entries({
      ...nodeProperties({ client, controller }, join(folder, 'data')),
      'num.partitions': '1',
      // What a part has finished with must not fill the disk.
      'log.segment.delete.delay.ms': '1000',
      ...of.settings,
    })
    writeFileSync(properties, lines.map(([key, value]) => `${key}=${value}\n`).join(''))
    const node = new BenchNode(name, client, folder, properties)
    if (name === 'apache') {
      await runOk(kafkaRun(), ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties])
    }
    return node
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Starts the process; does not wait. */
  launch(): void {
    this.#running =
      this.name === 'apache'
        ? new Running(kafkaRun(), ['kafka.Kafka', this.#properties], { env: KAFKA_JVM })
        : new Running(process.execPath, [
            ...(process.env.MQ_BENCH_NODE_OPTIONS?.split(' ') ?? []),
            process.env.MQ_BENCH_BROKER ?? join(repositoryRoot, 'bin', 'broker.js'),
            '--config',
            this.#properties,
            '--cluster-id',
            CLUSTER_ID,
            '--metrics-port',
            'off',
          ])
  }

  /** Starts and waits until it answers Metadata with itself. */
  async start(): Promise<void> {
    this.launch()
    await Promise.race([
      eventually(`${this.name} serves`, () => servesMetadata(this.port), START_LIMIT_MS),
      this.#running!.ended.then(({ stdout, stderr }) => {
        throw new Error(`${this.name} ended while starting\n${stdout}\n${stderr}`)
      }),
    ])
  }

  async stop(timeoutMs = 60_000): Promise<void> {
    await this.#running?.stop('SIGTERM', timeoutMs)
    this.#ended()
  }

  /** Ends at once, as a crash would; what it wrote stays. */
  async crash(): Promise<void> {
    await this.#running?.stop('SIGKILL')
    this.#ended()
  }

  #ended(): void {
    this.#printed = this.output()
    this.#running = undefined
  }

  /** Stops, and removes all it wrote. */
  async discard(): Promise<void> {
    await this.stop()
    this.removeFiles()
  }

  /** As `discard`, for one that may be in any state. */
  async kill(): Promise<void> {
    await this.#running?.stop('SIGKILL').catch(() => {
      // It never started: there is nothing to end.
    })
    this.#running = undefined
    this.removeFiles()
  }

  removeFiles(): void {
    nodes.delete(this)
    // One that is being killed may add a last file meanwhile.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  /** A folder for whoever measures, which goes with the node. */
  get folder(): string {
    return this.#folder
  }

  /** Where the partitions are. */
  get dataFolder(): string {
    return join(this.#folder, 'data')
  }

  /** What the processes of this node have printed: mq's log, for whoever looks for what took so long. */
  output(): string {
    return this.#printed + (this.#running === undefined ? '' : this.#running.stdout + this.#running.stderr)
  }

  /** User and system time of all threads, in seconds. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.#pid())
  }

  /** Resident memory in MB, now and at its highest. */
  residentMb(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.#pid()}/status`, 'latin1')
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
    return { now: kilobytes('VmRSS') / 1024, peak: kilobytes('VmHWM') / 1024 }
  }

  #pid(): number {
    const pid = this.#running?.child.pid
    if (pid === undefined) throw new Error(`${this.name} is not running`)
    return pid
  }
}

/** User and system time of all threads of a process, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export function kafkaRun(): string {
  const home = kafkaHome()
  if (home === undefined) throw new Error('Apache Kafka is not installed: run scripts/peers/install.sh --kafka')
  return join(home, 'bin', 'kafka-run')
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
