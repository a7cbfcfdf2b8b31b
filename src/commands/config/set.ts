/** `mq config set`: changes single keys while the cluster runs. */
import { type ChangedConfigs, changeConfigs, type ConfigChange, isSecretKey } from '../../admin/config-changes.ts'
import * as Flags from '@oclif/core/flags'
import { EXIT, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderChanges, unverified } from '../../cli/config-changes.ts'
import { entityFlags, entityOf, entityText } from '../../cli/entity-flags.ts'
import { dryRunFlag, optionalArgs, pairFlag } from '../../cli/flags.ts'
import { readSettings } from '../../cli/settings-file.ts'

export default class ConfigSet extends AdminCommand<ChangedConfigs> {
  static override summary = 'Set configuration keys; other keys stay as they are.'
  static override description =
    'All keys change together or none does; the old and the new value are shown, and the new one is read back: exit code ' +
    '3 when it does not show. A value is everything behind the first equals sign, so it may hold commas and equals signs. ' +
    '--append and --subtract change elements of a list. --file takes the settings of a Java properties file, or of stdin ' +
    'with -: the way for secrets, since arguments show to others. A key that looks like a slip is refused before anything is sent; ' +
    'one that only the cluster knows is sent with a word about it. The broker checks the values; --dry-run asks it to ' +
    'check only.'
  static override examples = [
    '<%= config.bin %> config set retention.ms=604800000 segment.ms=86400000 --topic example-topic',
    '<%= config.bin %> config set --append cleanup.policy=compact --topic example-topic',
    "<%= config.bin %> config set 'follower.replication.throttled.replicas=0:1,1:2' --topic example-topic",
    '<%= config.bin %> config set log.cleaner.threads=2 --broker-default',
    '<%= config.bin %> config set kafka.request.logger=DEBUG --broker-logger 1',
    '<%= config.bin %> config set --file secrets.properties --broker 1',
  ]
  static override args = { setting: optionalArgs('KEY=VALUE, one or more.') }
  static override flags = {
    ...entityFlags,
    append: pairFlag({ summary: 'Add an element to a list; repeatable.' }),
    subtract: pairFlag({ summary: 'Take an element out of a list; repeatable.' }),
    file: Flags.string({ helpValue: 'FILE', summary: 'KEY=VALUE lines, as in a properties file; - is stdin.' }),
    'allow-unknown': Flags.boolean({ summary: 'Send keys that neither mq nor the cluster knows.' }),
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
    const shown = changes.filter(({ key }) => isSecretKey(entity, key)).map(({ key }) => key)
    if (flags.file !== undefined) {
      if (flags.file === '-' && process.stdin.isTTY) this.note('one KEY=VALUE a line; Ctrl-D ends')
      changes.push(...(await readSettings(flags.file)).map((pair) => ({ operation: 'set' as const, ...pair })))
    }
    if (changes.length === 0)
      throw new UsageError('what to set?', 'give KEY=VALUE, --append KEY=VALUE, --subtract KEY=VALUE or --file FILE')
    const twice = changes.find((change, index) => changes.findIndex((other) => other.key === change.key) !== index)
    if (twice !== undefined) throw new UsageError(`${twice.key} stands twice`)
    const result = await changeConfigs(await this.connect(), entity, changes, {
      dryRun: flags['dry-run'],
      allowUnknown: flags['allow-unknown'],
    })
    for (const warning of result.warnings) this.warning(warning)
    if (shown.length > 0) {
      this.warning(
        `${shown.join(', ')} stood in the arguments, which others can see; --file FILE, or - for stdin, hides it`,
      )
    }
    this.say(renderChanges(result.changes))
    this.note(`${result.dryRun ? 'checked, not changed' : 'changed'}: ${entityText(entity)}`)
    if (unverified(result).length > 0) {
      this.finishWith(EXIT.finding)
      this.warning(`the change was accepted, but ${unverified(result).join(', ')} does not show it yet`)
    }
    return result
  }
}

function setting(text: string): ConfigChange {
  const at = text.indexOf('=')
  if (at <= 0) throw new UsageError(`"${text}" is not KEY=VALUE`)
  return { operation: 'set', key: text.slice(0, at).trim(), value: text.slice(at + 1) }
}
