/** Runs the entries of commands.json in a sandbox: what they need is made first, through kafkajs, so that no tool depends on another. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs'
import { eventually } from '../support/process.ts'
import { RawClient } from '../support/raw-client.ts'
import { createTopic, kafkaJs } from '../support/topics.ts'
import { type Entry, type SetUp, seedFolder, type Variant } from './entries.ts'
import { leadersServe } from './leaders.ts'
import type { Command, Ran, Sandbox } from './sandbox.ts'

const EVERY_ACL = {
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
}

/** Makes what is not there yet. */
export async function makeReady(bootstrap: string, setUp: SetUp = {}): Promise<void> {
  const client = kafkaJs(bootstrap)
  const admin = client.admin()
  const producer = client.producer()
  await admin.connect()
  await producer.connect()
  try {
    if (setUp.noAcls) await admin.deleteAcls({ filters: [EVERY_ACL] })
    const there = await admin.listTopics()
    const surplus = (setUp.absent ?? []).filter((topic) => there.includes(topic))
    if (surplus.length > 0) {
      await admin.deleteTopics({ topics: surplus })
      await eventually(`${surplus} gone`, async () => {
        const left = await admin.listTopics()
        return !surplus.some((topic) => left.includes(topic))
      })
    }
    for (const [topic, partitions] of Object.entries(setUp.topics ?? {}))
      if (!there.includes(topic)) await createTopic(bootstrap, topic, partitions)
    for (const [topic, count] of Object.entries(setUp.records ?? {}))
      for (const { partition, high } of await leadersServe(bootstrap, topic)) {
        const missing = Math.max(0, count - Number(high))
        const messages = Array.from({ length: missing }, (_, at) => ({ partition, value: `record ${at}` }))
        if (missing > 0) await producer.send({ topic, messages })
      }
    for (const [groupId, topics] of Object.entries(setUp.groups ?? {}))
      for (const [topic, offsets] of Object.entries(topics)) await commit(bootstrap, groupId, topic, offsets)
  } finally {
    await producer.disconnect()
    await admin.disconnect()
  }
}

/** Commits for a group without members, as tools do that set offsets. */
async function commit(bootstrap: string, groupId: string, topic: string, offsets: readonly number[]): Promise<void> {
  const client = await RawClient.open(bootstrap)
  try {
    const partitions = offsets.map((offset, partitionIndex) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    }))
    await eventually(`${groupId} has committed`, async () => {
      // the first question for a coordinator makes the topic of the commits
      await client.request('FindCoordinator', 4, { key: '', keyType: 0, coordinatorKeys: [groupId] })
      const answer = await client.request('OffsetCommit', 8, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        groupInstanceId: null,
        topics: [{ name: topic, partitions }],
      })
      return answer.topics.every((one) => one.partitions.every(({ errorCode }) => errorCode === 0))
    })
  } finally {
    client.close()
  }
}

/** The text to run, with `edits` made in it; each of them must have something to change. */
function edited(text: string, edits: readonly (readonly [string, string])[], where: string): string {
  let result = text
  for (const [from, to] of edits) {
    if (!result.includes(from)) throw new Error(`${from} is not in ${where}`)
    result = result.replaceAll(from, to)
  }
  return result
}

function textOf(entry: Entry): string {
  const text = entry.command ?? readFileSync(join(seedFolder, 'scripts', entry.script!), 'utf8')
  return edited(text, entry.shorter ?? [], entry.at[0]!)
}

function commandOf(entry: Entry, text: string): Command {
  return { ...entry, text, files: entry.setUp?.files ?? {} }
}

/** Runs the command of an entry. */
export async function runEntry(sandbox: Sandbox, bootstrap: string, entry: Entry): Promise<Ran> {
  await makeReady(bootstrap, entry.setUp)
  const { endless } = entry
  if (endless === undefined) return sandbox.run(commandOf(entry, textOf(entry)))
  const producer = kafkaJs(bootstrap).producer()
  await producer.connect()
  try {
    const { topic, record } = endless
    const feed = async (): Promise<void> => {
      if (topic !== undefined) await producer.send({ topic, messages: [{ value: record }] })
    }
    return await sandbox.run(commandOf({ ...entry, env: { ...entry.env, SEED_OWN_JVM: '1' } }, textOf(entry)), feed)
  } finally {
    await producer.disconnect()
  }
}

/** Runs another form of an entry's command. */
export async function runVariant(sandbox: Sandbox, bootstrap: string, entry: Entry, variant: Variant): Promise<Ran> {
  await makeReady(bootstrap, variant.setUp ?? entry.setUp)
  const text = edited(variant.command ?? textOf(entry), variant.edits ?? [], entry.at[0]!)
  const args = variant.args ?? entry.args ?? []
  return sandbox.run({ ...commandOf(entry, text), args, files: variant.setUp?.files ?? entry.setUp?.files ?? {} })
}
