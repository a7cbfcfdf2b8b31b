/** `mq cluster features upgrade`: raises feature levels. */
import { FeaturesCommand, type FeaturesChangeResult } from '../../../cli/features-command.ts'
import { dryRunFlag, requiredArgs, yesFlag } from '../../../cli/flags.ts'

export default class ClusterFeaturesUpgrade extends FeaturesCommand {
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
}
