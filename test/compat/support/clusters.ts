/**
 * Suites over clusters of three combined nodes, ids 1 to 3 in racks a, b and c, of either engine. The cluster starts once for its
 * block and is thrown away after it; a test that kills a node starts it again before it ends. A missing Apache Kafka skips its
 * block with one line, and fails under CI.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { startApacheCluster } from './cluster-apache.ts'
import { startBundledCluster } from './cluster-bundled.ts'
import { type MqRunner, mqRunner } from './mq-run.ts'
import type { EngineKind } from './node.ts'
import { apacheKafkaPeer, describeWith, KAFKA_3_VERSION, KAFKA_VERSION } from './peers.ts'
import { portTaker } from './ports.ts'
import { eventually } from './process.ts'
import { kafkaJs } from './topics.ts'

export interface ClusterOptions {
  /** More lines for every node's server.properties, winning over the defaults. */
  readonly properties?: Record<string, string>
  /** `static` has its controllers in controller.quorum.voters; default: a quorum whose voters can change (KIP-853). */
  readonly quorum?: 'dynamic' | 'static'
  /** Log directories of each node; default 1. */
  readonly logDirs?: number
  /** Feature levels to format with, where the software's own are not wanted. Apache Kafka only. */
  readonly features?: Record<string, number>
}

export interface ClusterPlace {
  readonly ids: readonly number[]
  readonly racks: readonly string[]
  /** Port for clients and port of the controller of each node. */
  readonly clientPorts: readonly number[]
  readonly controllerPorts: readonly number[]
}

/** A running cluster, as an engine gives it. */
export interface StartedCluster {
  readonly clusterId: string
  readonly folder: string
  /** SIGKILL, returns when the process is gone. */
  kill(id: number): Promise<void>
  /** SIGTERM, returns when the process is gone. */
  stop(id: number): Promise<void>
  /** Starts it again after `kill` or `stop`, with its data; returns when it serves clients. */
  start(id: number): Promise<void>
  pid(id: number): number
  logDirs(id: number): readonly string[]
  /** host:port of each controller. */
  readonly controllers: readonly string[]
  /** Ends what runs and removes the data. */
  destroy(): Promise<void>
}

/** What a suite sees of its cluster. Everything but `kind` and `ids` is for hooks and tests. */
export interface TestCluster extends Omit<StartedCluster, 'destroy' | 'controllers'> {
  readonly kind: EngineKind
  readonly ids: readonly number[]
  /** All three nodes, host:port,… */
  readonly bootstrap: string
  /** All three controllers. */
  readonly bootstrapController: string
  address(id: number): string
  /** `mq ARGS…` from the build against the cluster; any exit code is an answer. */
  readonly mq: MqRunner['run']
  readonly json: MqRunner['json']
  readonly failure: MqRunner['failure']
  readonly fill: MqRunner['fill']
  /** MQ_HOME of these commands. */
  readonly home: string
  /** Freezes the process (SIGSTOP), and lets it go on. */
  pause(id: number): void
  resume(id: number): void
  /** Waits until each of `ids` (all) knows them all as serving, with every replica on them in sync. */
  settled(ids?: readonly number[], timeoutMs?: number): Promise<void>
}

const PORTS_PER_CLUSTER = 10
const clusterPorts = portTaker(24_600, 24_979, PORTS_PER_CLUSTER)
const IDS = [1, 2, 3]
const RACKS = ['a', 'b', 'c']

async function startCluster(kind: EngineKind, options: ClusterOptions): Promise<[StartedCluster, ClusterPlace]> {
  const first = await clusterPorts()
  const place = {
    ids: IDS,
    racks: RACKS,
    clientPorts: IDS.map((_, index) => first + index),
    controllerPorts: IDS.map((_, index) => first + IDS.length + index),
  }
  if (kind === 'bundled') return [await startBundledCluster(place, options), place]
  const version = kind === 'apache' ? KAFKA_VERSION : KAFKA_3_VERSION
  return [await startApacheCluster(version, place, options), place]
}

