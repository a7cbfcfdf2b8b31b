/** `mq config get`: values of single keys, for scripts. */
import { type ConfigEntry, describeConfigs, type EntityConfigs } from '../../admin/configs.ts'
import { similarNames } from '../../admin/items.ts'
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
    const found = await describeConfigs(client, entity, { keys })
    const missing = keys.filter((key) => !found.configs.some((entry) => entry.key === key))
    const known = missing.length === 0 ? [] : (await describeConfigs(client, entity)).configs.map((entry) => entry.key)
    const configs = keys.map((key) => found.configs.find((entry) => entry.key === key) ?? unknown(key, known))
    const good = configs.filter((entry) => entry.error === undefined)
    for (const entry of good) this.say(keys.length === 1 ? (entry.value ?? '') : `${entry.key}=${entry.value ?? ''}`)
    for (const entry of good) if (entry.sensitive) this.note(`${entry.key} is a secret: the broker does not show it`)
    this.reportItems(configs.map((entry) => ({ name: entry.key, error: entry.error })))
    return { entity: found.entity, configs }
  }
}

function unknown(key: string, known: readonly string[]): ConfigEntry {
  const similar = similarNames(key, known)
  const hint =
    similar.length === 0 ? 'mq config describe --all shows the keys' : `did you mean ${similar.join(' or ')}?`
  return {
    key,
    value: null,
    source: 'unknown',
    type: null,
    sensitive: false,
    readOnly: false,
    synonyms: [],
    documentation: null,
    error: { code: 'MQ_UNKNOWN_KEY', message: `there is no key ${key}`, hint },
  }
}
