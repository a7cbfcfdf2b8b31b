/** Clients that read: consumers that follow a partition from its beginning, and questions for its end. */
import { checkBatchCrc, eachBatch } from '../../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../../src/protocol/records/record.ts'
import { Violation } from '../engine/violation.ts'
import { outcome, type PartitionAt, type SimClient } from './client.ts'
import { partitionName, numberIn, type Work } from './writers.ts'

export interface ReadResult {
  /** Where to read next. */
  readonly position: number
  readonly highWatermark: number
  readonly logStart: number
}

/** One fetch from the leader, or from any replica; undefined when there was none, or it had no answer. */
export async function fetchOnce(
  client: SimClient,
  consumer: string,
  at: { topic: string; partition: number; position: number; maxBytes: number; isAnyReplica?: boolean },
  work: Work,
): Promise<ReadResult | undefined> {
  const { topic, partition, position, maxBytes } = at
  const where = client.at(topic, partition)
  if (where === undefined || where.leader < 0) {
    await client.sleep(100)
    await client.refresh([topic])
    return undefined
  }
  const source = at.isAnyReplica === true ? client.random.pick(where.replicas) : where.leader
  const isLeader = source === where.leader
  const name = partitionName(where.topicId, topic, partition)
  const invokedMs = client.nowMs
  const body = {
    maxWaitMs: 300,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic,
        topicId: where.topicId,
        partitions: [
          {
            partition,
            currentLeaderEpoch: where.leaderEpoch,
            fetchOffset: position,
            partitionMaxBytes: maxBytes,
            replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
          },
        ],
      },
    ],
    forgottenTopicsData: [],
    rackId: '',
  }
  const { answer, error } = await outcome(
    client.send(source, 'Fetch', body),
    (it) => it.errorCode || (it.responses[0]?.partitions[0]?.errorCode ?? 0),
  )
  const found = answer?.responses[0]?.partitions[0]
  // A follower may be behind who reads from it.
  if (error === 'OFFSET_OUT_OF_RANGE' && isLeader && !work.history.gone.has(name)) {
    if (position < (work.history.floors.get(name) ?? 0)) return await beginning(client, where)
    const text = `${consumer} stands at ${position} of ${name}, which ${source} says is out of range`
    throw new Violation('D11', text)
  }
  if (error !== 'NONE' || found === undefined) {
    await client.sleep(20 + client.random.int(100))
    await client.refresh([topic])
    return undefined
  }
  const records: { offset: number; value: number }[] = []
  const bytes = found.records
  let next = position
  if (bytes !== null) {
    for (const { header, position: start } of eachBatch(bytes)) {
      if (!checkBatchCrc(bytes, start)) {
        throw new Violation('D19', `${source} serves a damaged batch at ${header.baseOffset} of ${name}`)
      }
      if (header.lastOffset >= found.highWatermark) {
        const text = `${source} serves ${header.lastOffset} of ${name}, its high watermark is ${found.highWatermark}`
        throw new Violation('D11', text)
      }
      for (const { offset, value } of decodeBatch(bytes.subarray(start, start + header.sizeBytes))) {
        if (offset >= position && !header.isControl) records.push({ offset, value: numberIn(value) })
      }
      next = header.lastOffset + 1
    }
  }
  work.history.polls.push({ consumer, partition: name, atMs: client.nowMs, position, records })
  if (!isLeader)
    return { position: next, highWatermark: found.highWatermark, logStart: Math.max(0, found.logStartOffset) }
  const end = { partition: name, invokedMs, okMs: client.nowMs, offset: found.highWatermark }
  work.history.ends.push({ ...end, epoch: where.leaderEpoch, by: 'fetch' })
  return { position: next, highWatermark: found.highWatermark, logStart: Math.max(0, found.logStartOffset) }
}

/** Where the partition begins, after records were deleted. */
async function beginning(client: SimClient, at: PartitionAt): Promise<ReadResult | undefined> {
  const { offset } = (await listOffset(client, at, -2)) ?? {}
  return offset === undefined
    ? undefined
    : { position: offset, highWatermark: Number.POSITIVE_INFINITY, logStart: offset }
}

async function listOffset(
  client: SimClient,
  at: PartitionAt,
  timestamp: number,
): Promise<{ offset: number } | undefined> {
  const { topic, partition, leader, leaderEpoch } = at
  const asked = { partitionIndex: partition, currentLeaderEpoch: leaderEpoch, timestamp }
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions: [asked] }], timeoutMs: 1000 }
  const { answer, error } = await outcome(
    client.send(leader, 'ListOffsets', body),
    (it) => it.topics[0]?.partitions[0]?.errorCode,
  )
  return error === 'NONE' ? answer!.topics[0]!.partitions[0]! : undefined
}

export async function consume(
  client: SimClient,
  topic: string,
  partition: number,
  work: Work,
  maxBytes: number,
  isAnyReplica = false,
): Promise<void> {
  let position = 0
  while (!work.isOver()) {
    const result = await fetchOnce(client, client.name, { topic, partition, position, maxBytes, isAnyReplica }, work)
    if (result !== undefined) position = result.position
    // A leader that has nothing waits by itself; one that answers at once must not keep us from the end of the moment.
    await client.sleep(1)
  }
}

export async function watchEnds(client: SimClient, topic: string, partitions: number, work: Work): Promise<void> {
  while (!work.isOver()) {
    await client.sleep(4 * work.paceMs * (0.2 + 1.6 * client.random.float()))
    const partition = client.random.int(partitions)
    const at = client.at(topic, partition)
    if (at === undefined || at.leader < 0) {
      await client.refresh([topic])
      continue
    }
    const invokedMs = client.nowMs
    const end = await listOffset(client, at, -1)
    if (end === undefined) {
      await client.refresh([topic])
      continue
    }
    const name = partitionName(at.topicId, topic, partition)
    const seen = { invokedMs, okMs: client.nowMs, offset: end.offset, epoch: at.leaderEpoch }
    work.history.ends.push({ partition: name, ...seen, by: 'list' })
  }
}
