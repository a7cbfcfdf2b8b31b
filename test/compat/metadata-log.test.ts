/**
 * The metadata log and its snapshots read by Apache Kafka's own tools: DumpLogSegments decodes every record,
 * MetadataQuorumCommand describes the quorum over the broker's and the controller's listener.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { startBundled } from './support/bundled.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { kafkaJs } from './support/topics.ts'

describeWith('the metadata log', apacheKafkaPeer(), () => {
  let broker: Engine

  beforeAll(async () => {
    broker = await startBundled({
      properties: { 'metadata.log.max.record.bytes.between.snapshots': '2000' },
    })
    const admin = kafkaJs(broker.bootstrap).admin()
    await admin.connect()
    for (let index = 0; index < 12; index++) {
      await admin.createTopics({
        topics: [
          {
            topic: `t-${index}`,
            numPartitions: 3,
            configEntries: [{ name: 'retention.ms', value: String(1000 + index) }],
          },
        ],
      })
    }
    await admin.deleteTopics({ topics: ['t-3', 't-4'] })
    await admin.disconnect()
  })
  afterAll(() => broker.stop())

  const status = async (...where: string[]) => {
    const { stdout } = await kafkaToolOk('kafka-metadata-quorum', [...where, 'describe', '--status'])
    return Object.fromEntries([...stdout.matchAll(/^(\w+):\s+(.*)$/gm)].map((match) => [match[1], match[2]]))
  }

  it('is described by kafka-metadata-quorum', async () => {
    const found = await status('--bootstrap-server', broker.bootstrap)
    expect(found).toMatchObject({ LeaderId: '1', LeaderEpoch: '1', MaxFollowerLag: '0', CurrentObservers: '[]' })
    expect(Number(found.HighWatermark)).toBeGreaterThan(20)
    expect(found.CurrentVoters).toContain('"endpoints": ["CONTROLLER://')
    const { stdout } = await kafkaToolOk('kafka-metadata-quorum', [
      '--bootstrap-server',
      broker.bootstrap,
      'describe',
      '--replication',
    ])
    expect(stdout).toMatch(/^1\s+\S+\s+\d+\s+0\s+\d+\s+\d+\s+Leader\s*$/m)
  })

  it('is decoded by DumpLogSegments, snapshots too', async () => {
    await broker.stop({ keep: true })
    const folder = join(broker.dataDir, '__cluster_metadata-0')
    const files = readdirSync(folder).filter((name) => /\.(log|checkpoint)$/.test(name))
    expect(files.filter((name) => name.endsWith('.checkpoint')).length).toBeGreaterThan(1)
    files.push('../bootstrap.checkpoint')
    const { stdout } = await kafkaToolOk('kafka-dump-log', [
      '--cluster-metadata-decoder',
      '--files',
      files.map((name) => join(folder, name)).join(','),
    ])
    expect(stdout).not.toMatch(/isvalid: false|Could not|[Ee]xception|Found invalid|Error/)
    for (const type of [
      'REGISTER_BROKER_RECORD',
      'TOPIC_RECORD',
      'PARTITION_RECORD',
      'CONFIG_RECORD',
      'NO_OP_RECORD',
    ]) {
      expect(stdout).toContain(`"type":"${type}"`)
    }
    for (const record of ['LeaderChange', 'SnapshotHeader', 'SnapshotFooter']) {
      expect(stdout).toContain(record)
    }
    await broker.restart()
    expect(await status('--bootstrap-server', broker.bootstrap)).toMatchObject({ LeaderEpoch: '2' })
  })
})
