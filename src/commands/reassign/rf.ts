/** `mq reassign rf`: another number of replicas for topics. */
import { parseScope } from '../../admin/partitions.ts'
import { UsageError } from '../../base/errors.ts'
import { dryRunFlag, yesFlag, requiredArg } from '../../cli/flags.ts'
import { planFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'
import { formatSize } from '../../output/units.ts'

const WATCH_MS = 3000

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
    ...planFlags,
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignRf)
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    if (flags['dry-run'] !== true) session.assertIdle()
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    const options = { batch, throttle: flags.throttle, watchMs: WATCH_MS }
    const { topic, partitions = null } = parseScope(args.topic)
    if (!/^[1-9]\d{0,3}$/.test(args.factor)) throw new UsageError(`"${args.factor}" is no replication factor`)
    const goal = {
      ...NOTHING_ASKED,
      ...{ scope: [{ topic, partitions }], replicationFactor: Number(args.factor), allowRfChange: true },
    }
    const plan = await session.plan(goal, options)
    this.showPlan(plan)
    const count = plan.body.batches.flat().length
    if (count === 0) this.note('nothing to move')
    if (count === 0 || flags['dry-run'] === true) return this.planResult(plan, null)
    const size = formatSize(plan.body.bytesToMove)
    await this.confirm(`Change ${count} partitions (${size} to copy)?`, { yes: flags.yes })
    const control = session.control()
    return this.planResult(plan, await this.carryOut(control, () => session.run(plan, control)))
  }
}
