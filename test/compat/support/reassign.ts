/** What the suites of `mq reassign` need around it: topics with given replicas, load that is known by heart, and what the cluster has set. */
import { join } from 'node:path'
import type { TestCluster } from './clusters.ts'
import { repositoryRoot } from './peers.ts'
import { eventually, Running } from './process.ts'
import { kafkaJs } from './topics.ts'

/** Creates a topic whose partitions have the replicas `['1,2', …]`. */
export async function createTopicOn(
  cluster: TestCluster,
  name: string,
  replicas: readonly string[],
  configs: Record<string, string> = {},
): Promise<void> {
  const admin = kafkaJs(cluster.bootstrap).admin()
  await admin.connect()
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: name,
          replicaAssignment: replicas.map((ids, partition) => ({ partition, replicas: ids.split(',').map(Number) })),
          configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    })
    const { brokers } = await admin.describeCluster()
    await Promise.all(brokers.map(({ host, port }) => knows(`${host}:${port}`, name, replicas.length)))
  } finally {
    await admin.disconnect()
  }
}

/** Waits until this broker knows the topic with every replica in sync: commands may ask any of them. */
async function knows(address: string, topic: string, partitions: number): Promise<void> {
  const admin = kafkaJs(address).admin()
  try {
    await eventually(`every replica of ${topic} at ${address}`, async () => {
      await admin.connect()
      const found = (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions ?? []
      return found.length === partitions && found.every(({ isr, replicas }) => isr.length === replicas.length)
    })
  } finally {
    await admin.disconnect()
  }
}

/** Replicas of the topic's partitions, in their order. */
export async function replicasOf(cluster: TestCluster, topic: string): Promise<number[][]> {
  const { topics } = await cluster.json(['topics', 'describe', topic])
  return topics[0].partitions.map(({ replicas }: { replicas: number[] }) => replicas)
}

/** `mq ARGS…` that goes on while the test looks at it. */
export function runMq(cluster: TestCluster, args: readonly string[], stdin: 'closed' | 'open' = 'closed'): Running {
  return new Running(process.execPath, [join(repositoryRoot, 'bin', 'run.js'), ...args], {
    env: { MQ_HOME: cluster.home, MQ_BOOTSTRAP_SERVER: cluster.bootstrap },
    ...(stdin === 'closed' ? { input: '' } : {}),
  })
}

/** Waits for what is to be seen while the command runs; one that ends before that is shown. */
export async function seen(running: Running, condition: () => Promise<boolean>): Promise<void> {
  const over = running.ended.then(({ code, stdout, stderr }) => {
    throw new Error(`it ended with ${code} before it was seen: ${condition}\n${stdout}\n${stderr}`)
  })
  over.catch(() => {})
  await Promise.race([eventually(String(condition), condition), over])
}

/** What is set on a broker or a topic itself, throttles only. */
export async function dynamicConfigs(
  cluster: TestCluster,
  entity: { readonly broker: number } | { readonly topic: string },
): Promise<Record<string, string>> {
  const where = 'broker' in entity ? ['--broker', String(entity.broker)] : ['--topic', entity.topic]
  const { configs } = await cluster.json(['config', 'describe', ...where])
  const own = 'broker' in entity ? 'dynamic-broker' : 'topic'
  const set = (configs as { key: string; value: string; source: string }[]).filter(
    ({ key, source }) => source === own && key.includes('throttled'),
  )
  return Object.fromEntries(set.map(({ key, value }) => [key, value]))
}

/**
 * Writes numbered records with acks=all while `work` runs, and at least `bytes` of them; returns the names of those that were
 * acknowledged, which are all. Not with kafkajs: when a leader moves to a broker that has answered its part of a request, that
 * takes the moved partition's records for sent.
 */
export async function writeWhile(
  cluster: TestCluster,
  topic: string,
  work: () => Promise<void>,
  bytes = 0,
): Promise<Set<string>> {
  const producer = runMq(cluster, ['produce', topic, '--acks', 'all', '--key-separator', ':'], 'open')
  const stdin = producer.child.stdin!
  const padding = 'x'.repeat(1000)
  const names = new Set<string>()
  let isOver = false
  let written = 0
  const writing = (async () => {
    for (let round = 0; !isOver || written < bytes; round++) {
      const lines = Array.from({ length: 50 }, (_, index) => `${index}:${round}-${index} ${padding}\n`)
      for (let index = 0; index < 50; index++) names.add(`${round}-${index}`)
      written += lines.length * padding.length
      await new Promise((resolve) => stdin.write(lines.join(''), resolve))
      // Enough to have many batches under way whenever a leader moves, not so much that it takes the machine.
      if (written >= bytes) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    stdin.end()
  })()
  try {
    await work()
  } finally {
    isOver = true
    await writing
  }
  const { code, stderr } = await producer.ended
  if (code !== 0) throw new Error(`the producer ended with ${code}\n${stderr}`)
  return names
}

/** The name of every record in the topic: the first word of its value. */
export async function readAll(cluster: TestCluster, topic: string): Promise<string[]> {
  const args = ['consume', topic, '--from', 'earliest', '--until', 'latest', '--format', '%v\\n']
  const done = await cluster.mq(args, { timeoutMs: 120_000 })
  if (done.code !== 0) throw new Error(done.stderr)
  return done.stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')[0]!]))
}
