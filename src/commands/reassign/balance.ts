/** `mq reassign balance`: evens out replicas, leaders and bytes, in one go. */
import {
  brokerIds,
  brokersFlag,
  excludeFlag,
  idList,
  moveFlags,
  ReassignCommand,
  type ReassignResult,
  topicsFlag,
} from '../../cli/reassign-command.ts'
import { scopeOf } from '../../ops/reassign/goal-flags.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignBalance extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Even out replicas, leaders and bytes.'
  static override description =
    'Racks first, then replicas, then bytes, then leaders, each with as few moves as it takes; another order of the replicas ' +
    'copies nothing. Partitions that are not fully in sync stay. Where nothing is to be won, nothing is done.'
  static override examples = [
    '<%= config.bin %> reassign balance --dry-run',
    '<%= config.bin %> reassign balance --topics orders --throttle 50MB/s',
  ]
  static override flags = {
    topics: topicsFlag,
    brokers: brokersFlag,
    exclude: excludeFlag,
    ...moveFlags,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { flags } = await this.parse(ReassignBalance)
    const goal = {
      ...NOTHING_ASKED,
      ...{ scope: scopeOf(flags.topics, undefined), balance: true, exclude: idList(flags.exclude, '--exclude') },
      brokers: brokerIds(flags.brokers),
    }
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    return this.planAndRun(session, flags, () => session.plan(goal, this.planOptions(flags)))
  }
}
