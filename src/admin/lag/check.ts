/**
 * Whether groups keep their limits, for scripts: looks until every limit is known to be kept or known to be passed for as
 * long as its rule says. `over` is proven, `unknown` is what could not be told; neither is fine. A limit that any look of the
 * time shows as kept is kept. Clock and pauses are passed in.
 */
import { EXIT, MqError } from '../../base/errors.ts'
import type { GroupList } from '../group-list.ts'
import { listErrorName } from '../group-list.ts'
import type { LagLook, LagSource } from './probe.ts'
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
  readonly sleep: (ms: number) => Promise<void>
  readonly nowMs: () => number
}

const keyOf = ({ rule, group, limit }: Evaluation) => JSON.stringify([rule, group, limit])

/** Throws what the last look threw when nobody could be asked at the end. */
export async function checkLag(options: CheckOptions): Promise<CheckReport> {
  const { rules, source, nowMs, intervalMs } = options
  const matchers = rules.map((rule) => new RuleMatcher(rule))
  const patienceMs = Math.max(0, ...rules.map(({ forMs }) => forMs))
  const started = nowMs()
  let firstMs: number | undefined
  const kept = new Set<string>()
  for (let looks = 0; ; ) {
    let look: LagLook
    try {
      look = await source.look()
    } catch (error) {
      // What is to hold for minutes may be asked again; what was over before is not proven without a look at the end.
      if (!mayHeal(error) || nowMs() - started >= patienceMs) throw error
      await options.sleep(Math.min(intervalMs, Math.max(0, patienceMs - (nowMs() - started))))
      continue
    }
    looks += 1
    const found = evaluateAll(look, matchers, options)
    for (const key of keptIn(found)) kept.add(key)
    const open = found.filter((one) => one.outcome !== 'fine' && !kept.has(keyOf(one)))
    // From look to look: what the first one took is no time in which anything was seen.
    firstMs ??= nowMs()
    const spanMs = nowMs() - firstMs
    const waitMs = Math.max(0, ...open.map(({ holdMs }) => holdMs - spanMs))
    // Where looks are slow the window is over before there are enough of them.
    const isShort = looks < LOOKS_MIN && open.some(({ limit }) => limit === 'status')
    if (waitMs === 0 && !isShort) return reportOf(look, found, open, looks, spanMs, rules)
    await options.sleep(waitMs === 0 ? 0 : Math.min(intervalMs, waitMs))
  }
}

/** The limits that a look shows as kept: none of a group that it cannot read whole, nor that it can be read. */
function keptIn(found: readonly Evaluation[]): string[] {
  const groupOf = ({ rule, group }: Evaluation) => JSON.stringify([rule, group])
  const isReading = ({ limit }: Evaluation) => limit === 'offsets' || limit === 'groups'
  const unread = new Set(found.filter((one) => isReading(one) && one.outcome === 'unknown').map(groupOf))
  return found.filter((one) => one.outcome === 'fine' && !isReading(one) && !unread.has(groupOf(one))).map(keyOf)
}

/** What the user named wrongly stays wrong. */
function mayHeal(error: unknown): boolean {
  if (!(error instanceof MqError)) return false
  return error.exitCode !== EXIT.usage && error.code !== 'UNKNOWN_TOPIC_OR_PARTITION'
}

function evaluateAll(look: LagLook, matchers: readonly RuleMatcher[], options: CheckOptions): Evaluation[] {
  const found: Evaluation[] = []
  for (const matcher of matchers) {
    const groups = look.groups.filter(({ group }) => matcher.takes(group))
    for (const group of groups) {
      const isNamed = matcher.rule.topics === undefined && options.names.includes(group.group)
      found.push(...evaluate(matcher, group, isNamed, options.windowMs))
    }
    const { rule } = matcher
    // Where groups are named, each must have a rule; otherwise each rule must have a group.
    const isPicked = options.names.length === 0 && (options.filtered || rule.groups !== undefined)
    if (groups.length === 0 && isPicked && !rule.optional) found.push(nothing(rule, 'no group matches'))
  }
  for (const name of new Set(options.names)) {
    if (matchers.some((matcher) => matcher.takes(name))) continue
    found.push({ ...nothing(options.rules[0]!, 'no rule takes it'), group: name, rule: null, severity: null })
  }
  const holdMs = Math.max(0, ...options.rules.map(({ forMs }) => forMs))
  for (const { broker, error } of look.errors) {
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

function reportOf(
  look: LagLook,
  found: readonly Evaluation[],
  problems: Evaluation[],
  looks: number,
  spanMs: number,
  rules: readonly LagRule[],
): CheckReport {
  const isOver = problems.some(({ outcome }) => outcome === 'over')
  const verdict = isOver ? 'over' : problems.length > 0 ? 'unknown' : 'ok'
  const checked = new Set(found.flatMap(({ group }) => (group === null ? [] : [group])))
  const groups = look.groups.filter(({ group }) => checked.has(group))
  problems.sort((a, b) => (a.outcome === b.outcome ? 0 : a.outcome === 'over' ? -1 : 1))
  const why = verdict === 'ok' ? fineText(groups, rules) : problemText(verdict, problems)
  return { at: look.at, verdict, why, looks, spanMs, problems, groups, errors: look.errors }
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

function fineText(groups: readonly GroupReport[], rules: readonly LagRule[]): string {
  if (groups.length === 0) return 'OK: there are no groups'
  const count = groups.length === 1 ? groups[0]!.group : `${groups.length} groups`
  const lag = most(groups, ({ unread }) => unread)
  const time = most(groups, ({ maxTimeLagMs }) => maxTimeLagMs)
  const of = (name: string) => (groups.length === 1 ? '' : ` (${name})`)
  const parts = [
    ...(lag === undefined ? [] : [`lag ${lag.value}${of(lag.group)}`]),
    ...(time === undefined ? [] : [`time lag ${formatMs(time.value)}${of(time.group)}`]),
  ]
  const kept = rules.length === 1 ? 'within the limits' : `within the limits of ${rules.length} rules`
  return `OK: ${count} ${kept}${parts.length === 0 ? '' : `; at most ${parts.join(', ')}`}`
}

function most(
  groups: readonly GroupReport[],
  read: (group: GroupReport) => number | null,
): { group: string; value: number } | undefined {
  let found: { group: string; value: number } | undefined
  for (const group of groups) {
    const value = read(group)
    if (value !== null && (found === undefined || value > found.value)) found = { group: group.group, value }
  }
  return found
}
