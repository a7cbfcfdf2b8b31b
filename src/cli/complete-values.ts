/**
 * What `mq complete` needs besides a cluster: the connection that the words typed so far name, the settings of the thing
 * they are about, and the names that this machine knows. Everything here is fast, and a failure means no candidates.
 */
import { clientKeys } from '../config/client-keys.ts'
import { brokerKeys } from '../config/broker-keys.ts'
import { groupKeys } from '../config/group-keys.ts'
import type { Key } from '../config/key.ts'
import { topicKeys } from '../config/topic-keys.ts'
import { clusterNames } from '../cluster/state.ts'
import { type Connection, resolveConnection } from './connection.ts'
import type { LiveKind } from './completion-kinds.ts'
import { readProfiles } from './profiles.ts'

const CONNECTION: Readonly<Record<string, string>> = {
  '-b': 'bootstrap-server',
  '--bootstrap-server': 'bootstrap-server',
  '--bootstrap-servers': 'bootstrap-server',
  '--brokers': 'bootstrap-server',
  '--bootstrap-controller': 'bootstrap-controller',
  '--command-config': 'command-config',
  '--profile': 'profile',
  '--name': 'name',
  '-X': 'property',
  '--property': 'property',
}

/** The values of the flags among `words`, by their first spelling; the last one wins. */
function flagsAmong(words: readonly string[]): { flags: Map<string, string>; properties: Record<string, string> } {
  const flags = new Map<string, string>()
  const properties: Record<string, string> = {}
  words.forEach((word, index) => {
    const joined = /^(--[\w-]+)=([\s\S]*)$/.exec(word)
    const name = CONNECTION[joined?.[1] ?? word]
    const value = joined?.[2] ?? words[index + 1]
    if (name === undefined || value === undefined) return
    if (name !== 'property') flags.set(name, value)
    else if (value.includes('=')) properties[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1)
  })
  return { flags, properties }
}

/** The connection that a command with these words would have. Throws as it would. */
export function connectionOf(words: readonly string[]): Connection {
  const { flags, properties } = flagsAmong(words)
  const { env } = process
  const typed = new Set(flags.keys())
  return resolveConnection({
    bootstrapServer: flags.get('bootstrap-server') ?? env.MQ_BOOTSTRAP_SERVER,
    bootstrapController: flags.get('bootstrap-controller') ?? env.MQ_BOOTSTRAP_CONTROLLER,
    configFile: flags.get('command-config') ?? env.MQ_COMMAND_CONFIG,
    properties,
    clusterName: flags.get('name') ?? env.MQ_CLUSTER,
    profile: flags.get('profile') ?? env.MQ_PROFILE,
    typed: (flag) => typed.has(flag),
  })
}

/** The candidates that need no cluster; undefined for kinds that do. */
export function localValues(kind: LiveKind, prefix: string, words: readonly string[]): string[] | undefined {
  switch (kind) {
    case 'profiles':
      return Object.keys(readProfiles().profiles)
    case 'clusters':
      return clusterNames()
    case 'topic-keys':
      return Object.keys(topicKeys)
    case 'topic-settings':
      return settings(topicKeys, prefix)
    case 'broker-settings':
      return settings(brokerKeys, prefix)
    case 'client-settings':
      return clientKeys.map((key) => `${key}=`)
    case 'entity-keys':
      return Object.keys(keysOf(words))
    case 'entity-settings':
      return settings(keysOf(words), prefix)
    default:
      return undefined
  }
}

/** The keys of the thing that a `mq config` line is about; those of topics where it does not say yet. */
function keysOf(words: readonly string[]): Readonly<Record<string, Key>> {
  const has = (...flags: string[]) =>
    words.some((word) => flags.some((flag) => word === flag || word.startsWith(`${flag}=`)))
  if (has('--broker', '--broker-default')) return brokerKeys
  return has('--group') ? groupKeys : topicKeys
}

/** `key=` for each key, and behind a whole key its values where they are few. */
function settings(keys: Readonly<Record<string, Key>>, prefix: string): string[] {
  const at = prefix.indexOf('=')
  if (at < 0) return Object.keys(keys).map((key) => `${key}=`)
  const name = prefix.slice(0, at)
  const key = keys[name]
  const values = key?.type === 'BOOLEAN' ? ['true', 'false'] : (key?.oneOf ?? [])
  return values.map((value) => `${name}=${value}`)
}
