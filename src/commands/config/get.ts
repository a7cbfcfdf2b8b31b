/** `mq config get`: values of single keys, for scripts. */
import { describeKeys, type EntityConfigs } from '../../admin/configs.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { entityFlags, entityOf } from '../../cli/entity-flags.ts'
import { requiredArgs } from '../../cli/flags.ts'

export default class ConfigGet extends AdminCommand<EntityConfigs> {
  static override summary = 'Print the values of configuration keys.'
  static override description =
    'The value in force, wherever it comes from. One key prints its value alone, several print key=value lines; a key ' +
    'without a value prints nothing behind the equals sign. Secrets are never shown.'
  static override examples = [
    '<%= config.bin %> config get retention.ms --topic example-topic',
    '<%= config.bin %> config get log.retention.ms num.partitions --broker 1 --json',
  ]
  static override args = { key: requiredArgs('Names of the keys.') }
  static override flags = { ...entityFlags }

  override async run(): Promise<EntityConfigs> {
    const { args, flags } = await this.parse(ConfigGet)
    const entity = entityOf(flags)
    const client = await this.connect()
    const keys = [...new Set(args.key)]
    const { entity: shown, configs } = await describeKeys(client, entity, keys)
    const good = configs.filter((entry) => entry.error === undefined)
    for (const entry of good) this.say(keys.length === 1 ? (entry.value ?? '') : `${entry.key}=${entry.value ?? ''}`)
    for (const entry of good) if (entry.sensitive) this.note(`${entry.key} is a secret: the broker does not show it`)
    this.reportItems(configs.map((entry) => ({ name: entry.key, error: entry.error })))
    return { entity: shown, configs }
  }
}
