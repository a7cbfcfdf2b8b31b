/** `mq cluster health`: what is wrong with the cluster, once, until it is healthy, or again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { EXIT } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { durationFlag } from '../../cli/flags.ts'
import { type HealthReport, HealthProbe } from '../../ops/health/report.ts'
import { colours } from '../../output/colours.ts'
import type { Progress } from '../../output/progress.ts'
import { writeOut } from '../../output/stdout.ts'
import { renderFields, renderTable } from '../../output/table.ts'
import { formatDuration, formatTime } from '../../output/units.ts'

const CLEAR = '\u001b[2J\u001b[H'

export default class ClusterHealth extends AdminCommand<HealthReport | undefined> {
  protected static override changesCluster = false
  static override summary = 'Check the cluster: exit code 3 when something is wrong.'
  static override description =
    'Looks at the metadata quorum, the brokers, every partition (offline, under-replicated, under or at the minimum of ' +
    'in-sync replicas), preferred leaders, moves that stand still, operations that were stopped half way, throttles that were left behind, log directories ' +
    'and differing versions. Says who works on the cluster. Each finding has a name that scripts can rely on, and says what to do. --wait ends as soon as the ' +
    'cluster is healthy, with exit code 5 when it is not in time. --watch redraws on a terminal and prints one JSON ' +
    'document a line elsewhere, until it is interrupted.'
  static override examples = [
    '<%= config.bin %> cluster health',
    { description: 'after a restart', command: '<%= config.bin %> cluster health --wait 2m' },
    '<%= config.bin %> cluster health --json | jq -r ".findings[].code"',
    '<%= config.bin %> cluster health --watch',
  ]
  static override flags = {
    wait: durationFlag({ summary: 'Wait until the cluster is healthy, at most so long; then exit code 5.' }),
    watch: Flags.boolean({ summary: 'Look again and again.' }),
    interval: durationFlag({ default: 2000, defaultHelp: async () => '2s', summary: 'Time between two looks.' }),
  }

  override async run(): Promise<HealthReport | undefined> {
    const { flags } = await this.parse(ClusterHealth)
    const probe = new HealthProbe(await this.clientOptions())
    this.defer(() => probe.close())
    if (flags.watch === true) return this.watch(probe, flags.interval, flags.wait)
    if (flags.wait !== undefined) return this.waitFor(probe, flags.interval, flags.wait)
    const report = await probe.once(this.aborter.signal)
    this.say(textOf(report))
    if (!report.healthy) this.finishWith(EXIT.finding)
    return report
  }

  private async waitFor(probe: HealthProbe, intervalMs: number, limitMs: number): Promise<HealthReport> {
    const started = performance.now()
    const progress: Progress = await this.progress('looking')
    let told = ''
    for (;;) {
      const report = await probe.next()
      const over = performance.now() - started
      if (report.healthy || over >= limitMs) {
        progress.stop()
        this.say(textOf(report))
        if (!report.healthy) {
          this.note(`not healthy after ${formatDuration(limitMs)}`)
          this.finishWith(EXIT.timeout)
        }
        return report
      }
      const codes = [...new Set(report.findings.map(({ code }) => code))].join(', ')
      progress.update(`not healthy yet: ${codes}`)
      if (codes !== told && process.stderr.isTTY !== true) this.note(`not healthy yet: ${codes}`)
      told = codes
      await sleep(Math.max(0, Math.min(intervalMs, limitMs - over)), undefined, { signal: this.aborter.signal })
    }
  }

  private async watch(probe: HealthProbe, intervalMs: number, limitMs = Number.POSITIVE_INFINITY): Promise<undefined> {
    const started = performance.now()
    const isScreen = process.stdout.isTTY === true && !this.jsonEnabled()
    const waits = limitMs !== Number.POSITIVE_INFINITY
    for (;;) {
      const report = await probe.next()
      await writeOut(
        isScreen ? `${CLEAR}${textOf(report)}\n\n${formatTime(report.at)}\n` : `${JSON.stringify(report)}\n`,
      )
      if (waits && report.healthy) return
      if (performance.now() - started >= limitMs) {
        this.finishWith(EXIT.timeout)
        return
      }
      await sleep(intervalMs, undefined, { signal: this.aborter.signal })
    }
  }
}

/** The report for people. */
function textOf(report: HealthReport): string {
  const { quorum, partitions, brokers, lock, findings } = report
  const grave = findings.filter(({ severity }) => severity === 'critical').length
  const state = report.healthy
    ? colours.success('healthy')
    : `${findings.length} finding${findings.length === 1 ? '' : 's'}${grave === 0 ? '' : `, ${grave} critical`}`
  const fields = renderFields([
    ['cluster', report.clusterId],
    ['state', state],
    ['quorum', quorum === null ? null : quorumText(quorum)],
    ['brokers', brokers.map(({ id, state: is }) => (is === 'serving' ? `${id}` : `${id} (${is})`)).join(', ')],
    ['partitions', partitions === null ? null : partitionsText(partitions)],
    ...(lock === null ? [] : [['at work', lockText(lock)] as const]),
  ])
  if (findings.length === 0) return fields
  const level = (severity: string) => (severity === 'critical' ? colours.error(severity) : colours.warning(severity))
  const what = renderTable(
    [
      { header: 'LEVEL', value: ({ severity }) => level(severity) },
      { header: 'FINDING', value: ({ code }) => code },
      { header: 'WHAT', value: ({ message }) => message },
    ],
    findings,
  )
  const todo = renderTable(
    [
      { header: 'FINDING', value: ({ code }) => code },
      { header: 'TO-DO', value: ({ hint }) => hint },
    ],
    findings,
  )
  return `${fields}\n\n${what}\n\n${todo}`
}

function lockText({ operator, host, since, work }: NonNullable<HealthReport['lock']>): string {
  const what = work === null ? '' : `, ${work}`
  return `${operator} at ${host}${what}${since === null ? '' : ` since ${formatTime(since)}`}`
}

function quorumText({ leader, epoch, voters }: NonNullable<HealthReport['quorum']>): string {
  if (leader === null) return 'no leader'
  return `leader ${leader}, epoch ${epoch}, voters ${voters.join(', ')}`
}

function partitionsText(counts: NonNullable<HealthReport['partitions']>): string {
  const parts = [
    [counts.offline, 'offline'],
    [counts.underReplicated, 'under-replicated'],
    [counts.underMinIsr, 'under the minimum'],
    [counts.moving, 'moving'],
  ] as const
  const wrong = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return wrong.length === 0 ? `${counts.total}, all in sync` : `${counts.total}: ${wrong.join(', ')}`
}
