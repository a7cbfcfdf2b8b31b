/** kafka-cluster: the id of a cluster, its endpoints, and unregistering a broker that is gone for good. */
import { type ClusterNode, describeNodes } from '../../admin/cluster.ts'
import { unregisterBroker } from '../../admin/unregister.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type ClusterPlace, fileProperties, withCluster } from '../cluster.ts'
import { JavaError, javaText } from '../failures.ts'
import type { Options } from '../options.ts'
import type { Flag, ShimIo, Tool } from '../tool.ts'

const common: readonly Flag[] = [
  { name: 'bootstrap-server', aliases: ['b'], arg: 'required', help: 'Brokers to ask first, as host:port,....' },
  { name: 'bootstrap-controller', aliases: ['C'], arg: 'required', help: 'Controllers to ask first instead.' },
  { name: 'config', arg: 'required', help: '(DEPRECATED) Use --command-config.' },
  { name: 'command-config', aliases: ['c'], arg: 'required', help: 'Properties of the client.' },
]
const oneOf = [{ flags: ['bootstrap-server', 'bootstrap-controller'], required: true }]

export const kafkaCluster: Tool = {
  name: 'kafka-cluster',
  grammar: {
    kind: 'argparse',
    program: 'kafka-cluster',
    purpose: 'Tells the id and the endpoints of a cluster, and removes registrations of brokers.',
    flags: [],
    commands: [
      { name: 'cluster-id', help: 'Print the id of the cluster.', flags: common, oneOf },
      {
        name: 'unregister',
        help: 'Remove the registration of a broker that will not come back.',
        flags: [
          ...common,
          {
            name: 'id',
            aliases: ['i'],
            arg: 'required',
            type: 'Integer',
            required: true,
            help: 'The id of the broker.',
          },
        ],
        oneOf,
      },
      {
        name: 'list-endpoints',
        help: 'List where the brokers or controllers are reached.',
        flags: [
          ...common,
          { name: 'include-fenced-brokers', help: 'Also brokers that are registered but do not serve.' },
        ],
        oneOf,
      },
    ],
    helpExit: 1,
  },
  run,
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const [old, file] = [options.one('config'), options.one('command-config')]
  if (old !== undefined && file !== undefined) {
    throw new JavaError(
      'net.sourceforge.argparse4j.inf.ArgumentParserException',
      '--config and --command-config cannot be specified together.',
    )
  }
  if (old !== undefined) {
    io.stdout(
      'Option --config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  }
  const bootstrapController = options.one('bootstrap-controller')
  if (options.has('include-fenced-brokers') && bootstrapController !== undefined) {
    throw new JavaError(
      'java.lang.IllegalArgumentException',
      'The option --include-fenced-brokers is only supported with --bootstrap-server option',
    )
  }
  const commandConfig = file ?? old
  fileProperties(commandConfig)
  const place: ClusterPlace = {
    bootstrapServer: options.one('bootstrap-server'),
    bootstrapController,
    commandConfig,
    call: options.command === 'unregister' ? 'unregisterBroker' : 'listNodes',
  }
  return withCluster(place, io, async (client) => {
    try {
      return await act(options, io, client)
    } catch (error) {
      const failure =
        error instanceof ApiError && error.error === 'MISMATCHED_ENDPOINT_TYPE' && bootstrapController === undefined
          ? new ApiError('UNSUPPORTED_VERSION', 'The node does not support METADATA')
          : error
      throw new JavaError('java.util.concurrent.ExecutionException', javaText(failure), javaText(failure))
    }
  })
}

/** From this version of DescribeCluster on, fenced brokers can be asked for. */
const FENCED_VERSION = 2

async function act(options: Options, io: ShimIo, client: ClusterClient): Promise<number> {
  const viaController = options.has('bootstrap-controller')
  if (options.command === 'unregister') {
    const id = options.number('id')!
    await unregisterBroker(client, id)
    io.stdout(`Broker ${id} is no longer registered.\n`)
    return 0
  }
  const version = client.bootstrap.version('DescribeCluster') ?? 0
  if (options.has('include-fenced-brokers') && version < FENCED_VERSION) {
    io.stdout(`Attempted to write a non-default includeFencedBrokers at version ${version}\n`)
    return 0
  }
  const { clusterId, brokers } = await describeNodes(client, viaController)
  if (options.command === 'cluster-id') {
    io.stdout(
      clusterId === null
        ? 'No cluster ID found. The Kafka version is probably too old.\n'
        : `Cluster ID: ${clusterId}\n`,
    )
    return 0
  }
  const nodes = brokers.filter(
    ({ fenced }) => viaController || fenced !== true || options.has('include-fenced-brokers'),
  )
  io.stdout(endpointTable(nodes, viaController ? 'controller' : 'broker'))
  return 0
}

const NO_HOST_WIDTH = 100
const NO_RACK_WIDTH = 10

/** A line for each node, as wide as its longest host and rack. */
export function endpointTable(nodes: readonly Omit<ClusterNode, 'roles'>[], type: 'broker' | 'controller'): string {
  const widest = (texts: readonly string[], standard: number) =>
    texts.length === 0 ? standard : Math.max(...texts.map((text) => text.length))
  const hostWidth = widest(
    nodes.map(({ host }) => host),
    NO_HOST_WIDTH,
  )
  // The names of the columns do not count, nor does what stands for no rack.
  const rackWidth = widest(
    nodes.flatMap(({ rack }) => rack ?? []),
    NO_RACK_WIDTH,
  )
  const line = (id: string, host: string, port: string, rack: string, state: string, endpoint: string) =>
    `${id.padEnd(10)} ${host.padEnd(hostWidth)} ${port.padEnd(10)} ${rack.padEnd(rackWidth)} ${
      type === 'broker' ? `${state.padEnd(10)} ` : ''
    }${endpoint.padEnd(15)}\n`
  const rows = nodes.map(({ id, host, port, rack, fenced }) =>
    line(String(id), host, String(port), rack ?? 'null', fenced === true ? 'fenced' : 'unfenced', type),
  )
  return [line('ID', 'HOST', 'PORT', 'RACK', 'STATE', 'ENDPOINT_TYPE'), ...rows].join('')
}
