/**
 * Three bundled nodes as processes, with the network between them in our hands: combined nodes whose inter-broker and controller
 * listeners are advertised through the proxies of a FaultNet; clients connect directly. Nodes run from a copy of the build.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { FaultNet } from './fault-net.ts'

const START_MS = 60_000
const LOOK_MS = 50

export interface ChaosOptions {
  readonly root: string
  readonly basePort: number
  readonly sessionTimeoutMs: number
}

export class ChaosNodes {
  readonly ids = [1, 2, 3]
  readonly net: FaultNet
  readonly folder = mkdtempSync(join(tmpdir(), 'mq-chaos-'))
  readonly #options: ChaosOptions
  readonly #copy: string
  readonly #processes = new Map<number, ChildProcess>()
  readonly #paused = new Set<number>()
  readonly #voters: string
  readonly #clusterId = uuid()

  constructor(options: ChaosOptions) {
    const { root } = options
    if (!existsSync(join(root, 'dist'))) throw new Error('dist is missing: run npm run build')
    this.#options = options
    this.#copy = join(root, 'node_modules', '.cache', `mq-chaos-${process.pid}`)
    mkdirSync(this.#copy, { recursive: true })
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(root, part), join(this.#copy, part), { recursive: true })
    }
    this.net = new FaultNet(this.ids, (id) => this.#processes.get(id)?.pid)
    this.#voters = this.ids.map((id) => `${id}@127.0.0.1:${this.#port(40, id)}:${uuid()}`).join(',')
    process.on('exit', () => {
      for (const child of this.#processes.values()) child.kill('SIGKILL')
    })
  }

  get bootstrap(): string {
    return this.ids.map((id) => `127.0.0.1:${this.#port(0, id)}`).join(',')
  }

  async start(): Promise<void> {
    for (const id of this.ids) {
      await this.net.open(this.#port(20, id), id, this.#port(10, id))
      await this.net.open(this.#port(40, id), id, this.#port(30, id))
      this.#configure(id)
    }
    await this.startMissing()
  }

  /** Starts every node that does not run; resolves when all of these have said that they serve. */
  async startMissing(): Promise<void> {
    const missing = this.ids.filter((id) => !this.#processes.has(id))
    await Promise.all(missing.map((id) => this.startNode(id)))
  }

  async startNode(id: number): Promise<void> {
    const home = this.#home(id)
    const out = join(home, 'broker.out')
    const output = openSync(out, 'w')
    const args = ['--config', join(home, 'server.properties'), '--initial-controllers', this.#voters]
    const child = spawn(process.execPath, [join(this.#copy, 'bin', 'broker.js'), ...args, '--metrics-port', 'off'], {
      stdio: ['ignore', output, output],
      env: { ...process.env, LOG_DIR: join(home, 'logs'), CLUSTER_ID: this.#clusterId },
    })
    closeSync(output)
    this.#processes.set(id, child)
    child.on('exit', () => {
      if (this.#processes.get(id) === child) this.#processes.delete(id)
    })
    const deadlineMs = performance.now() + START_MS
    while (!/^ready /m.test(readFileSync(out, 'utf8'))) {
      if (child.exitCode !== null) throw new Error(`node ${id} ended while it started: ${readFileSync(out, 'utf8')}`)
      // Killed on purpose while it starts: that is for the next start.
      if (child.signalCode !== null) return
      if (performance.now() > deadlineMs) throw new Error(`node ${id} did not start within ${START_MS} ms`)
      await sleep(LOOK_MS)
    }
  }

  /** Sends the signal and waits for the end of the process. */
  async end(id: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#processes.get(id)
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
    this.#processes.delete(id)
    this.#paused.delete(id)
  }

  pause(id: number): void {
    if (this.#processes.get(id)?.kill('SIGSTOP') === true) this.#paused.add(id)
  }

  resume(id: number): void {
    this.#processes.get(id)?.kill('SIGCONT')
    this.#paused.delete(id)
  }

  isUp(id: number): boolean {
    return this.#processes.has(id)
  }

  /** A client of its own, for one question or for a whole load. */
  client(properties: Readonly<Record<string, string>> = {}): Promise<ClusterClient> {
    return ClusterClient.connect(
      resolveClientOptions({
        bootstrapServer: this.bootstrap,
        properties: { 'request.timeout.ms': '5000', 'socket.connection.setup.timeout.ms': '1000', ...properties },
      }),
    )
  }

  async stop(): Promise<void> {
    for (const id of this.#paused) this.resume(id)
    await Promise.all(this.ids.map((id) => this.end(id, 'SIGTERM')))
    this.net.close()
  }

  /** Ends whatever runs and removes the copy of the build, and the data unless they are to be kept. */
  dispose(keep: boolean): void {
    for (const child of this.#processes.values()) child.kill('SIGKILL')
    this.net.close()
    for (const path of keep ? [this.#copy] : [this.#copy, this.folder]) {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  dataDir(id: number): string {
    return join(this.#home(id), 'data')
  }

  #home(id: number): string {
    return join(this.folder, `node-${id}`)
  }

  #port(kind: number, id: number): number {
    return this.#options.basePort + kind + id
  }

  #configure(id: number): void {
    const at = (name: string, kind: number) => `${name}://127.0.0.1:${this.#port(kind, id)}`
    const properties: Record<string, string> = {
      'process.roles': 'broker,controller',
      'node.id': String(id),
      'broker.rack': `rack-${id}`,
      listeners: [at('PLAINTEXT', 0), at('INTERNAL', 10), at('CONTROLLER', 30)].join(','),
      'advertised.listeners': [at('PLAINTEXT', 0), at('INTERNAL', 20), at('CONTROLLER', 40)].join(','),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'INTERNAL',
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': this.ids.map((one) => `127.0.0.1:${this.#port(40, one)}`).join(','),
      'log.dirs': this.dataDir(id),
      'offsets.topic.replication.factor': '3',
      'offsets.topic.num.partitions': '3',
      'default.replication.factor': '3',
      'min.insync.replicas': '2',
      'broker.session.timeout.ms': String(this.#options.sessionTimeoutMs),
      'broker.heartbeat.interval.ms': String(Math.min(2000, Math.floor(this.#options.sessionTimeoutMs / 3))),
      'replica.lag.time.max.ms': '5000',
      'log.segment.bytes': String(4 << 20),
      'log.initial.task.delay.ms': '100',
      'group.initial.rebalance.delay.ms': '0',
    }
    mkdirSync(join(this.#home(id), 'logs'), { recursive: true })
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(join(this.#home(id), 'server.properties'), lines.join(''))
  }
}

function uuid(): string {
  const bytes = randomBytes(16)
  // An id must not begin with a dash.
  bytes[0] = bytes[0]! & 0x7f
  return bytes.toString('base64url')
}
