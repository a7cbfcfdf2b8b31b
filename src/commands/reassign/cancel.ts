/** `mq reassign cancel`: gives a reassignment up and puts back what it has changed. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { optionalArg, yesFlag } from '../../cli/flags.ts'
import { ReassignCommand, type RunOutcome } from '../../cli/reassign-command.ts'
import { readTextOf } from '../../ops/reassign/goal-flags.ts'
import { isMqPlan, readAssignment } from '../../ops/reassign/kafka-json.ts'
import { ReassignSession } from '../../ops/reassign/session.ts'

export interface ReassignCancelResult {
  /** Null: what was given up was not begun by an operation of this machine. */
  id: string | null
  outcome: RunOutcome['outcome']
  findings: readonly string[]
  /** Partitions whose reassignment was given up; null where the operation's journal says it. */
  partitions: number | null
}

export default class ReassignCancel extends ReassignCommand<ReassignCancelResult> {
  static override summary = 'Give a reassignment up and restore the former replicas.'
  static override description =
    'The batch under way gets its former replicas back, also where replicas were only added, and the throttles that were set ' +
    "for it go. Batches that have ended stay, unless --all. With a file in Kafka's format: whatever is under way for its " +
    'partitions, whoever began it; throttles are left to who set them.'
  static override examples = [
    '<%= config.bin %> reassign cancel',
    '<%= config.bin %> reassign cancel --plan reassignment.json',
  ]
  static override args = { id: optionalArg('The operation, as mq reassign status shows it.') }
  static override flags = {
    all: Flags.boolean({ summary: 'Also put back the batches that have ended; that copies their data again.' }),
    plan: Flags.string({ helpValue: 'FILE', summary: "An assignment in Kafka's format." }),
    yes: yesFlag,
  }

  override async run(): Promise<ReassignCancelResult> {
    const { args, flags } = await this.parse(ReassignCancel)
    if (flags.plan !== undefined) return this.cancelFile(flags.plan, args.id, flags)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    const { id } = session.operation(args.id, 'unfinished')
    await this.confirm(`Give up ${id}?`, { yes: flags.yes })
    const control = session.control()
    const result = await this.carryOut(control, () => session.cancel(id, control, flags.all ?? false))
    return { ...result, partitions: null }
  }

  private async cancelFile(
    path: string,
    id: string | undefined,
    flags: { all?: boolean; yes?: boolean },
  ): Promise<ReassignCancelResult> {
    const text = readTextOf(path)
    if (id !== undefined || flags.all === true || isMqPlan(text)) {
      throw new UsageError(
        "--plan takes an assignment in Kafka's format, and neither an operation nor --all",
        'mq reassign cancel gives up what mq reassign run has begun',
      )
    }
    const wanted = readAssignment(text)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    session.assertIdle()
    const flying = await session.inFlight()
    const found = wanted.filter((one) =>
      flying.some(({ topic, partition }) => topic === one.topic && partition === one.partition),
    )
    if (found.length === 0) this.note(`none of the ${wanted.length} partitions is being reassigned`)
    else {
      await this.confirm(`Give up the reassignment of ${found.length} partitions?`, { yes: flags.yes })
      await session.giveUp(found)
      this.note(`${found.length} reassignments given up`)
    }
    return { id: null, outcome: 'cancelled', findings: [], partitions: found.length }
  }
}
