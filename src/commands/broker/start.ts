/** `mq broker start`: a local cluster in the background, or one node in the foreground. */
import { join } from 'node:path'
import * as Flags from '@oclif/core/flags'
import { ConfigError, UsageError } from '../../base/errors.ts'
import { nodeFlag } from '../../cli/broker-flags.ts'
import { integerFlag, pairFlag, pairsToRecord } from '../../cli/flags.ts'
import { MqCommand } from '../../cli/mq-command.ts'
import { startCluster } from '../../cluster/start.ts'
import { checkClusterName, DEFAULT_CLUSTER } from '../../cluster/state.ts'
import type { ClusterStatus } from '../../cluster/status.ts'
import { colours } from '../../output/colours.ts'
import { formatDuration } from '../../output/units.ts'

const START_TIMEOUT_MS = 60_000
const NODES_MAX = 100

export interface BrokerStartResult {
  clusters: ClusterStatus[]
  /** Ids of the nodes that this command started; empty when they ran already. */
  started: readonly number[]
}

export default class BrokerStart extends MqCommand<BrokerStartResult> {
  static override summary = 'Start a local Kafka broker and return when it answers.'
  static override description =
    `One combined node (broker and controller) on 127.0.0.1, or with --nodes a cluster of several. An empty data directory
is formatted; one that Kafka or an earlier start left is opened as it is. Settings, the later wins: the config file,
KAFKA_* variables as Kafka's container reads them, --override, then --port and --data. Starts what is missing: what runs
already is left alone, --nodes 4 on a cluster of three adds the fourth, with --node 4 only that one. The first five brokers are controllers too,
unless --controllers asks for controllers of their own.`
  static override examples = [
    '<%= config.bin %> broker start',
    '<%= config.bin %> broker start --nodes 3 --racks a,b,c',
    '<%= config.bin %> broker start --name test --port 0 --data /tmp/test-broker',
    '<%= config.bin %> broker start --override log.retention.hours=1 --override num.partitions=6',
    '<%= config.bin %> broker start --foreground --config server.properties',
  ]
  static override flags = {
    name: Flags.string({ default: DEFAULT_CLUSTER, env: 'MQ_CLUSTER', summary: 'Name of the local cluster.' }),
    port: integerFlag({
      max: 65_535,
      env: 'MQ_BROKER_PORT',
      summary: 'Port for clients; 9092 unless recorded; 0 picks a free one. Other nodes follow.',
    }),
    data: Flags.string({
      helpValue: 'DIR',
      env: 'MQ_BROKER_DATA',
      summary: 'Where the data goes; default: below MQ_HOME (~/.mq).',
    }),
    config: Flags.string({ helpValue: 'FILE', env: 'MQ_BROKER_CONFIG', summary: "Kafka's server.properties." }),
    override: pairFlag({ summary: 'One broker setting; repeatable.' }),
    'cluster-id': Flags.string({
      env: 'MQ_CLUSTER_ID',
      helpValue: 'ID',
      parse: async (text) => {
        if (/^[!-~]{1,200}$/.test(text)) return text
        throw new UsageError('--cluster-id needs an id without blanks', 'leave it out, and one is made')
      },
      summary: 'Cluster id for an empty data directory.',
    }),
    'metrics-port': Flags.string({
      helpValue: '[HOST:]PORT',
      env: 'MQ_METRICS_PORT',
      summary: 'Where /metrics and /health are served, or off; 20092 for port 9092, or a free one.',
    }),
    foreground: Flags.boolean({ summary: 'Run one node in this process until SIGTERM or Ctrl-C.' }),
    node: nodeFlag,
    nodes: integerFlag({
      min: 1,
      max: NODES_MAX,
      env: 'MQ_BROKER_NODES',
      summary: 'Number of brokers; as recorded, else 1.',
    }),
    controllers: integerFlag({
      min: 1,
      max: NODES_MAX,
      env: 'MQ_BROKER_CONTROLLERS',
      summary: 'Number of controllers of their own.',
    }),
    racks: Flags.string({
      helpValue: 'A,B,…',
      env: 'MQ_BROKER_RACKS',
      parse: async (text) => {
        if (text.split(',').every((rack) => rack.trim() !== '')) return text
        throw new UsageError('--racks takes names with commas between them', 'for example --racks a,b,c')
      },
      summary: 'Racks of the brokers, in turn.',
    }),
    engine: Flags.string({
      options: ['bundled', 'apache'],
      env: 'MQ_ENGINE',
      summary: 'What runs: the bundled broker or Apache Kafka.',
    }),
    'kafka-version': Flags.string({
      helpValue: 'V',
      env: 'MQ_KAFKA_VERSION',
      summary: 'Version of Apache Kafka, for that engine.',
    }),
  }

