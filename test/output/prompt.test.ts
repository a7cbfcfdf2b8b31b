/** Questions that nobody answers: the end of input and a deadline take them away, and both mean no. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askToType, askYesNo } from '../../src/output/prompt.ts'

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => vi.restoreAllMocks())

it('Ctrl-D is a no', async () => {
  const asked = askToType('Delete topic a?', 'a', new AbortController().signal)
  process.stdin.emit('keypress', undefined, { ctrl: true, name: 'd' })
  expect(await asked).toBe(false)
})

it('what stops the command takes the question away', async () => {
  const stopped = new AbortController()
  const asked = askYesNo('Go on?', stopped.signal)
  stopped.abort()
  expect(await asked).toBe(false)
})
