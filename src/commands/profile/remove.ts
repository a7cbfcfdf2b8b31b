/** `mq profile remove`: forgets profiles. Clusters and the files that profiles name stay. */
import { MqCommand } from '../../cli/mq-command.ts'
import { requiredArgs, yesFlag } from '../../cli/flags.ts'
import { profileNamed, readProfiles, writeProfiles } from '../../cli/profiles.ts'

export interface ProfileRemoveResult {
  removed: string[]
  current: string | null
}

export default class ProfileRemove extends MqCommand<ProfileRemoveResult> {
  static override summary = 'Forget profiles.'
  static override description =
    'Only the entry goes: the cluster and the file of --command-config stay. Removing a protected profile asks; off a ' +
    'terminal that needs --yes.'
  static override examples = ['<%= config.bin %> profile remove test']
  static override args = { profile: requiredArgs('Names of the profiles.') }
  static override flags = { yes: yesFlag }

  override async run(): Promise<ProfileRemoveResult> {
    const { args, flags } = await this.parse(ProfileRemove)
    const all = readProfiles()
    const names = [...new Set(args.profile)]
    const guarded = names.filter((name) => profileNamed(all, name).protected)
    if (guarded.length > 0) {
      const many = guarded.length > 1
      await this.confirm(`Remove the protected profile${many ? 's' : ''} ${guarded.join(', ')}?`, {
        danger: many ? 'remove' : guarded[0]!,
        yes: flags.yes,
      })
    }
    const left = Object.fromEntries(Object.entries(all.profiles).filter(([name]) => !names.includes(name)))
    const current = all.current !== null && names.includes(all.current) ? null : all.current
    writeProfiles({ current, profiles: left })
    for (const name of names) this.note(`removed profile ${name}`)
    if (current !== all.current) this.note('it was the current one: commands take the local cluster now')
    return { removed: names, current }
  }
}
