/** What `topics` and `cluster info` say while replicas are missing, being added or without a leader: Kafka's own counts. */
import { afterEach, describe, expect, it } from 'vitest'
import ClusterInfo from '../../../src/commands/cluster/info.ts'
import TopicsDescribe from '../../../src/commands/topics/describe.ts'
import TopicsList from '../../../src/commands/topics/list.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
afterEach(() => cluster.close())

/** moving-0 goes from broker 1 to 2 and 3, of which 2 has caught up; short-0 misses a replica; headless-0 its leader. */
async function start(): Promise<void> {
  cluster = await startCluster(
    {
      topics: {
        moving: topic([{ start: 0, end: 9, replicas: [2, 3, 1], isr: [1, 2] }]),
        short: topic([{ start: 0, end: 9, replicas: [1, 2], isr: [1] }]),
        headless: topic([{ start: 0, end: 9, leader: -1, replicas: [1], isr: [1] }]),
        well: topic([{ start: 0, end: 9, replicas: [1], isr: [1] }]),
        __consumer_offsets: topic([{ start: 0, end: 1, replicas: [1, 2], isr: [1] }], {
          internal: true,
          configs: { 'cleanup.policy': 'compact' },
        }),
      },
    },
    {
      ListPartitionReassignments: () => ({
        topics: [
          {
            name: 'moving',
            partitions: [{ partitionIndex: 0, replicas: [2, 3, 1], addingReplicas: [2, 3], removingReplicas: [1] }],
          },
        ],
      }),
    },
  )
}
const at = () => ['-b', cluster.address]
const names = async (...flags: string[]) => {
  const ran = await runCommand(TopicsDescribe, ...flags, '--json', ...at())
  return (ran.json as { topics: { name: string }[] }).topics.map((row) => row.name)
}

describe('health in the words of kafka-topics', () => {
  it('under-replicated leaves out replicas that are only being added, and looks at internal topics', async () => {
    await start()
    expect(await names('--under-replicated')).toEqual(['__consumer_offsets', 'short'])
  })

  it('under-min-isr and unavailable have the partitions without a leader', async () => {
    await start()
    expect(await names('--under-min-isr')).toEqual(['headless'])
    expect(await names('--unavailable')).toEqual(['headless'])
  })

  it('at-min-isr is exactly the minimum, with a leader or without', async () => {
    await start()
    expect(await names('--at-min-isr')).toEqual(['__consumer_offsets', 'headless', 'short', 'well'])
  })

  it('only a filter for health brings internal topics that nobody asked for', async () => {
    await start()
    expect(await names('--overrides')).toEqual([])
    expect(await names()).toEqual(['headless', 'moving', 'short', 'well'])
    expect(await names('--internal')).toContain('__consumer_offsets')
  })
})

describe('while a reassignment runs', () => {
  it('the replication factor is without the replicas that are added, everywhere', async () => {
    await start()
    const text = await runCommand(TopicsDescribe, 'moving', ...at())
    expect(text.stdout).toContain('moving  partitions: 1  replication factor: 1  id')
    expect(text.stdout).toMatch(/REPLICAS +ISR +ADDING +REMOVING/)
    expect(text.stdout).toMatch(/2,3,1 +1,2 +2,3 +1 /)
    const ran = await runCommand(TopicsDescribe, 'moving', '--json', ...at())
    expect(ran.json).toMatchObject({
      topics: [{ partitions: [{ replicas: [2, 3, 1], isr: [1, 2], adding: [2, 3], removing: [1] }] }],
    })
    const listed = await runCommand(TopicsList, '--json', ...at())
    expect((listed.json as { topics: object[] }).topics).toMatchObject([
      { name: 'headless', replicationFactor: 1 },
      { name: 'moving', replicationFactor: 1 },
      { name: 'short', replicationFactor: 2 },
      { name: 'well', replicationFactor: 1 },
    ])
  })

  it('cluster info counts what is missing in the same way', async () => {
    await start()
    const ran = await runCommand(ClusterInfo, '--json', ...at())
    expect(ran.json).toMatchObject({ offlinePartitions: 1, underReplicatedPartitions: 2 })
  })
})

describe('which topics', () => {
  it('names and a pattern together', async () => {
    await start()
    expect(await names('well', '--regex', 's.*')).toEqual(['short', 'well'])
    expect(await names('well', 'well', '--regex', 'well')).toEqual(['well'])
  })

  it('a name is never a pattern, and an id leads to its name', async () => {
    await start()
    cluster.topics.set('a.b', { ...topic([{ start: 0, end: 0 }]), id: 'AAAAAAAAAAAAAAAAAAAABQ' })
    cluster.topics.set('axb', topic([{ start: 0, end: 0 }]))
    expect(await names('a.b')).toEqual(['a.b'])
    expect((await runCommand(TopicsDescribe, 'a.*', ...at())).exitCode).toBe(1)
    const ran = await runCommand(TopicsDescribe, 'AAAAAAAAAAAAAAAAAAAABQ', ...at())
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('hint: that is the id of a.b: topics go by name')
  })
})
