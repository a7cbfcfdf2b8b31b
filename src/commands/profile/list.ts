/** `mq profile list`: the profiles of this user. */
import { MqCommand } from '../../cli/mq-command.ts'
import { type Profile, readProfiles } from '../../cli/profiles.ts'
import { renderTable } from '../../output/table.ts'

export interface ProfileListResult {
  profiles: (Profile & { name: string; current: boolean })[]
}

export default class ProfileList extends MqCommand<ProfileListResult> {
  static override summary = 'List the profiles.'
  static override description =
    'The star marks the current one. Values that refer to variables are shown as they stand.'
  static override examples = ['<%= config.bin %> profile list', '<%= config.bin %> profile list --json']

  override async run(): Promise<ProfileListResult> {
    await this.parse(ProfileList)
    const all = readProfiles()
    const profiles = Object.entries(all.profiles).map(([name, profile]) => ({
      name,
      current: name === all.current,
      ...profile,
    }))
    if (profiles.length === 0) this.note('no profiles; mq profile add NAME -b HOST:PORT makes one')
    else {
      this.say(
        renderTable(
          [
            { header: 'PROFILE', value: (row) => row.name },
            { header: 'CURRENT', value: (row) => (row.current ? '*' : null) },
            { header: 'ADDRESS', value: (row) => row.bootstrapServer ?? row.bootstrapController },
            { header: 'PROTECTED', value: (row) => (row.protected ? 'yes' : 'no') },
            { header: 'CONFIG', value: (row) => row.commandConfig },
            {
              header: 'PROPERTIES',
              value: (row) =>
                Object.entries(row.properties)
                  .map((pair) => pair.join('='))
                  .join(' '),
            },
          ],
          profiles,
        ),
      )
    }
    return { profiles }
  }
}
