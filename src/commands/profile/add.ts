/** `mq profile add`: gives a cluster a name, with how to talk to it. */
import { resolve } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { RefusedError, UsageError } from '../../base/errors.ts'
import { parseBootstrap } from '../../client/options.ts'
import { unknownProperty } from '../../cli/client-properties.ts'
import { connectionFlags, pairsToRecord, requiredArg, yesFlag } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import {
  checkProfileName,
  isReference,
  isSecretKey,
  type Profile,
  profilesPath,
  readProfiles,
  writeProfiles,
} from '../../cli/profiles.ts'
import { readTextFile } from '../../platform/input-file.ts'

export interface ProfileAddResult extends Profile {
  name: string
  current: boolean
  /** Whether an older profile of this name was replaced. */
  replaced: boolean
}

export default class ProfileAdd extends MqCommand<ProfileAddResult> {
  static override summary = 'Give a cluster a name, with how to talk to it.'
  static override description =
    'Kept in MQ_HOME (~/.mq/profiles.json). No secret goes into a profile or onto a command line: passwords stand in the ' +
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what users type
    "file of --command-config, or in a variable that a value names as '${env:NAME}', read when the profile is used. " +
    '--protected makes every change ask for the name of the profile first.'
  static override examples = [
    '<%= config.bin %> profile add test -b broker-1:9092,broker-2:9092',
    {
      description: 'a secured cluster; every change asks first',
      command: '<%= config.bin %> profile add prod -b kafka:9093 --command-config prod.properties --protected',
    },
    {
      description: 'the password from a variable',
      command:
        // biome-ignore lint/suspicious/noTemplateCurlyInString: what users type
        "<%= config.bin %> profile add staging -b kafka:9094 -X security.protocol=SASL_SSL -X sasl.mechanism=PLAIN -X sasl.username=me -X 'sasl.password=${env:KAFKA_PASSWORD}'",
    },
  ]
  static override args = { profile: requiredArg('Name of the profile.') }
  static override flags = {
    'bootstrap-server': Flags.string({
      char: 'b',
      aliases: ['bootstrap-servers', 'brokers'],
      helpValue: 'HOST:PORT,...',
      summary: 'Brokers to ask first.',
    }),
    'bootstrap-controller': Flags.string({ helpValue: 'HOST:PORT,...', summary: 'Controllers to ask first.' }),
    'command-config': Flags.string({ helpValue: 'FILE', summary: 'Client settings, passwords too; read at each use.' }),
    property: connectionFlags.property,
    protected: Flags.boolean({ summary: 'Ask for the name of the profile before any change.' }),
    use: Flags.boolean({ summary: 'Make it the current profile.' }),
    force: Flags.boolean({ summary: 'Replace a profile of that name; a protected one asks.' }),
    yes: yesFlag,
  }

  override async run(): Promise<ProfileAddResult> {
    const { args, flags } = await this.parse(ProfileAdd)
    const name = args.profile
    checkProfileName(name)
    const properties = pairsToRecord(flags.property)
    for (const [key, value] of Object.entries(properties)) {
      const remark = unknownProperty(key)
      if (remark !== undefined) this.warning(remark)
      if (!isSecretKey(key) || isReference(value)) continue
      throw new UsageError(
        `${key} is a secret, and profiles hold none`,
        `put it into the file of --command-config, or refer to a variable: -X '${key}=\${env:NAME}'`,
      )
    }
    const server = flags['bootstrap-server'] ?? null
    const controller = flags['bootstrap-controller'] ?? null
    if (server !== null) check('--bootstrap-server', server)
    if (controller !== null) check('--bootstrap-controller', controller)
    const file = flags['command-config'] === undefined ? null : resolve(flags['command-config'])
    if (file !== null) readTextFile(file, 'MQ_CONFIG_FILE')
    if (server === null && controller === null && file === null && properties['bootstrap.servers'] === undefined) {
      throw new UsageError('which cluster?', 'give --bootstrap-server HOST:PORT, or a --command-config that has it')
    }
    const profile: Profile = {
      bootstrapServer: server,
      bootstrapController: controller,
      commandConfig: file,
      properties,
      protected: flags.protected === true,
    }
    const all = readProfiles()
    const before = Object.hasOwn(all.profiles, name) ? all.profiles[name] : undefined
    const same = before !== undefined && JSON.stringify(before) === JSON.stringify(profile)
    if (before !== undefined && !same && !flags.force) {
      throw new RefusedError(`there is a profile ${name} already, and it says something else`, '--force replaces it')
    }
    // Else --force would be a way round the question that removing it asks.
    if (before?.protected === true && !same) {
      await this.confirm(`Replace the protected profile ${name}?`, { danger: name, yes: flags.yes })
    }
    const current = flags.use ? name : all.current
    writeProfiles({ current, profiles: { ...all.profiles, [name]: profile } })
    this.note(
      `${before === undefined ? 'added' : same ? 'unchanged' : 'replaced'}: profile ${name} in ${profilesPath()}`,
    )
    if (current !== name) this.note(`use it with --profile ${name}, or for every command: mq profile use ${name}`)
    return { name, current: current === name, replaced: before !== undefined && !same, ...profile }
  }
}

function check(flag: string, text: string): void {
  try {
    parseBootstrap(text, flag)
  } catch (error) {
    throw new UsageError((error as Error).message, 'for example localhost:9092, several separated by commas')
  }
}
