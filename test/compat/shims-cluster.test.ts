/**
 * The stand-ins for Kafka's admin tools beside the originals on three nodes: reassignments with throttles and log directories,
 * elections, placements, brokers' settings, and all of it while a node is stopped. See shims/cluster-lines.ts.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { afterwards, inTurn, together, withoutOne } from './shims/cluster-lines.ts'
import { outcome, outcomes, PREFIX, type Side, sameLines } from './shims/compare.ts'
import type { Tool } from './support/apache-kafka.ts'
import { describeClusters, type TestCluster } from './support/clusters.ts'
import type { EngineKind } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { createTopicOn, dynamicConfigs } from './support/reassign.ts'
import { kafkaJs } from './support/topics.ts'
import { ToolRunner } from './support/tool-runner.ts'

/** Fetches are so small that a throttle of some bytes a second holds these for minutes. */
const BATCHES = 150
const BATCH = Array.from({ length: 10 }, () => ({ value: 'x'.repeat(1000) }))
const PROPERTIES = { 'replica.fetch.max.bytes': '20000' }

/** Three clusters take minutes: that of the older release is there when MQ_COMPAT_ENGINES names it. */
const KINDS: readonly EngineKind[] =
  process.env.MQ_COMPAT_ENGINES === undefined ? ['apache', 'bundled'] : ['apache', 'apache-3.9', 'bundled']

const CHANGES = /--(create|alter|delete|execute|cancel|election-type)|(add|remove)-controller/

/** Takes out what no two looks at a cluster share, beside what compare.ts takes out. */
function plain(tool: string, line: string, text: string): string {
  const sorted = (separator: string) => (_: string, head: string, list: string) =>
    `${head}${list.split(separator).sort().join(separator)}`
  let rest = text
    .replace(/TopicId: \S+/g, 'TopicId: ID')
    .replace(/Epoch: \d+$/gm, 'Epoch: N')
    // plans are random
    .replace(/(?<=^Proposed partition reassignment configuration\n)(.*)/m, (json) =>
      json.replace(/"replicas":\[([\d,]+)\]/g, (_, ids: string) => `${ids.split(',').length} replicas`),
    )
  if (line.includes('@')) {
    // names that differ by their prefix come out of Java's maps in another order, and lie in directories of their own
    rest = rest
      .replace(/"log_dirs":\[[^\]]*\]/g, '"log_dirs":[]')
      .replace(/(for partitions )(.*)$/gm, sorted(', '))
      .replace(/(on topics )(.*)$/gm, sorted(','))
      .replace(/()((?:Successfully started moving .*\n)+)/g, sorted('\n'))
  }
  if (tool === 'kafka-broker-api-versions')
    return rest
      .split(/(?<=^\)\n|^-- stdout\n)/m)
      .sort()
      .join('')
  if (tool !== 'kafka-metadata-quorum') return rest
  return rest
    .replace(/(LeaderEpoch|HighWatermark|MaxFollowerLag|MaxFollowerLagTimeMs): +-?\d+/g, '$1: N')
    .replace(/^(\d+) *\t(\S+)\t.*(Leader|Follower|Observer)\s*$/gm, '$1 $2 $3')
}

function wordsIn(cluster: TestCluster, line: string): { tool: Tool; rest: string } {
  const [, tool, rest] = /^(\S+) ?(.*)$/.exec(line)!
  const directories = cluster.logDirs(1)
  return { tool: tool as Tool, rest: rest!.replace(/\{dir:(\d)\}/g, (_, at: string) => directories[Number(at)]!) }
}

