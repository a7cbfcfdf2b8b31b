/**
 * One node of either engine, Apache Kafka or the bundled broker, as a process of its own on free ports and a folder of its own, with
 * the same server.properties: what differs between them is a `Launcher`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { portTaker } from './ports.ts'
import { eventually, type Running } from './process.ts'

/** `apache` is the version that the bundled broker is measured against, `apache-3.9` the last 3.x. */
export type EngineKind = 'apache' | 'apache-3.9' | 'bundled'

/** A running node. */
export interface Engine {
  readonly kind: EngineKind
  /** host:port for clients. */
  readonly bootstrap: string
  readonly port: number
  readonly clusterId: string
  /** Its log.dirs. */
  readonly dataDir: string
  /** Where its server.properties and its log.dirs are. */
  readonly folder: string
  /** What the process has printed. */
  output(): string
  /** SIGTERM, waits for the exit, removes the folder unless `keep`. */
  stop(options?: { keep?: boolean }): Promise<void>
  /** SIGKILL, waits for the exit, leaves the folder. */
  kill9(): Promise<void>
  /** Starts again on the same folder and ports after `kill9` or `stop({keep: true})`. */
  restart(): Promise<void>
}

export interface EngineOptions {
  /** More lines for server.properties, winning over the defaults. */
  readonly properties?: Record<string, string>
  /** Feature levels to format with, where the software's own are not wanted: `group.version` to 0. Apache Kafka only. */
  readonly features?: Record<string, number>
  /** More options of the JVM. Apache Kafka only. */
  readonly jvmOptions?: string
  /** A stopped node whose folder, properties and ports this one takes over, as they are. */
  readonly takeOver?: Engine
}

const nodePort = portTaker(21_700, 21_999)

/** `count` ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) found.push(await nodePort())
  return found
}

/** What differs between the engines: how a process starts on a property file. */
export interface Launcher {
  readonly kind: EngineKind
  /** Prepares the empty data folder, if the engine wants that. */
  format(propertiesFile: string, clusterId: string, features: Record<string, number>): Promise<void>
  launch(propertiesFile: string): Running
  /** True once the process has said that it serves. */
  isReady(output: string): boolean
}

/** Asks host:port for its metadata and answers true when it lists a broker: the node is registered and serves. */
export function servesMetadata(port: number, host = '127.0.0.1'): Promise<boolean> {
  // Metadata v1, correlation 7, null client id, empty list of topics
  const request = Buffer.from('0000000e' + '0003' + '0001' + '00000007' + 'ffff' + '00000000', 'hex')
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect({ port, host })
    const finish = (served: boolean): void => {
      socket.destroy()
      resolve(served)
    }
    socket.setTimeout(2_000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length >= 12) finish(answer.readInt32BE(4) === 7 && answer.readInt32BE(8) > 0)
    })
  })
}

/** The properties of a single combined node that starts fast and needs no other node. */
export function nodeProperties(ports: { client: number; controller: number }, dataDir: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.client}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'log.dirs': dataDir,
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.cleaner.threads': '1',
  }
}

/** A fresh folder with a server.properties for a node on free ports. */
async function prepare(launcher: Launcher, clusterId: string, options: EngineOptions): Promise<[string, number]> {
  const folder = mkdtempSync(join(tmpdir(), `compat-${launcher.kind}-`))
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const [client, controller] = (await freePorts(2)) as [number, number]
  const properties = { ...nodeProperties({ client, controller }, dataDir), ...options.properties }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(join(folder, 'server.properties'), lines.join(''))
  await launcher.format(join(folder, 'server.properties'), clusterId, options.features ?? {})
  return [folder, client]
}

/** Formats and starts one node with `launcher`; resolves when it serves. */
export async function startNode(launcher: Launcher, clusterId: string, options: EngineOptions): Promise<Engine> {
  const { takeOver } = options
  const [folder, client] = takeOver ? [takeOver.folder, takeOver.port] : await prepare(launcher, clusterId, options)
  const dataDir = join(folder, 'data')
  const file = join(folder, 'server.properties')
  let running: Running
  const boot = async (): Promise<void> => {
    running = launcher.launch(file)
    await running.until(({ stdout, stderr }) => launcher.isReady(stdout + stderr))
    const died = running.ended.then((done) => {
      throw new Error(`${launcher.kind} ended with ${done.code} while starting\n${done.stdout}\n${done.stderr}`)
    })
    died.catch(() => {}) // later ends are expected ones
    await Promise.race([
      died,
      eventually(`${launcher.kind} serves metadata on ${client}`, () => servesMetadata(client)),
    ])
  }
  await boot()
  return {
    kind: launcher.kind,
    bootstrap: `127.0.0.1:${client}`,
    port: client,
    get clusterId() {
      const meta = readFileSync(join(dataDir, 'meta.properties'), 'utf8')
      return /^cluster\.id=(.*)$/m.exec(meta)?.[1]?.trim() ?? ''
    },
    dataDir,
    folder,
    output: () => running.stdout + running.stderr,
    async stop({ keep = false } = {}) {
      await running.stop('SIGTERM', 60_000)
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
    async kill9() {
      await running.stop('SIGKILL')
    },
    restart: boot,
  }
}
