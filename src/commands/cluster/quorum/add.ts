/** `mq cluster quorum add`: lets a controller that follows the metadata log vote. */
import * as Flags from '@oclif/core/flags'
import { addVoter, completeVoter, type Voter, voterSet } from '../../../admin/voters.ts'
import { EXIT, UsageError } from '../../../base/errors.ts'
import { AdminCommand } from '../../../cli/admin-command.ts'
import { dryRunFlag } from '../../../cli/flags.ts'
import { directoryFlag, nodeArg } from '../../../cli/quorum-flags.ts'

export interface QuorumChange {
  /** The voter that is added, or removed. */
  voter: Voter
  /** False: it was so already, or nothing was to be changed. */
  changed: boolean
  dryRun: boolean
  /** Those of the quorum now. */
  voters: Voter[]
}

export default class ClusterQuorumAdd extends AdminCommand<QuorumChange> {
  static override summary = 'Add a controller to the voters of the metadata quorum.'
  static override description =
    'The node must run as a controller and follow the metadata log; mq cluster quorum shows it as an observer. Its ' +
    'directory and its listener are looked up in the cluster, and given where the cluster does not tell. Only where voters ' +
    'can change: kraft.version 1 or more. A node that votes already is fine.'
  static override examples = [
    '<%= config.bin %> cluster quorum add 4',
    '<%= config.bin %> cluster quorum add 4 --endpoint CONTROLLER://controller-4:9093',
  ]
  static override args = { node: nodeArg('Node id of the controller.') }
  static override flags = {
    endpoint: Flags.string({
      helpValue: 'NAME://HOST:PORT',
      summary: 'Its controller listener; default: as it has registered.',
    }),
    'directory-id': directoryFlag,
    'dry-run': dryRunFlag,
  }

  override async run(): Promise<QuorumChange> {
    const { args, flags } = await this.parse(ClusterQuorumAdd)
    checkEndpoint(flags.endpoint)
    const client = await this.connect()
    const before = await voterSet(client)
    const wanted = { id: args.node, directoryId: flags['directory-id'], endpoint: flags.endpoint }
    const voter = await completeVoter(client, before, wanted)
    const dryRun = flags['dry-run'] ?? false
    if (voter === undefined) {
      this.note(`node ${args.node} votes already`)
      const there = before.voters.find(({ id }) => id === args.node)!
      return { voter: plain(there), changed: false, dryRun, voters: before.voters.map(plain) }
    }
    if (dryRun) {
      this.say(`would add node ${voter.id} at ${voter.endpoint} (directory ${voter.directoryId})`)
      return { voter, changed: false, dryRun, voters: before.voters.map(plain) }
    }
    const after = await addVoter(client, voter)
    const isThere = after.voters.some(({ id }) => id === voter.id)
    if (isThere) this.say(`added node ${voter.id}; voters are ${after.voters.map(({ id }) => id).join(', ')}`)
    else {
      this.warning(`node ${voter.id} was taken, and does not show among the voters yet`)
      this.finishWith(EXIT.finding)
    }
    return { voter, changed: true, dryRun, voters: after.voters.map(plain) }
  }
}

/** As documents have it. */
export function plain({ id, directoryId, endpoint }: Voter): Voter {
  return { id, directoryId, endpoint }
}

function checkEndpoint(text: string | undefined): void {
  if (text === undefined || /^[A-Za-z0-9_.-]+:\/\/(\[[^\]]+\]|[^:/]+):\d{1,5}$/.test(text)) return
  throw new UsageError(`--endpoint needs NAME://HOST:PORT, such as CONTROLLER://controller-4:9093, not "${text}"`)
}
