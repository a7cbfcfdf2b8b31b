/**
 * Where a command's cluster is: flag, then `-X`, environment, configuration file, and the local cluster last. What was
 * typed beats what a variable says, so that `--name test` reaches the local cluster although MQ_BOOTSTRAP_SERVER is set.
 */
import { readFileSync } from 'node:fs'
import { MqError, UsageError } from '../base/errors.ts'
import { bootstrapOf, type ClientOptions, parseBootstrap, resolveClientOptions } from '../client/options.ts'
import { runningBootstrap } from '../cluster/registry.ts'

export interface ConnectionSources {
  readonly bootstrapServer: string | undefined
  readonly bootstrapController: string | undefined
  readonly configFile: string | undefined
  readonly properties: Readonly<Record<string, string>>
  readonly clusterName: string | undefined
  /** Whether this flag stood on the command line, rather than in its environment variable. */
  readonly typed: (flag: string) => boolean
}

/** The options of the client, files read. Throws ConfigError and UsageError; connects to nothing. */
export function resolveConnection(sources: ConnectionSources): ClientOptions {
  const places = ['bootstrap-server', 'bootstrap-controller', 'name'].filter(sources.typed)
  if (places.length > 1) throw new UsageError(`--${places.join(' and --')} name different clusters; give one of them`)
  checkAddresses('--bootstrap-server', sources.bootstrapServer)
  checkAddresses('--bootstrap-controller', sources.bootstrapController)
  const fileText = sources.configFile === undefined ? undefined : readConfig(sources.configFile)
  const common = { fileText, properties: sources.properties }
  if (sources.typed('name')) return local(sources.clusterName, common)
  if (sources.typed('bootstrap-server')) {
    return resolveClientOptions({ ...common, bootstrapServer: sources.bootstrapServer })
  }
  if (sources.typed('bootstrap-controller')) {
    return resolveClientOptions({ ...common, bootstrapController: sources.bootstrapController })
  }
  if (hasBootstrap(sources.properties)) return resolveClientOptions(common)
  const { bootstrapServer, bootstrapController } = sources
  if (bootstrapServer !== undefined) return resolveClientOptions({ ...common, bootstrapServer })
  if (bootstrapController !== undefined) return resolveClientOptions({ ...common, bootstrapController })
  if (bootstrapOf(common) !== undefined) return resolveClientOptions(common)
  return local(sources.clusterName, common)
}

/** Addresses that were typed are arguments: unreadable ones are a matter of usage. */
function checkAddresses(flag: string, text: string | undefined): void {
  try {
    if (text !== undefined && text !== '') parseBootstrap(text, flag)
  } catch (error) {
    throw new UsageError((error as Error).message, 'for example localhost:9092, several separated by commas')
  }
}

function local(
  name: string | undefined,
  common: { fileText: string | undefined; properties: Readonly<Record<string, string>> },
): ClientOptions {
  return resolveClientOptions({ ...common, bootstrapServer: runningBootstrap(name) })
}

function hasBootstrap(properties: Readonly<Record<string, string>>): boolean {
  return ['bootstrap.servers', 'metadata.broker.list', 'bootstrap.controllers'].some((key) => key in properties)
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      EACCES: 'no permission',
      EISDIR: 'it is a directory',
    }
    throw new MqError('MQ_CONFIG_FILE', `cannot read ${path}: ${reasons[code ?? ''] ?? message}`, { cause: error })
  }
}
