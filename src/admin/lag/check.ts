/**
 * Whether groups keep their limits, for scripts: looks until every limit is known to be kept or known to be passed for as
 * long as its rule says. `over` is proven, `unknown` is what could not be told; neither is fine. A limit that any look of the
 * time shows as kept is kept. Clock and pauses are passed in.
 */
import { EXIT, MqError } from '../../base/errors.ts'
import type { GroupList } from '../group-list.ts'
import { listErrorName } from '../group-list.ts'
import type { LagSource, LookEnd } from './probe.ts'
import type { GroupReport } from './report.ts'
import { LOOKS_MIN } from './verdict.ts'
import { type Evaluation, evaluate, type LagRule, RuleMatcher } from './limits.ts'
import { formatMs, someOf } from './text.ts'

export type CheckVerdict = 'ok' | 'over' | 'unknown'

export interface CheckReport {
  /** ms since the epoch, of the last look. */
  at: number
  verdict: CheckVerdict
  /** The one line that says why. */
  why: string
  /** Looks that succeeded, and the time from the first to the last in ms. */
  looks: number
  spanMs: number
  /** The limits that are passed or not known. */
  problems: Evaluation[]
  /** Those that were checked; none unless `keepGroups`. */
  groups: GroupReport[]
  errors: GroupList['errors']
}

export interface CheckOptions {
  readonly source: LagSource
  readonly rules: readonly LagRule[]
  /** Groups that the user named; none: whatever was found. */
  readonly names: readonly string[]
  /** Whether the user picked groups by a filter, so that none at all is a mistake. */
  readonly filtered: boolean
  readonly intervalMs: number
  /** How long verdicts of the window look. */
  readonly windowMs: number
  /** Whether the report is to hold the groups: thousands of them take much memory. */
  readonly keepGroups: boolean
  readonly sleep: (ms: number) => Promise<void>
  readonly nowMs: () => number
}

const keyOf = ({ rule, group, limit }: Evaluation) => JSON.stringify([rule, group, limit])

/** Throws what the last look threw when nobody could be asked at the end. */
export async function checkLag(options: CheckOptions): Promise<CheckReport> {
  const { rules, nowMs, intervalMs } = options
  const matchers = rules.map((rule) => new RuleMatcher(rule))
  const patienceMs = Math.max(0, ...rules.map(({ forMs }) => forMs))
  const started = nowMs()
  let firstMs: number | undefined
  const kept = new Set<string>()
  for (let looks = 0; ; ) {
    let look: CheckedLook
    try {
      look = await checkedLook(matchers, options, kept)
    } catch (error) {
      // What is to hold for minutes may be asked again; what was over before is not proven without a look at the end.
      if (!mayHeal(error) || nowMs() - started >= patienceMs) throw error
      await options.sleep(Math.min(intervalMs, Math.max(0, patienceMs - (nowMs() - started))))
      continue
    }
    looks += 1
    const { open } = look
    // From look to look: what the first one took is no time in which anything was seen.
    firstMs ??= nowMs()
    const spanMs = nowMs() - firstMs
    const waitMs = open.reduce((most, { holdMs }) => Math.max(most, holdMs - spanMs), 0)
    // Where looks are slow the window is over before there are enough of them.
    const isShort = looks < LOOKS_MIN && open.some(({ limit }) => limit === 'status')
    if (waitMs === 0 && !isShort) return reportOf(look, looks, spanMs, rules)
    await options.sleep(waitMs === 0 ? 0 : Math.min(intervalMs, waitMs))
  }
}

/** What is left of a look when its groups have been judged. */
interface CheckedLook extends LookEnd {
  /** What is over or unknown, and was not seen kept in this look or one before. */
  open: Evaluation[]
  /** How many groups any rule takes, and of those who has most. */
  count: number
  only: string
  lag: Most | undefined
  time: Most | undefined
  groups: GroupReport[]
}

interface Most {
  readonly group: string
  readonly value: number
}

/** Takes a look and judges each group as it comes. `kept`, the limits that some look shows as kept, grows. */
async function checkedLook(
  matchers: readonly RuleMatcher[],
  options: CheckOptions,
  kept: Set<string>,
): Promise<CheckedLook> {
  const matched = new Set<RuleMatcher>()
  const found: Evaluation[] = []
  let count = 0
  let only = ''
  let [lag, time]: (Most | undefined)[] = []
  const groups: GroupReport[] = []
  const end = await options.source.look((group) => {
    const { group: name, unread, maxTimeLagMs } = group
    let isTaken = false
    for (const matcher of matchers) {
      if (!matcher.takes(name)) continue
      matched.add(matcher)
      const isNamed = matcher.rule.topics === undefined && options.names.includes(name)
      const evaluations = evaluate(matcher, group, isNamed, options.windowMs)
      for (const key of keptIn(evaluations)) kept.add(key)
      for (const one of evaluations) if (one.outcome !== 'fine') found.push(one)
      if (evaluations.length > 0) isTaken = true
    }
    if (!isTaken) return
    count += 1
    only = name
    if (unread !== null && unread > (lag?.value ?? -1)) lag = { group: name, value: unread }
    if (maxTimeLagMs !== null && maxTimeLagMs > (time?.value ?? -1)) time = { group: name, value: maxTimeLagMs }
    if (options.keepGroups) groups.push(group)
  })
  found.push(...missing(end, matchers, matched, options))
  const open = found.filter((one) => !kept.has(keyOf(one)))
  return { ...end, open, count, only, lag, time, groups }
}

