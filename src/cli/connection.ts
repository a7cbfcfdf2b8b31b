/**
 * Where a command's cluster is: flag, then `-X`, environment, profile, configuration file, and the local cluster last.
 * What was typed beats what a variable says, so that `--name test` reaches the local cluster although
 * MQ_BOOTSTRAP_SERVER is set. A profile that was only made current by `mq profile use` steps back as a whole where a flag
 * or a variable names a cluster: its credentials never go to another address.
 */
import { ConfigError, UsageError } from '../base/errors.ts'
import { bootstrapOf, type ClientOptions, parseBootstrap, resolveClientOptions } from '../client/options.ts'
import { refuseTypedSecrets } from '../client/secrets.ts'
import { runningBootstrap } from '../cluster/registry.ts'
import { parseProperties } from '../config/properties.ts'
import { readTextFile } from '../platform/input-file.ts'
import { type Profile, profileNamed, readProfiles, resolveReferences } from './profiles.ts'

export interface ConnectionSources {
  readonly bootstrapServer: string | undefined
  readonly bootstrapController: string | undefined
  readonly configFile: string | undefined
  readonly properties: Readonly<Record<string, string>>
  readonly clusterName: string | undefined
  /** `--profile` or MQ_PROFILE. */
  readonly profile?: string | undefined
  /** Whether this flag stood on the command line, rather than in its environment variable. */
  readonly typed: (flag: string) => boolean
}

export interface Connection {
  readonly options: ClientOptions
  /** The profile that the connection is from. */
  readonly profile?: { readonly name: string; readonly protected: boolean }
}

interface Common {
  readonly fileText: string | undefined
  readonly properties: Readonly<Record<string, string>>
}

/** The client's options, files read. Throws ConfigError, UsageError, MqError; connects to nothing. */
export function resolveConnection(sources: ConnectionSources): Connection {
  const places = ['bootstrap-server', 'bootstrap-controller', 'name'].filter(sources.typed)
  refuseTypedSecrets(sources.properties)
  if (places.length > 1) throw new UsageError(`--${places.join(' and --')} name different clusters; give one of them`)
  if (sources.typed('name') && sources.typed('profile')) {
    throw new UsageError('--name and --profile name different clusters; give one of them')
  }
  checkAddresses('--bootstrap-server', sources.bootstrapServer)
  checkAddresses('--bootstrap-controller', sources.bootstrapController)
  const chosen = chooseProfile(sources)
  const configFile = sources.configFile ?? chosen?.profile.commandConfig ?? undefined
  const common: Common = {
    fileText: configFile === undefined ? undefined : readTextFile(configFile, 'MQ_CONFIG_FILE'),
    properties: resolveReferences({ ...chosen?.profile.properties, ...sources.properties }),
  }
  const options = blaming(sources.properties, () => withAddress(sources, common, chosen?.profile))
  return chosen === undefined
    ? { options }
    : { options, profile: { name: chosen.name, protected: chosen.profile.protected } }
}

/** A value that was typed with -X and cannot be used is a matter of usage, not of a file. */
function blaming<T>(typed: Readonly<Record<string, string>>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ConfigError) || !Object.hasOwn(typed, error.key)) throw error
    throw new UsageError(`-X ${error.key}: ${error.message}`, error.hint)
  }
}

/** The profile that applies: the one named, or the current one where nothing else names a cluster. */
function chooseProfile(sources: ConnectionSources): { name: string; profile: Profile } | undefined {
  if (sources.typed('name')) return undefined
  if (sources.profile !== undefined && sources.profile !== '') {
    return { name: sources.profile, profile: profileNamed(readProfiles(), sources.profile) }
  }
  const { bootstrapServer, bootstrapController, clusterName, configFile, properties } = sources
  const named = bootstrapServer ?? bootstrapController ?? clusterName
  if (named !== undefined || hasBootstrap(properties)) return undefined
  if (configFile !== undefined && hasBootstrap(parseProperties(readTextFile(configFile, 'MQ_CONFIG_FILE'))))
    return undefined
  const all = readProfiles()
  return all.current === null ? undefined : { name: all.current, profile: profileNamed(all, all.current) }
}

function withAddress(sources: ConnectionSources, common: Common, profile: Profile | undefined): ClientOptions {
  const { bootstrapServer, bootstrapController } = sources
  if (sources.typed('name')) return local(sources.clusterName, common)
  if (sources.typed('bootstrap-server')) return resolveClientOptions({ ...common, bootstrapServer })
  if (sources.typed('bootstrap-controller')) return resolveClientOptions({ ...common, bootstrapController })
  if (hasBootstrap(sources.properties)) return resolveClientOptions(common)
  const ofProfile = {
    ...(profile?.bootstrapServer ? { bootstrapServer: profile.bootstrapServer } : {}),
    ...(profile?.bootstrapController ? { bootstrapController: profile.bootstrapController } : {}),
  }
  const profileHasPlace = Object.keys(ofProfile).length > 0 || bootstrapOf(common) !== undefined
  if (sources.typed('profile') && profileHasPlace) return resolveClientOptions({ ...common, ...ofProfile })
  if (bootstrapServer !== undefined) return resolveClientOptions({ ...common, bootstrapServer })
  if (bootstrapController !== undefined) return resolveClientOptions({ ...common, bootstrapController })
  if (profile !== undefined && profileHasPlace) return resolveClientOptions({ ...common, ...ofProfile })
  if (bootstrapOf(common) !== undefined || hasBootstrap(common.properties)) return resolveClientOptions(common)
  return local(sources.clusterName, common)
}

/** Addresses that were typed are arguments: unreadable ones are a matter of usage. */
function checkAddresses(flag: string, text: string | undefined): void {
  try {
    if (text !== undefined) parseBootstrap(text, flag)
  } catch (error) {
    throw new UsageError((error as Error).message, 'for example localhost:9092, several separated by commas')
  }
}

function local(name: string | undefined, common: Common): ClientOptions {
  return resolveClientOptions({ ...common, bootstrapServer: runningBootstrap(name) })
}

function hasBootstrap(properties: Readonly<Record<string, string>>): boolean {
  return ['bootstrap.servers', 'metadata.broker.list', 'bootstrap.controllers'].some((key) => key in properties)
}
