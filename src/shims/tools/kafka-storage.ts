/**
 * kafka-storage: formats the directories of a node for the bundled broker, and tells what is in them. Only feature levels that the
 * bundled broker serves can be written; what it cannot format it says, and writes nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ConfigError, MqError } from '../../base/errors.ts'
import { isUuid } from '../../base/uuid.ts'
import { parseProperties } from '../../config/properties.ts'
import type { UserScramCredentialRecord } from '../../protocol/logs/cluster-metadata.ts'
import { fileProperties } from '../cluster.ts'
import { JavaError, javaText } from '../failures.ts'
import {
  dependencies,
  METADATA_VERSION,
  metadataLevel,
  metadataNames,
  otherFeatures,
  parseLevel,
  unknownMetadata,
  versionMapping,
} from '../kafka-features-table.ts'
import type { Options } from '../options.ts'
import { parseScram, ScramError, type ScramUser } from './storage-scram.ts'
import type { Flag, ShimIo, Tool } from '../tool.ts'

const config: Flag = { name: 'config', aliases: ['c'], arg: 'required', required: true, help: 'The server.properties.' }
const release: Flag = {
  name: 'release-version',
  aliases: ['r'],
  arg: 'required',
  help: 'Take the levels of this release, as 4.3-IV0; the earliest is 3.3-IV3.',
}
const feature: Flag = {
  name: 'feature',
  aliases: ['f'],
  arg: 'required',
  repeat: true,
  help: 'A feature and its level, as kraft.version=1; repeatable.',
}

export const kafkaStorage: Tool = {
  name: 'kafka-storage',
  grammar: {
    kind: 'argparse',
    program: 'kafka-storage',
    purpose: 'Prepares the directories of a node.',
    flags: [],
    commands: [
      { name: 'info', help: 'Tell what the directories of a node hold.', flags: [config] },
      {
        name: 'format',
        help: 'Format the directories of a node.',
        flags: [
          config,
          { name: 'cluster-id', aliases: ['t'], arg: 'required', required: true, help: 'The id of the cluster.' },
          {
            name: 'add-scram',
            aliases: ['S'],
            arg: 'required',
            repeat: true,
            help: 'A user that the cluster begins with, as SCRAM-SHA-256=[name=alice,password=secret]; repeatable.',
          },
          { name: 'ignore-formatted', aliases: ['g'], help: 'Leave out directories that are formatted.' },
          release,
          feature,
          { name: 'standalone', aliases: ['s'], help: 'Begin a dynamic quorum with this controller alone.' },
          { name: 'no-initial-controllers', aliases: ['N'], help: 'Join a dynamic quorum that others begin.' },
          {
            name: 'initial-controllers',
            aliases: ['I'],
            arg: 'required',
            help: 'Begin a dynamic quorum with these, as id@host:port:directory-id,....',
          },
        ],
        oneOf: [{ flags: ['standalone', 'no-initial-controllers', 'initial-controllers'], required: false }],
      },
      { name: 'version-mapping', help: 'Show which levels a release begins with.', flags: [release] },
      { name: 'feature-dependencies', help: 'Show what feature levels need.', flags: [{ ...feature, required: true }] },
      { name: 'random-uuid', help: 'Print a random id.', flags: [] },
    ],
    helpExit: 0,
  },
  run,
  failed(error, io) {
    io.stderr(`${error instanceof Terse ? error.message : javaText(error)}\n`)
    return 1
  },
}

class Terse extends Error {}

/** The metadata.version that knows users with SCRAM, 3.5-IV2. */
const SCRAM_LEVEL = 11

/** What the broker says of a node's settings. */
interface NodeSettings {
  readonly isController: boolean
  readonly hasStaticVoters: boolean
  readonly directories: readonly string[]
  readonly metadataDirectory: string
}

async function run(options: Options, io: ShimIo): Promise<number> {
  switch (options.command) {
    case 'random-uuid':
      io.stdout(`${randomId()}\n`)
      return 0
    case 'version-mapping': {
      const text = versionMapping(options.one('release-version'))
      if (text === undefined) throw new Terse(unknownMetadata(options.one('release-version')!))
      io.stdout(text)
      return 0
    }
    case 'feature-dependencies':
      return tellDependencies(options, io)
    case 'info':
      return info(await settingsOf(fileProperties(options.one('config'))), io)
    default:
      return format(options, io)
  }
}

