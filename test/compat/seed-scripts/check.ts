/** Holds what came of a run against what commands.json says. */
import { expect } from 'vitest'
import type { Outcome } from './entries.ts'
import type { Ran } from './sandbox.ts'

/** The tools that were called, with their exit codes; repetitions in a row once. */
function toolsOf(ran: Ran): string[] {
  const calls = ran.tools.map(({ name, exit }) => `${name.replace(/\.sh$/, '')} ${exit}`)
  return calls.filter((call, at) => call !== calls[at - 1])
}

/** Fails with all that the run has left, under the name `whose`. */
export function check(ran: Ran, outcome: Outcome, whose: string): void {
  const told = `${whose}\n${JSON.stringify(ran, undefined, 1)}`
  expect(ran.exit, told).toBe(outcome.exit)
  if (outcome.prints !== undefined) expect(ran.stdout, told).toMatch(new RegExp(outcome.prints, 'm'))
  if (outcome.complains !== undefined) expect(ran.stderr, told).toMatch(new RegExp(outcome.complains, 'm'))
  if (outcome.tools !== undefined) expect(toolsOf(ran), told).toEqual(outcome.tools)
  expect([...new Set(ran.foreign.map(({ name }) => name))], told).toEqual(outcome.needs ?? [])
}
