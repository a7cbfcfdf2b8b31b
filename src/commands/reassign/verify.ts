/** `mq reassign verify`: whether every partition has the replicas that a plan gives it. */
import { readFileSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { EXIT, MqError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { optionalArg } from '../../cli/flags.ts'
import { readPlan } from '../../ops/engine/plan.ts'
import type { ReassignBody } from '../../ops/reassign/operation.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export interface ReassignVerifyResult {
  hash: string
  partitions: number
  findings: string[]
}

export default class ReassignVerify extends AdminCommand<ReassignVerifyResult> {
  static override summary = 'Check that a reassignment has reached its goal.'
  static override description =
    'Each partition must have exactly the replicas of the plan, all in sync, and nothing under way; otherwise exit code 3. ' +
    'Default: the last operation of this machine.'
  static override examples = [
    '<%= config.bin %> reassign verify',
    '<%= config.bin %> reassign verify --plan /tmp/plan.json',
  ]
  static override args = { id: optionalArg('The operation, as mq reassign status shows it.') }
  static override flags = { plan: Flags.string({ helpValue: 'FILE', summary: 'A plan that mq reassign plan wrote.' }) }

  override async run(): Promise<ReassignVerifyResult> {
    const { args, flags } = await this.parse(ReassignVerify)
    const session = await ReassignSession.open(await this.connect(), { warn: () => {}, onStep: () => {} })
    const plan =
      flags.plan === undefined
        ? (session.operation(args.id, 'last').state.plan as ReassignPlan)
        : readPlan<ReassignBody>(read(flags.plan), 'reassign')
    const findings = await session.verify(plan)
    for (const finding of findings) this.say(finding)
    const partitions = plan.body.batches.flat().length
    if (findings.length > 0) this.finishWith(EXIT.finding)
    else this.note(`${partitions} partitions are where the plan wants them`)
    return { hash: plan.hash, partitions, findings }
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MqError('MQ_FILE', `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause })
  }
}
