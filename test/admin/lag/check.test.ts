/** What `mq lag check` finds: every limit, the hard cases, and how long something must last. */
import { describe, expect, it } from 'vitest'
import { MqError } from '../../../src/base/errors.ts'
import type { GroupLag } from '../../../src/admin/lag.ts'
import { checkLag, type CheckReport } from '../../../src/admin/lag/check.ts'
import type { LagRule } from '../../../src/admin/lag/limits.ts'
import { NOTHING_UNREAD } from '../../../src/admin/lag.ts'
import { group, Looks, row } from './support.ts'

const rule = (more: Partial<LagRule>): LagRule => ({
  ...{ name: null, severity: null, forMs: 0, uncommitted: 'unknown', optional: false, ...more },
})

interface More {
  names?: string[]
  filtered?: boolean
  windowMs?: number
}

async function check(
  looks: Looks | readonly (readonly GroupLag[] | Error)[],
  rules: Partial<LagRule> | Partial<LagRule>[],
  more: More = {},
): Promise<CheckReport> {
  const source = looks instanceof Looks ? looks : new Looks(looks)
  return checkLag({
    ...{ source, rules: [rules].flat().map(rule), names: [], filtered: false, intervalMs: 1000, windowMs: 0 },
    ...{ keepGroups: true, ...more },
    ...{ sleep: source.sleep, nowMs: () => source.nowMs },
  })
}
const outcome = ({ verdict, why }: CheckReport) => [verdict, why]
const behind = (lag: number, more: Partial<GroupLag> = {}) => [group('billing', [row(0, 0, lag)], more)]

describe('limits', () => {
  it('are kept, or passed, by all partitions of a group together', async () => {
    const both = [group('billing', [row(0, 5, 10), row(1, 3, 13)])]
    expect(outcome(await check([both], { maxLag: 15 }))).toEqual([
      ...['ok', 'OK: billing within the limits; at most lag 15, time lag 10s'],
    ])
    const over = await check([both], { maxLag: 14 })
    expect(outcome(over)).toEqual(['over', 'OVER: billing: lag 15 > 14; most on orders-1'])
    expect(over).toMatchObject({ looks: 1, problems: [{ limit: 'max-lag', value: 15, allowed: 14 }] })
    expect(outcome(await check([both], { maxPartitionLag: 9 }))[1]).toBe('OVER: billing: lag 10 > 9 on orders-1')
    expect(outcome(await check([both], { maxTimeMs: 9000 }))[1]).toBe('OVER: billing: time lag 10s > 9s on orders-1')
    expect(outcome(await check([both], { minMembers: 2 }))[1]).toBe('OVER: billing: 1 member, wanted 2')
  })

  it('names the worst five and counts the rest, and says who has most when all is well', async () => {
    const many = Array.from({ length: 7 }, (_, index) => group(`g${index}`, [row(0, 0, 10 + index)]))
    expect(outcome(await check([many], { maxLag: 5 }))[1]).toMatch(
      /^OVER: g0: lag 10 > 5; g1: .*g4: lag 14 > 5; 2 more$/,
    )
    expect(outcome(await check([many], { maxLag: 50 }))[1]).toBe(
      'OK: 7 groups within the limits; at most lag 16 (g6), time lag 16s (g6)',
    )
  })

  it('counts deleted records apart', async () => {
    const lost = [group('billing', [row(0, 2, 10, { logStart: 6, lost: 4 })])]
    expect(outcome(await check([lost], { maxLost: 0 }))[1]).toBe(
      'OVER: billing: 4 records were deleted before the group read them',
    )
    expect((await check([lost], { maxLost: 4, maxLag: 8 })).verdict).toBe('ok')
  })

  it('holds rules against the groups and topics that they name', async () => {
    const groups = [
      group('billing', [row(0, 0, 50), row(1, 0, 500, { topic: 'audit' })]),
      group('shipping', [row(0, 0, 70)]),
      group('test-1', [row(0, 0, 9000)]),
    ]
    const rules = [
      { name: 'all', maxLag: 60, topics: ['orders'], except: ['test-.*'], severity: 'warning' },
      { name: 'none', maxLag: 1, groups: ['orders-.*'], optional: true },
    ]
    const report = await check([groups], rules)
    expect(outcome(report)).toEqual(['over', 'OVER: shipping: lag 70 > 60 [all, warning]'])
    expect(report.groups.map((one) => one.group)).toEqual(['billing', 'shipping'])
    const named = await check([groups.slice(0, 1)], [...rules, { name: 'letters', maxLag: 0, topics: ['x'] }], {
      names: ['billing'],
    })
    expect(outcome(named)).toEqual(['ok', 'OK: billing within the limits of 3 rules; at most lag 550, time lag 8m20s'])
    const left = await check([groups.slice(2)], rules, { names: ['test-1'] })
    expect(outcome(left)).toEqual(['unknown', 'UNKNOWN: test-1: no rule takes it'])
    const strict = await check([groups], { name: 'none', maxLag: 1, groups: ['orders-.*'] })
    expect(outcome(strict)).toEqual(['unknown', 'UNKNOWN: none: no group matches'])
  })
})

