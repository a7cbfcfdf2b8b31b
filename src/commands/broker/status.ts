/** `mq broker status`: what runs of the local clusters. */
import { allFlag, clusterNameFlag, renderClusters } from '../../cli/broker-flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { clusterNames, readCluster } from '../../cluster/state.ts'
import { selectClusters } from '../../cluster/registry.ts'
import { type ClusterStatus, clusterStatus } from '../../cluster/status.ts'

export interface BrokerStatusResult {
  clusters: ClusterStatus[]
}

export default class BrokerStatus extends MqCommand<BrokerStatusResult> {
  static override summary = 'Show the local clusters: what runs, where, since when.'
  static override description =
    'A node is running, starting (not answering yet), stopped, or crashed (its process is gone without a stop). ' +
    'Without --name, every local cluster is shown, in order of name.'
  static override examples = [
    '<%= config.bin %> broker status',
    "<%= config.bin %> broker status --name local --json | jq -r '.clusters[0].bootstrap'",
  ]
  static override flags = { name: clusterNameFlag, all: allFlag }

  override async run(): Promise<BrokerStatusResult> {
    const { flags } = await this.parse(BrokerStatus)
    const states =
      flags.name === undefined
        ? clusterNames().flatMap((name) => readCluster(name) ?? [])
        : selectClusters({ name: flags.name, all: false })
    const clusters = await Promise.all(states.map(clusterStatus))
    if (clusters.length === 0) this.note('no local cluster; mq broker start makes one')
    else this.say(renderClusters(clusters, Date.now()))
    return { clusters }
  }
}
