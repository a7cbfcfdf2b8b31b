/** `mq reassign drain`: moves everything away from brokers. */
import { dryRunFlag, yesFlag, requiredArgs } from '../../cli/flags.ts'
import { idList, planFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { NOTHING_ASKED } from '../../ops/reassign/model.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'
import { formatSize } from '../../output/units.ts'

const WATCH_MS = 3000

export default class ReassignDrain extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Move every replica away from brokers.'
  static override description =
    'Only what lies on them moves, large partitions first, to racks and brokers with room. They may be dead. Leaders that they ' +
    'were preferred for go to replicas that are in sync already.'
  static override examples = ['<%= config.bin %> reassign drain 3 --throttle auto']
  static override args = { brokers: requiredArgs('Ids of the brokers to empty.') }
  static override flags = {
    ...planFlags,
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignDrain)
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    if (flags['dry-run'] !== true) session.assertIdle()
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    const options = { batch, throttle: flags.throttle, watchMs: WATCH_MS }
    const exclude = idList(args.brokers as unknown as string[], 'drain')
    const plan = await session.plan({ ...NOTHING_ASKED, exclude }, options)
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
