/**
 * Carries a reset out: looks once more that the group is idle, commits, and reads back what the group now has. After a
 * lost answer it reads before it writes again. What was not written, or does not show, keeps its row with an error.
 */
import { MqError, RefusedError, TimeoutError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ConnectionError } from '../client/errors.ts'
import { ApiError } from '../protocol/errors.ts'
import { commitOffsets } from './group-offsets.ts'
import { alterShareOffsets, type TypedGroup } from './group-share-offsets.ts'
import { type ItemError, itemError } from './items.ts'
import { at, idleStates, offsetsOf, type ResetPlan, type ResetRow } from './reset.ts'

/** Code of a row that was written and does not show what was written. */
export const NOT_VERIFIED = 'MQ_NOT_VERIFIED'
const LOSSES_MAX = 3
/** Offsets in one request: a coordinator writes them as one batch, whose size is bounded. */
const ROWS_MAX = 2000
/** What a coordinator answers to a commit from outside while the group has members. */
const ACTIVE_ERRORS: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
])

type Row = ResetRow & { readonly after: number }

/** The rows of a plan that are to be written. */
export function rowsToWrite(plan: ResetPlan): Row[] {
  return plan.offsets.filter((row): row is Row => row.error === undefined && row.after !== null)
}

/**
 * Writes a plan and verifies it. Throws RefusedError when the group has become active (nothing was written then), and
 * TimeoutError when its coordinator does not answer in time.
 */
export async function executeReset(client: ClusterClient, plan: ResetPlan): Promise<ResetPlan> {
  const type = (await idleStates(client, [plan.group])).get(plan.group)?.type ?? null
  const rows = rowsToWrite(plan)
  const refused = await write(client, { group: plan.group, type }, rows)
  const now = await offsetsOf(client, plan.group, type)
  const offsets = plan.offsets.map((row): ResetRow => {
    if (row.error !== undefined || row.after === null) return row
    const error = refused.get(at(row))
    if (error !== undefined) return { ...row, error }
    const shown = now.get(at(row))
    if (shown === row.after) return row
    const message = `${at(row)}: committed ${row.after}, but the group shows ${shown ?? 'no offset'}`
    return { ...row, error: { code: NOT_VERIFIED, message } }
  })
  return { ...plan, executed: true, offsets }
}

/**
 * Commits the rows; answers those that were refused, by `at`. Throws only while nothing is written: what goes wrong later
 * is the error of the rows that are left.
 */
async function write(client: ClusterClient, group: TypedGroup, rows: readonly Row[]): Promise<Map<string, ItemError>> {
  const refused = new Map<string, ItemError>()
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    try {
      const errors = await writeSome(client, group, rows.slice(from, from + ROWS_MAX))
      for (const [row, error] of errors) refused.set(row, error)
    } catch (error) {
      if (from === 0 || !(error instanceof MqError) || error instanceof TimeoutError) throw error
      for (const row of rows.slice(from)) refused.set(at(row), itemError(error))
      break
    }
  }
  return refused
}

async function writeSome(
  client: ClusterClient,
  { group, type }: TypedGroup,
  rows: readonly Row[],
): Promise<Map<string, ItemError>> {
  const commit = type === 'share' ? alterShareOffsets : commitOffsets
  let waiting = rows
  for (let losses = 1; waiting.length > 0; losses += 1) {
    try {
      const outcomes = await commit(
        client,
        group,
        waiting.map(({ topic, partition, after }) => ({ topic, partition, offset: after })),
      )
      const refused = outcomes.filter((row) => row.error !== undefined)
      if (refused.length === waiting.length && refused.every((row) => ACTIVE_ERRORS.has(row.error!.code))) {
        throw becameActive(group)
      }
      return new Map(refused.map((row) => [at(row), row.error!]))
    } catch (error) {
      if (error instanceof TimeoutError) throw unknownOutcome(group, error)
      if (error instanceof ApiError && error.error === 'NON_EMPTY_GROUP') throw becameActive(group)
      if (!(error instanceof ConnectionError && error.retriable && losses < LOSSES_MAX)) throw error
      const now = await offsetsOf(client, group, type)
      waiting = waiting.filter((row) => now.get(at(row)) !== row.after)
      if (waiting.length > 0) await idleStates(client, [group])
    }
  }
  return new Map()
}

function becameActive(group: string): RefusedError {
  return new RefusedError(`group ${group} became active; nothing was changed`, 'stop its consumers first')
}

function unknownOutcome(group: string, error: TimeoutError): TimeoutError {
  return new TimeoutError(
    `${error.message}; whether the offsets of group ${group} were written is not known`,
    `mq groups describe ${group} shows where it stands`,
  )
}