/** A random id that does not begin with a dash, which a shell would take for a flag. */
function randomId(): string {
  for (;;) {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
    if (isUuid(id) && !id.startsWith('-')) return id
  }
}

function tellDependencies(options: Options, io: ShimIo): number {
  for (const word of options.all('feature')) {
    const parsed = parseLevel(word)
    if ('error' in parsed)
      throw new Terse(`Invalid feature format: ${word}. Expected format: 'feature=version' (e.g. 'group.version=1')`)
    const found = dependencies(parsed.feature, parsed.level)
    if ('error' in found) throw new Terse(found.error)
    io.stdout(found.text)
  }
  return 0
}

/** The broker is loaded only where settings are to be understood. Throws JavaError. */
async function settingsOf(properties: Readonly<Record<string, string>>): Promise<NodeSettings> {
  if (properties['node.id'] === undefined && properties['broker.id'] === undefined) {
    throw new JavaError(
      'org.apache.kafka.common.config.ConfigException',
      'Missing required configuration "node.id" which has no default value.',
    )
  }
  const { nodeSettings } = await import('../../broker/index.ts')
  try {
    return nodeSettings(properties)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new JavaError('org.apache.kafka.common.config.ConfigException', error.message)
  }
}

const propertiesOf = (directory: string): Record<string, string> | undefined => {
  const path = join(directory, 'meta.properties')
  return existsSync(path) ? parseProperties(readFileSync(path, 'utf8')) : undefined
}

/** Directories, what is wrong with them, and what their meta.properties say. */
function info({ directories }: NodeSettings, io: ShimIo): number {
  const found = directories.filter((directory) => existsSync(directory)).sort()
  const problems = directories.flatMap((directory) => {
    if (!existsSync(directory)) return [`${directory} does not exist`]
    return propertiesOf(directory) === undefined ? [`${directory} is not formatted.`] : []
  })
  const metadata = found.map(propertiesOf).find((properties) => properties !== undefined)
  const lines: string[] = []
  const section = (head: string, rows: readonly string[]) => lines.push(head, ...rows.map((row) => `  ${row}`), '')
  if (found.length > 0) section(found.length === 1 ? 'Found log directory:' : 'Found log directories:', found)
  if (metadata !== undefined) {
    const shown = Object.entries(metadata)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
    lines.push(`Found metadata: {${shown.join(', ')}}`, '')
  }
  if (problems.length > 0) section('Found problems:', problems)
  io.stdout(lines.map((line) => `${line}\n`).join(''))
  return problems.length > 0 ? 1 : 0
}

const DYNAMIC = ['standalone', 'no-initial-controllers', 'initial-controllers'] as const

async function format(options: Options, io: ShimIo): Promise<number> {
  const properties = fileProperties(options.one('config'))
  const settings = await settingsOf(properties)
  const level = levelOf(options)
  checkQuorum(options, settings)
  const users = scramUsers(options, level)
  checkFormatted(options, settings)
  const clusterId = options.one('cluster-id')!
  const fresh = settings.directories.filter((directory) => propertiesOf(directory) === undefined)
  if (fresh.length === 0) {
    io.stdout('All of the log directories are already formatted.\n')
    return 0
  }
  const { formatNode, formattedFeatures, scramCredential } = await import('../../broker/index.ts')
  const credentials = users.map(scramCredential)
  const initialControllers = options.has('no-initial-controllers') ? '' : options.one('initial-controllers')
  const records = formattedFeatures(level).map(
    (each) => `ApiMessageAndVersion(FeatureLevelRecord(name='${each.name}', featureLevel=${each.level}) at version 0)`,
  )
  records.push(...credentials.map(credentialText))
  try {
    formatNode({
      properties,
      clusterId,
      hostName: hostname(),
      metadataVersion: level,
      scramCredentials: credentials,
      ...(initialControllers === undefined ? {} : { initialControllers }),
    })
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    throw new Terse(error.message)
  }
  io.stdout(
    `Bootstrap metadata: BootstrapMetadata(records=[${records.join(', ')}], metadataVersionLevel=${level}, source=format command)\n`,
  )
  const isDynamic = settings.isController && DYNAMIC.some((name) => options.has(name))
  const name = metadataNames.get(level)
  const { metadataDirectory } = settings
  for (const directory of fresh.filter((one) => one !== metadataDirectory))
    io.stdout(`Formatting data directory ${directory} with metadata.version ${name}.\n`)
  if (fresh.includes(metadataDirectory)) {
    const kind = isDynamic && !options.has('no-initial-controllers') ? 'dynamic metadata voter' : 'metadata'
    io.stdout(`Formatting ${kind} directory ${metadataDirectory} with metadata.version ${name}.\n`)
  }
  return 0
}

