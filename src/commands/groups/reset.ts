/** `mq groups reset`: moves the offsets of groups that are not running. */
import * as Flags from '@oclif/core/flags'
import { type CsvOffset, offsetsCsv, parseOffsetsCsv } from '../../admin/offsets-csv.ts'
import { throwItem } from '../../admin/items.ts'
import { parseScope } from '../../admin/partitions.ts'
import { planResets, type ResetPlan, type ResetRequest, type ResetTarget } from '../../admin/reset.ts'
import { executeReset, NOT_VERIFIED, rowsToWrite } from '../../admin/reset-write.ts'
import { EXIT, RefusedError, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'
import { type ResetChoice, resetChoice, resetFlags } from '../../cli/reset-flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatCount, formatDuration } from '../../output/units.ts'
import { readInput } from '../../platform/input-file.ts'

export interface GroupsResetResult {
  groups: ResetPlan[]
  dryRun: boolean
}

export default class GroupsReset extends AdminCommand<GroupsResetResult> {
  static override summary = 'Move the offsets of groups.'
  static override description =
    'Shows where each partition stands and would go (never outside the log), then asks; off a terminal it needs --yes ' +
    '(--execute means the same). Refused with exit code 4 while one of the groups has members. What was written is read ' +
    'back: exit code 3 when it does not show. A partition that cannot be moved, of a deleted topic for example, keeps its ' +
    'row and the command ends with exit code 1; the others are moved.\n\n' +
    'Topics are named with --topic, or --all-topics takes those that the group has offsets for, with the partitions that ' +
    'they have got since. --export prints the plan as the CSV that kafka-consumer-groups writes and reads, and changes ' +
    'nothing: topic,partition,offset lines, with the group in front for several groups; without a target it prints the ' +
    'offsets as they are. A file with groups in it needs no group named here.'
  static override examples = [
    '<%= config.bin %> groups reset example-group --topic example-topic --to-earliest --dry-run',
    '<%= config.bin %> groups reset example-group --topic example-topic:0,3-5 --to @-1h',
    '<%= config.bin %> groups reset example-group --all-topics --shift-by=-100 --yes',
    '<%= config.bin %> groups reset example-group --all-topics --to-datetime 2026-01-31T09:30:00.000',
    '<%= config.bin %> groups reset example-group --all-topics --export > offsets.csv',
    '<%= config.bin %> groups reset example-group --from-file offsets.csv --yes',
    '<%= config.bin %> groups reset new-group --from-group example-group --yes',
  ]
  static override args = { group: optionalArgs('Names of the groups.') }
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
    execute: Flags.boolean({ exclusive: ['dry-run', 'export'], summary: 'The same as --yes.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  /** What is on its way to the cluster, for the message of a deadline. */
  private writing: string | undefined

  override async run(): Promise<GroupsResetResult> {
    const { args, flags } = await this.parse(GroupsReset)
    const choice = resetChoice(flags, Date.now()) ?? (flags.export ? { kind: 'current' as const } : undefined)
    if (choice === undefined)
      throw new UsageError('where to?', 'for example --to-earliest, --to-offset N, --to @-1h, --shift-by=-10')
    const carriesTopics = choice.kind === 'file' || choice.kind === 'group'
    if (flags.topic === undefined && !flags['all-topics'] && !carriesTopics) {
      throw new UsageError('which topics?', 'give --topic TOPIC, or --all-topics')
    }
    const text = choice.kind === 'file' ? await readInput(choice.path) : ''
    const requests = requestsOf([...new Set(args.group)], choice, text, flags.topic?.map(parseScope))
    const client = await this.connect()
    const plans = await planResets(client, requests)
    const [only] = plans
    if (plans.length === 1 && only?.error !== undefined) throwItem(only.error)
    const dryRun = flags['dry-run'] === true || flags.export === true
    if (!this.jsonEnabled()) this.show(plans, flags.export)
    if (dryRun) return this.finish(plans, dryRun)
    const toWrite = plans.filter((plan) => rowsToWrite(plan).some((row) => row.after !== row.before))
    if (toWrite.length === 0) {
      const isWhole = plans.every(
        (plan) => plan.error === undefined && plan.offsets.every((row) => row.error === undefined),
      )
      this.note(
        isWhole ? `${namesOf(plans)} ${plans.length === 1 ? 'stands' : 'stand'} there already` : 'nothing was changed',
      )
      return this.finish(plans, dryRun)
    }
    await this.confirm(`Move the offsets of ${namesOf(toWrite)}?`, { yes: flags.yes || flags.execute })
    const done: ResetPlan[] = []
    for (const plan of plans) {
      if (!toWrite.includes(plan)) {
        done.push(plan)
        continue
      }
      this.writing = plan.group
      try {
        done.push(await executeReset(client, plan))
      } catch (error) {
        // The first group decides how the command ends; later ones do not make the moves before them unseen.
        if (!(error instanceof RefusedError) || done.every((one) => !one.executed)) throw error
        done.push({ ...plan, error: { code: error.code, message: error.message } })
      }
    }
    this.writing = undefined
    this.reportMoves(done)
    return this.finish(done, dryRun)
  }

  protected override deadlineMessage(timeoutMs: number): string {
    const after = `not finished after ${formatDuration(timeoutMs)}`
    return this.writing === undefined
      ? `${after}; nothing was changed`
      : `${after}; whether the offsets of group ${this.writing} were written is not known: mq groups describe ${this.writing} shows it`
  }

  private reportMoves(plans: readonly ResetPlan[]): void {
    for (const plan of plans.filter((one) => one.executed)) {
      const moved = plan.offsets.filter((row) => row.error === undefined && row.after !== null).length
      const proof = moved === plan.offsets.length ? '; read back and found right' : ''
      this.note(`moved ${moved} of ${plan.offsets.length} partitions of group ${plan.group}${proof}`)
    }
  }

  private finish(groups: ResetPlan[], dryRun: boolean): GroupsResetResult {
    const isNamed = groups.length > 1
    const errors = groups.flatMap((plan) => [
      { name: plan.group, error: plan.error },
      ...plan.offsets.map((row) => ({
        name: `${isNamed ? `${plan.group}: ` : ''}${row.topic}-${row.partition}`,
        error: row.error,
      })),
    ])
    const failed = errors.filter(({ error }) => error !== undefined)
    if (failed.length > 0 && failed.every(({ error }) => error!.code === NOT_VERIFIED)) this.finishWith(EXIT.finding)
    this.reportItems(errors)
    return { groups, dryRun }
  }

  private show(plans: readonly ResetPlan[], csv: boolean): void {
    if (csv) {
      const rows = plans.flatMap((plan) =>
        rowsToWrite(plan).map(
          ({ topic, partition, after }): CsvOffset => ({ group: plan.group, topic, partition, offset: after }),
        ),
      )
      if (rows.length > 0) this.say(offsetsCsv(rows, plans.length > 1))
      for (const { group, offsets } of plans) {
        const of = plans.length > 1 ? `${group}: ` : ''
        for (const { topic, partition, note } of offsets) {
          if (note !== null) this.note(`${of}${topic}-${partition}: ${note}`)
        }
      }
      return
    }
    for (const plan of plans) {
      if (plan.state === null && plan.error === undefined) {
        this.note(`group ${plan.group} does not exist yet; this would make it`)
      }
    }
    const rows = plans.flatMap((plan) => plan.offsets.map((row) => ({ ...row, group: plan.group })))
    if (rows.length === 0) return
    this.say(
      renderTable(
        [
          ...(plans.length > 1 ? [{ header: 'GROUP', value: (row: { group: string }) => row.group }] : []),
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'OLD', value: (row) => row.before, align: 'right' },
          { header: 'NEW', value: (row) => row.after, align: 'right' },
          { header: 'DELTA', value: (row) => row.delta, align: 'right' },
          { header: 'NOTE', value: (row) => row.error?.message ?? row.note },
        ],
        rows,
      ),
    )
    const sum = (sign: number) => rows.reduce((total, row) => total + Math.max(0, sign * (row.delta ?? 0)), 0)
    this.note(`${formatCount(sum(-1))} records to be read again, ${formatCount(sum(1))} to be skipped`)
  }
}

function namesOf(plans: readonly ResetPlan[]): string {
  const [first] = plans
  return plans.length === 1 ? `group ${first!.group}` : `${plans.length} groups`
}

/** One request a group: a file may name groups of its own, of which those count that were named here, if any were. */
function requestsOf(
  groups: readonly string[],
  choice: ResetChoice,
  text: string,
  scope: ResetRequest['scope'],
): ResetRequest[] {
  if (choice.kind !== 'file') {
    if (groups.length === 0) throw new UsageError('which group?', 'name one or several')
    return groups.map((group) => ({ group, scope, target: choice satisfies ResetTarget }))
  }
  const rows = parseOffsetsCsv(text)
  const inFile = [...new Set(rows.flatMap((row) => (row.group === undefined ? [] : [row.group])))]
  const isBare = rows.some((row) => row.group === undefined)
  if (groups.length === 0 && isBare) throw new UsageError('which group?', 'the file names none in some of its lines')
  if (groups.length > 1 && isBare)
    throw new UsageError('several groups, and a file that does not say which line is whose')
  const wanted = groups.length > 0 ? groups : inFile
  const requests = wanted.map((group) => {
    const own = rows.filter((row) => row.group === undefined || row.group === group)
    return { group, scope, target: { kind: 'rows' as const, rows: own } }
  })
  if (requests.every((request) => request.target.rows.length === 0)) {
    throw new UsageError(
      'the file has no line for this',
      inFile.length === 0 ? undefined : `it names ${inFile.join(', ')}`,
    )
  }
  return requests
}
