/** Windows of looks and the verdicts on them: each rule, and the faults of other tools that it must not have. */
import { describe, expect, it } from 'vitest'
import { catchUpMs, growthOf, ratesOf, sumRates } from '../../../src/admin/lag/rates.ts'
import { reportGroups } from '../../../src/admin/lag/report.ts'
import { judge } from '../../../src/admin/lag/verdict.ts'
import { LagHistory, type LagSample, PartitionWindow, SampleSeries } from '../../../src/admin/lag/window.ts'
import { group, row } from './support.ts'

/** A look a second: committed and log end of each; a third number is what is unread in truth. */
function looks(numbers: readonly (readonly [number | null, number, number?])[], owned = true): SampleSeries {
  const samples = new SampleSeries()
  numbers.forEach(([committed, logEnd, unread], index) => {
    samples.push({
      ...{ atMs: 5000 + index * 1000, committed, logEnd, owned },
      unread: committed === null ? null : (unread ?? Math.max(0, logEnd - committed)),
    })
  })
  return samples
}
const statusOf = (...args: Parameters<typeof looks>) => judge(looks(...args)).status

describe('judge', () => {
  it('does not judge what it has not seen', () => {
    expect(judge(new SampleSeries())).toMatchObject({ status: null, why: 'not seen yet', samples: 0 })
    expect(judge(looks([[null, 10]]))).toMatchObject({ status: null, why: 'nothing committed', firstCommit: null })
    expect(
      judge(
        looks([
          [1, 10],
          [2, 10],
        ]),
      ),
    ).toMatchObject({ status: null, why: 'too few looks' })
    const three = looks([
      [1, 9],
      [1, 9],
      [1, 9],
    ])
    expect(judge(three, { minimumSpanMs: 2001 }).status).toBeNull()
    expect(judge(three, { minimumSpanMs: 2000 }).status).toBe('STALL')
  })

  it('is OK when caught up, after one look too, and within the allowed lag', () => {
    expect(statusOf([[10, 10]])).toBe('OK')
    expect(
      judge(
        looks(
          [
            [10, 12],
            [10, 13],
            [10, 14],
          ],
          false,
        ),
        { allowedLag: 4 },
      ),
    ).toMatchObject({ status: 'OK' })
  })

  it('is STOP when nobody commits any more, with the evidence', () => {
    expect(
      judge(
        looks(
          [
            [5, 10],
            [5, 11],
            [5, 12],
            [5, 13],
          ],
          false,
        ),
      ),
    ).toEqual({
      ...{ status: 'STOP', why: 'no commit for 3s, and nobody reads it', samples: 4, spanMs: 3000 },
      ...{ firstCommit: { at: 5000, offset: 5, lag: 5 }, lastCommit: { at: 5000, offset: 5, lag: 5 } },
    })
  })

  it('is not STOP while the silence is no longer than the time of the commits before', () => {
    expect(
      statusOf(
        [
          [1, 20],
          [3, 20],
          [5, 21],
          [5, 22],
          [5, 23],
        ],
        false,
      ),
    ).toBe('OK')
    expect(
      statusOf(
        [
          [1, 20],
          [3, 25],
          [3, 30],
          [3, 35],
          [3, 40],
        ],
        false,
      ),
    ).toBe('STOP')
  })

  it('is not STOP when the group was caught up a moment ago and records have come since', () => {
    expect(
      statusOf(
        [
          [10, 10],
          [10, 10],
          [10, 10],
          [10, 15],
        ],
        false,
      ),
    ).toBe('OK')
  })

  it('is STALL when a member holds it and does not move', () => {
    expect(
      judge(
        looks([
          [5, 10],
          [5, 10],
          [5, 10],
        ]),
      ),
    ).toMatchObject({ status: 'STALL', why: 'held by a member, and at 5 for 2s' })
  })

  it('begins to count with the first commit', () => {
    expect(
      statusOf([
        [null, 20],
        [null, 20],
        [null, 20],
        [5, 20],
      ]),
    ).toBeNull()
    expect(
      statusOf([
        [null, 20],
        [5, 20],
        [5, 20],
        [5, 20],
      ]),
    ).toBe('STALL')
  })

  it('is REWIND until a later commit has made good', () => {
    expect(
      judge(
        looks([
          [8, 20],
          [3, 20],
          [5, 20],
        ]),
      ),
    ).toMatchObject({ status: 'REWIND', why: 'went back from 8 to 3' })
    expect(
      statusOf([
        [8, 20],
        [3, 20],
        [9, 20],
      ]),
    ).toBe('OK')
  })

  it('is WARN when it reads and never gets nearer', () => {
    expect(
      statusOf([
        [1, 10],
        [2, 12],
        [3, 14],
      ]),
    ).toBe('WARN')
    expect(
      statusOf([
        [1, 10],
        [2, 10],
        [3, 14],
      ]),
    ).toBe('OK')
    expect(
      statusOf([
        [1, 10],
        [10, 10],
        [11, 14],
      ]),
    ).toBe('OK')
  })

  it('is OK where nothing but markers is unread', () => {
    expect(
      statusOf(
        [
          [9, 10, 0],
          [9, 10, 0],
          [9, 10, 0],
        ],
        false,
      ),
    ).toBe('OK')
  })
})

