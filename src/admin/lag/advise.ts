/**
 * How many consumers would catch up in time, from rates that were measured. What one consumer can do shows only where it is
 * behind; where all are caught up it reads what there is, and could read more. Of a topic's partitions each is read by one
 * consumer, so that no number of consumers helps a partition that alone gets more than one can read.
 */
import { catchUpMs } from './rates.ts'
import type { GroupReport, PartitionReport } from './report.ts'
import { formatMs } from './text.ts'
import { unreadOf } from './window.ts'

export interface Advice {
  withinMs: number
  /** Consumers that have partitions now. */
  consumers: number
  partitions: number
  /** Records a second of one consumer; null when not measured. */
  perConsumer: number | null
  /** `measured` while behind; `at least`: nobody was behind, so that more may be possible. */
  basis: 'measured' | 'at least' | null
  /** Records a second that must be read to catch up in time. */
  neededPerSecond: number | null
  /** Consumers that this takes, whatever the partitions allow. */
  wanted: number | null
  /** The same, held to the partitions; null without advice. */
  advised: number | null
  /** Time to catch up with the advised number; null when never. */
  catchUpMs: number | null
  /** A partition that one consumer cannot catch up with in time. */
  bottleneck: { topic: string; partition: number; catchUpMs: number | null } | null
  /** The advice, or why there is none, for people. */
  text: string
}

/** Advice for a group of a report over a window. `behind`: whether a partition had records unread in every look. */
export function advise(group: GroupReport, behind: (row: PartitionReport) => boolean, withinMs: number): Advice {
  const owners = consumersOf(group)
  const consumers = owners.size === 0 ? (group.type === 'streams' ? (group.members ?? 0) : 0) : owners.size
  const { inPerSecond, outPerSecond, unread } = group
  const none = (text: string): Advice => ({
    ...{ withinMs, consumers, partitions: group.partitions.length, perConsumer: null, basis: null },
    ...{ neededPerSecond: null, wanted: null, advised: null, catchUpMs: null, bottleneck: null, text },
  })
  if (group.error !== undefined) return none(group.error.message)
  if (inPerSecond === null || outPerSecond === null || unread === null) return none('no rates were measured')
  const needed = rounded(inPerSecond + (unread / withinMs) * 1000)
  if (needed === 0) return { ...none('nothing comes in, and nothing is unread'), neededPerSecond: 0 }
  if (consumers === 0) {
    const isRead = outPerSecond > 0
    const why = isRead ? 'who reads it is no member of the group, and not counted' : 'nobody reads it: start a consumer'
    return { ...none(why), neededPerSecond: needed }
  }
  const isBehind = [...owners.values()].filter((rows) => rows.some(behind))
  const measured = isBehind.length > 0 ? isBehind : [...owners.values()]
  const rates = measured.map((rows) => rows.reduce((sum, row) => sum + Math.max(0, row.outPerSecond ?? 0), 0))
  const perConsumer = rates.length === 0 ? outPerSecond / consumers : rates.reduce((a, b) => a + b, 0) / rates.length
  if (perConsumer <= 0) {
    return { ...none('its consumers do not get on: more of them would not either'), neededPerSecond: needed }
  }
  const wanted = Math.max(1, Math.ceil(needed / perConsumer))
  // Consumers of a share group share partitions: there may be more of them.
  const most = group.type === 'share' ? Number.POSITIVE_INFINITY : group.partitions.length
  const advised = Math.min(wanted, most)
  const slowest = group.type === 'share' ? null : slowestOf(group.partitions, perConsumer)
  const whole = catchUpMs(unread, { inPerSecond, outPerSecond: advised * perConsumer })
  const known = {
    ...{ withinMs, consumers, partitions: group.partitions.length, perConsumer: rounded(perConsumer) },
    ...({ basis: isBehind.length > 0 ? 'measured' : 'at least', neededPerSecond: needed, wanted, advised } as const),
    catchUpMs: later(whole, slowest === null ? 0 : slowest.catchUpMs),
    bottleneck: slowest !== null && exceeds(slowest.catchUpMs, withinMs) ? slowest : null,
  }
  return { ...known, text: textOf(known, group) }
}

function consumersOf({ partitions }: GroupReport): Map<string, PartitionReport[]> {
  const owners = new Map<string, PartitionReport[]>()
  for (const row of partitions) {
    if (row.memberId === null) continue
    const rows = owners.get(row.memberId)
    if (rows === undefined) owners.set(row.memberId, [row])
    else rows.push(row)
  }
  return owners
}

/** The partition that takes longest when a consumer has it for itself; null when nothing is unread. */
function slowestOf(rows: readonly PartitionReport[], perConsumer: number): NonNullable<Advice['bottleneck']> | null {
  let slowest: NonNullable<Advice['bottleneck']> | null = null
  for (const row of rows) {
    const { topic, partition } = row
    const time = catchUpMs(unreadOf(row), { inPerSecond: row.inPerSecond ?? 0, outPerSecond: perConsumer })
    if (time === 0) continue
    if (slowest === null || later(time, slowest.catchUpMs) === time) slowest = { topic, partition, catchUpMs: time }
  }
  return slowest
}

/** The later of two times; null is never. */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b)
}

function exceeds(time: number | null, limitMs: number): boolean {
  return time === null || time > limitMs
}

function textOf(advice: Omit<Advice, 'text'>, { type }: GroupReport): string {
  const { consumers, partitions, wanted, advised, withinMs, bottleneck, basis } = advice
  const within = `within ${formatMs(withinMs)}`
  const many = (count: number | null, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
  const parts: string[] = []
  if (wanted! > partitions && type !== 'share') {
    parts.push(
      `${many(wanted, 'consumer')} would be needed to catch up ${within}, and ${many(partitions, 'partition')} allow no more than ${partitions}`,
    )
    parts.push(
      advice.catchUpMs === null
        ? 'with those it never catches up'
        : `with those it takes ${formatMs(advice.catchUpMs)}`,
    )
    parts.push(`a topic of ${many(wanted, 'partition')} or a faster consumer would do`)
  } else if (advised! > consumers) {
    parts.push(`${many(advised, 'consumer')} instead of ${consumers} to catch up ${within}`)
  } else {
    parts.push(
      `${many(advised, 'consumer')} would do to catch up ${within}; there ${consumers === 1 ? 'is' : 'are'} ${consumers}`,
    )
  }
  if (bottleneck !== null) {
    const { topic, partition, catchUpMs: time } = bottleneck
    const takes = time === null ? 'gets more than one consumer reads' : `takes one consumer ${formatMs(time)}`
    parts.push(`${topic}-${partition} alone ${takes}: more consumers do not help there`)
  }
  if (basis === 'at least') parts.push('nobody was behind, so that a consumer may read more than was measured')
  return parts.join('; ')
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
