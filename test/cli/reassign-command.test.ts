/** Planning commands of `mq reassign`: the plan is made where nobody else works on the cluster, and what is had is given back. */
import { describe, expect, it } from 'vitest'
import { dryRunFlag, yesFlag } from '../../src/cli/flags.ts'
import { type PlanView, ReassignCommand } from '../../src/cli/reassign-command.ts'
import { NodeClock } from '../../src/platform/node-clock.ts'
import { StopControl } from '../../src/ops/engine/stop-control.ts'
import { runCommand } from '../support/run-command.ts'

const range = { least: 1, most: 1 }
const figures = { score: 100, replicas: range, leaders: range, bytes: null, rackViolations: 0 }
const move = { topic: 'orders', partition: 0, from: [1], to: [2], bytes: 10 }

function planOf(moves: (typeof move)[]): PlanView {
  const batches = moves.map((one) => [one])
  const sums = { throttle: null, bytesToMove: 10, estimatedMs: null, before: figures, after: figures }
  return { hash: 'a'.repeat(64), cluster: 'c', body: { batches, skipped: [], ...sums } }
}

let log: string[] = []
/** What the cluster needs to move; taking the lock brings the topic of groups into being. */
let toMove: (typeof move)[] = []

const session = {
  control: () => new StopControl(new NodeClock()),
  async exclusively<T>(_control: StopControl, work: () => Promise<T>): Promise<T> {
    log.push('locked')
    toMove = [...toMove, { ...move, topic: '__consumer_offsets' }]
    return work().finally(() => log.push('unlocked'))
  },
  async run(plan: PlanView) {
    log.push(`run ${plan.body.batches.length}`)
    return { id: 'reassign-1', outcome: 'done' as const, findings: [] }
  },
}

class Probe extends ReassignCommand {
  static override id = 'reassign:probe'
  static override flags = { 'dry-run': dryRunFlag, yes: yesFlag }

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Probe)
    return this.planAndRun(session, flags, async () => {
      log.push('planned')
      return planOf(toMove)
    })
  }
}

const run = (...argv: string[]) => {
  log = []
  toMove = [move]
  return runCommand(Probe, ...argv)
}

describe('a command that plans and carries out', () => {
  it('plans under the lock: what the lock itself brings into being is in the plan', async () => {
    expect((await run('--yes')).exitCode).toBe(0)
    expect(log).toEqual(['locked', 'planned', 'run 2', 'unlocked'])
  })

  it('gives the lock back when nobody agrees', async () => {
    expect((await run()).exitCode).toBe(4)
    expect(log).toEqual(['locked', 'planned', 'unlocked'])
  })

  it('keeps nobody out on a dry run', async () => {
    expect((await run('--dry-run')).exitCode).toBe(0)
    expect(log).toEqual(['planned'])
  })
})