describe('PartitionWindow', () => {
  const sample = (atMs: number, logEnd = 10): LagSample => ({
    atMs,
    committed: 1,
    logEnd,
    unread: logEnd - 1,
    owned: true,
  })
  const times = ({ samples }: PartitionWindow) =>
    Array.from({ length: samples.length }, (_, index) => samples.atMs(index))

  it('keeps evenly spread looks, whatever the pace, and the newest', () => {
    const window = new PartitionWindow({ spanMs: 1000, samples: 6 })
    for (let at = 0; at <= 2000; at += 10) window.add(sample(at))
    expect(window.samples.length).toBeLessThanOrEqual(6)
    expect(times(window).at(-1)).toBe(2000)
    const gaps = times(window)
      .slice(1, -1)
      .map((at, index) => at - times(window)[index]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(150)
  })

  it('forgets what is older than the window, but keeps three looks', () => {
    const window = new PartitionWindow({ spanMs: 1000, samples: 6 })
    for (const at of [0, 400, 800, 9000]) window.add(sample(at))
    expect(times(window)).toEqual([400, 800, 9000])
  })

  it('begins anew when the log is another one', () => {
    const window = new PartitionWindow({ spanMs: 1000, samples: 6 })
    for (const [at, end] of [
      [0, 10],
      [300, 12],
      [600, 4],
    ] as const)
      window.add(sample(at, end))
    expect(times(window)).toEqual([600])
  })
})

describe('rates', () => {
  it('are those of the worked case of the handbook: 1500 in, 1000 out, a lag that grows by 500 a second (004:3877-3891)', () => {
    const rates = ratesOf(
      looks([
        [0, 0],
        [1000, 1500],
        [2000, 3000],
        [3000, 4500],
      ]),
    )
    expect(rates).toEqual({ inPerSecond: 1500, outPerSecond: 1000 })
    expect(growthOf(rates)).toBe(500)
    expect(catchUpMs(1500, rates)).toBeNull()
    expect(catchUpMs(30_000, { inPerSecond: 1500, outPerSecond: 3000 })).toBe(20_000)
    expect(catchUpMs(0, { inPerSecond: 5, outPerSecond: 1 })).toBe(0)
  })

  it('count from commit to commit, and the silence after the last one when it is a long one', () => {
    const commits = looks([
      [0, 0],
      [500, 100],
      [500, 200],
      [500, 300],
      [800, 400],
      [800, 500],
      [800, 600],
      [1100, 700],
    ])
    expect(ratesOf(commits)).toEqual({ inPerSecond: 100, outPerSecond: 100 })
    const silent = looks([
      [100, 0],
      [200, 0],
      [300, 0],
      [300, 0],
      [300, 0],
      [300, 0],
    ])
    expect(ratesOf(silent).outPerSecond).toBe(25)
    expect(
      ratesOf(
        looks([
          [5, 9],
          [5, 9],
          [5, 9],
        ]),
      ).outPerSecond,
    ).toBe(0)
  })

  it('are not known from one look', () => {
    const one = ratesOf(looks([[0, 0]]))
    expect(one).toEqual({ inPerSecond: null, outPerSecond: null })
    expect(sumRates([one, { inPerSecond: 2, outPerSecond: null }])).toEqual({ inPerSecond: 2, outPerSecond: null })
    expect(growthOf(one)).toBeNull()
    expect(catchUpMs(5, one)).toBeNull()
  })
})

describe('reportGroups', () => {
  const shape = { spanMs: 10_000, samples: 11 }
  /** Groups in looks a second apart, and the last report. */
  function watched(...groups: ReturnType<typeof group>[][]) {
    const history = new LagHistory(shape)
    for (const [index, look] of groups.entries()) history.observe(look, index * 1000)
    return reportGroups(groups.at(-1)!, history)
  }

  it('sums rates, takes the worst partition for the group, and counts those with a verdict', () => {
    const owner = { memberId: 'm' }
    const [report] = watched(
      ...[0, 1, 2].map((at) => [
        group('g', [row(0, at * 10, 100, owner), row(1, 5, 100 + at, owner), row(2, null, 3, owner)]),
      ]),
    )
    expect(report).toMatchObject({
      ...{ status: 'STALL', statusWhy: 'orders-1: held by a member, and at 5 for 2s', completeness: 2 / 3 },
      ...{ inPerSecond: 1, outPerSecond: 10, growthPerSecond: -9, unread: 177, catchUpMs: 19_667 },
    })
  })

  it('has no status while a partition that lags cannot be judged', () => {
    const lagging = [group('g', [row(0, 5, 5), row(1, 5, 9)])]
    expect(watched(lagging)).toMatchObject([{ status: null, statusWhy: null, completeness: 0.5 }])
    expect(watched(lagging, lagging, lagging)).toMatchObject([{ status: 'STOP', completeness: 1 }])
  })

  it('takes a rebalance for no silence, and a group that cannot be read for no change', () => {
    const error = { code: 'COORDINATOR_NOT_AVAILABLE', message: 'gone' }
    const rebalancing = { state: 'PreparingRebalance', members: 2 }
    const look = () => [group('g', [row(0, 5, 100)], rebalancing)]
    const [report] = watched(look(), [group('g', [], { error, state: null })], look(), look())
    expect(report).toMatchObject({ status: 'STALL', completeness: 1 })
    expect(report!.partitions[0]!.verdict.samples).toBe(3)
    const [failed] = watched(look(), [group('g', [], { error, state: null })])
    expect(failed).toMatchObject({ status: null, completeness: null, unread: null })
  })

  it('finds the partition that gets nearly everything, and not the noise of an idle topic', () => {
    const skewed = (at: number) => [0, 1, 2, 3].map((index) => row(index, 0, index === 2 ? 700 * at : 100 * at))
    const [report] = watched([group('g', skewed(0))], [group('g', skewed(1))])
    expect(report!.hot).toEqual([{ topic: 'orders', partition: 2, inShare: 0.7, lagShare: null, times: 2.8 }])
    const [idle] = watched([group('g', [row(0, 0, 1), row(1, 0, 0), row(2, 0, 0)])])
    expect(idle!.hot).toEqual([])
    const [pair] = watched([group('g', [row(0, 0, 900), row(1, 0, 600)])])
    expect(pair!.hot).toEqual([])
  })
})