describe('what cannot be told is never fine', () => {
  it('a group without an answer, without offsets, or not there', async () => {
    const error = { code: 'GROUP_ID_NOT_FOUND', message: 'there is no group x' }
    const dead = await check([[group('x', [], { error, state: null })]], { maxLag: 5 })
    expect(outcome(dead)).toEqual(['unknown', 'UNKNOWN: x: there is no group x'])
    expect((await check([[group('x', [])]], { maxLag: 5 }, { names: ['x'] })).verdict).toBe('unknown')
    expect(outcome(await check([[group('x', [])]], { maxLag: 5 }))).toEqual(['ok', 'OK: there are no groups'])
    expect((await check([[]], { maxLag: 5 }, { filtered: true })).verdict).toBe('unknown')
  })

  it('brokers that do not answer, even when all that is seen is well', async () => {
    const source = new Looks([behind(1)])
    source.errors.push({ broker: 2, error: { code: 'MQ_CONNECTION', message: 'connection refused' } })
    expect(outcome(await check(source, { maxLag: 5 }))).toEqual(['unknown', 'UNKNOWN: broker 2: connection refused'])
  })

  it('nothing committed where there are records; nothing to lag where there are none', async () => {
    const fresh = [group('billing', [row(0, 5, 5), row(1, null, 9, { memberId: 'm', reason: 'no committed offset' })])]
    const report = await check([fresh], { maxLag: 5 })
    const message = 'nothing committed on orders-1, which holds offsets 0 to 9'
    expect(outcome(report)).toEqual(['unknown', `UNKNOWN: billing: ${message}`])
    expect((await check([fresh], { maxLag: 5, uncommitted: 'ignore' })).verdict).toBe('ok')
    expect((await check([[group('billing', [row(1, null, 0)])]], { maxLag: 5 })).verdict).toBe('ok')
  })

  it('a topic that is gone, and an offset behind the end of its log', async () => {
    const error = { code: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'there is no partition 0 of topic orders any more' }
    const gone = [group('billing', [row(0, 5, 0, { logEnd: null, lag: null, error })])]
    expect(outcome(await check([gone], { maxLag: 5 }))[1]).toBe(`UNKNOWN: billing: ${error.message}`)
    const anew = [group('billing', [row(0, 50, 3, { reason: 'committed beyond the log end' })])]
    expect(outcome(await check([anew], { maxLag: 5 }))[1]).toBe(
      'UNKNOWN: billing: orders-0: committed beyond the log end',
    )
  })

  it('records without a time, where the time counts', async () => {
    const timeless = [group('billing', [row(0, 0, 5, { timeLagMs: null, reason: 'the records carry no timestamp' })])]
    expect(outcome(await check([timeless], { maxTimeMs: 5 }))[0]).toBe('unknown')
    expect(outcome(await check([timeless], { maxLag: 5 }))[0]).toBe('ok')
  })

  it('and what is proven comes first beside it', async () => {
    const error = { code: 'NOT_COORDINATOR', message: 'not now' }
    const both = [group('a', [], { error, state: null }), group('b', [row(0, 0, 9)])]
    expect(outcome(await check([both], { maxLag: 5 }))).toEqual(['over', 'OVER: b: lag 9 > 5; a: unknown: not now'])
  })
})

it('markers at the end of the log are no lag', async () => {
  const markers = { timeLagMs: 0, reason: NOTHING_UNREAD }
  expect((await check([[group('billing', [row(0, 9, 10, markers)])]], { maxLag: 0, maxTimeMs: 0 })).verdict).toBe('ok')
})

