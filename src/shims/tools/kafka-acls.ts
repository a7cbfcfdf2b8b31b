/** Stands in for kafka-acls: list, add, remove. How ACLs are read, changed and named is in acls.ts. */
import { createInterface } from 'node:readline'
import type { ClusterClient } from '../../client/cluster-client.ts'
import * as acls from '../acls.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { executionError, javaText, messageOf, tellFailure } from '../failures.ts'
import { joptHelp } from '../jopt.ts'
import { listText } from '../java.ts'
import type { Options } from '../options.ts'
import { ApiError } from '../../protocol/errors.ts'
import { type Flag, type JoptGrammar, ParseError, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text('bootstrap-server', 'host:port,…', 'The brokers to connect to first.'),
  text('bootstrap-controller', 'host:port,…', 'The controllers to connect to instead.'),
  { ...text('command-config', 'file', 'Properties of the client: security, timeouts.'), arg: 'optional' },
  text('topic', 'topic', 'A topic; * for all.'),
  { name: 'cluster', help: 'The cluster itself.' },
  text('group', 'group', 'A group; * for all.'),
  text('transactional-id', 'id', 'A transactional id; * for all.'),
  text('delegation-token', 'token', 'A delegation token; * for all.'),
  text('user-principal', 'user', 'A user as a resource, as for delegation tokens of others.'),
  {
    ...text('resource-pattern-type', 'type', 'literal or prefixed; to list and remove also any and match.'),
    default: 'LITERAL',
  },
  { name: 'idempotent', help: 'With --producer: allow idempotent writes.' },
  { name: 'add', help: 'Add ACLs.' },
  { name: 'remove', help: 'Remove ACLs.' },
  { name: 'list', help: 'List ACLs, of all resources or of those that are named.' },
  { ...text('operation', 'operation', 'What is allowed or denied; may be given several times.'), default: 'All' },
  text('allow-principal', 'type:name', 'Who is allowed; may be given several times.'),
  text('deny-principal', 'type:name', 'Who is denied; may be given several times.'),
  { ...text('principal', 'type:name', 'List only entries of this principal.'), arg: 'optional' },
  text('allow-host', 'host', 'Where those who are allowed come from; without it anywhere.'),
  text('deny-host', 'host', 'Where those who are denied come from; without it anywhere.'),
  { name: 'producer', help: 'What a producer needs for --topic.' },
  { name: 'consumer', help: 'What a consumer needs for --topic and --group.' },
  { name: 'force', help: 'Do not ask.' },
]

function check(options: Options): void {
  const [servers, controllers] = [options.has('bootstrap-server'), options.has('bootstrap-controller')]
  if (servers && controllers)
    throw new UsageFailure('Only one of --bootstrap-server or --bootstrap-controller must be specified')
  if (!servers && !controllers)
    throw new UsageFailure('One of --bootstrap-server or --bootstrap-controller must be specified')
  if (['add', 'remove', 'list'].filter((action) => options.has(action)).length !== 1)
    throw new UsageFailure('Command must include exactly one action: --list, --add, --remove. ')
  const people = ['allow-host', 'allow-principal', 'deny-host', 'deny-principal']
  options.forbid('list', 'producer', 'consumer', ...people)
  options.forbid('producer', 'operation', 'deny-principal', 'deny-host')
  options.forbid('consumer', 'operation', 'deny-principal', 'deny-host')
  if (options.has('principal') && !options.has('list'))
    throw new UsageFailure('The --principal option is only available if --list is set')
  if (options.has('producer') && !options.has('topic'))
    throw new UsageFailure('With --producer you must specify a --topic')
  if (options.has('idempotent') && !options.has('producer'))
    throw new UsageFailure('The --idempotent option is only available if --producer is set')
  const alone = !options.has('producer') && (options.has('cluster') || options.has('transactional-id'))
  if (options.has('consumer') && (!options.has('topic') || !options.has('group') || alone))
    throw new UsageFailure(
      'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
    )
}

