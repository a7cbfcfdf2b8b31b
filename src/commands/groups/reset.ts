/** `mq groups reset`: moves the offsets of a group that is not running. */
import * as Flags from '@oclif/core/flags'
import { offsetsCsv, parseOffsetsCsv, parseScope } from '../../admin/partitions.ts'
import { executeReset, planReset, type ResetPlan, type ResetTarget } from '../../admin/reset.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, requiredArg, yesFlag } from '../../cli/flags.ts'
import { type ResetChoice, resetChoice, resetFlags } from '../../cli/reset-flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatCount } from '../../output/units.ts'

export interface GroupsResetResult extends ResetPlan {
  dryRun: boolean
}

export default class GroupsReset extends AdminCommand<GroupsResetResult> {
  static override summary = 'Move the offsets of a group.'
  static override description =
    'Shows where each partition stands and would go (never outside the log), then asks; off a terminal it needs --yes ' +
    '(--execute means the same). Refused with exit code 4 while the group has members. What was written is read back. ' +
    '--export prints the plan as topic,partition,offset lines and changes nothing; without a target it prints the offsets ' +
    'as they are.'
  static override examples = [
    '<%= config.bin %> groups reset example-group --topic example-topic --to-earliest --dry-run',
    '<%= config.bin %> groups reset example-group --topic example-topic:0,3-5 --to @-1h',
    '<%= config.bin %> groups reset example-group --all-topics --shift-by=-100 --yes',
    '<%= config.bin %> groups reset example-group --all-topics --export > offsets.csv',
  ]
  static override args = { group: requiredArg('Name of the group.') }
  static override flags = {
    topic: Flags.string({
      char: 't',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'A topic, or partitions of one; repeatable.',
    }),
    'all-topics': Flags.boolean({ exclusive: ['topic'], summary: 'Every topic that the group has offsets for.' }),
    ...resetFlags,
    export: Flags.boolean({ summary: 'Print the plan as CSV; change nothing.' }),
    execute: Flags.boolean({ hidden: true, summary: 'The same as --yes.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<GroupsResetResult> {
    const { args, flags } = await this.parse(GroupsReset)
    const choice = resetChoice(flags, Date.now()) ?? (flags.export ? { kind: 'current' as const } : undefined)
    if (choice === undefined)
      throw new UsageError('where to?', 'for example --to-earliest, --to-offset N, --to @-1h, --shift-by=-10')
    const carriesTopics = choice.kind === 'file' || choice.kind === 'group'
    if (flags.topic === undefined && !flags['all-topics'] && !carriesTopics) {
      throw new UsageError('which topics?', 'give --topic TOPIC, or --all-topics')
    }
    const client = await this.connect()
    const scope = flags.topic?.map(parseScope)
    const plan = await planReset(client, { group: args.group, scope, target: targetOf(choice, args.group) })
    const dryRun = flags['dry-run'] === true || flags.export === true
    const failed = plan.offsets.some((row) => row.error !== undefined)
    this.show(plan, flags.export)
    if (dryRun || failed) {
      if (failed && !dryRun) this.note('nothing was changed')
      return this.finish({ ...plan, dryRun })
    }
    if (plan.offsets.every((row) => row.after === row.before)) {
      this.note(`group ${plan.group} stands there already`)
      return { ...plan, dryRun }
    }
    await this.confirm(`Move the offsets of group ${plan.group}?`, { yes: flags.yes || flags.execute })
    const done = await executeReset(client, plan)
    const moved = done.offsets.filter((row) => row.error === undefined).length
    const proof = moved === done.offsets.length ? '; read back and found right' : ''
    this.note(`moved ${moved} of ${done.offsets.length} partitions of group ${plan.group}${proof}`)
    return this.finish({ ...done, dryRun })
  }

  private finish(result: GroupsResetResult): GroupsResetResult {
    this.reportItems(result.offsets.map((row) => ({ name: `${row.topic}-${row.partition}`, error: row.error })))
    if (result.offsets.some((row) => row.error !== undefined)) this.finishWith(EXIT.failed)
    return result
  }

  private show(plan: ResetPlan, csv: boolean): void {
    const good = plan.offsets.filter((row) => row.after !== null)
    if (csv) {
      this.say(offsetsCsv(good.map(({ topic, partition, after }) => ({ topic, partition, offset: after! }))))
      return
    }
    if (plan.state === null) this.note(`group ${plan.group} does not exist yet; this would make it`)
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'OLD', value: (row) => row.before, align: 'right' },
          { header: 'NEW', value: (row) => row.after, align: 'right' },
          { header: 'DELTA', value: (row) => row.delta, align: 'right' },
          { header: 'NOTE', value: (row) => row.note },
        ],
        plan.offsets,
      ),
    )
    const sum = (sign: number) => good.reduce((total, row) => total + Math.max(0, sign * (row.delta ?? 0)), 0)
    this.note(`${formatCount(sum(-1))} records to be read again, ${formatCount(sum(1))} to be skipped`)
  }
}

function targetOf(choice: ResetChoice, group: string): ResetTarget {
  return choice.kind === 'file' ? { kind: 'rows', rows: parseOffsetsCsv(choice.text, group) } : choice
}
