/** What clients see of a node's logs, groups and settings: two nodes on one directory must show the same. */
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { described, fetched, sortTopics } from '../support/group-steps.ts'
import { type Side, topicReady } from '../support/parity.ts'

/** Sources of settings that somebody made at run time: of topics, one broker, all brokers, client metrics. */
const DYNAMIC_SOURCES = [1, 2, 3, 7]

/** One partition: its bounds, what times lead to, and every batch as the node hands it out. */
async function viewOfLog(side: Side, topic: string, partition: number, times: readonly number[]) {
  const offsetAt = async (timestamp: number) => {
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }]
    const answer = await side.ask('ListOffsets', 7, { replicaId: -1, topics })
    const { errorCode, offset, timestamp: found } = answer.topics[0]!.partitions[0]!
    return [errorCode, offset, found]
  }
  const bounds = await Promise.all([-2, -1, -3, ...times].map(offsetAt))
  return { bounds, batches: await batchesOf(side, topic, partition, bounds[0]![1]!, bounds[1]![1]!) }
}

/** A line for each batch; its checksum stands for its content. */
export async function batchesOf(side: Side, topic: string, partition: number, from: number, to: number) {
  const lines: string[] = []
  for (let next = from; next < to; ) {
    const fetch = { partition, fetchOffset: next, partitionMaxBytes: 4_000_000 }
    const topics = [{ topic, partitions: [fetch] }]
    const { responses } = await side.ask('Fetch', 12, { maxWaitMs: 100, minBytes: 1, topics })
    const { records, errorCode } = responses[0]!.partitions[0]!
    if (errorCode !== 0) throw new Error(`fetch of ${topic}-${partition} at ${next}: error ${errorCode}`)
    const before = next
    for (const { header } of eachBatch(records ?? Buffer.alloc(0))) {
      const { baseOffset, lastOffset, recordCount, compression, producerId, crc, partitionLeaderEpoch } = header
      lines.push(
        `${baseOffset}-${lastOffset} ${recordCount} ${compression} ${producerId} ${partitionLeaderEpoch} ${crc}`,
      )
      next = Math.max(next, lastOffset + 1)
    }
    // Compaction took the rest.
    if (next === before) break
  }
  return lines
}

async function configsOf(side: Side, resourceType: number, resourceName: string) {
  const resources = [{ resourceType, resourceName, configurationKeys: null }]
  const { results } = await side.ask('DescribeConfigs', 4, { resources })
  return results[0]!.configs
    .filter(({ configSource }) => DYNAMIC_SOURCES.includes(configSource))
    .map(({ name, value, configSource }) => `${resourceName} ${name}=${value} (${configSource})`)
    .sort()
}

async function producersOf(side: Side, topic: string) {
  const { topics } = await side.ask('DescribeProducers', 0, { topics: [{ name: topic, partitionIndexes: [0] }] })
  return topics[0]!.partitions[0]!.activeProducers
}

/** Everything, once the node leads the partitions `logs`. */
export async function viewOf(side: Side, logs: Readonly<Record<string, number>>, times: readonly number[]) {
  const names = Object.keys(logs)
  await topicReady(side, ...names)
  const { topics } = await side.ask('Metadata', 12, { topics: null })
  const views: Record<string, unknown> = {}
  for (const [name, partitions] of Object.entries(logs)) {
    for (let index = 0; index < partitions; index++) {
      views[`${name}-${index}`] = await viewOfLog(side, name, index, times)
    }
    views[`producers of ${name}`] = await producersOf(side, name)
  }
  const group = await described(side, 'keeper')
  if (group.groupState !== 'Stable') throw new Error(`the group is ${group.groupState}`)
  const quotas = await side.ask('DescribeClientQuotas', 1, { components: [], strict: false })
  const scram = await side.ask('DescribeUserScramCredentials', 0, { users: null })
  return {
    ...views,
    topics: topics.map(({ name, topicId, partitions }) => `${name} ${topicId} ${partitions.length}`).sort(),
    settings: [
      ...(await Promise.all(names.map((name) => configsOf(side, 2, name)))),
      await configsOf(side, 4, ''),
      await configsOf(side, 4, '1'),
      await configsOf(side, 16, 'sub'),
    ],
    quotas: quotas.entries?.map(({ entity, values }) => JSON.stringify([sortTopics(entity), values])).sort(),
    scram: scram.results.map(({ user, credentialInfos }) => [
      user,
      credentialInfos.map((each) => JSON.stringify(each)).sort(),
    ]),
    group,
    offsets: await fetched(side, 'reader'),
  }
}
