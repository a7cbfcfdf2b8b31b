/** `mq config describe`: the settings of a thing and where they come from. */
import * as Flags from '@oclif/core/flags'
import { type ConfigEntry, describeConfigs, describeKeys, type EntityConfigs, isOwn } from '../../admin/configs.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { entityFlags, entityOf, entityText } from '../../cli/entity-flags.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

export default class ConfigDescribe extends AdminCommand<EntityConfigs> {
  static override summary = 'Show configuration keys with values and where these come from.'
  static override description =
    'Without keys: what the entity sets itself; --all adds what it inherits and the defaults. FROM names the source, and ' +
    'the broker key behind it where that has another name. With keys named, OVER has what would apply without that source. ' +
    'Secrets are never shown.'
  static override examples = [
    '<%= config.bin %> config describe --topic example-topic',
    '<%= config.bin %> config describe --broker 1 --all',
    '<%= config.bin %> config describe retention.ms --topic example-topic --json',
  ]
  static override args = { key: optionalArgs('Only these keys.') }
  static override flags = { ...entityFlags, all: Flags.boolean({ summary: 'Inherited and default values too.' }) }

  override async run(): Promise<EntityConfigs> {
    const { args, flags } = await this.parse(ConfigDescribe)
    const entity = entityOf(flags)
    const client = await this.connect()
    const options = { documentation: this.jsonEnabled() }
    const described =
      args.key === undefined
        ? await describeConfigs(client, entity, options)
        : await describeKeys(client, entity, [...new Set(args.key)], options)
    const everything = flags.all || args.key !== undefined
    const configs = described.configs.filter((entry) => everything || isOwn(entity.kind, entry.source))
    const good = configs.filter((entry) => entry.error === undefined)
    if (configs.length === 0) {
      this.note(`${entityText(entity)} sets nothing of its own; --all shows what is in force`)
    } else if (good.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'KEY', value: (row) => row.key },
            { header: 'VALUE', value: (row) => (row.sensitive ? '(secret)' : row.value) },
            { header: 'FROM', value: origin },
            { header: 'CHANGE', value: (row) => (row.readOnly ? 'restart' : 'any time') },
            ...(args.key === undefined ? [] : [{ header: 'OVER', value: overruled }]),
          ],
          good,
        ),
      )
    }
    this.reportItems(configs.map((entry) => ({ name: entry.key, error: entry.error })))
    return { entity: described.entity, configs }
  }
}

function origin(entry: ConfigEntry): string {
  const [first] = entry.synonyms
  return first === undefined || first.key === entry.key ? entry.source : `${entry.source} ${first.key}`
}

/** What would be in force without the first source, and without the next. */
function overruled(entry: ConfigEntry): string {
  return entry.synonyms
    .slice(1)
    .map(({ key, source, value }) => {
      const from = key === entry.key ? source : `${source} ${key}`
      return entry.sensitive ? from : `${from}=${value ?? ''}`
    })
    .join(', ')
}
