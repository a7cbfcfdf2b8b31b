/** `mq reassign drain`: moves everything away from brokers. */
import { requiredArgs } from '../../cli/flags.ts'
import {
  brokerIds,
  brokersFlag,
  idList,
  moveFlags,
  ReassignCommand,
  type ReassignResult,
  topicsFlag,
} from '../../cli/reassign-command.ts'
import { scopeOf } from '../../ops/reassign/goal-flags.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignDrain extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Move every replica away from brokers.'
  static override description =
    'Only what lies on them moves, large partitions first, to racks and brokers with room. They may be dead. Leaders that they ' +
    'were preferred for go to replicas that are in sync already.'
  static override examples = ['<%= config.bin %> reassign drain 3 --throttle auto']
  static override args = { ids: requiredArgs('Ids of the brokers to empty.') }
  static override flags = {
    topics: topicsFlag,
    brokers: brokersFlag,
    ...moveFlags,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignDrain)
    const exclude = idList(args.ids as unknown as string[], 'drain')
    const brokers = brokerIds(flags.brokers)
    const scope = scopeOf(flags.topics, undefined)
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    return this.planAndRun(session, flags, () =>
      session.plan({ ...NOTHING_ASKED, scope, exclude, brokers }, this.planOptions(flags)),
    )
  }
}
