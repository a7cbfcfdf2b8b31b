/** `mq cluster features`: the feature levels in force, and what the nodes support. */
import { type ClusterFeatures as Report, clusterFeatures, type LevelRange } from '../../../admin/features.ts'
import { AdminCommand } from '../../../cli/admin-command.ts'
import { renderTable } from '../../../output/table.ts'

export default class ClusterFeatures extends AdminCommand<Report> {
  static override summary = 'Show the feature levels in force and what each node supports.'
  static override description =
    'FINALIZED is the level in force, 0 means off. SUPPORTED is what every node can do: a level above it cannot be finalized yet. ' +
    'With --bootstrap-controller the controllers are asked instead of the brokers.'
  static override examples = [
    '<%= config.bin %> cluster features',
    '<%= config.bin %> cluster features --json | jq -r \'.features[] | select(.feature == "metadata.version").finalizedName\'',
  ]

  override async run(): Promise<Report> {
    await this.parse(ClusterFeatures)
    const report = await clusterFeatures(await this.connect())
    this.say(
      renderTable(
        [
          { header: 'FEATURE', value: (row) => row.feature },
          { header: 'FINALIZED', value: (row) => levelText(row.finalized, row.finalizedName) },
          { header: 'SUPPORTED', value: (row) => rangeText(row.supported, row.supportedMaxName) },
        ],
        report.features,
      ),
    )
    const differing = report.features.flatMap(({ feature, differences }) =>
      differences.map(({ node, supported }) => ({ feature, node, supported })),
    )
    if (differing.length > 0) {
      this.say()
      this.say(
        renderTable(
          [
            { header: 'FEATURE', value: (row) => row.feature },
            { header: 'NODE', value: (row) => row.node, align: 'right' },
            { header: 'SUPPORTED BY IT', value: (row) => rangeText(row.supported, null) },
          ],
          differing,
        ),
      )
    }
    this.reportItems(report.nodes.map(({ id, role, error }) => ({ name: `${role} ${id}`, error })))
    return report
  }
}

function levelText(level: number, name: string | null): string {
  return name === null ? String(level) : `${level} (${name})`
}

function rangeText(range: LevelRange | null, maxName: string | null): string {
  if (range === null) return 'no'
  const levels = range.min === range.max ? String(range.max) : `${range.min} to ${range.max}`
  return maxName === null ? levels : `${levels} (${maxName})`
}
