/**
 * Stands in for kafka-configs: which entities the flags name, and what is changed. Printing is in configs-describe.ts, quotas and
 * credentials in quotas.ts.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { RESOURCE_TYPE } from '../../admin/configs.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { executionError, JavaError, javaText, messageOf } from '../failures.ts'
import { javaSplit, listText, parseInteger } from '../java.ts'
import type { Options } from '../options.ts'
import * as quotas from '../quotas.ts'
import { type Flag, ParseError, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { describe, entriesOf } from './configs-describe.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text('bootstrap-server', 'host:port,…', 'The brokers to connect to first.'),
  text('bootstrap-controller', 'host:port,…', 'The controllers to connect to instead.'),
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'alter', help: 'Change settings.' },
  { name: 'describe', help: 'Show settings.' },
  { name: 'all', help: 'Show all settings, not only those that were set.' },
  text('entity-type', 'type', 'topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups.'),
  text('entity-name', 'name', 'The name of one of that type; users and clients may be given together.'),
  { name: 'entity-default', help: 'The default of that type instead of a name.' },
  text('add-config', 'k1=v1,k2=[v1,v2]', 'Settings to add; square brackets keep commas together.'),
  text('add-config-file', 'file', 'A property file with settings to add.'),
  { ...text('delete-config', 'k1,k2', 'Settings to remove.'), separator: ',' },
  text('topic', 'topic', 'A topic.'),
  text('client', 'client-id', 'A client id.'),
  { name: 'client-defaults', help: 'The default of client ids.' },
  text('user', 'user', 'A user.'),
  { name: 'user-defaults', help: 'The default of users.' },
  text('broker', 'id', 'A broker.'),
  { name: 'broker-defaults', help: 'The default of brokers.' },
  text('broker-logger', 'id', 'The loggers of a broker.'),
  text('ip', 'address', 'An address.'),
  { name: 'ip-defaults', help: 'The default of addresses.' },
  text('group', 'group', 'A group.'),
  text('client-metrics', 'name', "A subscription to clients' metrics."),
]

const TYPES = ['topics', 'clients', 'users', 'brokers', 'ips', 'client-metrics', 'groups', 'broker-loggers']
const ENTITY_FLAGS: readonly (readonly [flag: string, type: string])[] = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', 'broker-loggers'],
  ['ip', 'ips'],
  ['client-metrics', 'client-metrics'],
  ['group', 'groups'],
]
const DEFAULT_FLAGS: readonly (readonly [flag: string, type: string])[] = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
]
const WITH_DEFAULT = ['users', 'clients', 'brokers', 'ips']

const illegal = (message: string) => new JavaError('java.lang.IllegalArgumentException', message)
const invalid = (message: string) =>
  new JavaError('org.apache.kafka.common.errors.InvalidConfigurationException', message)

function entityTypes(options: Options): string[] {
  const flagged = [...ENTITY_FLAGS, ...DEFAULT_FLAGS].filter(([flag]) => options.has(flag)).map(([, type]) => type)
  return [...options.all('entity-type'), ...flagged]
}

/** Names in the order of their flags; empty for a default. */
function entityNames(options: Options): string[] {
  const given = [...options.all('entity-name')]
  const inOrder = options.argv.flatMap((word) => {
    const flag = /^--?(entity-name|entity-default)(=|$)/.exec(word)?.[1]
    if (flag === 'entity-default') return ['']
    return flag === undefined ? [] : [given.shift() ?? '']
  })
  const named = ENTITY_FLAGS.filter(([flag]) => options.has(flag)).map(([flag]) => options.one(flag) ?? '')
  return [...inOrder, ...named, ...DEFAULT_FLAGS.filter(([flag]) => options.has(flag)).map(() => '')]
}

