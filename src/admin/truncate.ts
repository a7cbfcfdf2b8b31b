/**
 * Truncation of topics (DeleteRecords): everything before a place is removed. A plan is made first, so that a person can
 * see it: never beyond the high watermark, never below the log start, with what each group loses unread. Executing it
 * asks each leader once and then reads the log starts again: what was not done is an error of that partition.
 */
import { UsageError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { EARLIEST, listOffsets } from '../client/offsets.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { type ConfigEntity, describeMany } from './configs.ts'
import { codeError, type ItemError, itemError } from './items.ts'
import type { OffsetRow, TopicScope } from './partitions.ts'
import { topicOffsets } from './topic-offsets.ts'
import { readersOf } from './topic-impact.ts'
import { logSizes } from './topic-details.ts'

export interface TruncatedPartition {
  topic: string
  /** -1 for a topic that cannot be read at all. */
  partition: number
  /** Log start before; null when it cannot be read. */
  before: number | null
  /** The log start to be: what was asked, within the log. */
  target: number | null
  /** Log start read again afterwards; null while nothing was done. */
  after: number | null
  /** The high watermark. */
  logEnd: number | null
  /** Offsets that go; compaction and control records may have left fewer records. */
  records: number | null
  /** About how many bytes of the leader's log these records are; null when the size is not known. */
  bytes: number | null
  note: string | null
  error?: ItemError
}

export interface TruncatedReader {
  group: string
  state: string | null
  /** Records that the group has not read yet and will not get any more. */
  unread: number
}

export interface TruncatePlan {
  partitions: TruncatedPartition[]
  /** Null when the groups cannot be read; see `groupsError`. */
  groups: TruncatedReader[] | null
  groupsError?: ItemError
}

/** Places of a `delete-records.json`; an offset of -1 is the high watermark. */
export type RecordsFile = readonly OffsetRow[]

/** Reads Kafka's delete-records JSON: `{"partitions":[{topic,partition,offset}],"version":1}`. Throws UsageError. */
export function parseRecordsFile(text: string): RecordsFile {
  const shape = 'write {"partitions":[{"topic":"T","partition":0,"offset":10}],"version":1}; offset -1 is the end'
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`the file is not JSON: ${(error as Error).message}`, shape)
  }
  const { partitions, version = 1 } = (document ?? {}) as { partitions?: unknown; version?: unknown }
  if (version !== 1) throw new UsageError(`version ${JSON.stringify(version)} of the file is not known`, shape)
  if (!Array.isArray(partitions) || partitions.length === 0) throw new UsageError('the file has no partitions', shape)
  const seen = new Set<string>()
  return partitions.map((entry: unknown, index): OffsetRow => {
    const { topic, partition, offset } = (entry ?? {}) as Record<string, unknown>
    const whole = (value: unknown, least: number): value is number =>
      Number.isSafeInteger(value) && Number(value) >= least
    if (typeof topic !== 'string' || topic === '' || !whole(partition, 0) || !whole(offset, -1)) {
      throw new UsageError(`entry ${index + 1} of the file is not {topic, partition, offset}`, shape)
    }
    if (seen.has(`${topic}-${partition}`)) throw new UsageError(`${topic}-${partition} is in the file twice`, shape)
    seen.add(`${topic}-${partition}`)
    return { topic, partition, offset }
  })
}

/** What truncating these places would do; changes nothing. `onProgress` hears how many groups were looked at. */
export async function planTruncate(
  client: ClusterClient,
  wanted: { readonly scopes: readonly TopicScope[]; readonly before: OffsetSpec } | { readonly file: RecordsFile },
  onProgress?: (done: number, total: number) => void,
): Promise<TruncatePlan> {
  const rows = 'file' in wanted ? await fromFile(client, wanted.file) : await fromSpec(client, wanted)
  const names = [...new Set(rows.map((row) => row.topic))]
  const { topics } = await client.metadata(names)
  await refuseCompacted(client, rows)
  const [sizes, readers] = await Promise.all([
    logSizes(
      client,
      topics.filter((topic) => topic.errorCode === 0),
    ),
    readersOf(client, new Set(names), onProgress),
  ])
  addBytes(rows, topics, sizes)
  const groups = readers.groups
    .map(({ group, state, committed, topics: read }) => {
      const own = rows.filter((row) => row.error === undefined && read.has(row.topic) && (row.records ?? 0) > 0)
      const unread = own.map((row) => {
        const from = Math.max(committed.get(`${row.topic}-${row.partition}`) ?? row.target ?? 0, row.before ?? 0)
        return Math.max(0, (row.target ?? 0) - from)
      })
      return { group, state, unread: unread.reduce((sum, count) => sum + count, 0), affected: own.length > 0 }
    })
    .filter((reader) => reader.affected)
    .map(({ group, state, unread }): TruncatedReader => ({ group, state, unread }))
  const none = readers.error !== undefined && readers.groups.length === 0
  return {
    partitions: rows,
    groups: none ? null : groups,
    ...(readers.error === undefined ? {} : { groupsError: readers.error }),
  }
}

