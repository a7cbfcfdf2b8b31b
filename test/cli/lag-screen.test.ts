/** What `mq lag watch` draws: order, room, remarks, sparklines. */
import { describe, expect, it } from 'vitest'
import { drawScreen, formatCatchUp, formatGrowth, type ScreenGroup } from '../../src/cli/lag-screen.ts'
import { useColour } from '../../src/output/colours.ts'
import { sparkline } from '../../src/output/sparkline.ts'

useColour('never')

const group = (name: string, unread: number | null, more: Partial<ScreenGroup> = {}): ScreenGroup => ({
  ...{ group: name, state: 'Stable', members: 2, unread, maxTimeLagMs: 1500, inPerSecond: 120.25, outPerSecond: 100 },
  ...{ growthPerSecond: 20.25, catchUpMs: null, status: 'OK', statusWhy: null, hot: [], ...more },
})
const draw = (groups: ScreenGroup[], rows = 24, failures: string[] = []) =>
  drawScreen({ at: 0, groups, history: () => [1, 4, 2], failures, intervalMs: 2000 }, rows)

describe('drawScreen', () => {
  it('puts what needs attention first, and says why below', () => {
    const hot = [{ topic: 'orders', partition: 3, inShare: 0.7, lagShare: 0.4, times: 2.8 }]
    const groups = [
      group('calm', 5, { growthPerSecond: -20, catchUpMs: 250 }),
      group('stuck', 70_000, { status: 'STALL', statusWhy: 'orders-1: held by a member', hot }),
      group('gone', null, { state: null, status: null, error: { message: 'not now' } }),
    ]
    expect(draw(groups, 24, ['broker 2: connection refused'])).toBe(
      [
        '3 groups  lag 70,005  in 361/s, out 300/s  1970-01-01 00:00:00.000Z, every 2s',
        '',
        'GROUP  STATUS     LAG  HISTORY               TIME-LAG  IN/S  OUT/S  TREND/S  CATCH-UP  MEMBERS  STATE',
        'gone   -            -                   ▄█▅      1.5s   120    100    +20.3         -        2  -',
        'stuck  STALL   70,000                   ▄█▅      1.5s   120    100    +20.3     never        2  Stable',
        'calm   OK           5                   ▄█▅      1.5s   120    100      -20     250ms        2  Stable',
        '',
        'cannot ask: broker 2: connection refused',
        'gone: not now',
        'stuck: STALL on orders-1: held by a member',
        'stuck: orders-3 is hot: 70% of what comes in, 2.8 times its share',
      ].join('\n'),
    )
  })

  it('draws as many as fit, and counts the rest', () => {
    const many = Array.from({ length: 50 }, (_, index) => group(`g${index}`, index))
    const lines = draw(many, 12).split('\n')
    expect(lines.length).toBeLessThanOrEqual(12)
    expect(lines[3]).toMatch(/^g49 /)
    expect(lines.at(-1)).toBe('43 more groups')
    const worse = many.map((one) => ({ ...one, status: 'STOP', statusWhy: 'nobody' }))
    expect(draw(worse, 12).split('\n').length).toBeLessThanOrEqual(12)
    expect(draw(worse, 12)).toContain('g47 ')
  })

  it('has shorter histories where there is less room', () => {
    expect(
      drawScreen({ at: 0, groups: [group('g', 1)], history: () => [1], failures: [], intervalMs: 1 }, 24, 80),
    ).toMatch(/ {9}█ /)
  })
})

it('formats rates and times', () => {
  expect([formatGrowth(null), formatGrowth(0), formatGrowth(1234.5), formatGrowth(-0.04)]).toEqual([
    '-',
    '0',
    '+1,235',
    '0',
  ])
  expect(formatCatchUp({ unread: 5, growthPerSecond: null, catchUpMs: null })).toBe('-')
})

it('sparkline', () => {
  expect(sparkline([0, 1, 50, 100, null], 6)).toBe(' ▁▂▅█ ')
  expect(sparkline([0, 0], 2)).toBe('▁▁')
  expect(sparkline([], 3)).toBe('   ')
  expect(sparkline([9, 1, 1], 2)).toBe('██')
})
