/**
 * Clients that write: idempotent producers, each with one partition and its own producer id, which send a batch again
 * and again until it is acknowledged or their patience ends; and writers and readers of group offsets.
 */
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import type { Commit, History, Send } from '../checkers/history.ts'
import { Violation } from '../engine/violation.ts'
import { outcome, type PartitionAt, type SimClient } from './client.ts'

const PATIENCE_MS = 15_000
/** After these the producer cannot know what became of the batch, and begins anew with another producer id. */
const LOST_SEQUENCE = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
])

export interface Work {
  readonly history: History
  readonly isOver: () => boolean
  readonly nextValue: () => number
  readonly moment: (moment: 'acknowledged' | 'committed', node: number) => void
  readonly paceMs: number
  /** By the newest metadata that any node has. */
  readonly coordinates: (broker: number, group: string) => boolean
  readonly leads: (broker: number, topic: string, partition: number) => boolean
  /** Batches that a producer sends at once, at most. */
  readonly inFlight: number
}

export function partitionName(topicId: string, topic: string, partition: number): string {
  return `${topic}/${topicId.slice(0, 6)}-${partition}`
}

export async function produce(client: SimClient, topic: string, partition: number, work: Work): Promise<void> {
  const { history, isOver, nextValue, paceMs } = work
  let producer: { id: number; epoch: number } | undefined
  let sequence = 0
  while (!isOver()) {
    await client.sleep(paceMs * (0.2 + 1.6 * client.random.float()))
    if (isOver()) return
    const at = client.at(topic, partition)
    if (at === undefined) {
      await client.refresh([topic])
      continue
    }
    if (producer === undefined) {
      const asked = { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 }
      const { answer, error } = await outcome(
        client.send(client.anyBroker(), 'InitProducerId', asked),
        (it) => it.errorCode,
      )
      if (error !== 'NONE') continue
      producer = { id: answer!.producerId, epoch: answer!.producerEpoch }
      sequence = 0
    }
    const name = partitionName(at.topicId, topic, partition)
    // A leader that knows nothing of a producer takes any sequence: only after the first answer may several be on their way.
    const count = sequence === 0 ? 1 : 1 + client.random.int(work.inFlight)
    const batches: Batch[] = []
    for (let index = 0; index < count; index++) {
      const sends: Send[] = Array.from({ length: 1 + client.random.int(3) }, () => ({
        client: `${client.name}/${producer!.id}`,
        partition: name,
        value: nextValue(),
        invokedMs: client.nowMs,
        status: 'info',
      }))
      history.sends.push(...sends)
      const values = sends.map(({ value }) => ({
        timestamp: client.host.wallMs(),
        key: null,
        value: valueBytes(value),
      }))
      const head = { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: sequence }
      batches.push({ sends, sequence, bytes: encodeBatch(head, values), isDone: false })
      sequence += sends.length
    }
    const end = await sendBatches(client, { topic, topicId: at.topicId, partition, batches, work })
    if (end === 'gone') return
    if (end !== 'done') producer = undefined
  }
}

interface Batch {
  readonly sends: readonly Send[]
  readonly sequence: number
  readonly bytes: Buffer
  isDone: boolean
}

interface BatchesAsked {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly batches: readonly Batch[]
  readonly work: Work
}

/** Sends them in order, all at once, and what was not acknowledged again, until all were or patience ends. */
async function sendBatches(client: SimClient, asked: BatchesAsked): Promise<'done' | 'gone' | 'lost'> {
  const { topic, topicId, partition, batches, work } = asked
  const untilMs = client.nowMs + PATIENCE_MS
  while (client.nowMs < untilMs) {
    const at = client.at(topic, partition)
    if (at !== undefined && at.topicId !== topicId) return 'gone'
    if (at === undefined || at.leader < 0) {
      await client.sleep(50 + client.random.int(100))
      await client.refresh([topic])
      continue
    }
    const waiting = batches.filter(({ isDone }) => !isDone)
    const errors = await Promise.all(waiting.map((batch) => sendBatch(client, at, batch, work)))
    for (const [index, error] of errors.entries()) {
      if (!LOST_SEQUENCE.has(error)) continue
      const isOutOfOrder = error === 'OUT_OF_ORDER_SEQUENCE_NUMBER'
      // One behind another that was refused comes again after it.
      if (isOutOfOrder && index > 0) continue
      // One that was replaced and cannot hear of it still answers from what it knows, as Kafka's do; it can write nothing.
      if ((isOutOfOrder || error === 'UNKNOWN_PRODUCER_ID') && !work.leads(at.leader, topic, partition)) continue
      if (isOutOfOrder) {
        // Of a producer whose state it read from its snapshot a broker knows the last batch only, as Kafka's do: an earlier
        // one that was written already, sent again, is out of order then. The answers to the later ones tell.
        if (batches.slice(batches.indexOf(waiting[index]!) + 1).some(({ isDone }) => isDone)) return 'lost'
        if (errors.slice(index + 1).some((later) => later !== error)) continue
      }
      if (isOutOfOrder || error === 'UNKNOWN_PRODUCER_ID') {
        // Everything before was acknowledged: whoever leads must know this producer and its last sequence.
        const text = `${client.name} gets ${error} for sequence ${waiting[index]!.sequence} of ${waiting[index]!.sends[0]!.client}`
        throw new Violation('D5', `${text} in ${partitionName(topicId, topic, partition)}`)
      }
      return 'lost'
    }
    if (batches.every(({ isDone }) => isDone)) return 'done'
    await client.sleep(10 + client.random.int(100))
    await client.refresh([topic])
  }
  return 'lost'
}

