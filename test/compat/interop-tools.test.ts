/**
 * Kafka's own tools against three bundled nodes: the quorum from static voters to dynamic ones, features, the cluster, leaders,
 * reassignments; and against what the nodes leave on disk, the metadata log and its snapshots.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MixedCluster } from './support/mixed-cluster.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

const IDS = [1, 2, 3]

describeWith("Kafka's tools against three bundled nodes", apacheKafkaPeer(), () => {
  let cluster: MixedCluster
  const at = () => ['--bootstrap-server', cluster.bootstrap()]
  const atControllers = () => ['--bootstrap-controller', cluster.bootstrapController()]
  const status = async (...where: string[]) => {
    const text = await cluster.toolOk('kafka-metadata-quorum', ...where, 'describe', '--status')
    return Object.fromEntries([...text.matchAll(/^(\w+):\s+(.*)$/gm)].map((match) => [match[1]!, match[2]!]))
  }
  const voters = (said: Record<string, string>) =>
    JSON.parse(said.CurrentVoters!) as { id: number; directoryId: string; endpoints: string[] }[]

  beforeAll(async () => {
    const nodes = IDS.map((id) => ({ id, engine: 'bundled', roles: 'broker,controller' }) as const)
    const snapshots = { 'metadata.log.max.record.bytes.between.snapshots': '4000' }
    cluster = await MixedCluster.create(nodes, snapshots, 'static')
    await cluster.startAll(...IDS)
  })
  afterAll(() => cluster.destroy())

  it('kafka-features makes static voters dynamic', async () => {
    expect(voters(await status(...at())).map(({ directoryId }) => directoryId)).toEqual(IDS.map(() => undefined))
    await cluster.until('kraft.version is raised', async () => {
      const raise = [...at(), 'upgrade', '--feature', 'kraft.version=1']
      return (await cluster.tool('kafka-features', ...raise)).code === 0
    })
    const text = await cluster.toolOk('kafka-features', ...at(), 'describe')
    expect(text).toMatch(/kraft\.version.*FinalizedVersionLevel: 1/)
    const said = voters(await status(...atControllers()))
    expect(said.map(({ id }) => id)).toEqual(IDS)
    expect(new Set(said.map(({ directoryId }) => directoryId)).size).toBe(3)
    expect(said.every(({ endpoints }) => endpoints[0]!.startsWith('CONTROLLER://127.0.0.1:'))).toBe(true)
  })

  it('kafka-metadata-quorum takes a controller out, and in again', async () => {
    const before = await status(...atControllers())
    const other = voters(before).find(({ id }) => id !== Number(before.LeaderId))!
    const named = ['--controller-id', String(other.id), '--controller-directory-id', other.directoryId]
    await cluster.toolOk('kafka-metadata-quorum', ...atControllers(), 'remove-controller', ...named)
    expect(voters(await status(...at())).map(({ id }) => id)).not.toContain(other.id)
    const settings = ['--command-config', cluster.node(other.id).propertiesFile]
    await cluster.toolOk('kafka-metadata-quorum', ...settings, ...atControllers(), 'add-controller')
    expect(voters(await status(...at())).map(({ id }) => id)).toContain(other.id)
    const text = await cluster.toolOk('kafka-metadata-quorum', ...at(), 'describe', '--replication')
    expect([...text.matchAll(/\s(Leader|Follower|Observer)\s*$/gm)].map((match) => match[1]).sort()).toEqual([
      'Follower',
      'Follower',
      'Leader',
    ])
  })

  it('kafka-cluster tells the id and the endpoints', async () => {
    expect(await cluster.toolOk('kafka-cluster', 'cluster-id', ...at())).toContain(cluster.clusterId)
    const listed = await cluster.toolOk('kafka-cluster', 'list-endpoints', ...atControllers())
    expect(listed.match(/controller/g)).toHaveLength(3)
  })

  it('kafka-reassign-partitions moves replicas, kafka-leader-election brings leaders home', async () => {
    await cluster.toolOk('kafka-topics', ...at(), '--create', '--topic', 't', '--replica-assignment', '1:2,2:3')
    const file = join(cluster.folder, 'plan.json')
    const partitions = [
      { topic: 't', partition: 0, replicas: [3, 1] },
      { topic: 't', partition: 1, replicas: [1, 2] },
    ]
    writeFileSync(file, JSON.stringify({ version: 1, partitions }))
    const plan = ['--reassignment-json-file', file]
    const started = await cluster.toolOk('kafka-reassign-partitions', ...at(), ...plan, '--execute')
    expect(started).toContain('Successfully started partition reassignments for t-0,t-1')
    await cluster.until('the replicas have moved', async () => {
      const said = await cluster.toolOk('kafka-reassign-partitions', ...at(), ...plan, '--verify')
      return (said.match(/is completed/g) ?? []).length === 2
    })
    const elected = await cluster.tool(
      'kafka-leader-election',
      ...at(),
      '--election-type',
      'preferred',
      '--all-topic-partitions',
    )
    expect(elected.code, elected.stderr).toBe(0)
    await cluster.until('the leaders are home', async () => {
      const described = await cluster.toolOk('kafka-topics', ...at(), '--describe', '--topic', 't')
      const found = [...described.matchAll(/Leader: (\d)\s+Replicas: (\S+)/g)].map((match) =>
        match.slice(1).join(' of '),
      )
      return found.join() === '3 of 3,1,1 of 1,2'
    })
  })

  it('kafka-dump-log and kafka-metadata-shell read the metadata log and its snapshots', async () => {
    const folder = join(cluster.node(1).dataDir, '__cluster_metadata-0')
    const snapshot = readdirSync(folder)
      .filter((name) => name.endsWith('.checkpoint'))
      .sort()
      .at(-1)!
    expect(Number(snapshot.slice(0, 20))).toBeGreaterThan(0)
    const decode = (name: string) =>
      cluster.toolOk('kafka-dump-log', '--cluster-metadata-decoder', '--files', join(folder, name))
    const log = await decode('00000000000000000000.log')
    for (const kind of ['LeaderChange', 'KRaftVersion', 'KRaftVoters', 'TOPIC_RECORD', 'PARTITION_CHANGE_RECORD']) {
      expect(log.includes(kind), kind).toBe(true)
    }
    expect(log).not.toMatch(/isvalid: false|Error|Could not/)
    expect(await decode(snapshot)).toMatch(/SnapshotHeader[\s\S]*SnapshotFooter/)
    const show = (...command: string[]) =>
      cluster.toolOk('kafka-metadata-shell', '--snapshot', join(folder, snapshot), ...command)
    expect((await show('ls', '/image')).split(/\s+/)).toEqual(expect.arrayContaining(['cluster', 'features', 'topics']))
    expect((await show('ls', '/image/cluster')).trim()).not.toBe('')
  })
})
