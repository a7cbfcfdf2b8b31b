/** kafka-features: shows and changes the feature levels of a cluster; version mapping and dependencies are told offline. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { errorMessage, errorName } from '../../protocol/errors.ts'
import { type ClusterPlace, fileProperties, withCluster } from '../cluster.ts'
import { JavaError, javaText, messageOf } from '../failures.ts'
import {
  dependencies,
  initialLevel,
  METADATA_VERSION,
  metadataLevel,
  metadataNames,
  otherFeatures,
  parseLevel,
  unknownMetadata,
  versionMapping,
} from '../kafka-features-table.ts'
import type { Options } from '../options.ts'
import type { Flag, ShimIo, Tool } from '../tool.ts'

const feature: Flag = {
  name: 'feature',
  arg: 'required',
  repeat: true,
  help: 'A feature and its level, as metadata.version=30; repeatable.',
}
const release: Flag = {
  name: 'release-version',
  arg: 'required',
  help: 'Take the levels of this release, as 4.3-IV0; the earliest is 3.3-IV3.',
}
const metadata: Flag = { name: 'metadata', arg: 'required', help: 'DEPRECATED: the level of metadata.version by name.' }
const dryRun: Flag = { name: 'dry-run', help: 'Have the controller check the change, and change nothing.' }
const unsafe: Flag = { name: 'unsafe', help: 'Also where metadata would be lost.' }

export const kafkaFeatures: Tool = {
  name: 'kafka-features',
  grammar: {
    kind: 'argparse',
    program: 'kafka-features',
    purpose: 'Shows and changes feature levels.',
    flags: [
      { name: 'bootstrap-server', arg: 'required', help: 'Brokers to ask first, as host:port,....' },
      { name: 'bootstrap-controller', arg: 'required', help: 'Controllers to ask first instead.' },
      { name: 'command-config', arg: 'required', help: 'Properties of the client.' },
    ],
    oneOf: [{ flags: ['bootstrap-server', 'bootstrap-controller'], required: false }],
    commands: [
      {
        name: 'describe',
        help: 'Show the levels in force.',
        flags: [{ name: 'node-id', arg: 'required', type: 'Integer', help: 'Ask this node.' }],
      },
      { name: 'upgrade', help: 'Raise levels.', flags: [metadata, release, feature, dryRun] },
      { name: 'downgrade', help: 'Lower levels.', flags: [metadata, release, feature, unsafe, dryRun] },
      {
        name: 'disable',
        help: 'Switch features off, which is level 0.',
        flags: [{ ...feature, help: 'The feature to switch off; repeatable.' }, unsafe, dryRun],
      },
      { name: 'version-mapping', help: 'Show which levels a release begins with.', flags: [release] },
      {
        name: 'feature-dependencies',
        help: 'Show what feature levels need.',
        flags: [{ ...feature, required: true }],
      },
    ],
    helpExit: 0,
    usageError: (message) => `Command line error: ${message}. Type --help for help.`,
  },
  run,
  failed(error, io) {
    io.stderr(`${error instanceof Terse ? error.message : messageOf(error)}\n`)
    return 1
  },
}

/** What is wrong, in the words of the original. */
class Terse extends Error {}

async function run(options: Options, io: ShimIo): Promise<number> {
  if (options.command === 'version-mapping') {
    const text = versionMapping(options.one('release-version'))
    if (text === undefined) throw new Terse(unknownMetadata(options.one('release-version')!))
    io.stdout(text)
    return 0
  }
  if (options.command === 'feature-dependencies') {
    for (const word of options.all('feature')) {
      const { feature: name, level } = levelOf(word)
      const found = dependencies(name, level)
      if ('error' in found) throw new Terse(found.error)
      io.stdout(found.text)
    }
    return 0
  }
  const [bootstrapServer, bootstrapController] = [options.one('bootstrap-server'), options.one('bootstrap-controller')]
  if (bootstrapServer === undefined && bootstrapController === undefined) {
    io.stderr(
      'Command line error: You must specify either --bootstrap-controller or --bootstrap-server.. Type --help for help.',
    )
    return 1
  }
  const commandConfig = options.one('command-config')
  fileProperties(commandConfig)
  const isDescribe = options.command === 'describe'
  const place: ClusterPlace = {
    bootstrapServer,
    bootstrapController,
    commandConfig,
    call: isDescribe ? 'describeFeatures' : 'updateFeatures',
  }
  if (isDescribe) return withCluster(place, io, (client) => describe(client, options, io))
  const changes = changesOf(options, io)
  return withCluster(place, io, (client) => change(client, changes, options, io))
}

function levelOf(word: string): { feature: string; level: number } {
  const parsed = parseLevel(word)
  if ('error' in parsed) throw new Terse(parsed.error)
  return parsed
}