async function fromSpec(
  client: ClusterClient,
  wanted: { readonly scopes: readonly TopicScope[]; readonly before: OffsetSpec },
): Promise<TruncatedPartition[]> {
  const { offsets } = await topicOffsets(client, wanted.scopes, wanted.before)
  return offsets.map(({ topic, partition, offset, logStart, logEnd, note, error }) =>
    planned({
      topic,
      partition,
      before: logStart,
      target: offset,
      logEnd,
      note,
      ...(error === undefined ? {} : { error }),
    }),
  )
}

async function fromFile(client: ClusterClient, file: RecordsFile): Promise<TruncatedPartition[]> {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of file) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  const scopes = [...byTopic].map(([topic, partitions]): TopicScope => ({ topic, partitions }))
  const { offsets } = await topicOffsets(client, scopes, { kind: 'latest' })
  const asked = new Map(file.map((row) => [`${row.topic}-${row.partition}`, row.offset]))
  return offsets.map(({ topic, partition, logStart, logEnd, error }) => {
    const offset = asked.get(`${topic}-${partition}`) ?? -1
    const base = { topic, partition, before: logStart, logEnd }
    if (error !== undefined || logStart === null || logEnd === null) {
      return planned({ ...base, target: null, note: null, ...(error === undefined ? {} : { error }) })
    }
    if (offset < 0) return planned({ ...base, target: logEnd, note: null })
    const target = Math.min(Math.max(offset, logStart), logEnd)
    const note =
      offset < logStart
        ? `${offset} is below the log start`
        : offset > logEnd
          ? `${offset} is beyond the log end`
          : null
    return planned({ ...base, target, note })
  })
}

function planned(
  row: Pick<TruncatedPartition, 'topic' | 'partition' | 'before' | 'target' | 'logEnd' | 'note' | 'error'>,
): TruncatedPartition {
  const { before, target, error } = row
  const records = before === null || target === null ? null : Math.max(0, target - before)
  return { ...row, after: null, records: error === undefined ? records : null, bytes: null }
}

/** Kafka refuses to cut topics that are only compacted: better said before the question than after it. */
async function refuseCompacted(client: ClusterClient, rows: TruncatedPartition[]): Promise<void> {
  const names = [...new Set(rows.filter((row) => row.error === undefined).map((row) => row.topic))]
  const entities = names.map((name): ConfigEntity => ({ kind: 'topic', name }))
  // Without the permission to read settings the broker itself says no, later.
  const answers = await describeMany(client, entities).catch((error: unknown) => {
    itemError(error)
    return []
  })
  for (const answer of answers) {
    if (!('configs' in answer)) continue
    const policy = answer.configs.find((entry) => entry.key === 'cleanup.policy')?.value ?? 'delete'
    if (policy === '' || policy.split(',').some((word) => word.trim() === 'delete')) continue
    for (const row of rows) {
      if (row.topic !== answer.entity.name) continue
      row.records = null
      row.error = {
        code: 'POLICY_VIOLATION',
        message: `topic ${row.topic} has cleanup.policy=${policy}: only a topic with the policy delete can be truncated`,
        hint: `mq config set --topic ${row.topic} --append cleanup.policy=delete allows it, but retention applies from then on`,
      }
    }
  }
}

