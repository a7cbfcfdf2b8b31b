/**
 * Three nodes of one engine, each broker and controller, as processes of their own with the same server.properties: what
 * the cluster parts of the benchmark load, stop, kill and start again. Also the questions that they wait for: does every
 * partition have a leader that answers, and all its replicas in sync.
 */
import { type BrokerNode, ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { BenchNode, type EngineName, freePort } from './engines.ts'
import type { Loaded } from './load.ts'
import { tryProduce } from './start.ts'

export const NODES = 3
const POLL_MS = 50
const GIVE_UP_MS = 420_000
const LATEST = -1
const TOPIC_ALREADY_EXISTS = 36
const POLICY_VIOLATION = 44

/** What asking again does not mend. */
class Refused extends Error {}

export class BenchCluster implements Loaded {
  readonly name: EngineName
  readonly nodes: readonly BenchNode[]

  private constructor(name: EngineName, nodes: readonly BenchNode[]) {
    this.name = name
    this.nodes = nodes
  }

  /** Empty nodes, formatted where the engine wants that, not started. */
  static async create(name: EngineName): Promise<BenchCluster> {
    const ports: { client: number; controller: number }[] = []
    for (let index = 0; index < NODES; index++) ports.push({ client: await freePort(), controller: await freePort() })
    const voters = ports.map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`).join()
    const nodes: BenchNode[] = []
    for (const [index, own] of ports.entries()) {
      const settings = {
        'node.id': String(index + 1),
        'controller.quorum.voters': voters,
        'offsets.topic.replication.factor': String(NODES),
        'transaction.state.log.replication.factor': String(NODES),
      }
      nodes.push(await BenchNode.create(name, { ports: own, settings }))
    }
    return new BenchCluster(name, nodes)
  }

  get bootstrap(): string {
    return this.nodes.map((node) => node.bootstrap).join()
  }

  get folder(): string {
    return this.nodes[0]!.folder
  }

  /** Of the nodes that run. */
  cpuSeconds(): number {
    return this.nodes.reduce((sum, node) => sum + node.cpuSeconds(), 0)
  }

  /** Of the largest node, in MB. */
  residentMb(): { now: number; peak: number } {
    const each = this.nodes.map((node) => node.residentMb())
    return { now: Math.max(...each.map(({ now }) => now)), peak: Math.max(...each.map(({ peak }) => peak)) }
  }

  launch(): void {
    for (const node of this.nodes) node.launch()
  }

  /** Starts all at once; resolves when each answers. */
  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()))
  }

  /** Stops all at once: without a quorum the last ones would wait long for their leave. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop(GIVE_UP_MS)))
  }

  /** Ends everything and removes what was written. */
  async discard(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()))
  }

  /** Makes a topic with three replicas and waits until all are in sync; trying again while the cluster comes up. */
  async createTopic(name: string, numPartitions: number, minInSync = 2): Promise<void> {
    await this.eventually(`${name} is made`, async (client) => {
      const configs = [{ name: 'min.insync.replicas', value: String(minInSync) }]
      const topics = [{ name, numPartitions, replicationFactor: NODES, configs }]
      const answer = await client.request('CreateTopics', { topics, timeoutMs: GIVE_UP_MS }, 'controller')
      const code = answer.topics[0]?.errorCode ?? -1
      if (code === POLICY_VIOLATION) throw new Refused(`${this.name}: ${name}: ${answer.topics[0]?.errorMessage}`)
      if (code !== 0 && code !== TOPIC_ALREADY_EXISTS) throw new Error(`${name}: error ${code}`)
      return true
    })
  }

  async deleteTopic(name: string): Promise<void> {
    await this.eventually(`${name} is deleted`, async (client) => {
      const topics = [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }]
      await client.request('DeleteTopics', { topics, topicNames: [name], timeoutMs: 30_000 }, 'controller')
      return true
    })
  }

  /** Waits until a record for partition 0 is acknowledged by all replicas that must have it. */
  async firstAcknowledged(topic: string): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_MS
    for (;;) {
      for (const { port } of this.nodes) if (await tryProduce(port, topic, -1)) return
      if (performance.now() > giveUpAt) throw new Error(`${this.name}: nothing was acknowledged in ${GIVE_UP_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Waits until every partition has `replicas` replicas in sync, and a leader that gives its end offset. */
  async allAnswer(topic: string, count: number, replicas: number): Promise<void> {
    await this.eventually(`all partitions of ${topic} answer`, async (client) => {
      const { topics } = await client.metadata([topic])
      const partitions = topics[0]?.partitions ?? []
      const ready = partitions.filter(({ leaderId, isrNodes }) => leaderId >= 0 && isrNodes.length >= replicas)
      if (ready.length < count)
        throw new Error(`${ready.length} of ${count} partitions have a leader and their replicas`)
      const byLeader = new Map<BrokerNode['id'], number[]>()
      for (const { leaderId, partitionIndex } of ready) {
        byLeader.set(leaderId, [...(byLeader.get(leaderId) ?? []), partitionIndex])
      }
      for (const [broker, indexes] of byLeader) {
        const asked = indexes.map((partitionIndex) => ({ partitionIndex, timestamp: LATEST }))
        const body = {
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ name: topic, partitions: asked }],
          timeoutMs: 30_000,
        }
        const answer = await client.request('ListOffsets', body, { broker }, { repeat: false })
        const failed = answer.topics[0]?.partitions.filter(({ errorCode }) => errorCode !== 0).length ?? count
        if (failed > 0) throw new Error(`${failed} partitions of node ${broker} do not answer`)
      }
      return true
    })
  }

  /** The node that leads most partitions of the topic. */
  async busiestLeader(topic: string): Promise<BenchNode> {
    const led = this.nodes.map(() => 0)
    await this.eventually('leaders are known', async (client) => {
      const { topics } = await client.metadata([topic])
      for (const { leaderId } of topics[0]!.partitions) led[leaderId - 1] = (led[leaderId - 1] ?? 0) + 1
      return true
    })
    return this.nodes[led.indexOf(Math.max(...led))]!
  }

  /** Repeats with a new connection until `work` answers true; what it throws is told when time is up. */
  private async eventually(what: string, work: (client: ClusterClient) => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_MS
    let last: unknown
    for (;;) {
      try {
        const options = resolveClientOptions({ bootstrapServer: this.bootstrap })
        const client = await ClusterClient.connect({
          ...options,
          apiTimeoutMs: GIVE_UP_MS,
          requestTimeoutMs: GIVE_UP_MS,
        })
        try {
          if (await work(client)) return
        } finally {
          client.close()
        }
      } catch (error) {
        if (error instanceof Refused) throw error
        last = error
      }
      if (performance.now() > giveUpAt) throw new Error(`${this.name}: not in time: ${what}`, { cause: last })
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}