async function sendBatch(client: SimClient, at: PartitionAt, batch: Batch, work: Work): Promise<string> {
  const { topic, topicId, partition, leader } = at
  const body = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1500,
    topicData: [{ name: topic, topicId, partitionData: [{ index: partition, records: Buffer.from(batch.bytes) }] }],
  }
  const { answer, error } = await outcome(
    client.send(leader, 'Produce', body),
    (it) => it.responses[0]?.partitionResponses[0]?.errorCode,
  )
  client.engine.note(() => `${client.name} sends sequence ${batch.sequence} to ${leader}: ${error}`)
  if (error === 'DUPLICATE_SEQUENCE_NUMBER') batch.isDone = true
  if (error !== 'NONE') return error
  const offset = answer!.responses[0]!.partitionResponses[0]!.baseOffset
  batch.isDone = true
  for (const [index, send] of batch.sends.entries()) {
    send.status = 'ok'
    send.okMs = client.nowMs
    send.offset = offset + index
  }
  client.engine.mix(offset)
  work.moment('acknowledged', leader)
  return error
}

export function valueBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(value, 0)
  bytes.writeUInt32BE(Math.imul(value, 0x9e3779b1) >>> 0, 4)
  return bytes
}

/** The value in a record; -1 when its own checksum says that it is no value of ours. */
export function numberIn(bytes: Buffer | null): number {
  if (bytes === null || bytes.length !== 8) return -1
  const value = bytes.readUInt32BE(0)
  return bytes.readUInt32BE(4) === Math.imul(value, 0x9e3779b1) >>> 0 ? value : -1
}

// ---- offsets of groups ------------------------------------------------------------------------------------------

export async function commitOffsets(client: SimClient, group: string, topic: string, work: Work): Promise<void> {
  const { history, isOver, paceMs } = work
  let coordinator = -1
  let count = 0
  while (!isOver()) {
    await client.sleep(3 * paceMs * (0.2 + 1.6 * client.random.float()))
    if (isOver()) return
    if (coordinator < 0) {
      coordinator = await findCoordinator(client, group)
      continue
    }
    const commit: Commit = {
      group,
      partition: `${topic}-0`,
      mark: `${client.name}-${++count}`,
      invokedMs: client.nowMs,
      status: 'info',
    }
    history.commits.push(commit)
    const body = {
      groupId: group,
      topics: [
        { name: topic, partitions: [{ partitionIndex: 0, committedOffset: count, committedMetadata: commit.mark }] },
      ],
    }
    const { error } = await outcome(
      client.send(coordinator, 'OffsetCommit', body, { version: 8 }),
      (it) => it.topics[0]?.partitions[0]?.errorCode,
    )
    if (error === 'NONE') {
      commit.status = 'ok'
      commit.okMs = client.nowMs
      work.moment('committed', coordinator)
    } else coordinator = -1
  }
}

export async function readOffsets(client: SimClient, group: string, topic: string, work: Work): Promise<void> {
  while (!work.isOver()) {
    await client.sleep(3 * work.paceMs * (0.2 + 1.6 * client.random.float()))
    if (work.isOver()) return
    await readOffsetOnce(client, group, topic, work)
  }
}

/** True when the coordinator answered. */
export async function readOffsetOnce(client: SimClient, group: string, topic: string, work: Work): Promise<boolean> {
  const coordinator = await findCoordinator(client, group)
  if (coordinator < 0) return false
  const invokedMs = client.nowMs
  const body = { groupId: group, topics: [{ name: topic, partitionIndexes: [0] }], requireStable: true }
  const { answer, error } = await outcome(
    client.send(coordinator, 'OffsetFetch', body, { version: 7 }),
    (it) => it.errorCode || it.topics[0]?.partitions[0]?.errorCode,
  )
  if (error !== 'NONE') return false
  // One that was replaced and cannot hear of it still answers from what it has, as Kafka's do; it can commit nothing.
  if (!work.coordinates(coordinator, group)) return false
  const { committedOffset, metadata } = answer!.topics[0]!.partitions[0]!
  const mark = committedOffset < 0 ? undefined : (metadata ?? '')
  work.history.commitReads.push({ group, partition: `${topic}-0`, invokedMs, okMs: client.nowMs, mark })
  return true
}

export async function findCoordinator(client: SimClient, group: string): Promise<number> {
  const { answer, error } = await outcome(
    client.send(client.anyBroker(), 'FindCoordinator', { key: group, keyType: 0 }, { version: 3 }),
    (it) => it.errorCode,
  )
  return error === 'NONE' ? answer!.nodeId : -1
}
