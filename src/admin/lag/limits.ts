/**
 * Limits on the lag of groups: what a rule wants, and what a look says of it. Every limit of every group ends as `fine`,
 * `over` or `unknown`; a number that is not there is never fine.
 */
import { wholeName } from '../items.ts'
import { formatMs } from './text.ts'
import type { GroupReport, PartitionReport } from './report.ts'
import { levelOf, type WindowStatus } from './verdict.ts'
import { unreadOf } from './window.ts'

export interface LagLimits {
  /** Records unread by the group, all its partitions together. */
  readonly maxLag?: number | undefined
  /** Records unread of any one partition. */
  readonly maxPartitionLag?: number | undefined
  /** Age of the first unread record of any partition, ms. */
  readonly maxTimeMs?: number | undefined
  /** Records that were deleted before the group read them. */
  readonly maxLost?: number | undefined
  /** Verdicts of the window that are findings. */
  readonly statuses?: readonly WindowStatus[] | undefined
  /** Members that the group must have. */
  readonly minMembers?: number | undefined
}

export interface LagRule extends LagLimits {
  /** Null: the flags of the command. */
  readonly name: string | null
  readonly severity: string | null
  /** Patterns for whole names; undefined: every group. */
  readonly groups?: readonly string[] | undefined
  readonly except?: readonly string[] | undefined
  /** Only these topics count; undefined: all. */
  readonly topics?: readonly string[] | undefined
  /** How long a limit must be passed without a break, ms. */
  readonly forMs: number
  /** Partitions with records of which the group has committed nothing: unknown, or left out. */
  readonly uncommitted: 'unknown' | 'ignore'
  /** Whether it is fine that no group matches. */
  readonly optional: boolean
}

export type LimitName =
  | 'max-lag'
  | 'max-partition-lag'
  | 'max-time'
  | 'max-lost'
  | 'status'
  | 'min-members'
  | 'offsets'
  | 'groups'

export interface Evaluation {
  group: string | null
  rule: string | null
  severity: string | null
  /** `offsets`: whether the group can be read at all; `groups`: whether there are any. */
  limit: LimitName
  outcome: 'fine' | 'over' | 'unknown'
  /** What was measured; null when it is not known, or no number. */
  value: number | null
  /** What is allowed; null where that is no number. */
  allowed: number | null
  /** One sentence without the group's name. */
  message: string
  /** How long it must stay so before it counts, ms. */
  holdMs: number
}

/** A rule with its patterns compiled. Throws MqError (usage) for a bad one. */
export class RuleMatcher {
  readonly rule: LagRule
  readonly #groups: readonly RegExp[] | undefined
  readonly #except: readonly RegExp[]
  readonly #topics: readonly RegExp[] | undefined

  constructor(rule: LagRule) {
    this.rule = rule
    this.#groups = rule.groups?.map(wholeName)
    this.#except = rule.except?.map(wholeName) ?? []
    this.#topics = rule.topics?.map(wholeName)
  }

