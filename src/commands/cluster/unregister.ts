/** `mq cluster unregister`: makes the cluster forget a broker that is gone for good. */
import * as Flags from '@oclif/core/flags'
import { planUnregister, type UnregisterPlan, unregisterBroker } from '../../admin/unregister.ts'
import { EXIT, RefusedError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import { nodeArg } from '../../cli/quorum-flags.ts'

export interface ClusterUnregisterResult extends UnregisterPlan {
  unregistered: boolean
  dryRun: boolean
}

export default class ClusterUnregister extends AdminCommand<ClusterUnregisterResult> {
  static override summary = 'Make the cluster forget a broker that is gone for good.'
  static override description =
    'For a broker that was drained and stopped: it is no longer listed, and no longer stands in the way of raising feature ' +
    'levels. Refused (exit 4) while it runs or has replicas, unless --force says otherwise; one that runs must be restarted ' +
    'after that to be known again. A vote in the metadata quorum is another matter: mq cluster quorum remove.'
  static override examples = [
    '<%= config.bin %> cluster unregister 4',
    '<%= config.bin %> cluster unregister 4 --dry-run',
  ]
  static override args = { broker: nodeArg('Id of the broker.') }
  static override flags = {
    force: Flags.boolean({ summary: 'Although it runs, or has replicas.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<ClusterUnregisterResult> {
    const { args, flags } = await this.parse(ClusterUnregister)
    const client = await this.connect()
    const plan = await planUnregister(client, args.broker)
    const { broker } = plan
    if (plan.alive && flags.force !== true) throw new RefusedError(`broker ${broker} runs`, 'stop it first')
    const more = plan.replicas > plan.examples.length ? ', …' : ''
    const held = `broker ${broker} has replicas of ${plan.replicas} partition${plan.replicas === 1 ? '' : 's'} (${plan.examples.join(', ')}${more})`
    if (plan.replicas > 0 && flags.force !== true) {
      throw new RefusedError(held, `move them away first: mq reassign drain ${broker}`)
    }
    if (plan.voter) {
      this.note(`node ${broker} is a voter of the metadata quorum, and stays one: mq cluster quorum remove ${broker}`)
    }
    const dryRun = flags['dry-run'] ?? false
    if (dryRun) {
      this.say(`would unregister broker ${broker}`)
      return { ...plan, unregistered: false, dryRun }
    }
    const remark = plan.replicas > 0 ? ` ${held[0]!.toUpperCase()}${held.slice(1)}.` : ''
    await this.confirm(`Unregister broker ${broker}?${remark}`, { yes: flags.yes })
    const isGone = await unregisterBroker(client, broker)
    if (isGone) this.say(`unregistered broker ${broker}`)
    else {
      this.warning(`broker ${broker} is still listed`)
      this.finishWith(EXIT.finding)
    }
    return { ...plan, unregistered: true, dryRun }
  }
}
