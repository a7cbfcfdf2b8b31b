/**
 * The operator of a simulated cluster: creates and deletes topics while they are written to, changes settings, elects
 * preferred leaders and moves replicas. Knows in the end what there must be, and what must not be there any more (M12).
 */
import { uuidOf } from '../raft/ids.ts'
import { CLUSTER_ID } from './broker-node.ts'
import type { History } from '../checkers/history.ts'
import { Violation } from '../engine/violation.ts'
import { outcome, type SimClient } from './client.ts'
import type { ClusterAction } from './plan.ts'
import { partitionName } from './writers.ts'

type AdminKind = Extract<
  ClusterAction['kind'],
  | 'createTopic'
  | 'deleteTopic'
  | 'alterTopic'
  | 'electPreferred'
  | 'reassign'
  | 'deleteRecords'
  | 'removeVoter'
  | 'addVoter'
>

const TRIES = 8

export class AdminClient {
  readonly client: SimClient
  /** A topic was created, or may have been. */
  onTopic: (topic: string) => void = () => {}
  private readonly history: History
  private readonly mainTopic: string
  private readonly controllers: number
  /** A voter that was removed, or may have been. */
  private removed: number | undefined
  private readonly created = new Set<string>()
  private readonly deleted = new Set<string>()
  private readonly ids = new Map<string, string>()
  private busy = 0
  private count = 0

  constructor(client: SimClient, history: History, mainTopic: string, controllers: number) {
    this.client = client
    this.history = history
    this.mainTopic = mainTopic
    this.controllers = controllers
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.busy === 0
  }

  async createFirst(topic: string, partitions: number): Promise<void> {
    while (!(await this.create(topic, partitions))) await this.client.sleep(200)
  }

  carryOut(kind: AdminKind, brokers: readonly number[]): void {
    this.busy++
    this.client.run(async () => {
      try {
        await this.perform(kind, brokers)
      } finally {
        this.busy--
      }
    })
  }

  /** M12: what was created is there, what was deleted is not, and every name has the id it had. */
  async compare(client: SimClient): Promise<void> {
    for (let isTold = false; !isTold; isTold = await client.refresh()) await client.sleep(50)
    for (const topic of this.created) {
      if (!this.deleted.has(topic) && !client.topics.has(topic)) {
        throw new Violation('M12', `topic ${topic} was created and is not there`)
      }
    }
    for (const topic of this.deleted) {
      const id = client.topics.get(topic)?.[0]?.topicId
      if (id !== undefined && id === this.ids.get(topic))
        throw new Violation('M12', `topic ${topic} was deleted and is there`)
    }
  }

  private async perform(kind: AdminKind, brokers: readonly number[]): Promise<void> {
    const { client } = this
    switch (kind) {
      case 'createTopic': {
        const topic = `extra-${++this.count}`
        let isDone = false
        for (let tries = 0; tries < TRIES && !isDone; tries++) isDone = await this.create(topic, 1)
        this.onTopic(topic)
        return
      }
      case 'deleteTopic': {
        const living = [...this.created].filter((topic) => topic !== this.mainTopic && !this.deleted.has(topic))
        if (living.length > 0) await this.remove(client.random.pick(living))
        return
      }
      case 'alterTopic': {
        const value = String(100_000 + client.random.int(100_000))
        const configs = [{ name: 'max.message.bytes', configOperation: 0, value }]
        const body = { resources: [{ resourceType: 2, resourceName: this.mainTopic, configs }], validateOnly: false }
        await outcome(
          client.send(client.anyBroker(), 'IncrementalAlterConfigs', body),
          (it) => it.responses[0]?.errorCode,
        )
        return
      }
      case 'electPreferred': {
        const body = { electionType: 0, topicPartitions: null, timeoutMs: 2000 }
        await outcome(client.send(client.anyBroker(), 'ElectLeaders', body), (it) => it.errorCode)
        return
      }
      case 'deleteRecords':
        return this.deleteRecords()
      case 'removeVoter':
      case 'addVoter':
        return this.changeVoters(kind)
      case 'reassign': {
        await client.refresh([this.mainTopic])
        const at = client.topics.get(this.mainTopic)
        if (at === undefined) return
        const { partition } = client.random.pick(at)
        const replicas = shuffled(brokers, (bound) => client.random.int(bound)).slice(0, 3)
        const topics = [{ name: this.mainTopic, partitions: [{ partitionIndex: partition, replicas }] }]
        client.engine.note(() => `ADMIN moves ${this.mainTopic}-${partition} to ${replicas.join(',')}`)
        const body = { timeoutMs: 2000, topics }
        await outcome(client.send(client.anyBroker(), 'AlterPartitionReassignments', body), (it) => it.errorCode)
      }
    }
  }

