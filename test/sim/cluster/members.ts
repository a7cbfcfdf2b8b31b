/**
 * Members of a group (the classic protocol): each joins, shares the partitions out when it leads, reads what it was given,
 * and commits what it has read. Now and then one stands still for longer than its session, and goes on as if nothing were.
 */
import { outcome, type SimClient } from './client.ts'
import { fetchOnce } from './readers.ts'
import { findCoordinator, partitionName, type Work } from './writers.ts'

const SESSION_MS = 6000
const REBALANCE_MS = 4000
const PROTOCOL = 'even'

export class Member {
  readonly client: SimClient
  readonly group: string
  readonly topic: string
  /** The generation that it belongs to, as far as it knows; -1 none. */
  generation = -1
  private joins = 0
  /** It stands still now and then. */
  mayStall = true
  private readonly partitions: number
  private readonly work: Work
  /** The generation before. */
  private former = -1
  private memberId = ''
  private coordinator = -1
  private assigned: number[] = []
  private readonly positions = new Map<number, number>()

  constructor(client: SimClient, group: string, topic: string, partitions: number, work: Work) {
    this.client = client
    this.group = group
    this.topic = topic
    this.partitions = partitions
    this.work = work
  }

  async run(): Promise<void> {
    const { client, work } = this
    while (!work.isOver()) {
      if (this.coordinator < 0) this.coordinator = await findCoordinator(client, this.group)
      if (this.coordinator < 0) await client.sleep(100)
      else if (this.generation < 0) await this.join()
      else await this.turn()
    }
  }

  private async join(): Promise<void> {
    const { client, group, coordinator } = this
    const body = {
      groupId: group,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.memberId,
      protocolType: 'sim',
      protocols: [{ name: PROTOCOL, metadata: Buffer.alloc(0) }],
    }
    const options = { version: 5, timeoutMs: 3 * REBALANCE_MS }
    const joined = await outcome(client.send(coordinator, 'JoinGroup', body, options), (it) => it.errorCode)
    if (joined.error === 'MEMBER_ID_REQUIRED') {
      this.memberId = joined.answer!.memberId
      return
    }
    if (joined.error !== 'NONE') return this.refused(joined.error)
    const { generationId, memberId, leader, members } = joined.answer!
    this.memberId = memberId
    const ids = members.map((member) => member.memberId).sort()
    const share = (index: number) => {
      const own = Array.from({ length: this.partitions }, (_, each) => each).filter(
        (each) => each % ids.length === index,
      )
      return Buffer.from(own)
    }
    const assignments = leader === memberId ? ids.map((id, index) => ({ memberId: id, assignment: share(index) })) : []
    const asked = { groupId: group, generationId, memberId, assignments }
    const synced = await outcome(
      client.send(coordinator, 'SyncGroup', asked, { version: 3, timeoutMs: 3 * REBALANCE_MS }),
      (it) => it.errorCode,
    )
    if (synced.error !== 'NONE') return this.refused(synced.error)
    this.assigned = [...synced.answer!.assignment]
    this.generation = generationId
    this.joins++
    this.work.history.generations.push({
      group,
      member: memberId,
      client: client.name,
      generation: generationId,
      atMs: client.nowMs,
      partitions: this.assigned,
    })
    if (this.former >= 0 && client.random.chance(0.3)) await this.commitLate()
    this.former = generationId
    this.positions.clear()
    client.engine.note(() => `${client.name} has ${this.assigned.join(',')} in generation ${generationId}`)
  }

  /** Reads a little of each partition, commits it, and says that it lives. */
  private async turn(): Promise<void> {
    const { client, group, topic, work } = this
    // Longer than its session now and then: others take over, and what it commits then must be refused.
    await client.sleep(
      this.mayStall && client.random.chance(0.03) ? 1.5 * SESSION_MS : 300 * (0.2 + client.random.float()),
    )
    for (const partition of this.assigned) {
      if (this.generation < 0) return
      const position = this.positions.get(partition) ?? (await this.committed(partition))
      if (position === undefined) return
      const at = client.at(topic, partition)
      const result = await fetchOnce(client, this.reader, { topic, partition, position, maxBytes: 1 << 20 }, work)
      if (result === undefined || at === undefined) continue
      this.positions.set(partition, result.position)
      if (result.position > position) await this.commit(partition, result.position)
    }
    if (this.generation < 0) return
    const { error } = await outcome(
      client.send(
        this.coordinator,
        'Heartbeat',
        { groupId: group, generationId: this.generation, memberId: this.memberId },
        { version: 3 },
      ),
      (it) => it.errorCode,
    )
    if (error !== 'NONE') this.refused(error)
  }

  private async committed(partition: number): Promise<number | undefined> {
    const { client, group, topic } = this
    const { answer, error } = await outcome(
      client.send(
        this.coordinator,
        'OffsetFetch',
        { groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }], requireStable: true },
        { version: 7 },
      ),
      (it) => it.errorCode || it.topics[0]?.partitions[0]?.errorCode,
    )
    if (error !== 'NONE') {
      this.refused(error)
      return undefined
    }
    const offset = Math.max(0, answer!.topics[0]!.partitions[0]!.committedOffset)
    this.positions.set(partition, offset)
    this.work.history.starts.push({ group, client: this.reader, partition: this.nameOf(partition), offset })
    return offset
  }

  private async commit(partition: number, offset: number, generation = this.generation): Promise<void> {
    const { client, group, topic, memberId } = this
    const commit = {
      group,
      client: client.name,
      partition: this.nameOf(partition),
      generation,
      offset,
      invokedMs: client.nowMs,
      isOk: false,
    }
    this.work.history.memberCommits.push(commit)
    const body = {
      groupId: group,
      generationIdOrMemberEpoch: generation,
      memberId,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, committedOffset: offset }] }],
    }
    const { error } = await outcome(
      client.send(this.coordinator, 'OffsetCommit', body, { version: 8 }),
      (it) => it.topics[0]?.partitions[0]?.errorCode,
    )
    if (error === 'NONE') commit.isOk = true
    else if (generation === this.generation) this.refused(error)
  }

  /** What a part of it that was slow still says in the name of the former generation. */
  private async commitLate(): Promise<void> {
    const [partition, offset] = [...this.positions][0] ?? []
    if (partition === undefined || offset === undefined) return
    await this.commit(partition, offset, this.former)
  }

  /**
   * Whoever joined again is another reader, which begins where the group stands: also in the same generation, which one that
   * lost its coordinator is given again.
   */
  private get reader(): string {
    return `${this.client.name}@${this.generation}.${this.joins}`
  }

  private nameOf(partition: number): string {
    const at = this.client.at(this.topic, partition)
    return at === undefined ? `${this.topic}-${partition}` : partitionName(at.topicId, this.topic, partition)
  }

  private refused(error: string): void {
    this.client.engine.note(() => `${this.client.name} in generation ${this.generation} is told ${error}`)
    if (error === 'UNKNOWN_MEMBER_ID') this.memberId = ''
    const isElsewhere = error === 'lost' || error === 'NOT_COORDINATOR' || error === 'COORDINATOR_NOT_AVAILABLE'
    if (isElsewhere || error === 'COORDINATOR_LOAD_IN_PROGRESS') this.coordinator = -1
    // Where nobody says otherwise, what this member was given is still its own.
    else this.generation = -1
  }
}
