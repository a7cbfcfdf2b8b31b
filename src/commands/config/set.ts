/** `mq config set`: changes single keys while the cluster runs. */
import { type ChangedConfigs, changeConfigs, type ConfigChange } from '../../admin/configs.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderChanges } from '../../cli/config-changes.ts'
import { entityFlags, entityOf, entityText } from '../../cli/entity-flags.ts'
import { dryRunFlag, optionalArgs, pairFlag } from '../../cli/flags.ts'

export default class ConfigSet extends AdminCommand<ChangedConfigs> {
  static override summary = 'Set configuration keys; other keys stay as they are.'
  static override description =
    'All keys change together or none does. --append and --subtract change one element of a list. The broker checks the ' +
    'values; --dry-run asks it to check only.'
  static override examples = [
    '<%= config.bin %> config set retention.ms=604800000 --topic example-topic',
    '<%= config.bin %> config set --append cleanup.policy=compact --topic example-topic',
    '<%= config.bin %> config set log.cleaner.threads=2 --broker-default',
  ]
  static override args = { setting: optionalArgs('KEY=VALUE, one or more.') }
  static override flags = {
    ...entityFlags,
    append: pairFlag({ summary: 'Add an element to a list; repeatable.' }),
    subtract: pairFlag({ summary: 'Take an element out of a list; repeatable.' }),
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<ChangedConfigs> {
    const { args, flags } = await this.parse(ConfigSet)
    const entity = entityOf(flags)
    const changes: ConfigChange[] = [
      ...(args.setting ?? []).map(setting),
      ...(flags.append ?? []).map(({ key, value }) => ({ operation: 'append' as const, key, value })),
      ...(flags.subtract ?? []).map(({ key, value }) => ({ operation: 'subtract' as const, key, value })),
    ]
    if (changes.length === 0)
      throw new UsageError('what to set?', 'give KEY=VALUE, --append KEY=VALUE or --subtract KEY=VALUE')
    const twice = changes.find((change, index) => changes.findIndex((other) => other.key === change.key) !== index)
    if (twice !== undefined) throw new UsageError(`${twice.key} stands twice`)
    const result = await changeConfigs(await this.connect(), entity, changes, { dryRun: flags['dry-run'] ?? false })
    this.say(renderChanges(result.changes))
    this.note(`${result.dryRun ? 'checked, not changed' : 'changed'}: ${entityText(entity)}`)
    return result
  }
}

function setting(text: string): ConfigChange {
  const at = text.indexOf('=')
  if (at <= 0) throw new UsageError(`"${text}" is not KEY=VALUE`)
  return { operation: 'set', key: text.slice(0, at).trim(), value: text.slice(at + 1) }
}
