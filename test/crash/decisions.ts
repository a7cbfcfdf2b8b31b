/**
 * What is decided beside the records: offsets that a group commits and topics that are made, one after the other, while the
 * disk fills up and has room again. What was acknowledged must hold; what was refused must be refused as Kafka refuses it.
 */
import { errorName } from '../../src/protocol/errors.ts'
import { eventually } from '../compat/support/process.ts'
import type { RawClient } from '../compat/support/raw-client.ts'
import { Violation } from './writer.ts'

const GROUP = 'committing'
const PAUSE_MS = 20
/** What a group's client tries again after finding its coordinator anew, and what says that a disk is full. */
const REFUSALS_OF_COMMITS = new Set(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'])
const REFUSALS_OF_TOPICS = new Set(['KAFKA_STORAGE_ERROR'])

export class Decisions {
  /** The offset of the last commit that was acknowledged; -1: none. */
  committed = -1
  /** Topics that were reported as made, and as not made. */
  readonly made: string[] = []
  readonly refused: string[] = []
  refusedCommits = 0
  private readonly topic: string
  private attempted = 0
  private stopped = true
  private running: Promise<void> = Promise.resolve()

  /** Offsets are committed for partition 0 of `topic`. */
  constructor(topic: string) {
    this.topic = topic
  }

  /** Waits until the group has a coordinator that takes a commit. */
  async begin(client: RawClient): Promise<void> {
    await eventually('a coordinator', async () => {
      await client.request('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
      return (await this.commit(client)) || undefined
    })
    this.refusedCommits = 0
  }

  start(client: RawClient): void {
    this.stopped = false
    this.running = this.run(client)
    // Looked at by `stop`; until then a violation must not end the process by itself.
    this.running.catch(() => {})
  }

  async stop(): Promise<void> {
    this.stopped = true
    await this.running
  }

  private async run(client: RawClient): Promise<void> {
    while (!this.stopped) {
      await this.commit(client)
      if (this.attempted % 3 === 0) await this.makeTopic(client)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  /** True when it was acknowledged. */
  async commit(client: RawClient): Promise<boolean> {
    this.attempted += 1
    const offset = this.attempted
    const partition = { partitionIndex: 0, committedOffset: offset, committedMetadata: '' }
    const answer = await client.request('OffsetCommit', 8, {
      groupId: GROUP,
      topics: [{ name: this.topic, partitions: [partition] }],
    })
    const error = errorName(answer.topics[0]!.partitions[0]!.errorCode)
    if (error === 'NONE') this.committed = offset
    else if (!REFUSALS_OF_COMMITS.has(error)) throw new Violation(`a commit on a full disk was answered with ${error}`)
    else this.refusedCommits += 1
    return error === 'NONE'
  }

  private async makeTopic(client: RawClient): Promise<void> {
    const name = `made-${this.topic}-${this.attempted}`
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    const answer = await client.request('CreateTopics', 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
    const error = errorName(answer.topics[0]!.errorCode)
    if (error === 'NONE') this.made.push(name)
    else if (!REFUSALS_OF_TOPICS.has(error)) throw new Violation(`a topic on a full disk was answered with ${error}`)
    else this.refused.push(name)
  }

  /** There is room: commits go through again, every topic that was made takes records, and no refused one is there. */
  async verify(client: RawClient): Promise<void> {
    await this.verifyCommit(client)
    await eventually('commits go through', async () => (await this.commit(client)) || undefined)
    await this.verifyCommit(client)
    const names = [...this.made, ...this.refused]
    const answer = await client.request('Metadata', 12, {
      topics: names.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    })
    const there = answer.topics.filter(({ errorCode }) => errorCode === 0).map(({ name }) => name)
    if (`${there.sort()}` !== `${[...this.made].sort()}`) {
      throw new Violation(`topics made are ${this.made}, refused were ${this.refused}, and there are ${there}`)
    }
    for (const name of this.made)
      await eventually(`${name} serves`, async () => (await serves(client, name)) || undefined)
  }

  private async verifyCommit(client: RawClient): Promise<void> {
    const found = await eventually('the group is there', async () => {
      const answer = await client.request('OffsetFetch', 8, {
        groups: [{ groupId: GROUP, topics: [{ name: this.topic, partitionIndexes: [0] }] }],
      })
      const group = answer.groups[0]!
      return group.errorCode === 0 ? { offset: group.topics[0]!.partitions[0]!.committedOffset } : undefined
    })
    // A refused commit may have been written for all that; an acknowledged one may not be missing.
    if (found.offset < this.committed) {
      throw new Violation(`offset ${this.committed} was committed, and ${found.offset} is there`)
    }
  }

  async deleteTopics(client: RawClient): Promise<void> {
    const topics = this.made.map((name) => ({ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }))
    await client.request('DeleteTopics', 6, { topics, timeoutMs: 10_000 })
    this.made.length = 0
  }
}

async function serves(client: RawClient, topic: string): Promise<boolean> {
  const answer = await client.request('ListOffsets', 7, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  })
  return answer.topics[0]!.partitions[0]!.errorCode === 0
}
