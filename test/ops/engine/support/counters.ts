/**
 * An operation to try the engine with: a world of numbered counters that steps set to new values, one call a counter. The
 * world outlives the process; a call may be the one at which the process dies.
 */
import type { Control, Operation, Step } from '../../../../src/ops/engine/operation.ts'
import { sealPlan, type Plan } from '../../../../src/ops/engine/plan.ts'
import { ProcessDied } from '../../../support/memory-disk.ts'

export type CountersBody = { readonly steps: { readonly [key: string]: number }[] }

export class World {
  readonly values = new Map<string, number>()
  calls = 0
  /** Changes that were made, to see that nothing is done twice without need. */
  changes: string[] = []
  #dieAt = Number.POSITIVE_INFINITY

  dieAfter(calls: number): void {
    this.#dieAt = this.calls + calls
  }

  restart(): void {
    this.#dieAt = Number.POSITIVE_INFINITY
  }

  read(key: string): number {
    this.#call()
    return this.values.get(key) ?? 0
  }

  /** The process may die before or after the world has heard of it. */
  write(key: string, value: number): void {
    this.#call()
    this.values.set(key, value)
    this.changes.push(`${key}=${value}`)
    this.#call()
  }

  #call(): void {
    if (++this.calls >= this.#dieAt) {
      this.#dieAt = this.calls
      throw new ProcessDied()
    }
  }
}

export function countersPlan(steps: CountersBody['steps'], cluster = 'c1'): Plan<CountersBody> {
  return sealPlan('counters', cluster, { steps })
}

export class Counters implements Operation<CountersBody> {
  readonly kind = 'counters'
  readonly world: World
  /** Called inside each step, once it has begun. */
  readonly inStep: (control: Control) => void | Promise<void>

  constructor(world: World, inStep: Counters['inStep'] = () => {}) {
    this.world = world
    this.inStep = inStep
  }

  steps(plan: Plan<CountersBody>): Step[] {
    const { world } = this
    return plan.body.steps.map((targets, index): Step => {
      const keys = Object.keys(targets)
      const set = async (values: { readonly [key: string]: number }) => {
        for (const key of keys) if (world.read(key) !== values[key]) world.write(key, values[key]!)
      }
      return {
        id: `step-${index}`,
        title: `set ${keys.join(', ')}`,
        prepare: async () => Object.fromEntries(keys.map((key) => [key, world.read(key)])),
        apply: async (_before, control) => {
          await this.inStep(control)
          await set(targets)
        },
        undo: async (before) => set(before as { [key: string]: number }),
      }
    })
  }

  async check(): Promise<void> {}

  async verify(plan: Plan<CountersBody>): Promise<string[]> {
    const goal = Object.assign({}, ...plan.body.steps) as { [key: string]: number }
    return Object.entries(goal).flatMap(([key, value]) => {
      const found = this.world.read(key)
      return found === value ? [] : [`${key} is ${found}, not ${value}`]
    })
  }
}