function addBytes(
  rows: TruncatedPartition[],
  topics: readonly TopicMetadata[],
  sizes: ReadonlyMap<string, number>,
): void {
  const leaders = new Map(
    topics.flatMap(({ name, partitions }) => partitions.map((p) => [`${name}-${p.partitionIndex}`, p.leaderId])),
  )
  for (const row of rows) {
    const at = `${row.topic}-${row.partition}`
    const size = sizes.get(`${at}@${leaders.get(at)}`)
    if (size === undefined || row.records === null || row.logEnd === null || row.before === null) continue
    const all = row.logEnd - row.before
    row.bytes = all === 0 ? 0 : Math.round((size * row.records) / all)
  }
}

/**
 * Does what the plan says: each leader is asked for its partitions, then the log starts are read again. Fills `after`
 * and, where it failed or cannot be confirmed (`MQ_NOT_VERIFIED`), `error`. Rows with nothing to remove stay as they are.
 */
export async function executeTruncate(client: ClusterClient, rows: TruncatedPartition[]): Promise<void> {
  const open = new Set(rows.filter((row) => row.error === undefined && (row.records ?? 0) > 0))
  const asked = [...open]
  try {
    await client.retry(async () => {
      const failures = await deleteOnce(client, open)
      if (failures.length > 0) throw failures[0]
    })
  } catch (error) {
    for (const row of open) row.error ??= itemError(error)
  }
  await verify(client, asked)
  for (const row of rows) if (row.error === undefined && !asked.includes(row)) row.after = row.before
}

/** Asks every leader once. What is done leaves `open`, with its error where it failed for good. */
async function deleteOnce(client: ClusterClient, open: Set<TruncatedPartition>): Promise<unknown[]> {
  const { topics } = await client.metadata([...new Set([...open].map((row) => row.topic))])
  const leaders = new Map(
    topics.flatMap(({ name, partitions }) => partitions.map((p) => [`${name}-${p.partitionIndex}`, p.leaderId])),
  )
  const byLeader = new Map<number, TruncatedPartition[]>()
  const failures: unknown[] = []
  for (const row of open) {
    const leader = leaders.get(`${row.topic}-${row.partition}`) ?? -1
    if (leader < 0) failures.push(new ApiError('LEADER_NOT_AVAILABLE', 'the partition has no leader'))
    else byLeader.set(leader, [...(byLeader.get(leader) ?? []), row])
  }
  await Promise.all(
    [...byLeader].map(async ([leader, own]) => {
      try {
        const connection = await client.connection({ broker: leader })
        const answer = await connection.call('DeleteRecords', {
          topics: [...new Set(own.map((row) => row.topic))].map((name) => ({
            name,
            partitions: own
              .filter((row) => row.topic === name)
              .map((row) => ({ partitionIndex: row.partition, offset: row.target! })),
          })),
          timeoutMs: client.options.requestTimeoutMs,
        })
        const codes = new Map(
          answer.topics.flatMap(({ name, partitions }) =>
            partitions.map((p) => [`${name}-${p.partitionIndex}`, p.errorCode]),
          ),
        )
        for (const row of own) {
          const code = codes.get(`${row.topic}-${row.partition}`) ?? -1
          const error = code === 0 ? undefined : new ApiError(errorName(code))
          if (error?.retriable === true) failures.push(error)
          else {
            open.delete(row)
            if (error !== undefined) row.error = codeError(code)
          }
        }
      } catch (error) {
        failures.push(error)
      }
    }),
  )
  return failures
}

async function verify(client: ClusterClient, rows: readonly TruncatedPartition[]): Promise<void> {
  const starts = await listOffsets(
    client,
    rows.map(({ topic, partition }) => ({ topic, partition, timestamp: EARLIEST })),
  )
  for (const row of rows) {
    const start = starts.get(`${row.topic}-${row.partition}`)
    if (start !== undefined && start.error === undefined) row.after = start.offset
    if (row.error !== undefined || (row.after !== null && row.target !== null && row.after >= row.target)) continue
    const seen = row.after === null ? 'cannot be read' : `is ${row.after}`
    row.error = {
      code: 'MQ_NOT_VERIFIED',
      message: `the broker agreed to remove the records before ${row.target}, but the log start ${seen}`,
      hint: `mq topics offsets ${row.topic}:${row.partition} --at earliest shows it`,
    }
  }
}
