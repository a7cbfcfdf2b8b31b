/** `mq logdirs move`: replicas from one log directory of a broker to another, while it serves. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Flags from '@oclif/core/flags'
import { beginMove, lookAtMove, type MovePlan, planMove } from '../../admin/log-dirs.ts'
import { parseScope } from '../../admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, integerFlag, requiredArgs, yesFlag } from '../../cli/flags.ts'
import { whileAlone } from '../../ops/engine/open.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration, formatSize } from '../../output/units.ts'

const LOOK_MS = 300

export interface LogdirsMoveResult extends MovePlan {
  dryRun: boolean
}

export default class LogdirsMove extends AdminCommand<LogdirsMoveResult> {
  static override summary = 'Move replicas to another log directory of their broker.'
  static override description =
    'The broker copies each replica beside the current one and swaps them when the copy is complete; producers and ' +
    'consumers go on meanwhile. Shows what moves and asks, waits, and reads the directories again to see each replica ' +
    'in its place. The old files go a minute later (file.delete.delay.ms). Moving a replica to where it lies ends a ' +
    'move that is under way. Interrupted, or after --timeout, the broker goes on by itself.\n\n' +
    'The broker setting replica.alter.log.dirs.io.max.bytes.per.second limits the speed.'
  static override examples = [
    '<%= config.bin %> logdirs move example-topic --to /data2',
    {
      description: 'two partitions on one of several brokers',
      command: '<%= config.bin %> logdirs move example-topic:0,3 --broker 2 --to /data2 --dry-run',
    },
  ]
  static override args = { replicas: requiredArgs('Topics, or partitions of topics: example-topic:0,3-5.') }
  static override flags = {
    to: Flags.string({ required: true, helpValue: 'PATH', summary: 'The log directory, as mq logdirs shows it.' }),
    broker: integerFlag({ summary: 'The broker; may be left out where there is only one.' }),
    'no-wait': Flags.boolean({ summary: 'Return when the moves have begun.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  private hasBegun = false

  override async run(): Promise<LogdirsMoveResult> {
    const { args, flags } = await this.parse(LogdirsMove)
    const scopes = (args.replicas as unknown as string[]).map(parseScope)
    // What is to be copied is held against the room that there is: no second operation may fill that meanwhile.
    if (flags['dry-run'] === true) return this.plan(scopes, flags)
    return this.alone(whileAlone, () => this.plan(scopes, flags))
  }

  /** Plans, and carries out what is not a dry run. */
  private async plan(
    scopes: ReturnType<typeof parseScope>[],
    flags: {
      broker?: number | undefined
      to: string
      'no-wait'?: boolean | undefined
      'dry-run'?: boolean | undefined
      yes?: boolean | undefined
    },
  ): Promise<LogdirsMoveResult> {
    const client = await this.connect()
    const plan = await planMove(client, scopes, { broker: flags.broker, to: flags.to })
    const going = plan.replicas.filter(({ state }) => state === 'planned')
    const dryRun = flags['dry-run'] ?? false
    const bytes = going.reduce((sum, { size }) => sum + (size ?? 0), 0)
    this.show(plan)
    const coming = going.filter(({ from }) => from !== plan.to).reduce((sum, { size }) => sum + (size ?? 0), 0)
    if (plan.usable !== null && coming > plan.usable) {
      this.warning(`${plan.to} has room for ${formatSize(plan.usable)}, and ${formatSize(coming)} are to go there`)
    }
    if (going.length === 0) this.note('nothing to move')
    else if (!dryRun) {
      const what = `${going.length} ${going.length === 1 ? 'replica' : 'replicas'} (${formatSize(bytes)})`
      await this.confirm(`Move ${what} to ${plan.to} on broker ${plan.broker}?`, { yes: flags.yes })
      this.hasBegun = true
      await beginMove(client, plan)
      if (flags['no-wait'] !== true) await this.wait(client, plan)
      else this.note('the moves have begun; mq logdirs shows how far they are')
    }
    this.reportItems(
      plan.replicas.map(({ topic, partition, error }) => ({
        name: partition < 0 ? topic : `${topic}-${partition}`,
        error,
      })),
    )
    return { ...plan, dryRun }
  }

  protected override deadlineMessage(timeoutMs: number): string {
    if (!this.hasBegun) return super.deadlineMessage(timeoutMs)
    return `the moves have not ended after ${formatDuration(timeoutMs)}; the broker goes on with them (mq logdirs)`
  }

  protected override interruptMessage(): string {
    return this.hasBegun ? 'interrupted; the broker goes on with the moves (mq logdirs)' : super.interruptMessage()
  }

  private show({ broker, replicas, to }: MovePlan): void {
    const good = replicas.filter(({ error }) => error === undefined)
    if (good.length === 0) return
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'BROKER', value: () => broker, align: 'right' },
          { header: 'FROM', value: (row) => row.from },
          { header: 'TO', value: () => to },
          { header: 'SIZE', value: (row) => formatSize(row.size), align: 'right' },
          { header: 'NOTE', value: (row) => row.note },
        ],
        good,
      ),
    )
  }

  private async wait(client: ClusterClient, plan: MovePlan): Promise<void> {
    const started = performance.now()
    const moving = () => plan.replicas.filter(({ state }) => state === 'moving')
    const total = plan.replicas.length
    const progress = await this.progress('moving')
    try {
      while (moving().length > 0 && !this.aborter.signal.aborted) {
        const copied = await lookAtMove(client, plan)
        const left = moving()
        const bytes = left.reduce((sum, { size }) => sum + (size ?? 0), 0)
        progress.update(
          `${total - left.length} of ${total} moved, ${formatSize(copied)} of ${formatSize(bytes)} copied`,
        )
        if (left.length > 0) await sleep(LOOK_MS, undefined, { signal: this.aborter.signal }).catch(() => {})
      }
    } finally {
      progress.stop()
    }
    const moved = plan.replicas.filter(({ state }) => state === 'moved')
    if (moved.length === 0) return
    const size = moved.reduce((sum, one) => sum + (one.size ?? 0), 0)
    const took = formatDuration(performance.now() - started)
    this.note(`${moved.length} of ${total} replicas (${formatSize(size)}) lie in ${plan.to} now, after ${took}`)
  }
}
