/** The state in which the sweep begins, the same on every node: topics with records, groups with offsets, a user, a quota. */
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { Side, topicReady } from '../support/parity.ts'

const FIRST_TIME = 1_700_000_000_000

/** Names of the topics whose ids are known as `@name`. */
export const topicNames = ['news', 'other', 'compacted', 'grown', 'grown2']

/** Appends to partition 0, whose leader may not know of its office yet. */
async function produced(side: Side, name: string, records: Buffer): Promise<void> {
  const topicData = [{ name, partitionData: [{ index: 0, records }] }]
  for (let tries = 0; tries < 600; tries++) {
    const { responses } = await side.ask('Produce', 9, { acks: -1, timeoutMs: 10_000, topicData })
    if (responses[0]!.partitionResponses[0]!.errorCode === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no records in ${name}`)
}

export async function prepare(bootstrap: string): Promise<void> {
  const side = new Side(bootstrap)
  // records of the sweep are old, and must stay
  const configs = [{ name: 'retention.ms', value: '-1' }]
  await side.ask('CreateTopics', 7, {
    topics: topicNames.map((name) => ({
      name,
      numPartitions: name.startsWith('grown') ? 1 : 2,
      replicationFactor: 1,
      configs: name === 'compacted' ? [{ name: 'cleanup.policy', value: 'compact' }] : configs,
    })),
    timeoutMs: 10_000,
  })
  await topicReady(side, ...topicNames)
  for (const name of ['news', 'other', 'compacted']) {
    const records = [0, 1, 2, 3, 4, 5].map((index) => ({
      timestamp: FIRST_TIME + index * 100,
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`v${index}`),
    }))
    await produced(side, name, encodeBatch({}, records))
  }
  // the topic of offsets, the coordinator and the first block of producer ids are made when they are asked for
  const ready: (() => Promise<boolean>)[] = [
    async () => (await side.ask('FindCoordinator', 0, { key: 'grp' })).errorCode === 0,
    async () =>
      (await side.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 })).errorCode === 0,
  ]
  for (const isReady of ready) {
    for (let tries = 0; tries < 600 && !(await isReady()); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }
  for (const groupId of ['grp', 'other-grp']) {
    const partitions = [{ partitionIndex: 0, committedOffset: 3, committedMetadata: 'note' }]
    await side.askGroup('OffsetCommit', 8, {
      groupId,
      generationIdOrMemberEpoch: -1,
      topics: [{ name: 'news', partitions }],
    })
  }
  // every coordinator partition is loaded
  for (const groupId of ['empty', 'missing', 'late', 'later', ...'abcdefgh']) {
    await side.askGroup('OffsetFetch', 7, { groupId, topics: null })
  }
  const salt = Buffer.from('salt')
  await side.ask('AlterUserScramCredentials', 0, {
    upsertions: [{ name: 'ann', mechanism: 1, iterations: 4096, salt, saltedPassword: Buffer.from('p') }],
  })
  const user = [{ entityType: 'user', entityName: 'ann' }]
  await side.ask('AlterClientQuotas', 1, {
    entries: [
      { entity: user, ops: [{ key: 'producer_byte_rate', value: 1024 }] },
      {
        entity: [...user, { entityType: 'client-id', entityName: 'app' }],
        ops: [{ key: 'request_percentage', value: 50 }],
      },
      { entity: [{ entityType: 'ip', entityName: null }], ops: [{ key: 'connection_creation_rate', value: 10 }] },
    ],
  })
  await side.applied()
  side.close()
}
