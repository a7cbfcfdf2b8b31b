/** `mq leaders elect`: makes preferred replicas leaders again, or gives leaderless partitions one that was not in sync. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import {
  type Candidate,
  type ElectedPartition,
  electLeaders,
  type ElectionType,
  needsElection,
  plannedElections,
  selectPartitions,
} from '../../ops/leaders/elect.ts'
import { type PossibleLoss, possibleLosses } from '../../ops/leaders/loss.ts'
import { whileAlone } from '../../ops/engine/open.ts'
import { renderTable } from '../../output/table.ts'

export interface LeadersElectResult {
  type: ElectionType
  dryRun: boolean
  partitions: ElectedPartition[]
  /** Of an unclean election: what it may lose, of each partition that needs one. */
  losses: PossibleLoss[]
}

const ROWS_MAX = 50
/** The lock is a group, whose partition may be among those without a leader: nobody waits long for it then. */
const LOCK_MS = 8000

export default class LeadersElect extends AdminCommand<LeadersElectResult> {
  static override summary = 'Elect leaders: preferred ones, or unclean where nobody in sync is left.'
  static override description =
    '--preferred, the default, makes the first replica of each partition its leader where it is in sync. --unclean gives ' +
    'partitions without a leader one of the replicas whose broker runs, although it may lack records that were ' +
    'acknowledged: it first shows which replica that is, where its log ends and how far the log is known to have gone, and ' +
    'asks. Partitions that are led as they should be are left alone.'
  static override examples = [
    '<%= config.bin %> leaders elect --all',
    '<%= config.bin %> leaders elect --topic example-topic:0,3 --topic other-topic',
    {
      description: 'what would an unclean election lose?',
      command: '<%= config.bin %> leaders elect --unclean --topic example-topic --dry-run',
    },
  ]
  static override flags = {
    preferred: Flags.boolean({ exclusive: ['unclean'], summary: 'Elect the first replica, if in sync (the default).' }),
    unclean: Flags.boolean({ summary: 'Elect replicas that were not in sync, losing what they lack.' }),
    topic: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['all'],
      helpValue: 'TOPIC[:P]',
      summary: 'This topic, or partitions of it (example-topic:0,3-5); repeatable.',
    }),
    all: Flags.boolean({ summary: 'Every partition of the cluster.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<LeadersElectResult> {
    const { flags } = await this.parse(LeadersElect)
    const type: ElectionType = flags.unclean === true ? 'unclean' : 'preferred'
    if (flags.topic === undefined && flags.all !== true) {
      throw new UsageError('which partitions?', 'give --topic TOPIC, --topic TOPIC:0,1, or --all')
    }
    // A preferred leader is in sync, and the controller elects it by itself at any time: nothing has to be kept out. Who gives records up
    // must not do so while somebody else restarts the very broker that has them.
    if (type === 'preferred' || flags['dry-run'] === true) return this.elect(type, flags)
    return this.alone(whileAlone, () => this.elect(type, flags), { takeMs: LOCK_MS })
  }

  private async elect(
    type: ElectionType,
    flags: {
      topic?: string[] | undefined
      all?: boolean | undefined
      'dry-run'?: boolean | undefined
      yes?: boolean | undefined
    },
  ): Promise<LeadersElectResult> {
    const scopes = flags.topic?.map(parseScope)
    const client = await this.connect()
    const { candidates, missing } = await selectPartitions(client, scopes)
    const wanted = candidates.filter((candidate) => needsElection(type, candidate))
    const report = type === 'unclean' ? await possibleLosses(client, wanted) : { losses: [] }
    if (type === 'unclean' && wanted.length > 0) {
      this.showLosses(report.losses)
      if (report.error !== undefined) this.warning(`offsets of groups are missing: ${report.error.message}`)
      if (flags['dry-run'] !== true) await this.ask(wanted, report.losses, flags.yes)
    }
    const dryRun = flags['dry-run'] ?? false
    const rows = dryRun ? plannedElections(type, candidates) : await electLeaders(client, type, candidates)
    // Of everything, only what there was something to do about.
    const shown = flags.all === true ? rows.filter(({ state }) => state !== 'not-needed') : rows
    const partitions = [...shown, ...missing]
    this.show(partitions.filter(({ error }) => error === undefined))
    this.sum(partitions, dryRun)
    this.reportItems(
      partitions.map(({ topic, partition, error }) => ({
        name: partition < 0 ? topic : `${topic}-${partition}`,
        error,
      })),
    )
    return { type, dryRun, partitions, losses: [...report.losses] }
  }

  private show(rows: readonly ElectedPartition[]): void {
    if (rows.length === 0) return
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'BEFORE', value: (row) => row.before, align: 'right' },
          { header: 'LEADER', value: (row) => (row.state === 'planned' ? null : row.after), align: 'right' },
          { header: 'STATE', value: (row) => row.state },
        ],
        rows,
      ),
    )
  }

  private sum(rows: readonly ElectedPartition[], dryRun: boolean): void {
    const count = (state: ElectedPartition['state']) => rows.filter((row) => row.state === state).length
    const partitions = (many: number) => `${many} partition${many === 1 ? '' : 's'}`
    if (dryRun) this.note(`${partitions(count('planned'))} would be elected`)
    else if (count('elected') > 0) this.note(`elected leaders of ${partitions(count('elected'))}`)
    else if (count('failed') === 0) this.note('nothing to do: every partition is led as it should be')
  }

  private showLosses(losses: readonly PossibleLoss[]): void {
    const ids = (list: readonly number[] | null) => (list === null ? null : list.join(','))
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'ISR', value: (row) => ids(row.isr) },
          { header: 'ELR', value: (row) => ids(row.elr) },
          { header: 'ALIVE', value: (row) => ids(row.alive) },
          { header: 'NEW-LEADER', value: (row) => row.survivor, align: 'right' },
          { header: 'ITS-END', value: (row) => row.end, align: 'right' },
          { header: 'KNOWN-END', value: (row) => row.knownEnd, align: 'right' },
          { header: 'LOST', value: (row) => (row.lost === null ? 'unknown' : `${row.lost} or more`), align: 'right' },
        ],
        losses.slice(0, ROWS_MAX),
      ),
    )
    if (losses.length > ROWS_MAX) this.say(`and ${losses.length - ROWS_MAX} more`)
    this.say()
  }

  private async ask(wanted: readonly Candidate[], losses: readonly PossibleLoss[], yes: boolean | undefined) {
    const topics = [...new Set(wanted.map(({ topic }) => topic))]
    const known = losses.reduce((sum, { lost }) => sum + (lost ?? 0), 0)
    const what = wanted.length === 1 ? `${wanted[0]!.topic}-${wanted[0]!.partition}` : `${wanted.length} partitions`
    const records = known === 0 ? 'what only brokers that are down have' : `at least ${known} records`
    const danger = topics.length === 1 ? topics[0]! : 'unclean'
    await this.confirm(`Elect new leaders of ${what} and lose ${records} for good?`, { danger, yes })
  }
}