  override async run(): Promise<BrokerStartResult> {
    const { flags } = await this.parse(BrokerStart)
    refuseUnavailable(flags)
    checkClusterName(flags.name)
    if (flags.foreground && flags.node !== undefined) {
      throw new UsageError('--foreground runs the one node of its settings', 'leave out --node')
    }
    const program = join(this.config.root, 'bin', 'broker.js')
    const common = {
      name: flags.name,
      port: flags.port,
      dataDir: flags.data,
      configFile: flags.config,
      overrides: pairsToRecord(flags.override),
      clusterId: flags['cluster-id'],
      nodes: flags.nodes,
      controllers: flags.controllers,
      racks: flags.racks?.split(',').map((rack) => rack.trim()),
      metrics: flags['metrics-port'],
      env: process.env,
      program,
      version: this.config.version,
    }
    if (flags.foreground) {
      const { runForeground } = await import('../../cluster/foreground.ts')
      const program = join(this.config.root, 'dist', 'broker', 'main.js')
      await runForeground({ ...common, program }).catch(blameOverride(common))
      return this.handOver()
    }
    const progress = await this.progress(`starting ${flags.name}`)
    // A line in the middle of the spinner's would be torn: they are told when it has gone.
    const notes: string[] = []
    const note = (text: string) => void notes.push(text)
    const endProgress = () => {
      progress.stop()
      for (const text of notes.splice(0)) this.note(text)
    }
    try {
      const timeoutMs = this.timeoutMs ?? START_TIMEOUT_MS
      const onProgress = (text: string) => progress.update(text)
      const request = { ...common, note, timeoutMs, signal: this.aborter.signal, onProgress }
      const result = await startCluster(request, flags.node).catch(blameOverride(common))
      endProgress()
      this.report(result.cluster, result.started, result.tookMs)
      return { clusters: [result.cluster], started: result.started }
    } finally {
      endProgress()
    }
  }

  private report(cluster: ClusterStatus, started: readonly number[], tookMs: number): void {
    const { name, nodes } = cluster
    const which = nodes.length > 1 && started.length > 0 ? `${name}: node ${started.join(', ')}` : name
    const how = started.length > 0 ? `started in ${formatDuration(tookMs)}` : 'already running'
    const where = nodes.length > 1 ? `${nodes.length} nodes` : `data in ${nodes[0]?.dataDir}`
    this.note(`${colours.success('✔')} ${which} ${how}, ${where}`)
    this.say(cluster.bootstrap)
  }

  protected override interruptMessage(): string {
    return 'interrupted; a node that was started goes on starting (mq broker status)'
  }

  protected override deadlineMessage(timeoutMs: number): string {
    return `no answer after ${formatDuration(timeoutMs)}; a node that was started goes on starting (mq broker status)`
  }
}

/**
 * Settings that were typed with --override and cannot be used are a matter of usage, not of the configuration file: the one
 * that is named, and where nothing else was given, whatever does not fit together.
 */
function blameOverride(request: {
  readonly overrides: Readonly<Record<string, string>>
  readonly configFile: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}): (error: unknown) => never {
  const { overrides, configFile, env } = request
  const typed = Object.keys(overrides)
  const isAllTyped = configFile === undefined && !Object.keys(env).some((name) => name.startsWith('KAFKA_'))
  return (error) => {
    if (!(error instanceof ConfigError) || typed.length === 0) throw error
    if (typed.includes(error.key)) throw new UsageError(`--override ${error.key}: ${error.message}`, error.hint)
    throw isAllTyped ? new UsageError(error.message, error.hint) : error
  }
}

/** Says plainly what this version cannot do, instead of starting something else. */
function refuseUnavailable(flags: {
  nodes: number | undefined
  controllers: number | undefined
  racks: string | undefined
  foreground: boolean
  engine: string | undefined
  'kafka-version': string | undefined
}): void {
  const several = (flags.nodes ?? 1) > 1 ? '--nodes' : flags.controllers === undefined ? undefined : '--controllers'
  if (flags.foreground && several !== undefined) {
    throw new UsageError(
      `--foreground runs one node, ${several} means several`,
      'leave one of them out, or start each node with --foreground --config FILE',
    )
  }
  if (flags.engine === 'apache' || flags['kafka-version'] !== undefined) {
    throw new UsageError(
      'the engine apache is not available yet; this version runs the bundled broker',
      'leave out --engine and --kafka-version',
    )
  }
}
