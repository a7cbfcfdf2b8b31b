/** `mq broker wipe`: removes the data of a stopped cluster. */
import { clusterNameFlag } from '../../cli/broker-flags.ts'
import { dryRunFlag, yesFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { selectClusters } from '../../cluster/registry.ts'
import { wipeCluster, type WipeResult, wipeTargets } from '../../cluster/wipe.ts'

const LOCK_WAIT_MS = 10_000

export interface BrokerWipeResult {
  wiped: WipeResult[]
}

export default class BrokerWipe extends MqCommand<BrokerWipeResult> {
  static override summary = 'Remove the data of a stopped local cluster.'
  static override description =
    'Everything in its data directories goes, and mq forgets the cluster. Refused (exit 4) while it runs. In a directory ' +
    'that was given with --data or a config file only what Kafka keeps there is removed.'
  static override examples = ['<%= config.bin %> broker wipe', '<%= config.bin %> broker wipe --name test --yes']
  static override flags = { name: clusterNameFlag, yes: yesFlag, 'dry-run': dryRunFlag }

  override async run(): Promise<BrokerWipeResult> {
    const { flags } = await this.parse(BrokerWipe)
    const state = selectClusters({ name: flags.name, all: false })[0]
    if (state === undefined) {
      this.note('no local cluster, nothing to remove')
      return { wiped: [] }
    }
    const { directories } = wipeTargets(state.name)
    this.note(`${flags['dry-run'] ? 'would remove' : 'this removes'} the data of ${state.name}:`)
    for (const directory of directories) this.note(`  ${directory}`)
    if (flags['dry-run']) return { wiped: [] }
    await this.confirm(`Remove all data of the cluster ${state.name}?`, { danger: state.name, yes: flags.yes })
    const result = await wipeCluster(state.name, LOCK_WAIT_MS)
    for (const directory of result.kept) this.warning(`${directory} stays: it holds files that are not Kafka's`)
    this.note(`${state.name} is removed`)
    return { wiped: [result] }
  }
}