  /** Deletes the oldest records of a partition, up to some that were acknowledged. */
  private async deleteRecords(): Promise<void> {
    const { client, history, mainTopic } = this
    await client.refresh([mainTopic])
    const at = client.topics.get(mainTopic)
    if (at === undefined) return
    const { partition, topicId, leader } = client.random.pick(at)
    const name = partitionName(topicId, mainTopic, partition)
    const ends = history.sends.filter((send) => send.status === 'ok' && send.partition === name)
    if (ends.length === 0 || leader < 0) return
    const offset = client.random.pick(ends).offset!
    history.floors.set(name, Math.max(history.floors.get(name) ?? 0, offset))
    const topics = [{ name: mainTopic, partitions: [{ partitionIndex: partition, offset }] }]
    const { error } = await outcome(
      client.send(leader, 'DeleteRecords', { topics, timeoutMs: 2000 }),
      (it) => it.topics[0]?.partitions[0]?.errorCode,
    )
    client.engine.note(() => `ADMIN deletes ${name} before ${offset}: ${error}`)
  }

  /** Removes a voter, or brings back the one that was removed: the quorum has two at least. */
  private async changeVoters(kind: 'removeVoter' | 'addVoter'): Promise<void> {
    const { client } = this
    if ((kind === 'removeVoter') !== (this.removed === undefined)) return
    const voterId = this.removed ?? 1 + client.random.int(this.controllers)
    this.removed = voterId
    const voter = { clusterId: CLUSTER_ID, voterId, voterDirectoryId: uuidOf(voterId, 1) }
    const listeners = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9100 + voterId }]
    const options = { timeoutMs: 8000 }
    const asked =
      kind === 'removeVoter'
        ? client.send(client.anyBroker(), 'RemoveRaftVoter', voter, options)
        : client.send(client.anyBroker(), 'AddRaftVoter', { ...voter, listeners, timeoutMs: 6000 }, options)
    const { error } = await outcome<{ errorCode: number }>(asked, (it) => it.errorCode)
    client.engine.note(() => `ADMIN ${kind} ${voterId}: ${error}`)
    if (kind === 'addVoter' && (error === 'NONE' || error === 'DUPLICATE_VOTER')) this.removed = undefined
  }

  private async create(topic: string, partitions: number): Promise<boolean> {
    const { client } = this
    const topics = [{ name: topic, numPartitions: partitions, replicationFactor: 3 }]
    const { error } = await outcome(
      client.send(client.anyBroker(), 'CreateTopics', { topics, timeoutMs: 2000, validateOnly: false }),
      (it) => it.topics[0]?.errorCode,
    )
    client.engine.note(() => `ADMIN creates ${topic}: ${error}`)
    const isThere = error === 'NONE' || error === 'TOPIC_ALREADY_EXISTS'
    if (isThere) this.created.add(topic)
    else await client.sleep(200)
    return isThere
  }

  private async remove(topic: string): Promise<void> {
    const { client } = this
    await client.refresh([topic])
    const parts = client.topics.get(topic)
    if (parts === undefined) return
    for (const { topicId, partition } of parts) {
      this.ids.set(topic, topicId)
      this.history.gone.add(partitionName(topicId, topic, partition))
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const body = {
        topics: [{ name: topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
        topicNames: [topic],
        timeoutMs: 2000,
      }
      const { error } = await outcome(
        client.send(client.anyBroker(), 'DeleteTopics', body),
        (it) => it.responses[0]?.errorCode,
      )
      client.engine.note(() => `ADMIN deletes ${topic}: ${error}`)
      if (error === 'NONE' || error === 'UNKNOWN_TOPIC_OR_PARTITION') {
        this.deleted.add(topic)
        return
      }
      await client.sleep(300)
    }
    // Nobody knows: neither its being there nor its absence is a fault.
    this.created.delete(topic)
  }
}

function shuffled<T>(items: readonly T[], int: (bound: number) => number): T[] {
  const list = [...items]
  for (let index = list.length - 1; index > 0; index--) {
    const other = int(index + 1)
    ;[list[index], list[other]] = [list[other]!, list[index]!]
  }
  return list
}
