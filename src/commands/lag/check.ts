/** `mq lag check`: for CI, cron and probes: do groups keep their limits? Exit 0, 3, 1, 5, and one line that says why. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { EXIT, MqError, UsageError } from '../../base/errors.ts'
import { checkLag, type CheckReport } from '../../admin/lag/check.ts'
import { LagProbe } from '../../admin/lag/probe.ts'
import type { LagRule } from '../../admin/lag/limits.ts'
import type { LagPolicy } from '../../admin/lag/policy.ts'
import { parseScope } from '../../admin/partitions.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { durationFlag, integerFlag, optionalArgs } from '../../cli/flags.ts'
import { groupFilter, type GroupFilterValues } from '../../cli/group-flags.ts'
import { intervalFlag, lagSelectionFlags, windowFlag, windowShape } from '../../cli/lag-flags.ts'
import { colours } from '../../output/colours.ts'

type Limits = Pick<LagRule, 'maxLag' | 'maxPartitionLag' | 'maxTimeMs' | 'maxLost' | 'statuses' | 'minMembers'>

interface CheckFlags extends GroupFilterValues {
  readonly policy?: string | undefined
  readonly for: number
  readonly 'max-lag'?: number | undefined
  readonly 'max-partition-lag'?: number | undefined
  readonly 'max-time'?: number | undefined
  readonly 'max-lost'?: number | undefined
  readonly 'min-members'?: number | undefined
  readonly status?: boolean | undefined
  readonly 'ignore-uncommitted'?: boolean | undefined
  readonly topic?: readonly string[] | undefined
  readonly interval?: number | undefined
  readonly window?: number | undefined
}

export default class LagCheck extends BaseCommand<CheckReport> {
  protected static override changesCluster = false
  static override summary = 'Check the lag of groups against limits: exit code 3 when one is passed.'
  static override description =
    'Prints one line that says why. Exit code 0: every group was asked and keeps its limits; 3: a limit is passed (OVER); ' +
    '1: it cannot be told (UNKNOWN): no broker answers, no such group, nothing committed, a topic that is gone; 5: --timeout ' +
    'passed. With --for a limit counts when every look of that time shows it passed, and the check ends as soon as none can ' +
    'any more. Lag counts records that are to be read: markers of transactions at the end do not count. --status judges ' +
    'whether the group gets on, whatever its lag: WARN (reads, but never gets nearer), STALL (is there, but does not move), ' +
    'STOP (nobody commits), REWIND (went back). Several limits, for several groups, stand in a file: --policy.'
  static override examples = [
    '<%= config.bin %> lag check example-group --max-lag 10000',
    { description: 'for cron', command: '<%= config.bin %> lag check --max-lag 10000 --max-time 5m --for 2m || alert' },
    '<%= config.bin %> lag check example-group --status --window 1m',
    '<%= config.bin %> lag check --policy lag.yaml --json',
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    'max-lag': integerFlag({ summary: 'Records that a group may have unread, all partitions together.' }),
    'max-partition-lag': integerFlag({ summary: 'Records that may be unread on any one partition.' }),
    'max-time': durationFlag({ summary: 'Age that the first unread record may have.' }),
    'max-lost': integerFlag({ summary: 'Records that may have been deleted before the group read them.' }),
    'min-members': integerFlag({ summary: 'Members that a group must have.' }),
    status: Flags.boolean({ summary: 'Check that the groups get on: none is WARN, STALL, STOP or REWIND.' }),
    for: durationFlag({
      default: 0,
      defaultHelp: async () => 'one look',
      summary: 'A limit counts when passed so long.',
    }),
    policy: Flags.string({ env: 'MQ_LAG_POLICY', helpValue: 'FILE', summary: 'Limits of many groups: a lag.yaml.' }),
    'ignore-uncommitted': Flags.boolean({
      summary: 'Leave partitions out of which a group has committed nothing; otherwise they are UNKNOWN.',
    }),
    ...lagSelectionFlags,
    interval: intervalFlag('2s'),
    window: windowFlag('30s'),
  }

  override async run(): Promise<CheckReport> {
    const { args, flags } = await this.parse(LagCheck)
    try {
      return await this.check(args.group ?? [], flags)
    } catch (error) {
      // Scripts that read stdout alone must not take silence for a good sign. What is wrong with the flags is not of this kind.
      const isUsage = error instanceof MqError && error.exitCode === EXIT.usage
      const isTold = !isUsage && !this.aborter.signal.aborted
      if (isTold && error instanceof Error) this.say(`UNKNOWN: ${error.message.split('\n')[0]}`)
      throw error
    }
  }

  private async check(names: readonly string[], flags: CheckFlags): Promise<CheckReport> {
    const filter = groupFilter(flags, names)
    const policy = await this.policy(flags)
    const { rules } = policy
    const windowMs = flags.window ?? policy.windowMs ?? 30_000
    const shape = windowShape(windowMs, flags.interval ?? policy.intervalMs ?? 2000)
    const needsWindow = rules.some(({ statuses }) => statuses !== undefined)
    const isOnce = !needsWindow && rules.every(({ forMs }) => forMs === 0)
    const probe = new LagProbe({
      client: await this.clientOptions(),
      selection: { names, ...filter, scopes: flags.topic?.map(parseScope) },
      window: shape,
      judge: { minimumSpanMs: windowMs * 0.9 },
      once: isOnce,
      nowMs: Date.now,
    })
    this.defer(() => probe.close())
    const progress = isOnce ? undefined : await this.progress('looking')
    const report = await checkLag({
      source: probe,
      rules,
      names,
      filtered: Object.values(filter).some((value) => value !== undefined),
      intervalMs: shape.intervalMs,
      windowMs: needsWindow ? windowMs : 0,
      keepGroups: this.jsonEnabled(),
      sleep: (ms) => sleep(ms, undefined, { signal: this.aborter.signal }),
      nowMs: () => performance.now(),
    }).finally(() => progress?.stop())
    const { verdict, why } = report
    const role = verdict === 'ok' ? colours.success : verdict === 'over' ? colours.error : colours.warning
    this.say(why.replace(/^\w+/, (word) => role(word)))
    if (verdict !== 'ok') this.finishWith(verdict === 'over' ? EXIT.finding : EXIT.failed)
    return report
  }

  protected override deadlineMessage(timeoutMs: number): string {
    const message = super.deadlineMessage(timeoutMs)
    this.say(`UNKNOWN: ${message}`)
    return message
  }

  private async policy(flags: CheckFlags): Promise<LagPolicy> {
    const limits: Limits = {
      ...{ maxLag: flags['max-lag'], maxPartitionLag: flags['max-partition-lag'], maxTimeMs: flags['max-time'] },
      ...{ maxLost: flags['max-lost'], minMembers: flags['min-members'] },
      statuses: flags.status === true ? ['WARN', 'STALL', 'STOP', 'REWIND'] : undefined,
    }
    const hasLimits = Object.values(limits).some((value) => value !== undefined)
    if (flags.policy !== undefined) {
      if (hasLimits || flags.for > 0) throw new UsageError('--policy has its own limits: give none beside it')
      const { readPolicy } = await import('../../admin/lag/policy.ts')
      return readPolicy(flags.policy)
    }
    if (!hasLimits) {
      throw new UsageError('lag check needs a limit', 'give --max-lag, --max-time, --status or --policy')
    }
    const uncommitted = flags['ignore-uncommitted'] === true ? 'ignore' : 'unknown'
    const rule: LagRule = { ...limits, name: null, severity: null, forMs: flags.for, uncommitted, optional: false }
    return { rules: [rule], windowMs: undefined, intervalMs: undefined }
  }
}