/** The level of metadata.version; other features have the level that belongs to it. Throws Terse. */
function levelOf(options: Options): number {
  const named = options.one('release-version')
  let level = named === undefined ? metadataLevel('4.3')! : metadataLevel(named)
  const stable = [...metadataNames.values()].slice(0, -1)
  if (level === undefined)
    throw new Terse(`Unknown metadata.version '${named}'. Supported metadata.version are: ${stable.join(', ')}`)
  for (const word of options.all('feature')) {
    const parsed = parseLevel(word)
    if ('error' in parsed) throw new JavaError('java.lang.RuntimeException', parsed.error)
    if (parsed.feature === METADATA_VERSION) {
      if (named !== undefined)
        throw new Terse('Use --release-version instead of --feature metadata.version=X to avoid ambiguity.')
      level = parsed.level
      continue
    }
    const known = otherFeatures.map(({ name }) => name).sort()
    if (!known.includes(parsed.feature))
      throw new Terse(`Unsupported feature: ${parsed.feature}. Supported features are: ${known.join(', ')}`)
    if (parsed.feature === 'kraft.version') checkKraft(parsed.level, options)
    else if (parsed.level !== 0) checkServed(parsed.feature, parsed.level)
  }
  return level
}

function checkServed(name: string, level: number): void {
  if (name === 'eligible.leader.replicas.version' && level === 1) return
  throw new Terse(`The bundled broker does not serve ${name}=${level} yet; docs/gaps.md says when it will.`)
}

function checkKraft(level: number, options: Options): void {
  if (level === 0 || DYNAMIC.some((name) => options.has(name))) return
  throw new Terse(
    'Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags --standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try using one of --standalone, --initial-controllers, or --no-initial-controllers and removing controller.quorum.voters.',
  )
}

/** Who begins the quorum stands in the settings or in the flags, not in both. */
function checkQuorum(options: Options, { hasStaticVoters, isController }: NodeSettings): void {
  const isDynamic = DYNAMIC.some((name) => options.has(name))
  if (hasStaticVoters && isDynamic) {
    throw new Terse(
      'You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.',
    )
  }
  if (!hasStaticVoters && !isDynamic && isController) {
    throw new Terse(
      'Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.',
    )
  }
}

/** The users of --add-scram. Throws Terse. */
function scramUsers(options: Options, level: number): ScramUser[] {
  const users = options.all('add-scram').map((argument) => {
    try {
      return parseScram(argument)
    } catch (error) {
      throw error instanceof ScramError ? new Terse(error.message) : error
    }
  })
  if (users.length > 0 && level < SCRAM_LEVEL) {
    throw new Terse(`SCRAM is only supported in metadata.version ${metadataNames.get(SCRAM_LEVEL)} or later.`)
  }
  return users
}

/** A credential as Java shows it, bytes with their signs. */
function credentialText(credential: UserScramCredentialRecord): string {
  const bytes = (buffer: Buffer) => `[${[...new Int8Array(buffer)].join(', ')}]`
  const { name, mechanism, salt, storedKey, serverKey, iterations } = credential
  const keys = `storedKey=${bytes(storedKey)}, serverKey=${bytes(serverKey)}`
  const fields = `name='${name}', mechanism=${mechanism}, salt=${bytes(salt)}, ${keys}, iterations=${iterations}`
  return `ApiMessageAndVersion(UserScramCredentialRecord(${fields}) at version 0)`
}

function checkFormatted(options: Options, { directories }: NodeSettings): void {
  const clusterId = options.one('cluster-id')!
  for (const directory of directories) {
    const properties = propertiesOf(directory)
    if (properties === undefined) continue
    const other = properties['cluster.id']
    if (other !== clusterId) {
      throw new JavaError(
        'java.lang.RuntimeException',
        `Invalid cluster.id in: ${join(directory, 'meta.properties')}. Expected ${clusterId}, but read ${other}`,
      )
    }
    if (!options.has('ignore-formatted')) {
      throw new Terse(
        `Log directory ${directory} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
      )
    }
  }
}
