/** `mq cluster info`: the nodes and the size of the cluster. */
import { type ClusterInfo as Info, clusterInfo } from '../../admin/cluster.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderFields, renderTable } from '../../output/table.ts'

export default class ClusterInfo extends AdminCommand<Info> {
  static override summary = 'Show the brokers, the controllers and the size of the cluster.'
  static override description =
    'ROLES: controller is a voter of the metadata quorum; the active one leads it. FENCED: registered, but not serving. With ' +
    '--bootstrap-controller the controllers are shown instead of the brokers.'
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
          { header: 'ROLES', value: (row) => row.roles.join(',') },
          { header: 'FENCED', value: (row) => (row.fenced === null ? null : row.fenced ? 'yes' : 'no') },
        ],
        info.brokers,
      ),
    )
    const apart = info.controllers?.filter(({ id }) => !info.brokers.some((node) => node.id === id)) ?? []
    if (apart.length > 0) this.showControllers(apart)
    return info
  }

  /** Controllers that are no brokers. */
  private showControllers(controllers: NonNullable<Info['controllers']>): void {
    this.say()
    this.say(
      renderTable(
        [
          { header: 'CONTROLLER', value: (row) => row.id, align: 'right' },
          { header: 'ADDRESS', value: (row) => (row.host === null ? null : `${row.host}:${row.port}`) },
          { header: 'ACTIVE', value: (row) => (row.active ? 'yes' : 'no') },
        ],
        controllers,
      ),
    )
  }
}