  takes(group: string): boolean {
    return (this.#groups?.some((one) => one.test(group)) ?? true) && !this.#except.some((one) => one.test(group))
  }

  partitions(group: GroupReport): PartitionReport[] {
    const topics = this.#topics
    return topics === undefined
      ? group.partitions
      : group.partitions.filter(({ topic }) => topics.some((one) => one.test(topic)))
  }
}

/**
 * What the rule finds in a group. `named`: the user named the group, so that one without offsets is not simply left out.
 * `windowMs`: how long the window is that verdicts need.
 */
export function evaluate(matcher: RuleMatcher, group: GroupReport, named: boolean, windowMs: number): Evaluation[] {
  const { rule } = matcher
  const rows = matcher.partitions(group)
  const found: Evaluation[] = []
  const add = (limit: LimitName, part: Pick<Evaluation, 'outcome' | 'message'> & Partial<Evaluation>) =>
    found.push({
      ...{ group: group.group, rule: rule.name, severity: rule.severity, limit, value: null, allowed: null },
      ...{ holdMs: rule.forMs, ...part },
    })
  if (group.error !== undefined) {
    add('offsets', { outcome: 'unknown', message: group.error.message })
    return found
  }
  const { minMembers } = rule
  if (minMembers !== undefined) {
    const members = group.members ?? 0
    const message = `${members} member${members === 1 ? '' : 's'}, wanted ${minMembers}`
    add('min-members', {
      outcome: members < minMembers ? 'over' : 'fine',
      value: members,
      allowed: minMembers,
      message,
    })
  }
  if (rows.length === 0) {
    if (named) add('offsets', { outcome: 'unknown', message: 'no committed offsets' })
    return found
  }
  const unknown = unknownOf(rows, rule)
  add('offsets', { outcome: unknown === undefined ? 'fine' : 'unknown', message: unknown ?? 'every offset is known' })
  const { maxLag, maxPartitionLag, maxTimeMs, maxLost, statuses } = rule
  const sum = rows.reduce((total, row) => total + (unreadOf(row) ?? 0), 0)
  const over = (value: number, allowed: number) =>
    ({ outcome: value > allowed ? 'over' : 'fine', value, allowed }) as const
  if (maxLag !== undefined) {
    const where = rows.length > 1 ? `; most on ${placeOf(longest(rows, (row) => unreadOf(row) ?? 0))}` : ''
    add('max-lag', { ...over(sum, maxLag), message: `lag ${sum} > ${maxLag}${where}` })
  }
  if (maxPartitionLag !== undefined) {
    const most = longest(rows, (row) => unreadOf(row) ?? 0)
    const lag = unreadOf(most) ?? 0
    add('max-partition-lag', {
      ...over(lag, maxPartitionLag),
      message: `lag ${lag} > ${maxPartitionLag} on ${placeOf(most)}`,
    })
  }
  if (maxTimeMs !== undefined) {
    const most = longest(rows, ({ timeLagMs }) => timeLagMs ?? 0)
    const time = most.timeLagMs ?? 0
    const timeless = rows.find((row) => row.timeLagMs === null && (unreadOf(row) ?? 0) > 0)
    const part = over(time, maxTimeMs)
    if (part.outcome === 'fine' && timeless !== undefined) {
      const message = `no time lag of ${placeOf(timeless)}: ${timeless.reason ?? 'not known'}`
      add('max-time', { outcome: 'unknown', allowed: maxTimeMs, message })
    } else {
      const message = `time lag ${formatMs(time)} > ${formatMs(maxTimeMs)} on ${placeOf(most)}`
      add('max-time', { ...part, message })
    }
  }
  if (maxLost !== undefined) {
    const lost = rows.reduce((total, row) => total + (row.lost ?? 0), 0)
    const message = `${lost} records were deleted before the group read them`
    add('max-lost', { ...over(lost, maxLost), message })
  }
  if (statuses !== undefined) add('status', { ...statusOf(rows, statuses), holdMs: Math.max(rule.forMs, windowMs) })
  return found
}

/** Why the offsets are not known; undefined when all are. An empty log that nobody has committed to has nothing to lag. */
function unknownOf(rows: readonly PartitionReport[], rule: LagRule): string | undefined {
  for (const row of rows) {
    if (row.error !== undefined) return row.error.message
    const { committed, logStart, logEnd } = row
    if (committed === null) {
      if (rule.uncommitted === 'ignore' || (logEnd !== null && logEnd === logStart)) continue
      const records = logEnd === null || logStart === null ? '' : `, which holds offsets ${logStart} to ${logEnd}`
      return `nothing committed on ${placeOf(row)}${records}`
    }
    if (unreadOf(row) === null) return `${placeOf(row)}: ${row.reason ?? 'the lag is not known'}`
  }
  return undefined
}

function statusOf(
  rows: readonly PartitionReport[],
  statuses: readonly WindowStatus[],
): Pick<Evaluation, 'outcome' | 'message'> {
  const bad = rows.filter(({ verdict }) => verdict.status !== null && statuses.includes(verdict.status))
  if (bad.length > 0) {
    const grave = bad.filter(({ verdict }) => levelOf(verdict.status!) === 'ERR')
    const most = longest(grave.length > 0 ? grave : bad, ({ lag }) => lag ?? 0)
    const { status, why, firstCommit, lastCommit, samples } = most.verdict
    const from =
      firstCommit === null ? '' : ` (commits ${firstCommit.offset} to ${lastCommit!.offset}, ${samples} looks)`
    const more = bad.length === 1 ? '' : `; ${bad.length - 1} more`
    return { outcome: 'over', message: `${status} on ${placeOf(most)}: ${why}${from}${more}` }
  }
  const open = rows.find((row) => row.verdict.status === null && row.committed !== null)
  if (open !== undefined) return { outcome: 'unknown', message: `no verdict on ${placeOf(open)}: ${open.verdict.why}` }
  return { outcome: 'fine', message: 'it gets on' }
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

function longest(rows: readonly PartitionReport[], read: (row: PartitionReport) => number): PartitionReport {
  return rows.reduce((most, row) => (read(row) > read(most) ? row : most))
}
