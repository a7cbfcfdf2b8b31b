/** `mq leaders balance`: makes brokers lead what they are preferred for. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag } from '../../cli/flags.ts'
import { imbalances } from '../../ops/health/partition-findings.ts'
import {
  type Candidate,
  type ElectedPartition,
  electLeaders,
  needsElection,
  plannedElections,
  selectPartitions,
} from '../../ops/leaders/elect.ts'
import { renderTable } from '../../output/table.ts'

export interface LeadersBalanceResult {
  dryRun: boolean
  brokers: BrokerBalance[]
  /** Those that were elected, or would be. */
  partitions: ElectedPartition[]
  /** Preferred replicas that are not in sync, and so cannot lead. */
  waiting: { topic: string; partition: number; broker: number }[]
}

interface BrokerBalance {
  id: number
  /** Partitions that it leads, that it is preferred for, and those of the latter that it could lead and did not, before. */
  leads: number
  preferred: number
  lacks: number
  /** `lacks` as a share of `preferred`, percent. */
  imbalance: number
}

export default class LeadersBalance extends AdminCommand<LeadersBalanceResult> {
  static override summary = 'Let every broker lead what it is the preferred leader of.'
  static override description =
    'Shows how many partitions each broker leads and should lead, and elects the preferred leader of those that another ' +
    'leads. Moves no data. Partitions whose preferred leader is not in sync are left as they are and named. With nothing to ' +
    'do the exit code is 0.'
  static override examples = [
    '<%= config.bin %> leaders balance',
    '<%= config.bin %> leaders balance --dry-run',
    '<%= config.bin %> leaders balance --topic example-topic',
  ]
  static override flags = {
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:P]',
      summary: 'Only this topic, or partitions of it; repeatable. Default: all.',
    }),
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<LeadersBalanceResult> {
    const { flags } = await this.parse(LeadersBalance)
    const scopes = flags.topic?.map(parseScope)
    const client = await this.connect()
    const { candidates, missing } = await selectPartitions(client, scopes)
    const { brokers } = await client.metadata()
    const balance = balanceOf(
      brokers.map(({ id }) => id),
      candidates,
    )
    const away = candidates.filter((one) => needsElection('preferred', one))
    const wanted = away.filter(({ isr, replicas }) => isr.includes(replicas[0]!))
    const waiting = away
      .filter((one) => !wanted.includes(one))
      .map(({ topic, partition, replicas }) => ({ topic, partition, broker: replicas[0]! }))
    this.showBrokers(balance)
    const dryRun = flags['dry-run'] ?? false
    // Under no lock: what is elected is in sync, and the controller does the same by itself at any time.
    const rows = dryRun ? plannedElections('preferred', wanted) : await electLeaders(client, 'preferred', wanted)
    const partitions = [...rows, ...missing]
    this.showPartitions(rows.filter(({ error }) => error === undefined))
    this.sum(rows, waiting, dryRun)
    this.reportItems(
      partitions.map(({ topic, partition, error }) => ({
        name: partition < 0 ? topic : `${topic}-${partition}`,
        error,
      })),
    )
    return { dryRun, brokers: balance, partitions, waiting }
  }

  private showBrokers(rows: readonly BrokerBalance[]): void {
    this.say(
      renderTable(
        [
          { header: 'BROKER', value: (row) => row.id, align: 'right' },
          { header: 'LEADS', value: (row) => row.leads, align: 'right' },
          { header: 'PREFERRED', value: (row) => row.preferred, align: 'right' },
          { header: 'LACKS', value: (row) => row.lacks, align: 'right' },
          { header: 'IMBALANCE', value: (row) => `${row.imbalance}%`, align: 'right' },
        ],
        rows,
      ),
    )
  }

  private showPartitions(rows: readonly ElectedPartition[]): void {
    if (rows.length === 0) return
    this.say()
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'BEFORE', value: (row) => row.before, align: 'right' },
          { header: 'LEADER', value: (row) => (row.state === 'planned' ? null : row.after), align: 'right' },
        ],
        rows,
      ),
    )
  }

  private sum(rows: readonly ElectedPartition[], waiting: LeadersBalanceResult['waiting'], dryRun: boolean): void {
    const partitions = (many: number) => `${many} partition${many === 1 ? '' : 's'}`
    const elected = rows.filter(({ state }) => state === 'elected').length
    if (dryRun) this.note(`${partitions(rows.length)} would be led by their preferred leader`)
    else if (elected > 0) this.note(`${partitions(elected)} went to the preferred leader`)
    else if (waiting.length === 0 && rows.every(({ error }) => error === undefined)) this.note('nothing to do')
    if (waiting.length === 0) return
    const brokers = [...new Set(waiting.map(({ broker }) => broker))].sort((one, other) => one - other)
    const wait = waiting.length === 1 ? 'waits' : 'wait'
    this.note(`${partitions(waiting.length)} ${wait} for broker ${brokers.join(', ')}: preferred, and not in sync`)
  }
}

function balanceOf(ids: readonly number[], candidates: readonly Candidate[]): BrokerBalance[] {
  const brokers = [...ids]
    .sort((one, other) => one - other)
    .map((id) => ({ id, host: '', port: 0, rack: null, fenced: null }))
  const partitions = candidates.map((one) => ({ ...one, elr: null, minIsr: 0 }))
  return imbalances({ brokers, partitions }).map(({ broker, preferred, led, elsewhere }) => ({
    ...{ id: broker, leads: led, preferred, lacks: elsewhere.length },
    imbalance: preferred === 0 ? 0 : Math.round((elsewhere.length * 1000) / preferred) / 10,
  }))
}