async function check(options: Options, types: readonly string[], names: readonly string[]): Promise<void> {
  if (['alter', 'describe'].filter((action) => options.has(action)).length !== 1)
    throw new UsageFailure('Command must include exactly one action: --describe, --alter')
  options.forbid('describe', 'add-config', 'delete-config')
  const twice = types.filter((type, at) => types.indexOf(type) !== at)
  if (twice.length > 0) throw illegal(`Duplicate entity type(s) specified: ${twice.join(',')}`)
  const unknown = types.find((type) => !TYPES.includes(type))
  if (unknown !== undefined)
    throw illegal(
      `Invalid entity type ${unknown}, the entity type must be one of ${TYPES.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
    )
  if (types.length === 0) throw illegal('At least one entity type must be specified')
  if (types.length > 1 && !types.every((type) => type === 'users' || type === 'clients'))
    throw illegal("Only 'users' and 'clients' entity types may be specified together")
  const isGeneral = ['entity-name', 'entity-type', 'entity-default'].some((flag) => options.has(flag))
  if (isGeneral && [...ENTITY_FLAGS, ...DEFAULT_FLAGS].some(([flag]) => options.has(flag)))
    throw illegal('--entity-{type,name,default} should not be used in conjunction with specific entity flags')
  const [servers, controllers] = [options.has('bootstrap-server'), options.has('bootstrap-controller')]
  if (!servers && !controllers) throw illegal('Either --bootstrap-server or --bootstrap-controller must be specified.')
  if (servers && controllers) throw illegal('Only one of --bootstrap-server or --bootstrap-controller can be specified')
  const [type = ''] = types
  const hasName = names.some((name) => name !== '')
  if (hasName) await checkNames(type, types, names)
  if (options.has('describe')) checkDescribe(options, types, hasName)
  else checkAlter(options, types, names)
}

async function checkNames(type: string, types: readonly string[], names: readonly string[]): Promise<void> {
  for (const name of names.filter((one) => one !== '')) {
    if (types.includes('brokers') || types.includes('broker-loggers')) {
      if (!isInteger(name))
        throw illegal(`The entity name for ${type} must be a valid integer broker id, but it is: ${name}`)
    }
    if (types.includes('ips') && !(await isAddress(name)))
      throw illegal(`The entity name for ${type} must be a valid IP or resolvable host, but it is: ${name}`)
  }
}

function isInteger(text: string): boolean {
  try {
    parseInteger(text)
    return true
  } catch {
    return false
  }
}

async function isAddress(name: string): Promise<boolean> {
  if (isIP(name) !== 0) return true
  return lookup(name).then(
    () => true,
    // No such host: that is the answer.
    () => false,
  )
}

function checkDescribe(options: Options, types: readonly string[], hasName: boolean): void {
  if (options.has('entity-default') && !types.some((type) => WITH_DEFAULT.includes(type)))
    throw illegal(`--entity-default must not be specified with --describe of ${types.join(',')}`)
  if (types.includes('broker-loggers') && !hasName)
    throw illegal(`An entity name must be specified with --describe of ${types.join(',')}`)
}

function checkAlter(options: Options, types: readonly string[], names: readonly string[]): void {
  if (types.some((type) => WITH_DEFAULT.includes(type))) {
    if (names.length === 0)
      throw illegal('An entity-name or default entity must be specified with --alter of users, clients, brokers or ips')
  } else if (!names.some((name) => name !== ''))
    throw illegal(`An entity name must be specified with --alter of ${types.join(',')}`)
  if (options.has('add-config') && options.has('add-config-file'))
    throw illegal('Only one of --add-config or --add-config-file must be specified')
  if (!['add-config', 'add-config-file', 'delete-config'].some((flag) => options.has(flag)))
    throw illegal('At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter')
}

async function run(options: Options, io: ShimIo): Promise<number> {
  try {
    const types = entityTypes(options)
    const names = entityNames(options)
    await check(options, types, names)
    if (options.has('alter') && types.length !== names.length)
      throw illegal('An entity name must be specified for every entity type')
    const place = {
      bootstrapServer: options.one('bootstrap-server'),
      bootstrapController: options.one('bootstrap-controller'),
      commandConfig: options.one('command-config'),
      call: options.has('alter') ? 'incrementalAlterConfigs' : 'listNodes',
    }
    if (options.has('describe'))
      await withCluster(place, io, (client) => describe(client, { types, names, all: options.has('all') }, io))
    else {
      const added = configsToAdd(options)
      await withCluster(place, io, (client) => alter(client, types, names, added, options))
      const [type = ''] = types
      const [name = ''] = names
      io.stdout(
        name === ''
          ? `Completed updating default config for ${type} in the cluster.\n`
          : `Completed updating config for ${type.slice(0, -1)} ${name}.\n`,
      )
    }
    return 0
  } catch (error) {
    if (error instanceof UsageFailure || error instanceof ToolExit) throw error
    if (error instanceof ParseError || isPlain(error)) io.stderr(`${messageOf(error)}\n`)
    else {
      const line = error instanceof ApiError ? executionError(error) : error
      io.stderr(`Error while executing config command with args '${options.argv.join(' ')}'\n${javaText(line)}\n`)
    }
    return 1
  }
}

/** Errors that are told by their message alone. */
function isPlain(error: unknown): boolean {
  return error instanceof JavaError && /IllegalArgument|InvalidConfiguration/.test(error.javaClass)
}

const OUTSIDE_BRACKETS = '(?=[^\\]]*(?:\\[|$))'

function configsToAdd(options: Options): Map<string, string> {
  const file = options.one('add-config-file')
  const configs = new Map(Object.entries(fileProperties(file)))
  const given = options.one('add-config')
  if (given !== undefined) {
    const pairs = javaSplit(given, new RegExp(`,${OUTSIDE_BRACKETS}`)).map((pair) =>
      pair.split(new RegExp(`\\s*=\\s*${OUTSIDE_BRACKETS}`)),
    )
    if (!pairs.every((pair) => pair.length === 2))
      throw illegal(
        'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val" or  "key=[val1,val2]" to group values which contain commas.',
      )
    for (const [key, value] of pairs) configs.set(key!.trim(), value!.replaceAll(/[[\]]/g, '').trim())
  }
  const odd = [...configs.keys()].find((key) => !/^[a-zA-Z0-9._-]*$/.test(key))
  if (odd !== undefined) throw illegal(`Invalid character found for config key: ${odd}`)
  return configs
}

const RESOURCES: Readonly<Record<string, number>> = {
  topics: RESOURCE_TYPE.topic,
  brokers: RESOURCE_TYPE.broker,
  'broker-loggers': RESOURCE_TYPE['broker-logger'],
  'client-metrics': RESOURCE_TYPE['client-metrics'],
  groups: RESOURCE_TYPE.group,
}
const SET = 0
const DELETE = 1

async function alter(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
  added: ReadonlyMap<string, string>,
  options: Options,
): Promise<void> {
  const deleted = options.all('delete-config').map((key) => key.trim())
  const [type = ''] = types
  const [name = ''] = names
  if (type === 'users' || type === 'clients') return alterClients(client, types, names, added, deleted)
  if (type === 'ips') {
    const unknown = [...added.keys(), ...deleted].filter((key) => !quotas.IP_QUOTAS.includes(key))
    if (unknown.length > 0)
      throw illegal(
        `Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: ${unknown.join(',')}`,
      )
    return alterQuotas(client, types, names, added, deleted)
  }
  if (type === 'broker-loggers') {
    const known = (await entriesOf(client, type, name)).map((entry) => entry.key)
    const wrong = [...deleted, ...added.keys()].filter((key) => !known.includes(key))
    if (wrong.length > 0) throw invalid(`Invalid broker logger(s): ${wrong.join(',')}`)
  }
  const configs = [
    ...[...added].map(([key, value]) => ({ name: key, configOperation: SET, value })),
    ...deleted.map((key) => ({ name: key, configOperation: DELETE, value: '' })),
  ]
  const isOfBroker = (type === 'brokers' || type === 'broker-loggers') && name !== ''
  const answer = await client.request(
    'IncrementalAlterConfigs',
    { resources: [{ resourceType: RESOURCES[type]!, resourceName: name, configs }], validateOnly: false },
    isOfBroker ? { broker: Number(name) } : 'any',
  )
  const [result] = answer.responses
  if (result !== undefined && result.errorCode !== 0)
    throw new ApiError(errorName(result.errorCode), result.errorMessage ?? undefined)
}

async function alterClients(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
  added: ReadonlyMap<string, string>,
  deleted: readonly string[],
): Promise<void> {
  const isQuota = (key: string) => quotas.CLIENT_QUOTAS.includes(key)
  const isScram = (key: string) => Object.hasOwn(quotas.SCRAM, key)
  const isUnknown = (key: string) => !isQuota(key) && !isScram(key)
  const keys = [...added.keys()]
  const set = (list: readonly string[]) => `Set${listText(list).replace('[', '(').replace(']', ')')}`
  const buffer = (list: readonly string[]) => `ArrayBuffer${listText(list).replace('[', '(').replace(']', ')')}`
  const only = (what: string, done: string, type: string, list: string) =>
    illegal(
      `Only ${what} configs can be ${done} for '${type}' using --bootstrap-server. Unexpected config names: ${list}`,
    )
  if (types[0] === 'clients' || types.length === 2) {
    const [wrong, stray] = [keys.filter((key) => !isQuota(key)), deleted.filter((key) => !isQuota(key))]
    if (wrong.length > 0) throw only('quota', 'added', 'clients', set(wrong))
    if (stray.length > 0) throw only('quota', 'deleted', 'clients', buffer(stray))
  } else {
    const [wrong, stray] = [keys.filter(isUnknown), deleted.filter(isUnknown)]
    if (wrong.length > 0) throw only('quota and SCRAM credential', 'added', 'users', set(wrong))
    if (stray.length > 0) throw only('quota and SCRAM credential', 'deleted', 'users', buffer(stray))
    if ([...keys, ...deleted].some(isScram)) {
      if (names.includes(''))
        throw illegal(
          'The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.',
        )
      if ([...keys, ...deleted].some(isQuota))
        throw illegal(
          "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
        )
    }
  }
  if ([...keys, ...deleted].some(isQuota)) return alterQuotas(client, types, names, added, deleted)
  const upserts = new Map([...added].map(([mechanism, value]) => [mechanism, quotas.parseCredential(mechanism, value)]))
  await quotas.changeScram(client, names[0] ?? '', upserts, deleted)
}

async function alterQuotas(
  client: ClusterClient,
  types: readonly string[],
  names: readonly string[],
  added: ReadonlyMap<string, string>,
  deleted: readonly string[],
): Promise<void> {
  const [now] = await quotas.readQuotas(client, types, names)
  const missing = deleted.filter((key) => now?.values.has(key) !== true)
  if (missing.length > 0) throw invalid(`Invalid config(s): ${missing.join(',')}`)
  const changes = new Map<string, number | undefined>()
  for (const [key, value] of added) {
    const number = Number(value.trim().replace(/[dDfF]$/, ''))
    if (value.trim() === '' || Number.isNaN(number))
      throw illegal(`Cannot parse quota configuration value for ${key}: ${value}`)
    changes.set(key, number)
  }
  for (const key of deleted) changes.set(key, undefined)
  await quotas.changeQuotas(client, types, names, changes)
}

export const kafkaConfigs: Tool = {
  name: 'kafka-configs',
  grammar: {
    kind: 'jopt',
    purpose:
      'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group',
    flags,
  },
  run,
  parseFailed: (error, io) => {
    io.stderr(`${error.message}\n`)
    return 1
  },
}
