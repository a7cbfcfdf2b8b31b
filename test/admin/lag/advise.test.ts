/** Advice on the number of consumers: from measured rates, held to the partitions, and none where none can be given. */
import { expect, it } from 'vitest'
import { type Advice, advise } from '../../../src/admin/lag/advise.ts'
import type { GroupLag } from '../../../src/admin/lag.ts'
import { reportGroups } from '../../../src/admin/lag/report.ts'
import { LagHistory } from '../../../src/admin/lag/window.ts'
import { group, row } from './support.ts'

const MINUTE = 60_000

interface Side {
  lag?: number
  in?: number
  out?: number
  member?: string | null
}

/** Advice for a group of partitions with these lags and rates, looked at ten seconds apart. */
function adviceFor(sides: Side[], withinMs = 10 * MINUTE, more: Partial<GroupLag> = {}): Advice {
  const history = new LagHistory({ spanMs: 10_000, samples: 3 })
  const look = (seconds: number) => [
    group(
      'billing',
      sides.map((side, partition) => {
        const { lag = 0, in: comes = 0, out = 0, member = 'm' } = side
        const logEnd = 1_000_000 - comes * (10 - seconds)
        const committed = 1_000_000 - lag - out * (10 - seconds)
        return row(partition, committed, logEnd, { memberId: member, clientId: member })
      }),
      more,
    ),
  ]
  for (const seconds of [0, 10]) history.observe(look(seconds), seconds * 1000)
  const [report] = reportGroups(look(10), history)
  const behind = (one: { lag: number | null }) => (one.lag ?? 0) > 0
  return advise(report!, behind, withinMs)
}

it('is that of the worked case of the handbook: 1500 in, 1000 out by one consumer (004:3877-3891)', () => {
  const sides = Array.from({ length: 6 }, () => ({ lag: 5000, in: 250, out: 1000 / 6 }))
  const advice = adviceFor(sides)
  expect(advice).toMatchObject({ consumers: 1, partitions: 6, basis: 'measured', neededPerSecond: 1550, advised: 2 })
  expect(advice.perConsumer).toBeCloseTo(1000, 0)
  expect(advice.catchUpMs).toBeGreaterThan(55_000)
  expect(advice.catchUpMs).toBeLessThan(65_000)
  expect(advice.text).toBe('2 consumers instead of 1 to catch up within 10m')
})

it('is held to the partitions, and says what would do', () => {
  const sides = Array.from({ length: 2 }, (_, index) => ({ lag: 60_000, in: 400, out: 450, member: `m${index}` }))
  const advice = adviceFor(sides, MINUTE)
  expect(advice).toMatchObject({ consumers: 2, perConsumer: 450, wanted: 7, advised: 2, catchUpMs: 1_200_000 })
  expect(advice.text).toMatch(
    /^7 consumers would be needed .* 2 partitions allow no more than 2; with those it takes 20m; /,
  )
  const never = adviceFor([{ lag: 9, in: 900, out: 450 }])
  expect(never).toMatchObject({ advised: 1, catchUpMs: null, bottleneck: { partition: 0, catchUpMs: null } })
  expect(never.text).toContain('with those it never catches up')
})

it('names a partition that no number of consumers helps', () => {
  const sides = [{ lag: 50_000, in: 400, out: 90 }, ...Array.from({ length: 5 }, () => ({ lag: 10, in: 2, out: 2 }))]
  const advice = adviceFor(sides)
  expect(advice.bottleneck).toMatchObject({ topic: 'orders', partition: 0, catchUpMs: null })
  expect(advice.text).toContain('orders-0 alone gets more than one consumer reads: more consumers do not help there')
})

it('does not hold a share group to its partitions', () => {
  const advice = adviceFor([{ lag: 60_000, in: 100, out: 100 }], MINUTE, { type: 'share' })
  expect(advice).toMatchObject({ wanted: 11, advised: 11, bottleneck: null })
})

it('says that a consumer that is caught up may do more, and that fewer would do', () => {
  const advice = adviceFor(Array.from({ length: 4 }, (_, index) => ({ in: 50, out: 50, member: `m${index}` })))
  expect(advice).toMatchObject({ basis: 'at least', consumers: 4, advised: 4 })
  expect(advice.text).toMatch(/^4 consumers would do .* there are 4; nobody was behind/)
})

it('is not given without a rate', () => {
  expect(adviceFor([{ lag: 100, in: 5, out: 0, member: null }])).toMatchObject({
    ...{ advised: null, text: 'nobody reads it: start a consumer', neededPerSecond: 5.167 },
  })
  expect(adviceFor([{ lag: 100, in: 5, out: 0 }]).text).toBe(
    'its consumers do not get on: more of them would not either',
  )
  expect(adviceFor([{ lag: 100, in: 5, out: 5, member: null }]).text).toContain('is no member of the group')
  expect(adviceFor([{}])).toMatchObject({ advised: null, neededPerSecond: 0 })
  const error = { code: 'NOT_COORDINATOR', message: 'not now' }
  expect(adviceFor([], MINUTE, { error, state: null })).toMatchObject({ advised: null, text: 'not now' })
})
