/** `mq cluster features upgrade`: raises feature levels. */
import {
  changeFeatures,
  type FeatureChange,
  type FeatureDirection,
  parseFeatureLevel,
  planFeatures,
} from '../../../admin/feature-changes.ts'
import { clusterFeatures } from '../../../admin/features.ts'
import { AdminCommand } from '../../../cli/admin-command.ts'
import { dryRunFlag, requiredArgs, yesFlag } from '../../../cli/flags.ts'
import { renderTable } from '../../../output/table.ts'

export interface FeaturesChangeResult {
  /** Empty: the levels are in force already. */
  changes: FeatureChange[]
  dryRun: boolean
}

export default class ClusterFeaturesUpgrade extends AdminCommand<FeaturesChangeResult> {
  static override summary = 'Raise feature levels that every node supports.'
  static override description =
    'All of them change or none. The controller checks first (--dry-run ends there), then this asks: nodes that do not ' +
    'support a level that is in force cannot start. Levels that are in force already are left alone.'
  static override examples = [
    '<%= config.bin %> cluster features upgrade metadata.version=4.3 --dry-run',
    '<%= config.bin %> cluster features upgrade eligible.leader.replicas.version=1 --yes',
  ]
  static override args = {
    levels: requiredArgs('FEATURE=LEVEL; of metadata.version also a release (4.3) or a name (4.3-IV0).'),
  }
  static override flags = { 'dry-run': dryRunFlag, yes: yesFlag }

  override async run(): Promise<FeaturesChangeResult> {
    const { args, flags } = await this.parse(ClusterFeaturesUpgrade)
    const texts = args.levels as unknown as string[]
    return this.change(texts, 'upgrade', { dryRun: flags['dry-run'] ?? false, yes: flags.yes })
  }

  /** From FEATURE=LEVEL to the change: shown, checked by the controller, asked about, made. */
  protected async change(
    texts: readonly string[],
    direction: FeatureDirection,
    flags: { readonly dryRun: boolean; readonly yes: boolean | undefined },
  ): Promise<FeaturesChangeResult> {
    const wanted = texts.map(parseFeatureLevel)
    const client = await this.connect()
    const changes = planFeatures(await clusterFeatures(client), wanted, direction)
    const { dryRun } = flags
    if (changes.length === 0) {
      this.note('nothing to do: these levels are in force')
      return { changes, dryRun }
    }
    this.say(
      renderTable(
        [
          { header: 'FEATURE', value: (row) => row.feature },
          { header: 'FROM', value: (row) => level(row.before, row.beforeName) },
          { header: 'TO', value: (row) => level(row.after, row.afterName) },
        ],
        changes,
      ),
    )
    // The controller's own checks come first: nobody is asked about what cannot be done.
    await changeFeatures(client, changes, { direction, dryRun: true })
    if (dryRun) {
      this.note('the controller would take this')
      return { changes, dryRun }
    }
    const names = changes.map(({ feature }) => feature).join(', ')
    const caution =
      direction === 'upgrade'
        ? 'Older software can no longer join the cluster after that.'
        : direction === 'unsafe-downgrade'
          ? 'Metadata that the lower level does not know are lost.'
          : 'Everything that needs the higher level ends.'
    const verb = direction === 'upgrade' ? 'Raise' : 'Lower'
    await this.confirm(`${verb} ${names}? ${caution}`, { yes: flags.yes })
    await changeFeatures(client, changes, { direction, dryRun: false })
    this.note(`${direction === 'upgrade' ? 'raised' : 'lowered'} ${names}`)
    return { changes, dryRun }
  }
}

function level(value: number, name: string | null): string {
  return name === null ? String(value) : `${value} (${name})`
}
