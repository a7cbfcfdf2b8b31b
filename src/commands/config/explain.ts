/** `mq config explain`: what a key means, and what it is here. */
import * as Flags from '@oclif/core/flags'
import {
  type ExplainedKey,
  explainKey,
  type KeyHere,
  keyInCluster,
  type KeyMeaning,
  throwUnknownKey,
} from '../../admin/config-explain.ts'
import { MqError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { type Entity, entityFlags, entityOf } from '../../cli/entity-flags.ts'
import { requiredArg } from '../../cli/flags.ts'
import { colours } from '../../output/colours.ts'
import { renderFields, renderTable } from '../../output/table.ts'
import { formatDuration, formatSize } from '../../output/units.ts'

const SCOPES: Readonly<Record<KeyMeaning['scope'], string>> = {
  topic: 'each topic: mq config set --topic',
  group: 'each group: mq config set --group',
  file: "the broker's file only, read at start",
  'per-broker': "each broker (mq config set --broker), or the broker's file",
  'cluster-wide': "all brokers (--broker-default), one broker (--broker), or the broker's file",
}

export default class ConfigExplain extends AdminCommand<ExplainedKey> {
  static override summary = 'Explain a configuration key, and show its value here.'
  static override description =
    'What the key means, its type, default and valid values, where it can be set and what wins, whether a broker must be ' +
    'restarted for it. That much needs no cluster. Where one can be asked, its value there is shown with the place it comes ' +
    'from: of every broker, or of the topic, broker or group that is named. Keys of topics, brokers and groups of Apache ' +
    'Kafka 4.3 are known; a newer one is told in the words of the cluster.'
  static override examples = [
    '<%= config.bin %> config explain retention.ms',
    '<%= config.bin %> config explain min.insync.replicas --topic example-topic',
    '<%= config.bin %> config explain log.retention.hours --offline',
  ]
  static override args = { key: requiredArg('Name of the key.') }
  static override flags = { ...entityFlags, offline: Flags.boolean({ summary: 'Ask no cluster.' }) }

  override async run(): Promise<ExplainedKey> {
    const { args, flags } = await this.parse(ConfigExplain)
    const isNamed = Object.keys(entityFlags).some(
      (name) => flags[name as keyof typeof flags] !== undefined && flags[name as keyof typeof flags] !== false,
    )
    const entity = isNamed ? entityOf(flags) : undefined
    const meanings = explainKey(args.key)
    const here = flags.offline ? null : await this.here(args.key, entity, meanings.length > 0)
    if (meanings.length === 0 && (here === null || here.every((row) => row.error !== undefined))) {
      throwUnknownKey(args.key)
    }
    for (const meaning of meanings) this.say(`${meaningText(args.key, meaning)}\n`)
    if (meanings.length === 0) {
      this.note(`${args.key} is not in mq's tables; this is what the cluster says`)
      const text = here?.find((row) => row.documentation !== null)?.documentation
      if (text !== undefined && text !== null) this.say(`${text}\n`)
    }
    const good = here?.filter((row) => row.error === undefined) ?? []
    if (good.length > 0) this.say(hereTable(good))
    else if (here !== null) this.note(`the cluster has no value of ${args.key} to show here`)
    this.reportItems((here ?? []).map((row) => ({ name: `${row.entity.type} ${row.entity.name}`, error: row.error })))
    return { key: args.key, meanings, here }
  }

  /** Null when no cluster can be asked, which is fine as long as nothing of a cluster was asked for. */
  private async here(key: string, entity: Entity | undefined, isKnown: boolean): Promise<KeyHere[] | null> {
    try {
      return await keyInCluster(await this.connect(), key, entity)
    } catch (error) {
      if (!(error instanceof MqError) || entity !== undefined || !isKnown) {
        if (error instanceof MqError && entity === undefined && !isKnown) return null
        throw error
      }
      this.note(`no value is shown: ${error.message}`)
      return null
    }
  }
}

function meaningText(key: string, meaning: KeyMeaning): string {
  const fields: [string, string][] = [
    ['type', meaning.type],
    ['default', meaning.required ? 'none: it must be given' : shownDefault(key, meaning.default)],
    ['valid', meaning.valid ?? 'any'],
    ['set for', SCOPES[meaning.scope]],
    ['restart', meaning.restart ? 'needed' : 'not needed'],
    ['first wins', meaning.precedence.join(', ')],
  ]
  if (meaning.sensitive) fields.push(['secret', 'its value is never shown'])
  if (meaning.defaultOf.length > 0) fields.push(['default of', meaning.defaultOf.join(', ')])
  if (!meaning.bundledEffect) fields.push(['bundled', 'known to the bundled broker, without effect there yet'])
  const title = colours.heading(`${key} (${meaning.kind})`)
  return [title, ...(meaning.meaning === null ? [] : [meaning.meaning]), renderFields(fields)].join('\n')
}

/** The text as Kafka has it, and what it is to people. */
function shownDefault(key: string, text: string | null): string {
  if (text === null) return 'not set'
  if (text === '') return 'empty'
  const value = Number(text)
  if (text === '9223372036854775807') return `${text} (no limit)`
  if (!Number.isSafeInteger(value) || value < 1000) return text
  if (key.endsWith('.ms')) return `${text} (${formatDuration(value)})`
  return key.endsWith('.bytes') ? `${text} (${formatSize(value)})` : text
}

function hereTable(rows: readonly KeyHere[]): string {
  return renderTable(
    [
      { header: 'OF', value: (row) => `${row.entity.type} ${row.entity.name}`.trim() },
      { header: 'KEY', value: (row) => row.key },
      { header: 'VALUE', value: (row) => (row.sensitive ? '(secret)' : row.value) },
      { header: 'FROM', value: (row) => chain(row)[0] ?? row.source },
      { header: 'OVER', value: (row) => chain(row).slice(1).join(', ') },
    ],
    rows,
  )
}

function chain(row: KeyHere): string[] {
  return row.synonyms.map(({ key, value, source }, index) => {
    const name = key === row.key ? source : `${source} ${key}`
    return index === 0 || row.sensitive ? name : `${name}=${value ?? ''}`
  })
}
