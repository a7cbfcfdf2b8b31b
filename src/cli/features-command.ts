/** What `mq cluster features upgrade` and `downgrade` share: from FEATURE=LEVEL to the change, shown and asked about. */
import {
  changeFeatures,
  type FeatureChange,
  type FeatureDirection,
  parseFeatureLevel,
  planFeatures,
} from '../admin/feature-changes.ts'
import { clusterFeatures } from '../admin/features.ts'
import { renderTable } from '../output/table.ts'
import { AdminCommand } from './admin-command.ts'

export interface FeaturesChangeResult {
  /** Empty: the levels are in force already. */
  changes: FeatureChange[]
  dryRun: boolean
}

export abstract class FeaturesCommand extends AdminCommand<FeaturesChangeResult> {
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
