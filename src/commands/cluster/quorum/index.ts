/** `mq cluster quorum`: the controllers and how far each has the metadata log. */
import { type QuorumInfo, quorumInfo } from '../../../admin/cluster.ts'
import { AdminCommand } from '../../../cli/admin-command.ts'
import { renderFields, renderTable } from '../../../output/table.ts'
import { formatDuration, formatTime } from '../../../output/units.ts'

export default class ClusterQuorum extends AdminCommand<QuorumInfo> {
  static override summary = 'Show the metadata quorum: leader, voters, observers and their lag.'
  static override description =
    'LAG counts records of the metadata log that a node is behind the leader. Works with --bootstrap-controller too.'
  static override examples = [
    '<%= config.bin %> cluster quorum',
    '<%= config.bin %> cluster quorum --bootstrap-controller localhost:9093 --json',
  ]

  override async run(): Promise<QuorumInfo> {
    await this.parse(ClusterQuorum)
    const quorum = await quorumInfo(await this.connect())
    this.say(
      renderFields([
        ['cluster', quorum.clusterId],
        ['leader', quorum.leader],
        ['epoch', quorum.epoch],
        ['high watermark', quorum.highWatermark],
        ['max follower lag', quorum.maxFollowerLag],
        ['max follower lag time', formatDuration(quorum.maxFollowerLagTimeMs)],
      ]),
    )
    this.say()
    this.say(
      renderTable(
        [
          { header: 'NODE', value: (row) => row.id, align: 'right' },
          { header: 'ROLE', value: (row) => row.role },
          { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
          { header: 'LAG', value: (row) => row.lag, align: 'right' },
          { header: 'LAST-CAUGHT-UP', value: (row) => formatTime(row.lastCaughtUp) },
          { header: 'DIRECTORY', value: (row) => row.directoryId },
        ],
        [...quorum.voters, ...quorum.observers],
      ),
    )
    return quorum
  }
}