describe('how long', () => {
  const limit = { maxLag: 5, forMs: 3000 }

  it('counts when every look of the time shows it', async () => {
    const source = new Looks([behind(9)])
    const report = await check(source, limit)
    expect(outcome(report)).toEqual(['over', 'OVER: billing: lag 9 > 5 for 3s'])
    expect(report).toMatchObject({ looks: 4, spanMs: 3000 })
  })

  it('ends with the first look that shows it kept', async () => {
    const source = new Looks([behind(9), behind(3), behind(9)])
    expect(await check(source, limit)).toMatchObject({ verdict: 'ok', looks: 2, spanMs: 1000 })
    expect(await check(new Looks([behind(2)]), limit)).toMatchObject({ verdict: 'ok', looks: 1 })
  })

  it('forgives one group and not the other', async () => {
    const look = (a: number, b: number) => [group('a', [row(0, 0, a)]), group('b', [row(0, 0, b)])]
    const report = await check([look(9, 9), look(3, 9), look(9, 9)], limit)
    expect(outcome(report)[1]).toBe('OVER: b: lag 9 > 5 for 3s')
  })

  it('asks again while it may, and does not call fine what it cannot ask at the end', async () => {
    const lost = new MqError('MQ_CONNECTION', 'connection refused')
    expect(await check([lost, behind(9), lost, behind(2)], limit)).toMatchObject({ verdict: 'ok', looks: 2 })
    await expect(check([behind(9), lost], limit)).rejects.toThrow('connection refused')
    await expect(check([lost], { maxLag: 5 })).rejects.toThrow('connection refused')
    const error = { code: 'NOT_COORDINATOR', message: 'not now' }
    const away = [group('billing', [], { error, state: null })]
    expect(await check([behind(9), away], limit)).toMatchObject({ verdict: 'unknown', spanMs: 3000 })
    expect(await check([away, behind(2)], limit)).toMatchObject({ verdict: 'ok', looks: 2 })
  })

  it('lets a group go that is deleted meanwhile, unless it was named', async () => {
    expect(await check([behind(9), []], limit)).toMatchObject({ verdict: 'ok' })
  })

  it('does not ask again for what the user named wrongly', async () => {
    const wrong = new MqError('UNKNOWN_TOPIC_OR_PARTITION', 'there is no topic x')
    const source = new Looks([wrong])
    await expect(check(source, limit)).rejects.toThrow('there is no topic x')
    expect(source.taken).toBe(1)
  })
})

describe('the status of the window', () => {
  const limit = { statuses: ['WARN', 'STALL', 'STOP', 'REWIND'] as const }
  const stopped = [group('billing', [row(0, 5, 10)], { state: 'Empty', members: 0 })]

  it('is judged when the window is full, with its evidence', async () => {
    const report = await check([stopped], limit, { windowMs: 10_000 })
    expect(outcome(report)).toEqual([
      'over',
      'OVER: billing: STOP on orders-0: no commit for 10s, and nobody reads it (commits 5 to 5, 11 looks)',
    ])
    expect(report).toMatchObject({ looks: 11, spanMs: 10_000, groups: [{ status: 'STOP' }] })
  })

  it('is judged over a full window too where a look takes its time', async () => {
    const source = new Looks([stopped])
    source.tookMs = 1700
    const report = await check(source, limit, { windowMs: 10_000 })
    expect(report.verdict).toBe('over')
    expect(report.spanMs).toBeGreaterThanOrEqual(10_000)
    const slow = new Looks([stopped])
    slow.tookMs = 30_000
    expect(await check(slow, limit, { windowMs: 10_000 })).toMatchObject({ verdict: 'over', looks: 3 })
  })

  it('needs no window for a group that is caught up', async () => {
    const report = await check([[group('billing', [row(0, 5, 5)])]], limit, { windowMs: 10_000 })
    expect(report).toMatchObject({ verdict: 'ok', looks: 1 })
  })

  it('leaves verdicts alone that nobody wants to hear of', async () => {
    const stalled = [group('billing', [row(0, 5, 10, { memberId: 'm' })])]
    expect((await check([stalled], { statuses: ['STOP'] }, { windowMs: 10_000 })).verdict).toBe('ok')
    expect((await check([stalled], { statuses: ['STALL'] }, { windowMs: 10_000 })).verdict).toBe('over')
  })
})
