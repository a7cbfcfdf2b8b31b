/** `mq cluster quorum remove`: takes the vote from a controller. */
import { dangerOfRemoval, findVoter, joinsByItself, removeVoter, voterSet, voterSigns } from '../../../admin/voters.ts'
import { EXIT, RefusedError } from '../../../base/errors.ts'
import { AdminCommand } from '../../../cli/admin-command.ts'
import { dryRunFlag, yesFlag } from '../../../cli/flags.ts'
import { directoryFlag, nodeArg } from '../../../cli/quorum-flags.ts'
import { plain, type QuorumChange } from './add.ts'

export default class ClusterQuorumRemove extends AdminCommand<QuorumChange> {
  static override summary = 'Remove a controller from the voters of the metadata quorum.'
  static override description =
    'The node goes on as an observer until it is stopped. Refused when too few of the voters that are left run, and for a ' +
    'running node that joins by itself (controller.quorum.auto.join.enable), as those of mq broker start do: its vote would ' +
    'be back soon, so it is stopped first. Only where voters can change: kraft.version 1 or more.'
  static override examples = [
    '<%= config.bin %> cluster quorum remove 4',
    '<%= config.bin %> cluster quorum remove 4 --dry-run',
  ]
  static override args = { node: nodeArg('Node id of the voter.') }
  static override flags = { 'directory-id': directoryFlag, 'dry-run': dryRunFlag, yes: yesFlag }

  override async run(): Promise<QuorumChange> {
    const { args, flags } = await this.parse(ClusterQuorumRemove)
    const client = await this.connect()
    const before = await voterSet(client)
    const voter = findVoter(before, args.node, flags['directory-id'])
    const alive = await voterSigns(client, before)
    const danger = dangerOfRemoval(before, voter, alive)
    if (danger !== null) {
      throw new RefusedError(
        `without node ${voter.id} the metadata quorum would stop: ${danger}`,
        'bring the other controllers back first',
      )
    }
    if (alive.has(voter.id) && (await joinsByItself(client, voter))) {
      throw new RefusedError(
        `node ${voter.id} runs, and would vote again by itself (controller.quorum.auto.join.enable)`,
        `stop it first; a node that mq broker start has made leaves for good by mq broker wipe --node ${voter.id}`,
      )
    }
    const left = before.voters.filter((one) => one !== voter).map(({ id }) => id)
    const dryRun = flags['dry-run'] ?? false
    if (dryRun) {
      this.say(`would remove node ${voter.id}; voters would be ${left.join(', ')}`)
      return { voter: plain(voter), changed: false, dryRun, voters: before.voters.map(plain) }
    }
    const may = Math.ceil(left.length / 2) - 1
    const spare = may === 0 ? 'none of them may fail' : `${may} of them may fail`
    await this.confirm(
      `Remove node ${voter.id} from the voters? ${left.length} would be left (${left.join(', ')}), and ${spare}.`,
      {
        yes: flags.yes,
      },
    )
    const after = await removeVoter(client, before.clusterId, voter)
    const isGone = !after.voters.some(({ id, directoryId }) => id === voter.id && directoryId === voter.directoryId)
    if (isGone) this.say(`removed node ${voter.id}; voters are ${after.voters.map(({ id }) => id).join(', ')}`)
    else {
      this.warning(`node ${voter.id} was removed and shows among the voters: one that joins by itself may be back`)
      this.finishWith(EXIT.finding)
    }
    return { voter: plain(voter), changed: true, dryRun, voters: after.voters.map(plain) }
  }
}
