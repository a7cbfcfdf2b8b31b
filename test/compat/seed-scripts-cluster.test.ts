/**
 * The scripts of the users' documents that mean a cluster, on three brokers: mq's stand-ins on bundled ones, Kafka 4.3.1's own tools
 * on Apache Kafka. What is expected stands in seed-scripts/commands.json (`threeBrokers`). Last, one broker is gone.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { check } from './seed-scripts/check.ts'
import { seedCommands } from './seed-scripts/entries.ts'
import { runEntry } from './seed-scripts/run-entry.ts'
import { Sandbox } from './seed-scripts/sandbox.ts'
import { javaWay, type OpenWay, shimWay } from './seed-scripts/tool-ways.ts'
import { describeClusters } from './support/clusters.ts'
import { kafkaHome } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { kafkaJs } from './support/topics.ts'

const { addresses, entries } = seedCommands()
const HEALTH_CHECK = 'topic-health-check.sh'
const THREE_REPLICAS = 'orders'

describeClusters('The scripts of the documents', ['bundled', 'apache'], (cluster) => {
  let way: OpenWay
  let sandbox: Sandbox
  beforeAll(async () => {
    way = await (cluster.kind === 'apache' ? javaWay(kafkaHome()!) : shimWay())
    sandbox = new Sandbox(cluster.bootstrap, addresses, way)
    const admin = kafkaJs(cluster.bootstrap).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: THREE_REPLICAS, numPartitions: 6, replicationFactor: 3 }] })
    await admin.disconnect()
  })
  afterAll(async () => {
    sandbox?.remove()
    await way?.close()
  })

  for (const entry of entries)
    if (entry.threeBrokers !== undefined)
      it(`${entry.at[0]} ${entry.script ?? entry.command}`, async () => {
        check(await runEntry(sandbox, cluster.bootstrap, entry), entry.threeBrokers!, cluster.kind)
      })

  it(`${HEALTH_CHECK} with a broker gone`, async () => {
    const { exit: _exit, ...entry } = entries.find(({ script }) => script === HEALTH_CHECK)!
    await cluster.kill(3)
    const admin = kafkaJs(cluster.address(1)).admin()
    await admin.connect()
    await eventually('no replica on broker 3 is in sync', async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [THREE_REPLICAS] })
      return topics[0]?.partitions.every(({ isr, leader }) => leader !== 3 && !isr.includes(3))
    })
    await admin.disconnect()
    const ran = await runEntry(sandbox, cluster.bootstrap, { ...entry, exit: 0 })
    const section = (title: string) => ran.stdout.split(`--- ${title} ---\n`)[1]?.split('\n---')[0] ?? ''
    const named = (text: string) => text.split('\n').filter((line) => line.includes(`Topic: ${THREE_REPLICAS}\t`))
    expect(named(section('Partitions sous-répliquées')), ran.stdout).toHaveLength(6)
    expect(named(section('Topics avec ISR < replication.factor')), ran.stdout).toHaveLength(6)
    expect(section('Partitions hors ligne').trim(), ran.stdout).toBe('')
    expect(section('Distribution des leaders par broker'), ran.stdout).not.toMatch(/ 3$/m)
    await cluster.start(3)
  })
})