/** The features that the node supports, and what is in force of them. */
async function describe(client: ClusterClient, options: Options, io: ShimIo): Promise<number> {
  const node = options.number('node-id')
  const viaController = options.has('bootstrap-controller')
  const target = node === undefined || viaController ? 'any' : { broker: node }
  let answer: Awaited<ReturnType<typeof ask>>
  try {
    answer = await ask(client, target)
  } catch (error) {
    if ((error as { code?: string }).code !== 'MQ_UNKNOWN_BROKER') throw describeFailure(error)
    throw new Terse(
      'org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: describeFeatures',
    )
  }
  const finalized = new Map(answer.finalizedFeatures.map((each) => [each.name, each.maxVersionLevel]))
  const epoch = answer.finalizedFeaturesEpoch < 0 ? '-' : String(answer.finalizedFeaturesEpoch)
  for (const { name, minVersion, maxVersion } of [...answer.supportedFeatures].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const show = (level: number) =>
      name === METADATA_VERSION ? (metadataNames.get(level) ?? `UNKNOWN ${level}`) : String(level)
    const level = finalized.get(name) ?? 0
    const shown = name === METADATA_VERSION && level === 0 ? '-' : show(level)
    const parts = [
      `Feature: ${name.padEnd(42)}`,
      `SupportedMinVersion: ${show(minVersion).padEnd(17)}`,
      `SupportedMaxVersion: ${show(maxVersion).padEnd(17)}`,
      `FinalizedVersionLevel: ${shown.padEnd(17)}`,
      `Epoch: ${epoch}`,
    ]
    io.stdout(`${parts.join('')}\n`)
  }
  return 0
}

function ask(client: ClusterClient, target: 'any' | { broker: number }) {
  return client.request('ApiVersions', { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }, target)
}

const describeFailure = (error: unknown): Error => new Terse(javaText(error))

interface Changes {
  readonly verb: { readonly now: string; readonly done: string }
  readonly type: 1 | 2 | 3
  /** In the order of the names. */
  readonly levels: readonly (readonly [feature: string, level: number])[]
}

/** What the flags ask for. Throws Terse. */
function changesOf(options: Options, io: ShimIo): Changes {
  const type = options.command === 'upgrade' ? 1 : options.has('unsafe') ? 3 : 2
  if (options.command === 'disable') {
    const levels = new Map<string, number>()
    for (const name of options.all('feature')) {
      if (levels.has(name)) throw new Terse(`Feature ${name} was specified more than once.`)
      levels.set(name, 0)
    }
    if (levels.size === 0) throw new Terse('You must specify at least one feature to disable')
    return { verb: { now: 'disable', done: 'disabled' }, type, levels: sorted(levels) }
  }
  const verb = options.command === 'upgrade' ? 'upgrade' : 'downgrade'
  const done = { now: verb, done: `${verb}d` }
  const [named, old] = [options.one('release-version'), options.one('metadata')]
  const levels = new Map<string, number>()
  if (named !== undefined) {
    if (old !== undefined || options.has('feature'))
      throw new Terse('Can not specify `release-version` with other feature flags.')
    const level = metadataLevel(named)
    if (level === undefined) throw new Terse(unknownMetadata(named))
    levels.set(METADATA_VERSION, level)
    for (const other of otherFeatures) levels.set(other.name, initialLevel(other.since, level))
    return { verb: done, type, levels: sorted(levels) }
  }
  if (old !== undefined) {
    io.stdout(' `metadata` flag is deprecated and may be removed in a future release.\n')
    const level = metadataLevel(old)
    if (level === undefined) throw new Terse(unknownMetadata(old))
    levels.set(METADATA_VERSION, level)
  }
  for (const word of options.all('feature')) {
    const { feature: name, level } = levelOf(word)
    if (levels.has(name)) throw new Terse(`Feature ${name} was specified more than once.`)
    levels.set(name, level)
  }
  if (levels.size === 0) throw new Terse(`You must specify at least one feature to ${verb}`)
  return { verb: done, type, levels: sorted(levels) }
}

const sorted = (levels: ReadonlyMap<string, number>) => [...levels].sort(([a], [b]) => (a < b ? -1 : 1))

/** All features of a request change or none; each gets its line. */
async function change(client: ClusterClient, changes: Changes, options: Options, io: ShimIo): Promise<number> {
  const dryRun = options.has('dry-run')
  const failure = await update(client, changes, dryRun)
  const { now, done } = changes.verb
  for (const [name, level] of changes.levels) {
    const to = now === 'disable' ? '' : ` to ${level}`
    if (failure !== undefined) io.stdout(`${dryRun ? 'Can not' : 'Could not'} ${now} ${name}${to}. ${failure}\n`)
    else io.stdout(`${name} ${dryRun ? 'can be' : 'was'} ${done}${to}.\n`)
  }
  if (failure === undefined) return 0
  const count = changes.levels.length
  throw new JavaError('org.apache.kafka.tools.TerseException', `${count} out of ${count} operation(s) failed.`)
}

/** The controller's reason to refuse; undefined: done. */
async function update(client: ClusterClient, changes: Changes, validateOnly: boolean): Promise<string | undefined> {
  try {
    const answer = await client.request(
      'UpdateFeatures',
      {
        timeoutMs: client.options.requestTimeoutMs,
        featureUpdates: changes.levels.map(([name, maxVersionLevel]) => ({
          feature: name,
          maxVersionLevel,
          upgradeType: changes.type,
        })),
        validateOnly,
      },
      'controller',
      { minVersion: 1 },
    )
    const failed = [answer, ...answer.results].find(({ errorCode }) => errorCode !== 0)
    return failed === undefined ? undefined : failed.errorMessage || errorMessage(errorName(failed.errorCode))
  } catch (error) {
    return messageOf(error)
  }
}