const RESOURCE_FLAGS: readonly (readonly [flag: string, type: acls.Resource])[] = [
  ['topic', 'TOPIC'],
  ['group', 'GROUP'],
  ['transactional-id', 'TRANSACTIONAL_ID'],
  ['delegation-token', 'DELEGATION_TOKEN'],
  ['user-principal', 'USER'],
]

function patternOf(options: Options): acls.PatternName {
  const text = options.one('resource-pattern-type') ?? ''
  const name = text.toUpperCase()
  if (Object.hasOwn(acls.PATTERNS, name)) return name as acls.PatternName
  throw new ParseError(
    'joptsimple.OptionArgumentConversionException',
    `Cannot parse argument '${text}' of option resource-pattern-type`,
  )
}

/** The resources that the flags name. */
function resources(options: Options): acls.ResourceFilter[] {
  const pattern = patternOf(options)
  const named = RESOURCE_FLAGS.flatMap(([flag, type]) =>
    options.has(flag) ? options.all(flag).map((name) => ({ type, name: name.trim(), pattern })) : [],
  )
  const isCluster = pattern === 'LITERAL' && (options.has('cluster') || options.has('idempotent'))
  return [...named, ...(isCluster ? [acls.CLUSTER] : [])]
}

/** Who may do these things from where. */
function entries(options: Options, operations: readonly string[]): acls.Entry[] {
  const side = (permission: acls.Permission, name: string): acls.Entry[] => {
    const principals = options.all(`${name}-principal`).map(acls.principalOf)
    const hosts = options.has(`${name}-host`) ? options.all(`${name}-host`).map((host) => host.trim()) : ['*']
    return principals.flatMap((principal) =>
      operations.flatMap((operation) => hosts.map((host) => ({ principal, host, operation, permission }))),
    )
  }
  return [...side('ALLOW', 'allow'), ...side('DENY', 'deny')]
}

/** What the flags ask for, by resource. Throws UsageFailure. */
function wanted(options: Options): acls.ResourceAcls[] {
  const filters = resources(options)
  if (filters.length === 0)
    throw new UsageFailure(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    )
  const found = new Map<string, { resource: acls.ResourceFilter; entries: Map<string, acls.Entry> }>()
  const add = (resource: acls.ResourceFilter, list: readonly acls.Entry[]) => {
    const key = acls.resourceText(resource)
    const known = found.get(key) ?? { resource, entries: new Map<string, acls.Entry>() }
    for (const entry of list) known.entries.set(acls.entryText(entry), entry)
    found.set(key, known)
  }
  const each = (type: acls.Resource, operations: readonly string[]) => {
    for (const filter of filters) if (filter.type === type) add(filter, entries(options, operations))
  }
  if (!options.has('producer') && !options.has('consumer')) {
    const operations = options.all('operation').map((operation) => acls.operationOf(operation.trim()))
    for (const filter of filters) add(filter, entries(options, operations))
  }
  if (options.has('producer')) {
    each('TOPIC', ['WRITE', 'DESCRIBE', 'CREATE'])
    each('TRANSACTIONAL_ID', ['WRITE', 'DESCRIBE'])
    if (options.has('idempotent')) add(acls.CLUSTER, entries(options, ['IDEMPOTENT_WRITE']))
  }
  if (options.has('consumer')) {
    each('TOPIC', ['READ', 'DESCRIBE'])
    each('GROUP', ['READ'])
  }
  const list = [...found.values()].map(({ resource, entries: own }) => ({ resource, entries: [...own.values()] }))
  for (const { resource, entries: own } of list) {
    const supported = acls.SUPPORTED[resource.type] ?? []
    if (own.some((entry) => !supported.includes(entry.operation)))
      throw new UsageFailure(`ResourceType ${resource.type} only supports operations ${listText(supported)}`)
  }
  return list
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options)
  try {
    const commandConfig = options.one('command-config')
    fileProperties(commandConfig)
    const place = {
      bootstrapServer: options.one('bootstrap-server'),
      bootstrapController: options.one('bootstrap-controller'),
      commandConfig,
      call: 'describeAcls',
    }
    const act = options.has('add') ? add : options.has('remove') ? remove : list
    await act(options, io, (work) => withCluster(place, io, work))
    return 0
  } catch (error) {
    if (error instanceof UsageFailure || error instanceof ToolExit) throw error
    const shown = error instanceof ApiError ? executionError(error) : error
    // The trace of the original ends with a line of its own.
    io.stdout(`Error while executing ACL command: ${messageOf(shown)}\n${javaText(shown)}\n\n`)
    return 1
  }
}

