/** `mq profile use`: which profile commands take when nothing names a cluster. */
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { profileNamed, readProfiles, writeProfiles } from '../../cli/profiles.ts'

export interface ProfileUseResult {
  /** Null: none, so that commands take the local cluster. */
  current: string | null
  previous: string | null
}

export default class ProfileUse extends MqCommand<ProfileUseResult> {
  static override summary = 'Choose the profile that commands take by themselves.'
  static override description =
    'It applies where neither a flag nor a variable names a cluster: -b, --name, --profile, MQ_BOOTSTRAP_SERVER and ' +
    'MQ_PROFILE come first. --none goes back to the local cluster.'
  static override examples = ['<%= config.bin %> profile use test', '<%= config.bin %> profile use --none']
  static override args = { profile: Args.string({ description: 'Name of the profile.', ignoreStdin: true }) }
  static override flags = { none: Flags.boolean({ summary: 'No profile: the local cluster.' }) }

  override async run(): Promise<ProfileUseResult> {
    const { args, flags } = await this.parse(ProfileUse)
    if ((args.profile === undefined) !== (flags.none === true)) {
      throw new UsageError('which profile?', 'give its name, or --none; mq profile list shows them')
    }
    const all = readProfiles()
    const current = args.profile ?? null
    const place = current === null ? undefined : profileNamed(all, current)
    if (current !== all.current) writeProfiles({ ...all, current })
    const where = place?.bootstrapServer ?? place?.bootstrapController ?? place?.commandConfig
    this.note(
      current === null ? 'no profile: commands take the local cluster' : `commands now take ${current} (${where})`,
    )
    if (process.env.MQ_PROFILE !== undefined) this.warning(`MQ_PROFILE=${process.env.MQ_PROFILE} still comes first`)
    return { current, previous: all.current }
  }
}
