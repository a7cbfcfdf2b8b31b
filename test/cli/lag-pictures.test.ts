/** How looks are printed: a line that is a document, and a screen that keeps the last picture while nobody can be asked. */
import { expect, it } from 'vitest'
import { LagLines, LagScreen } from '../../src/cli/lag-pictures.ts'
import type { ScreenGroup } from '../../src/cli/lag-screen.ts'

const group = (name: string, unread: number): ScreenGroup => ({
  ...{ group: name, state: 'Stable', members: 1, unread, maxTimeLagMs: 0, inPerSecond: 1, outPerSecond: 1 },
  ...{ growthPerSecond: 0, catchUpMs: 0, status: 'OK', statusWhy: null, hot: [] },
})
const text = (pieces: Iterable<string | Uint8Array>) =>
  [...pieces].map((piece) => Buffer.from(piece).toString()).join('')

it('a line has the groups of its look, and none of one that failed', () => {
  const lines = new LagLines()
  const missing = { broker: 2, error: { code: 'X', message: 'away' } }
  lines.begin()
  lines.add({ group: 'a' })
  lines.add({ group: 'b' })
  expect(JSON.parse(text(lines.pieces({ at: 5, errors: [missing] }, undefined)))).toEqual({
    ...{ at: 5, groups: [{ group: 'a' }, { group: 'b' }], errors: [missing] },
  })
  lines.begin()
  lines.add({ group: 'half' })
  const failed = text(lines.pieces({ at: 6, errors: [] }, { message: 'gone' }))
  expect(JSON.parse(failed)).toEqual({ at: 6, groups: [], errors: [], error: { message: 'gone' } })
  expect(failed.endsWith('}\n')).toBe(true)
})

it('a screen keeps the last picture while nobody can be asked, and forgets groups that are gone', () => {
  const screen = new LagScreen({ intervalMs: 1000, size: () => ({ rows: 24, columns: 120 }) })
  expect(screen.close()).toBe('')
  const look = (groups: ScreenGroup[], error?: { message: string }, gaps: string[] = []) => {
    screen.begin()
    for (const one of groups) screen.add(one)
    return text(screen.pieces({ at: 1000, errors: [] }, error, gaps))
  }
  expect(look([group('first', 7), group('other', 3)])).toContain('first')
  const failed = look([group('half', 1)], { message: 'connection refused' }, ['broker 2: away'])
  expect(failed).toContain('first')
  expect(failed).not.toContain('half')
  expect(failed).toMatch(/cannot ask:.* connection refused/)
  expect(failed).toMatch(/cannot ask:.* broker 2: away/)
  expect(look([group('other', 4)])).not.toContain('first')
  expect(screen.close()).not.toBe('')
})
