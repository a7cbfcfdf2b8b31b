/** `mq cluster features downgrade`: lowers feature levels, or turns features off. */
import * as Flags from '@oclif/core/flags'
import { dryRunFlag, requiredArgs, yesFlag } from '../../../cli/flags.ts'
import ClusterFeaturesUpgrade, { type FeaturesChangeResult } from './upgrade.ts'

export default class ClusterFeaturesDowngrade extends ClusterFeaturesUpgrade {
  static override summary = 'Lower feature levels; level 0 turns a feature off.'
  static override description =
    'All of them change or none. The controller checks first (--dry-run ends there), then this asks. --unsafe allows what ' +
    'would lose metadata, where the software can do that at all.'
  static override examples = [
    '<%= config.bin %> cluster features downgrade eligible.leader.replicas.version=0 --dry-run',
    '<%= config.bin %> cluster features downgrade metadata.version=4.2 --unsafe',
  ]
  static override args = {
    levels: requiredArgs('FEATURE=LEVEL; of metadata.version also a release (4.2) or a name (4.2-IV1).'),
  }
  // a command that extends another has these of its own, or the manifest would miss them
  static override baseFlags = ClusterFeaturesUpgrade.baseFlags
  static override flags = {
    unsafe: Flags.boolean({ summary: 'Although metadata may be lost.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<FeaturesChangeResult> {
    const { args, flags } = await this.parse(ClusterFeaturesDowngrade)
    const texts = args.levels as unknown as string[]
    const direction = flags.unsafe === true ? 'unsafe-downgrade' : 'downgrade'
    return this.change(texts, direction, { dryRun: flags['dry-run'] ?? false, yes: flags.yes })
  }
}
