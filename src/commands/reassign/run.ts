/** `mq reassign run`: carries out a plan, or an assignment in Kafka's format. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { allowRfChangeFlag, moveFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { readPlan } from '../../ops/engine/plan.ts'
import { readTextOf } from '../../ops/reassign/goal-flags.ts'
import { isMqPlan, readAssignment } from '../../ops/reassign/kafka-json.ts'
import type { ReassignBody } from '../../ops/reassign/operation.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignRun extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Carry out a plan batch by batch.'
  static override description =
    'Looks at each partition again before it touches it. One interrupt stops at a safe point, a second one at once: what was ' +
    'begun goes on in the cluster, and mq reassign resume goes on with it, also after a kill. A file of ' +
    'kafka-reassign-partitions, log directories included, is taken as it is, after the checks that every plan goes through.'
  static override examples = ['<%= config.bin %> reassign run --plan /tmp/plan.json']
  static override flags = {
    plan: Flags.string({ required: true, helpValue: 'FILE', summary: "A plan, or an assignment in Kafka's format." }),
    'allow-rf-change': allowRfChangeFlag,
    ...moveFlags,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { flags } = await this.parse(ReassignRun)
    const text = readTextOf(flags.plan)
    const isOwn = isMqPlan(text)
    if (isOwn && flags.throttle !== undefined) {
      throw new UsageError('the plan says how it is throttled', 'make it again: mq reassign plan --throttle RATE')
    }
    const read = isOwn ? readPlan<ReassignBody>(text, 'reassign') : readAssignment(text)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    return this.planAndRun(session, flags, async () => {
      if (!('hash' in read)) {
        return session.planGiven(read, flags['allow-rf-change'] ?? false, this.planOptions(flags))
      }
      // The plan may be of yesterday, and so may what producers wrote then.
      await session.checkThrottle(read, this.planOptions(flags).watchMs)
      return read
    })
  }
}
