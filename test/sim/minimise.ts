/**
 * Makes a failing run smaller: leaves out faults, first many at once and then one by one, then ends the faulty phase
 * earlier, as long as the same invariant still breaks. What is left is what the failure takes.
 */
import type { Kind, Plan, SeedResult } from './run-seed.ts'

export function minimise(
  plan: Plan,
  first: SeedResult,
  run: (plan: Plan) => SeedResult,
  limitMs: number,
): { plan: Plan; result: SeedResult; tries: number } {
  const { invariant } = first.violation!
  let best = plan
  let result = first
  let tries = 0
  const endMs = performance.now() + limitMs
  const attempt = (candidate: Plan): boolean => {
    if (performance.now() > endMs) return false
    tries++
    const outcome = run(candidate)
    if (outcome.violation?.invariant !== invariant) return false
    best = candidate
    result = outcome
    return true
  }
  if ('spares' in best) attempt({ ...best, spares: [] })
  for (let size = Math.ceil(best.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = best.faults.length - size; from > -size; from -= size) {
      const start = Math.max(0, from)
      const faults = [...best.faults.slice(0, start), ...best.faults.slice(start + size)]
      if (faults.length < best.faults.length) attempt({ ...best, faults } as Plan)
    }
  }
  // A shorter run says the same with fewer events.
  for (const safetyMs of [1000, 3000, 10_000, 25_000]) {
    if (safetyMs < best.safetyMs && attempt({ ...best, safetyMs })) break
  }
  return { plan: best, result, tries }
}

/** The text of a failing seed: what broke, what it takes, how to see it again. */
export function report(kind: Kind, plan: Plan, result: SeedResult, tries: number, lines: number): string {
  const { faults, ...others } = plan
  const shape = 'spares' in others ? { ...others, spares: others.spares.length } : others
  return [
    `seed ${plan.seed} breaks ${result.violation!.message}`,
    `  at ${(result.simulatedMs / 1000).toFixed(3)} s, with ${faults.length} fault(s) left after ${tries} tries`,
    `  ${JSON.stringify(shape)}`,
    ...faults.map((fault) => `  ${JSON.stringify(fault)}`),
    'the last events:',
    ...result.lines.slice(-lines).map((line) => `  ${line}`),
    `again: npm run sim -- --kind ${kind} --seeds 1 --from ${plan.seed}`,
  ].join('\n')
}
