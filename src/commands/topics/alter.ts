/** `mq topics alter`: changes settings of several topics at once. */
import { changeConfigs, type ChangedKey, type ConfigChange } from '../../admin/config-changes.ts'
import { type ItemError, itemError } from '../../admin/items.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import * as Flags from '@oclif/core/flags'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderChanges, unverified } from '../../cli/config-changes.ts'
import { dryRunFlag, pairFlag, requiredArgs } from '../../cli/flags.ts'

export interface TopicsAlterResult {
  topics: { name: string; changes: ChangedKey[]; error?: ItemError }[]
  dryRun: boolean
}

export default class TopicsAlter extends AdminCommand<TopicsAlterResult> {
  static override summary = 'Change settings of topics; others stay as they are.'
  static override description =
    'The keys of one topic change together or none does; topics are changed one by one, and one that cannot be changed ' +
    'does not keep the others from it. The old and the new values are shown, and what was written is read back: exit ' +
    'code 3 when it does not show. A key that looks like a slip is refused before anything is sent.'
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
    'allow-unknown': Flags.boolean({ summary: 'Send keys that neither mq nor the cluster knows.' }),
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<TopicsAlterResult> {
    const { args, flags } = await this.parse(TopicsAlter)
    const changes: ConfigChange[] = [
      ...(flags.config ?? []).map(({ key, value }) => ({ operation: 'set' as const, key, value })),
      ...(flags['delete-config'] ?? []).map((key) => ({ operation: 'unset' as const, key })),
    ]
    if (changes.length === 0) throw new UsageError('what to change?', 'give --config KEY=VALUE or --delete-config KEY')
    const twice = changes.find((change, index) => changes.findIndex((other) => other.key === change.key) !== index)
    if (twice !== undefined) throw new UsageError(`${twice.key} stands twice`)
    const client = await this.connect()
    const dryRun = flags['dry-run'] ?? false
    const topics: TopicsAlterResult['topics'] = []
    const hidden: string[] = []
    for (const name of new Set(args.topic)) {
      const result = await changeConfigs(client, { kind: 'topic', name }, changes, {
        dryRun,
        allowUnknown: flags['allow-unknown'],
      }).catch(itemError)
      if (!('changes' in result)) {
        topics.push({ name, changes: [], error: result })
        continue
      }
      topics.push({ name, changes: result.changes })
      for (const warning of result.warnings) this.warning(`${name}: ${warning}`)
      this.say(renderChanges(result.changes))
      this.note(`${dryRun ? 'checked, not changed' : 'changed'}: topic ${name}`)
      const unseen = unverified(result)
      if (unseen.length === 0) continue
      hidden.push(name)
      this.warning(`topic ${name}: the change was accepted, but ${unseen.join(', ')} does not show it yet`)
    }
    this.reportItems(topics)
    // After the failures, which weigh more.
    if (hidden.length > 0) this.finishWith(EXIT.finding)
    return { topics, dryRun }
  }
}
