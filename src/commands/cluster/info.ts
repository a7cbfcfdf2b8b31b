/** `mq cluster info`: the nodes and the size of the cluster. */
import { type ClusterInfo as Info, clusterInfo } from '../../admin/cluster.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderFields, renderTable } from '../../output/table.ts'

export default class ClusterInfo extends AdminCommand<Info> {
  static override summary = 'Show the brokers, the controller and the size of the cluster.'
  static override description =
    'With --bootstrap-controller the controllers are shown instead of the brokers. FENCED: registered, but not serving.'
  static override examples = [
    '<%= config.bin %> cluster info',
    '<%= config.bin %> cluster info --json | jq -r .clusterId',
  ]

  override async run(): Promise<Info> {
    await this.parse(ClusterInfo)
    const info = await clusterInfo(await this.connect())
    const features = Object.entries(info.features).map(([name, level]) => `${name}=${level}`)
    this.say(
      renderFields([
        ['cluster', info.clusterId],
        ['controller', info.controller],
        ['topics', info.topics],
        ['partitions', info.partitions],
        ['offline', info.offlinePartitions],
        ['under-replicated', info.underReplicatedPartitions],
        ['features', features.join(' ')],
      ]),
    )
    this.say()
    this.say(
      renderTable(
        [
          { header: 'NODE', value: (row) => row.id, align: 'right' },
          { header: 'ADDRESS', value: (row) => `${row.host.includes(':') ? `[${row.host}]` : row.host}:${row.port}` },
          { header: 'RACK', value: (row) => row.rack },
          { header: 'FENCED', value: (row) => (row.fenced === null ? null : row.fenced ? 'yes' : 'no') },
        ],
        info.brokers,
      ),
    )
    return info
  }
}