function namedEngines(): EngineKind[] | undefined {
  const named = process.env.MQ_COMPAT_ENGINES?.split(',').map((kind) => kind.trim())
  return named?.filter((kind): kind is EngineKind => ['apache', 'apache-3.9', 'bundled'].includes(kind))
}

/** A describe block for each engine of `kinds` with one cluster that its tests share. `MQ_COMPAT_ENGINES` names others. */
export function describeClusters(
  name: string,
  kinds: readonly EngineKind[],
  body: (cluster: TestCluster) => void,
  options: ClusterOptions = {},
): void {
  const named = namedEngines()
  for (const kind of named === undefined ? kinds : kinds.filter((one) => named.includes(one))) {
    const shared = (): void => {
      let running: StartedCluster | undefined
      let place: ClusterPlace | undefined
      beforeAll(async () => {
        const started = await startCluster(kind, options)
        running = started[0]
        place = started[1]
        await cluster.settled()
      })
      afterAll(async () => {
        await running?.destroy()
      })
      const cluster = testCluster(kind, () => {
        if (running === undefined || place === undefined)
          throw new Error('the cluster is not there yet: ask for it inside a test')
        return { running, place }
      })
      body(cluster)
    }
    const block = `${name}, three ${kind} nodes`
    if (kind === 'bundled') describe(block, shared)
    else describeWith(block, apacheKafkaPeer(kind === 'apache' ? undefined : KAFKA_3_VERSION), shared)
  }
}

function testCluster(kind: EngineKind, here: () => { running: StartedCluster; place: ClusterPlace }): TestCluster {
  const list = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`).join(',')
  const bootstrap = () => list(here().place.clientPorts)
  const address = (id: number) => `127.0.0.1:${here().place.clientPorts[IDS.indexOf(id)]}`
  const runner = mqRunner(() => ({ bootstrap: bootstrap() }))
  return {
    kind,
    ids: IDS,
    get clusterId() {
      return here().running.clusterId
    },
    get folder() {
      return here().running.folder
    },
    get bootstrap() {
      return bootstrap()
    },
    get bootstrapController() {
      return here().running.controllers.join(',')
    },
    address,
    mq: runner.run,
    json: runner.json,
    failure: runner.failure,
    fill: runner.fill,
    home: runner.folder,
    pid: (id) => here().running.pid(id),
    logDirs: (id) => here().running.logDirs(id),
    kill: (id) => here().running.kill(id),
    stop: (id) => here().running.stop(id),
    start: (id) => here().running.start(id),
    pause: (id) => {
      process.kill(here().running.pid(id), 'SIGSTOP')
    },
    resume: (id) => {
      process.kill(here().running.pid(id), 'SIGCONT')
    },
    settled: (ids = IDS, timeoutMs = 60_000) => settled(ids.map(address), ids, timeoutMs),
  }
}

/** Each of the nodes is asked, since a node that has just started may know less than the others. */
async function settled(addresses: readonly string[], ids: readonly number[], timeoutMs: number): Promise<void> {
  await Promise.all(
    addresses.map(async (address) => {
      const admin = kafkaJs(address).admin()
      try {
        await eventually(
          `${address} knows the brokers ${ids.join(', ')}, with every replica in sync`,
          async () => {
            await admin.connect()
            const { brokers } = await admin.describeCluster()
            if (!ids.every((id) => brokers.some(({ nodeId }) => nodeId === id))) return false
            const { topics } = await admin.fetchTopicMetadata()
            return topics.every(({ partitions }) =>
              partitions.every(({ leader, isr, replicas }) => {
                return leader >= 0 && replicas.every((id) => !ids.includes(id) || isr.includes(id))
              }),
            )
          },
          timeoutMs,
        )
      } finally {
        await admin.disconnect()
      }
    }),
  )
}