/** The limits that a rule finds kept by a group: none when it cannot be read whole, nor that it can be read. */
function keptIn(found: readonly Evaluation[]): string[] {
  const isReading = ({ limit }: Evaluation) => limit === 'offsets' || limit === 'groups'
  if (found.some((one) => isReading(one) && one.outcome === 'unknown')) return []
  return found.filter((one) => one.outcome === 'fine' && !isReading(one)).map(keyOf)
}

/** What the user named wrongly stays wrong. */
function mayHeal(error: unknown): boolean {
  if (!(error instanceof MqError)) return false
  return error.exitCode !== EXIT.usage && error.code !== 'UNKNOWN_TOPIC_OR_PARTITION'
}

/** Rules without groups, names without rules, brokers without an answer. `matched`: the rules that had groups. */
function missing(
  end: LookEnd,
  matchers: readonly RuleMatcher[],
  matched: ReadonlySet<RuleMatcher>,
  options: CheckOptions,
): Evaluation[] {
  const found: Evaluation[] = []
  for (const matcher of matchers) {
    const { rule } = matcher
    // Where groups are named, each must have a rule; otherwise each rule must have a group.
    const isPicked = options.names.length === 0 && (options.filtered || rule.groups !== undefined)
    if (!matched.has(matcher) && isPicked && !rule.optional) found.push(nothing(rule, 'no group matches'))
  }
  for (const name of new Set(options.names)) {
    if (matchers.some((matcher) => matcher.takes(name))) continue
    found.push({ ...nothing(options.rules[0]!, 'no rule takes it'), group: name, rule: null, severity: null })
  }
  const holdMs = Math.max(0, ...options.rules.map(({ forMs }) => forMs))
  for (const { broker, error } of end.errors) {
    const { message } = error
    found.push({ ...nothing(options.rules[0]!, message), rule: listErrorName(broker), severity: null, holdMs })
  }
  return found
}

function nothing(rule: LagRule, message: string): Evaluation {
  return {
    ...{ group: null, rule: rule.name, severity: rule.severity, limit: 'groups', outcome: 'unknown' },
    ...{ value: null, allowed: null, message, holdMs: rule.forMs },
  }
}

function reportOf(look: CheckedLook, looks: number, spanMs: number, rules: readonly LagRule[]): CheckReport {
  const { at, open: problems, groups, errors } = look
  const isOver = problems.some(({ outcome }) => outcome === 'over')
  const verdict = isOver ? 'over' : problems.length > 0 ? 'unknown' : 'ok'
  problems.sort((a, b) => (a.outcome === b.outcome ? 0 : a.outcome === 'over' ? -1 : 1))
  const why = verdict === 'ok' ? fineText(look, rules) : problemText(verdict, problems)
  return { at, verdict, why, looks, spanMs, problems, groups, errors }
}

/** Problems that a line names; the rest is counted. */
const NAMED_MAX = 5

function problemText(verdict: CheckVerdict, problems: readonly Evaluation[]): string {
  const texts = problems.map(({ group, rule, severity, limit, outcome, message, holdMs }) => {
    const held = outcome === 'over' && holdMs > 0 && limit !== 'status' ? ` for ${formatMs(holdMs)}` : ''
    const by = group === null || rule === null ? '' : ` [${rule}${severity === null ? '' : `, ${severity}`}]`
    const doubt = outcome === 'unknown' && verdict === 'over' ? 'unknown: ' : ''
    const who = group !== null ? `${group}: ` : rule === null ? '' : `${rule}: `
    return `${who}${doubt}${message}${held}${by}`
  })
  return `${verdict === 'over' ? 'OVER' : 'UNKNOWN'}: ${someOf(texts, NAMED_MAX)}`
}

function fineText({ count, only, lag, time }: CheckedLook, rules: readonly LagRule[]): string {
  if (count === 0) return 'OK: there are no groups'
  const of = (name: string) => (count === 1 ? '' : ` (${name})`)
  const parts = [
    ...(lag === undefined ? [] : [`lag ${lag.value}${of(lag.group)}`]),
    ...(time === undefined ? [] : [`time lag ${formatMs(time.value)}${of(time.group)}`]),
  ]
  const kept = rules.length === 1 ? 'within the limits' : `within the limits of ${rules.length} rules`
  const who = count === 1 ? only : `${count} groups`
  return `OK: ${who} ${kept}${parts.length === 0 ? '' : `; at most ${parts.join(', ')}`}`
}