describeWith('Kafka tools and their stand-ins', apacheKafkaPeer(), (home) => {
  describeClusters(
    'say the same of a cluster',
    KINDS,
    (cluster) => {
      let runner: ToolRunner
      beforeAll(() => {
        runner = new ToolRunner(home)
      })
      afterAll(() => runner?.stop())
      const place = () => ({ bootstrap: cluster.bootstrap, folder: cluster.folder })

      const beside = (lines: readonly string[]) => {
        for (const [at, line] of lines.entries()) {
          it(`${at + 1}. ${line}`, async () => {
            const { tool, rest } = wordsIn(cluster, line)
            const compare = async () => {
              const said = await outcomes(runner, tool, rest, place())
              const [theirs, ours] = [plain(tool, line, said.theirs), plain(tool, line, said.ours)]
              if (!line.includes('@') || !sameLines(theirs, ours)) expect(ours).toBe(theirs)
            }
            // Of what was changed just now one broker may know less than the other that is asked.
            if (CHANGES.test(line)) await compare()
            else await vi.waitFor(compare, { timeout: 15_000, interval: 500 })
          })
        }
      }

      /** All lines through one side; what it said, by the number of the line. */
      const story = async (side: Side, lines: readonly string[]): Promise<string[]> => {
        const told: string[] = []
        for (const [at, line] of lines.entries()) {
          const waiting = /^until (.*)$/.exec(line)?.[1]
          if (waiting === undefined) {
            const { tool, rest } = wordsIn(cluster, line)
            told.push(`${at + 1}. ${line}\n${plain(tool, line, await outcome(side, runner, tool, rest, place()))}`)
            if (/--execute|--cancel/.test(line)) await agree(cluster, `${PREFIX[side]}moved`)
            const rate = /--throttle (\d+)/.exec(line)?.[1]
            if (rate !== undefined || /--cancel --reass/.test(line)) await agreeOnThrottle(cluster, rate)
          } else if (waiting === 'reassigned') {
            await eventually('nothing is reassigned', () => isCalm(cluster))
            await agree(cluster, `${PREFIX[side]}moved`)
          } else {
            const places = () => cluster.json(['logdirs', '--topic', `${PREFIX[side]}moved`])
            await eventually('nothing moves', async () => !JSON.stringify(await places()).includes('"future":true'))
          }
        }
        return told
      }

      describe('while all nodes run', () => {
        beside(together)
      })

      describe('in turn', () => {
        it('reassigns', async () => {
          const told: Record<Side, string[]> = { theirs: [], ours: [] }
          for (const side of ['theirs', 'ours'] as const) {
            await createTopicOn(cluster, `${PREFIX[side]}moved`, ['1,2', '2,1'])
            await fill(cluster, `${PREFIX[side]}moved`)
            told[side] = await story(side, inTurn)
          }
          expect(told.ours).toEqual(told.theirs)
        })

        it('changes the voters', async () => {
          const { leader, voters } = await cluster.json(['cluster', 'quorum'])
          const voter = voters.find(({ id }: { id: number }) => id !== leader)
          const settings = settingsOf(cluster, voter.id)
          const remove = `--controller-id ${voter.id} --controller-directory-id ${voter.directoryId}`
          const lines = [
            `kafka-metadata-quorum remove-controller ${remove} --dry-run`,
            `kafka-metadata-quorum remove-controller ${remove}`,
            `kafka-metadata-quorum remove-controller ${remove}`,
            `kafka-metadata-quorum --command-config ${settings} add-controller --dry-run`,
            `kafka-metadata-quorum --command-config ${settings} add-controller`,
            `kafka-metadata-quorum --command-config ${settings} add-controller`,
          ]
          const theirs = await story('theirs', lines)
          expect(await story('ours', lines)).toEqual(theirs)
        })
      })

      describe('while node 3 is stopped', () => {
        beforeAll(async () => {
          await cluster.stop(3)
          await Promise.all([1, 2].map((id) => knowsItGone(cluster, cluster.address(id))))
        })
        beside(withoutOne)
      })

      describe('when it is back', () => {
        beforeAll(async () => {
          await cluster.start(3)
          await cluster.settled()
        })
        beside(afterwards)
      })
    },
    { properties: PROPERTIES, logDirs: 2 },
  )
})

function settingsOf(cluster: TestCluster, id: number): string {
  const nodes = cluster.kind === 'bundled' ? join(cluster.folder, 'clusters', 'local') : cluster.folder
  return join(nodes, `node-${id}`, 'server.properties')
}

async function reassigning(cluster: TestCluster) {
  const admin = kafkaJs(cluster.bootstrap).admin()
  await admin.connect()
  try {
    const { topics } = await admin.listPartitionReassignments({})
    // kafkajs's types have another name for it
    return topics.flatMap(({ partitions }) => partitions as unknown as { partition: number; replicas: number[] }[])
  } finally {
    await admin.disconnect()
  }
}

const isCalm = async (cluster: TestCluster) => (await reassigning(cluster)).length === 0

/** Waits until each broker has heard from the controller where the replicas of a topic are, two for each partition that stays. */
async function agree(cluster: TestCluster, topic: string): Promise<void> {
  for (const id of cluster.ids) {
    const admin = kafkaJs(cluster.address(id)).admin()
    await admin.connect()
    try {
      await eventually(`broker ${id} knows the replicas of ${topic}`, async () => {
        const moving = new Map((await reassigning(cluster)).map((one) => [one.partition, one.replicas.join()]))
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        return topics[0]!.partitions.every(({ partitionId, replicas }) => {
          const known = moving.get(partitionId)
          return known === undefined ? replicas.length === 2 : known === replicas.join()
        })
      })
    } finally {
      await admin.disconnect()
    }
  }
}

async function agreeOnThrottle(cluster: TestCluster, rate: string | undefined): Promise<void> {
  for (const broker of cluster.ids) {
    await eventually(`broker ${broker} has heard of the throttle`, async () => {
      return (await dynamicConfigs(cluster, { broker }))['leader.replication.throttled.rate'] === rate
    })
  }
}

async function fill(cluster: TestCluster, topic: string): Promise<void> {
  const producer = kafkaJs(cluster.bootstrap).producer()
  await producer.connect()
  try {
    for (let at = 0; at < BATCHES; at++) {
      const topicMessages = [0, 1].map((partition) => ({
        topic,
        messages: BATCH.map((message) => ({ ...message, partition })),
      }))
      await producer.sendBatch({ topicMessages })
    }
  } finally {
    await producer.disconnect()
  }
}

/**
 * Waits until this broker has no broker 3 among those that serve, and no replica of it in sync. Not with kafkajs, which cannot look
 * at any topic while one has no leader.
 */
async function knowsItGone(cluster: TestCluster, address: string): Promise<void> {
  const ask = (...args: string[]) => cluster.json(args, 0, { env: { MQ_BOOTSTRAP_SERVER: address } })
  const names = Object.values(PREFIX).flatMap((prefix) => [`${prefix}spread`, `${prefix}two`])
  await eventually(`${address} knows that broker 3 is gone`, async () => {
    const { brokers } = await ask('cluster', 'info')
    if (brokers.some(({ id, fenced }: { id: number; fenced: boolean }) => id === 3 && !fenced)) return false
    const { topics } = await ask('topics', 'describe', ...names)
    return topics.every(({ partitions }: { partitions: { isr: number[] }[] }) =>
      partitions.every(({ isr }) => !isr.includes(3)),
    )
  })
}
