/** `mq topics alter`: changes settings of several topics at once. */
import { changeConfigs, type ChangedKey, type ConfigChange } from '../../admin/config-changes.ts'
import { type ItemError, itemError } from '../../admin/items.ts'
import { UsageError } from '../../base/errors.ts'
import * as Flags from '@oclif/core/flags'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderChanges } from '../../cli/config-changes.ts'
import { dryRunFlag, pairFlag, requiredArgs } from '../../cli/flags.ts'

export interface TopicsAlterResult {
  topics: { name: string; changes: ChangedKey[]; error?: ItemError }[]
  dryRun: boolean
}

export default class TopicsAlter extends AdminCommand<TopicsAlterResult> {
  static override summary = 'Change settings of topics; others stay as they are.'
  static override description = 'The keys of one topic change together or none does; topics are changed one by one.'
  static override examples = [
    '<%= config.bin %> topics alter example-topic --config retention.ms=604800000',
    '<%= config.bin %> topics alter example-topic --delete-config retention.ms --dry-run',
  ]
  static override args = { topic: requiredArgs('Names of the topics.') }
  static override flags = {
    config: pairFlag({ char: 'c', summary: 'Set a key; repeatable.' }),
    'delete-config': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY',
      summary: 'Remove a key, so that the inherited value applies; repeatable.',
    }),
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<TopicsAlterResult> {
    const { args, flags } = await this.parse(TopicsAlter)
    const changes: ConfigChange[] = [
      ...(flags.config ?? []).map(({ key, value }) => ({ operation: 'set' as const, key, value })),
      ...(flags['delete-config'] ?? []).map((key) => ({ operation: 'unset' as const, key })),
    ]
    if (changes.length === 0) throw new UsageError('what to change?', 'give --config KEY=VALUE or --delete-config KEY')
    const client = await this.connect()
    const dryRun = flags['dry-run'] ?? false
    const topics: TopicsAlterResult['topics'] = []
    for (const name of new Set(args.topic)) {
      const result = await changeConfigs(client, { kind: 'topic', name }, changes, { dryRun }).catch(itemError)
      if (!('changes' in result)) {
        topics.push({ name, changes: [], error: result })
        continue
      }
      topics.push({ name, changes: result.changes })
      this.say(renderChanges(result.changes))
      this.note(`${dryRun ? 'checked, not changed' : 'changed'}: topic ${name}`)
    }
    this.reportItems(topics)
    return { topics, dryRun }
  }
}
