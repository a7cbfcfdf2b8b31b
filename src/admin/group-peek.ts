/**
 * Records around the place where a group stands in each partition: the last ones that it has read and the first ones that it has
 * not. Gaps of compaction and markers of transactions are passed over; nothing is committed and no group is joined.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { type IsolationLevel, type Place, readRange } from '../client/fetcher.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'
import { checkScopes, inScopes } from './check-scopes.ts'
import { type GroupOffset, describeGroups } from './groups.ts'
import { type ItemError, itemError, throwItem } from './items.ts'
import type { TopicScope } from './partitions.ts'

export interface PeekOptions {
  readonly group: string
  /** Undefined: every partition in which the group has an offset. */
  readonly scopes: readonly TopicScope[] | undefined
  /** Records to show on either side. */
  readonly before: number
  readonly after: number
  readonly isolation: IsolationLevel
}

export interface PeekedPartition extends Place {
  /** Where the group goes on reading. */
  readonly committed: number
  readonly logStart: number | null
  readonly logEnd: number | null
  readonly lag: number | null
  /** What it has read, then what it has not, by offset. */
  readonly before: readonly KafkaRecord[]
  readonly after: readonly KafkaRecord[]
  /** What is remarkable about the place; null when nothing is. */
  readonly note: string | null
  readonly error?: ItemError
}

/** Partitions that are read at once. */
const AT_ONCE = 8
/** Each look further back covers four times as much. */
const LOOKS_BACK_MAX = 8

/**
 * Throws MqError for a group or a topic that is not there, and when the group cannot be read. A partition that cannot be read
 * keeps its row with the error.
 */
export async function peekGroup(client: ClusterClient, options: PeekOptions): Promise<PeekedPartition[]> {
  const [group] = (await describeGroups(client, { names: [options.group] })).groups
  if (group?.error !== undefined) throwItem(group.error)
  const committed = group?.offsets.filter(hasCommitted) ?? []
  if (options.scopes !== undefined) await checkScopes(client, options.scopes, committed)
  const wanted = committed.filter((row) => options.scopes === undefined || inScopes(options.scopes, row))
  const found: PeekedPartition[] = []
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    found.push(...(await Promise.all(wanted.slice(from, from + AT_ONCE).map((row) => peek(client, row, options)))))
  }
  return found
}

type Committed = GroupOffset & { readonly committed: number }

function hasCommitted(row: GroupOffset): row is Committed {
  return row.committed !== null
}

async function peek(client: ClusterClient, row: Committed, options: PeekOptions): Promise<PeekedPartition> {
  const { topic, partition, committed, logStart, logEnd, lag, error } = row
  const known = { topic, partition, committed, logStart, logEnd, lag, before: [], after: [], note: null }
  if (error !== undefined || logStart === null || logEnd === null) return { ...known, ...(error ? { error } : {}) }
  const note =
    committed < logStart
      ? `the log begins at ${logStart}: ${logStart - committed} offsets were deleted before they were read`
      : committed > logEnd
        ? `the log ends at ${logEnd}, before the commit`
        : null
  // The end of the log now, so that reading ends although records keep coming.
  const at = Math.min(Math.max(committed, logStart), logEnd)
  try {
    const [before, after] = await Promise.all([
      recordsBefore(client, row, { start: logStart, at }, options),
      recordsAfter(client, row, { at, end: logEnd }, options),
    ])
    return { ...known, before, after, note }
  } catch (failure) {
    return { ...known, note, error: itemError(failure) }
  }
}

/** The last `before` records before `at`: looked for further and further back. */
async function recordsBefore(
  client: ClusterClient,
  place: Place,
  { start, at }: { start: number; at: number },
  { before, isolation }: PeekOptions,
): Promise<KafkaRecord[]> {
  let records: KafkaRecord[] = []
  let from = at
  let reach = before
  for (let look = 1; look <= LOOKS_BACK_MAX && from > start && records.length < before; look++) {
    const until = from
    from = Math.max(start, at - reach)
    const found: KafkaRecord[] = []
    for await (const some of readRange(client, place, { from, until }, { isolation })) found.push(...some)
    records = [...found, ...records]
    reach *= 4
  }
  return before === 0 ? [] : records.slice(-before)
}

async function recordsAfter(
  client: ClusterClient,
  place: Place,
  { at, end }: { at: number; end: number },
  { after, isolation }: PeekOptions,
): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = []
  if (after === 0) return records
  for await (const some of readRange(client, place, { from: at, until: end }, { isolation })) {
    records.push(...some.slice(0, after - records.length))
    if (records.length >= after) break
  }
  return records
}
