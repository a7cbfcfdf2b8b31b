/** `mq reassign rf`: another number of replicas for topics. */
import { parseScope } from '../../admin/partitions.ts'
import { UsageError } from '../../base/errors.ts'
import { requiredArg } from '../../cli/flags.ts'
import {
  brokerIds,
  brokersFlag,
  excludeFlag,
  idList,
  moveFlags,
  ReassignCommand,
  type ReassignResult,
} from '../../cli/reassign-command.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'

export default class ReassignRf extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Change the replication factor of a topic.'
  static override description =
    'The preferred leader stays; new replicas go to racks that have none and to brokers with room. Fewer replicas only where ' +
    'all that stay are in sync.'
  static override examples = ['<%= config.bin %> reassign rf orders 3']
  static override args = {
    topic: requiredArg('The topic, or partitions of it: orders:0,3-5.'),
    factor: requiredArg('Replicas of each partition.'),
  }
  static override flags = {
    brokers: brokersFlag,
    exclude: excludeFlag,
    ...moveFlags,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignRf)
    const { topic, partitions = null } = parseScope(args.topic)
    if (!/^[1-9]\d{0,3}$/.test(args.factor)) throw new UsageError(`"${args.factor}" is no replication factor`)
    const goal = {
      ...NOTHING_ASKED,
      ...{ scope: [{ topic, partitions }], replicationFactor: Number(args.factor), allowRfChange: true },
      brokers: brokerIds(flags.brokers),
      exclude: idList(flags.exclude, '--exclude'),
    }
    const session = await ReassignSession.open(await this.connect(), this.hooks)
    return this.planAndRun(session, flags, () => session.plan(goal, this.planOptions(flags)))
  }
}
