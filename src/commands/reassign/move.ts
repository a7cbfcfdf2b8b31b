/** `mq reassign move`: partitions to the brokers named. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { UsageError } from '../../base/errors.ts'
import { dryRunFlag, yesFlag, requiredArgs } from '../../cli/flags.ts'
import { idList, planFlags, ReassignCommand, type ReassignResult } from '../../cli/reassign-command.ts'
import { type ReassignPlan, ReassignSession } from '../../ops/reassign/session.ts'
import { formatSize } from '../../output/units.ts'

const WATCH_MS = 3000

export default class ReassignMove extends ReassignCommand<ReassignResult<ReassignPlan>> {
  static override summary = 'Give partitions the replicas that you name.'
  static override description =
    'Each argument is PARTITIONS=BROKERS; the first broker is the preferred leader. Another number of replicas needs ' +
    '--allow-rf-change.'
  static override examples = ['<%= config.bin %> reassign move orders:0=1,2,3 orders:4-5=2,3,1']
  static override args = { moves: requiredArgs('For example orders:0,3=1,2,3.') }
  static override flags = {
    'allow-rf-change': Flags.boolean({ summary: 'Let the number of replicas change.' }),
    ...planFlags,
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<ReassignResult<ReassignPlan>> {
    const { args, flags } = await this.parse(ReassignMove)
    const session = await ReassignSession.open(await this.connect(), {
      warn: (text) => this.warning(text),
      onStep: this.onStep,
    })
    if (flags['dry-run'] !== true) session.assertIdle()
    const batch = { partitions: flags.batch, perBroker: flags['per-broker'] }
    const options = { batch, throttle: flags.throttle, watchMs: WATCH_MS }
    const wanted = (args.moves as unknown as string[]).flatMap((text) => {
      const [, where, ids] = /^(.+)=([\d,]+)$/.exec(text) ?? []
      const scope = parseScope(where ?? '')
      if (ids === undefined || scope.partitions === undefined) {
        throw new UsageError(`"${text}" is no move`, 'write orders:0=1,2,3')
      }
      const replicas = idList([ids], 'move')
      return scope.partitions.map((partition) => ({ topic: scope.topic, partition, replicas }))
    })
    const plan = await session.planGiven(wanted, flags['allow-rf-change'] ?? false, options)
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