type InCluster = <T>(work: (client: ClusterClient) => Promise<T>) => Promise<T>

const blockOf = (list: readonly acls.Entry[]) => list.map((entry) => `\t${acls.entryText(entry)}\n`).join('')

async function list(options: Options, io: ShimIo, inCluster: InCluster): Promise<void> {
  const filters = resources(options)
  const found = await inCluster(async (client) => {
    const answers = await Promise.all(
      (filters.length === 0 ? [acls.EVERYTHING] : filters).map((filter) => acls.readAcls(client, filter)),
    )
    return new Map(answers.flat().map((one) => [acls.resourceText(one.resource), one.entries]))
  })
  const print = (isShown: (entry: acls.Entry) => boolean) => {
    for (const [resource, all] of found) {
      const shown = all.filter(isShown)
      if (shown.length > 0) io.stdout(`Current ACLs for resource \`${resource}\`:\n${blockOf(shown)}\n`)
    }
  }
  const principals = options.all('principal').map(acls.principalOf)
  if (principals.length === 0) print(() => true)
  for (const principal of principals) {
    io.stdout(`ACLs for principal \`${principal}\`\n`)
    print((entry) => entry.principal === principal)
  }
}

async function add(options: Options, io: ShimIo, inCluster: InCluster): Promise<void> {
  const pattern = patternOf(options)
  if (pattern !== 'LITERAL' && pattern !== 'PREFIXED')
    throw new UsageFailure(`A '--resource-pattern-type' value of '${pattern}' is not valid when adding acls.`)
  const all = wanted(options).filter((one) => one.entries.length > 0)
  if (all.length === 0)
    throw new UsageFailure('You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.')
  await inCluster(async (client) => {
    for (const { resource, entries: own } of all) {
      const there = await acls.readAcls(client, resource)
      const known = new Set(there.flatMap((one) => one.entries.map(acls.entryText)))
      for (const entry of own.filter((one) => known.has(acls.entryText(one))))
        io.stdout(`Acl (pattern=${acls.resourceText(resource)}, entry=${acls.entryText(entry)}) already exists.\n`)
      const fresh = own.filter((entry) => !known.has(acls.entryText(entry)))
      if (fresh.length === 0) continue
      io.stdout(`Adding ACLs for resource \`${acls.resourceText(resource)}\`: \n ${blockOf(fresh)}\n`)
      await acls.addAcls(client, { resource, entries: fresh })
    }
  })
}

async function remove(options: Options, io: ShimIo, inCluster: InCluster): Promise<void> {
  const all = wanted(options)
  await inCluster(async (client) => {
    for (const one of all) {
      const place = `resource filter \`${acls.resourceText(one.resource)}\`? (y/n)\n`
      const question =
        one.entries.length === 0
          ? `Are you sure you want to delete all ACLs for ${place}`
          : `Are you sure you want to remove ACLs: \n ${blockOf(one.entries)} from ${place}`
      if (options.has('force') || (await agrees(question, io))) await acls.removeAcls(client, one)
    }
  })
}

async function agrees(question: string, io: ShimIo): Promise<boolean> {
  io.stdout(question)
  const lines = createInterface({ input: io.stdin })
  try {
    for await (const line of lines) return line.trim().toLowerCase() === 'y'
    return false
  } finally {
    lines.close()
  }
}

const grammar: JoptGrammar = { kind: 'jopt', purpose: 'This tool helps to manage acls on kafka.', flags }

export const kafkaAcls: Tool = {
  name: 'kafka-acls',
  grammar,
  run,
  parseFailed(error, io) {
    // Of values it complains later, and not with the help.
    if (!/Unrecognized|MissingRequiredArgument/.test(error.javaClass)) return tellFailure(error, io)
    io.stderr(`${error.message}\n${joptHelp(grammar)}`)
    return 1
  },
}
