/** `mq config unset`: takes keys back to what they would be otherwise. */
import { type ChangedConfigs, changeConfigs } from '../../admin/config-changes.ts'
import { EXIT } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderChanges, unverified } from '../../cli/config-changes.ts'
import { entityFlags, entityOf, entityText } from '../../cli/entity-flags.ts'
import { dryRunFlag, requiredArgs } from '../../cli/flags.ts'

export default class ConfigUnset extends AdminCommand<ChangedConfigs> {
  static override summary = 'Remove settings: inherited values and defaults apply again.'
  static override description =
    'All keys change together or none does. A key that is not set is fine. What applies then is shown.'
  static override examples = [
    '<%= config.bin %> config unset retention.ms --topic example-topic',
    '<%= config.bin %> config unset log.cleaner.threads --broker-default --dry-run',
  ]
  static override args = { key: requiredArgs('Names of the keys.') }
  static override flags = { ...entityFlags, 'dry-run': dryRunFlag }

  override async run(): Promise<ChangedConfigs> {
    const { args, flags } = await this.parse(ConfigUnset)
    const entity = entityOf(flags)
    const changes = [...new Set(args.key)].map((key) => ({ operation: 'unset' as const, key }))
    const result = await changeConfigs(await this.connect(), entity, changes, { dryRun: flags['dry-run'] ?? false })
    for (const warning of result.warnings) this.warning(warning)
    this.say(renderChanges(result.changes))
    this.note(`${result.dryRun ? 'checked, not changed' : 'changed'}: ${entityText(entity)}`)
    if (unverified(result).length > 0) {
      this.finishWith(EXIT.finding)
      this.warning(`the change was accepted, but ${unverified(result).join(', ')} does not show it yet`)
    }
    return result
  }
}
