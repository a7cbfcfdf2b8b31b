/** `mq reassign verify`: whether every partition has the replicas that a plan gives it. */
import * as Flags from '@oclif/core/flags'
import { EXIT, RefusedError, UsageError } from '../../base/errors.ts'
import { optionalArg } from '../../cli/flags.ts'
import { ReassignCommand } from '../../cli/reassign-command.ts'
import { readPlan } from '../../ops/engine/plan.ts'
import { readTextOf } from '../../ops/reassign/goal-flags.ts'
import { isMqPlan, readAssignment } from '../../ops/reassign/kafka-json.ts'
import type { ReassignBody } from '../../ops/reassign/operation.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'

export interface ReassignVerifyResult {
  hash: string | null
  partitions: number
  findings: string[]
}

export default class ReassignVerify extends ReassignCommand<ReassignVerifyResult> {
  static override summary = 'Check that a reassignment has reached its goal.'
  static override description =
    'Each partition must have exactly the replicas of the plan, all in sync, in the log directories that it names, and nothing ' +
    'under way; otherwise exit code 3. Throttles that an operation had to leave on brokers that were gone are taken away when ' +
    'they are back. Default: the last operation of this machine.'
  static override examples = [
    '<%= config.bin %> reassign verify',
    '<%= config.bin %> reassign verify --plan /tmp/plan.json',
  ]
  static override args = { id: optionalArg('The operation, as mq reassign status shows it.') }
  static override flags = {
    plan: Flags.string({ helpValue: 'FILE', summary: "A plan, or an assignment in Kafka's format." }),
  }
  protected static override changesCluster = false

  override async run(): Promise<ReassignVerifyResult> {
    const { args, flags } = await this.parse(ReassignVerify)
    if (args.id !== undefined && flags.plan !== undefined) {
      throw new UsageError('an operation and --plan are two different questions', 'give one of them')
    }
    const text = flags.plan === undefined ? undefined : readTextOf(flags.plan)
    const given = text === undefined || isMqPlan(text) ? undefined : readAssignment(text)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    if (given !== undefined) return this.finish(null, given.length, await session.verifyGiven(given))
    if (text !== undefined) {
      const plan = readPlan<ReassignBody>(text, 'reassign')
      return this.finish(plan.hash, plan.body.batches.flat().length, await session.verify(plan))
    }
    const operation = session.operation(args.id, 'last')
    const { outcome, plan } = operation.state
    const { partitions, findings } = await session.verifyOperation(operation)
    const left = await this.tidy(session, operation.id)
    if (outcome === 'cancelled') this.note(`${operation.id} was cancelled: what it put back is to be as it was`)
    return this.finish(plan.hash, partitions, [...findings, ...left])
  }

  private async tidy(session: ReassignSession, id: string): Promise<string[]> {
    try {
      const left = await session.tidy(id)
      return left.map((one) => `${one} stays: the broker is gone`)
    } catch (error) {
      // Whoever works on the cluster now may need them.
      if (!(error instanceof RefusedError)) throw error
      return [`throttles that were left are not looked at: ${error.message}`]
    }
  }

  private finish(hash: string | null, partitions: number, findings: string[]): ReassignVerifyResult {
    for (const finding of findings) this.say(finding)
    if (findings.length > 0) this.finishWith(EXIT.finding)
    else this.note(`${partitions} partitions are as they are to be`)
    return { hash, partitions, findings }
  }
}
