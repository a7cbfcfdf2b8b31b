/**
 * The broker process: reads the settings (file, `KAFKA_*`, overrides), starts one node, says that it is ready, and runs
 * until SIGTERM or SIGINT; a second signal ends the wait for other nodes. Ready means a line on stdout and, for a parent that
 * listens, a message. Exit code 0 after a clean stop, 1 when the node could not start or go on, with one line that says why, 70 for a bug.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { DiskError } from '../base/disk.ts'
import { ConfigError, EXIT, MqError, UsageError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { BrokerConfig, internalTopicDefaults, parseProperties } from '../config/broker-config.ts'
import { keepAlive } from '../platform/keep-alive.ts'
import { NodeClock } from '../platform/node-clock.ts'
import { NodeDisk } from '../platform/node-disk.ts'
import { NodeHttp } from '../platform/node-http.ts'
import { NodeLog } from '../platform/node-log.ts'
import { NodeNetwork } from '../platform/node-network.ts'
import { NodeProcessStats } from '../platform/node-process-stats.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { Broker } from './broker.ts'
import type { StartGate } from './start-gate.ts'
import { type InitialVoter, parseInitialVoters } from './initial-voters.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'
import { openMetricsPort } from './metrics-port.ts'

export const USAGE = `usage: broker.js [FILE | --config FILE] [--override KEY=VALUE]... [--data DIRECTORY] [--cluster-id ID]
                 [--standalone | --initial-controllers ID@HOST:PORT:DIRECTORY_ID,... | --no-initial-controllers]
                 [--metrics-port [HOST:]PORT | off]

Runs one Kafka node in this process. Settings: the file, then KAFKA_* variables, then overrides. Without any, the node
listens on 127.0.0.1:9092. LOG_DIR names the directory of the node's own log files; without it they go to stderr.
/metrics and /health/{live,ready} are served on 127.0.0.1, port 20092 for a node on 9092, or a free one if that is busy;
The flags of controllers say who begins a quorum without controller.quorum.voters, when the directory is formatted.
--metrics-port or MQ_METRICS_PORT names another place, which must be free.
MQ_MAX_DESCRIPTORS bounds the open files and sockets below the system's limit; logs keep open half as many files.
`

/** How long a node that was told to stop while it starts may take to be up, and go down cleanly. */
const STARTING_GRACE_MS = 5_000

interface Arguments {
  readonly configFile: string | undefined
  readonly overrides: Readonly<Record<string, string>>
  readonly clusterId: string | undefined
  /** `--metrics-port`; undefined: not given. */
  readonly metrics: string | undefined
  /** A port for metrics to be taken if it is free. */
  readonly preferredMetricsPort: string | undefined
  /** How many brokers the cluster has, as far as whoever starts them knows; internal topics are replicated accordingly. */
  readonly brokers: number
  /** The voters that begin the quorum; undefined: this node alone. */
  readonly initialVoters?: readonly InitialVoter[] | undefined
  readonly help: boolean
}

/** Reads the command line; throws UsageError. */
export function parseArguments(args: readonly string[]): Arguments {
  let configFile: string | undefined
  let clusterId: string | undefined
  let metrics: string | undefined
  let preferredMetricsPort: string | undefined
  let initialVoters: readonly InitialVoter[] | undefined
  let help = false
  let brokers = 1
  const overrides: Record<string, string> = {}
  for (let index = 0; index < args.length; index++) {
    const [name, inline] = split(args[index]!)
    const value = () => {
      const given = inline ?? args[++index]
      if (given === undefined) throw new UsageError(`${name} needs a value`)
      return given
    }
    if (name === '--help' || name === '-h') help = true
    else if (name === '--config') configFile = value()
    else if (name === '--data') overrides['log.dirs'] = value()
    else if (name === '--cluster-id') clusterId = value()
    else if (name === '--standalone') initialVoters = undefined
    else if (name === '--initial-controllers') initialVoters = parseInitialVoters(value())
    else if (name === '--no-initial-controllers') initialVoters = []
    else if (name === '--metrics-port') metrics = value()
    else if (name === '--prefer-metrics-port') preferredMetricsPort = value()
    else if (name === '--local-brokers') brokers = countOf(name, value())
    else if (name === '--override') {
      const setting = value()
      const equals = setting.indexOf('=')
      if (equals < 1) throw new UsageError(`--override takes KEY=VALUE, not '${setting}'`)
      overrides[setting.slice(0, equals).trim()] = setting.slice(equals + 1)
    } else if (!name.startsWith('-') && configFile === undefined) configFile = name
    else throw new UsageError(`unknown argument ${name}`, 'broker.js --help lists the arguments')
  }
  return { configFile, overrides, clusterId, metrics, preferredMetricsPort, brokers, initialVoters, help }
}

function countOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${name} takes a number of brokers, not '${text}'`)
  return Number(text)
}

function split(argument: string): [string, string | undefined] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)]
}

/** What a node without any configuration of its role runs with: one combined node on the loopback address. */
const SINGLE_NODE = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': '127.0.0.1:9093',
}

/** Resolves the layers. With no roles given anywhere, the defaults make a single node. */
export function resolveConfig(given: Arguments, env: Readonly<Record<string, string | undefined>>): BrokerConfig {
  const properties = given.configFile === undefined ? {} : parseProperties(readConfig(given.configFile))
  const layers = { properties, env, overrides: given.overrides }
  const namesRoles =
    properties['process.roles'] !== undefined ||
    given.overrides['process.roles'] !== undefined ||
    env.KAFKA_PROCESS_ROLES !== undefined
  const defaults = { ...internalTopicDefaults(given.brokers), ...(namesRoles ? {} : SINGLE_NODE) }
  return BrokerConfig.resolve({ ...layers, defaults })
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError('--config', `cannot read ${path}: ${code ?? String(error)}`)
  }
}

/** Runs the process; resolves when the node is up, or when there was nothing to run. */
export async function main(args: readonly string[]): Promise<void> {
  let log: NodeLog | undefined
  try {
    const given = parseArguments(args)
    if (given.help) {
      process.stdout.write(USAGE)
      return
    }
    const config = resolveConfig(given, process.env)
    const directory = process.env.LOG_DIR
    log = new NodeLog(directory === undefined || directory === '' ? { echo: process.stderr } : { directory })
    await run(config, given, log)
  } catch (error) {
    finish(error, log)
  }
}

async function run(config: BrokerConfig, given: Arguments, log: NodeLog): Promise<void> {
  const clusterId = given.clusterId ?? process.env.CLUSTER_ID
  const logger = log.logger('kafka.Kafka')
  for (const key of config.unknownKeys) logger.warn(`Unknown setting ${key} is ignored`)
  process.on('uncaughtException', (error) => {
    logger.error('Uncaught error', error)
    finish(error, log)
  })
  keepAlive()
  const clock = new NodeClock()
  let starting: StartGate | undefined
  let broker: Broker | undefined
  let stopWanted = false
  const stop = (signal: string) => {
    logger.info(`Terminating process due to signal ${signal}`)
    if (stopWanted) {
      if (broker === undefined) giveUpStart(logger, log)
      broker.hurry()
      return
    }
    stopWanted = true
    if (broker !== undefined) void shutDown(broker, metrics, log)
    else starting?.giveUp()
    // It may wait for something that does not come, room on a full disk for one. What it has written is found as after a kill.
    if (broker === undefined) clock.schedule(STARTING_GRACE_MS, () => broker === undefined && giveUpStart(logger, log))
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  const metrics = await openMetricsPort({
    http: new NodeHttp(),
    clock,
    logger,
    asked: given.metrics ?? (given.preferredMetricsPort === undefined ? process.env.MQ_METRICS_PORT : undefined),
    preferred: given.preferredMetricsPort,
    clientPort: config.listeners.find(({ name }) => !config.controllerListenerNames.includes(name))?.port ?? 0,
  })
  const start = Broker.start({
    ports: {
      clock,
      disk: new NodeDisk(),
      network: new NodeNetwork(),
      random: new NodeRandom(),
      log: logger,
      logLevels: log,
      process: new NodeProcessStats(),
    },
    config,
    hostName: hostname(),
    ...maxDescriptors(process.env.MQ_MAX_DESCRIPTORS),
    onFatal: (error) => finish(error, log),
    onBuilt: (node) => {
      starting = node.starting
      metrics.observe(node)
      if (stopWanted) starting.giveUp()
    },
    ...(clusterId === undefined || clusterId === '' ? {} : { clusterId }),
    ...(given.initialVoters === undefined ? {} : { initialVoters: given.initialVoters }),
  })
  try {
    broker = await start
  } catch (error) {
    if (stopWanted && error instanceof MqError && error.code === 'MQ_STOPPED') giveUpStart(logger, log)
    throw error
  }
  if (stopWanted) {
    await shutDown(broker, metrics, log)
    return
  }
  const { host, port } = broker.bootstrap
  const bootstrapServers = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const ready = { nodeId: config.nodeId, clusterId: broker.clusterId, bootstrapServers, pid: process.pid }
  process.stdout.write(`ready ${JSON.stringify(ready)}\n`)
  process.send?.({ type: 'ready', ...ready })
}

/** A lower bound than the system's for what this node keeps open; what is no number of at least 128 is refused. */
function maxDescriptors(given: string | undefined): { maxDescriptors?: number } {
  if (given === undefined || given === '') return {}
  const value = Number(given)
  if (!Number.isInteger(value) || value < 128) {
    throw new ConfigError('MQ_MAX_DESCRIPTORS', `'${given}' is no number of at least 128`)
  }
  return { maxDescriptors: value }
}

function giveUpStart(logger: Logger, log: NodeLog): never {
  logger.warn('The node was told to stop and had not started: it ends as it is')
  log.close()
  process.exit(EXIT.done)
}

async function shutDown(broker: Broker, metrics: MetricsEndpoint, log: NodeLog): Promise<void> {
  try {
    await broker.stop()
    await metrics.close()
    log.close()
    process.exit(EXIT.done)
  } catch (error) {
    finish(error, log)
  }
}

/** The last words: one line for the reason, one for what to do about it. */
function finish(error: unknown, log: NodeLog | undefined): never {
  const isKnown = error instanceof MqError
  const text = isKnown ? explain(error) : error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`error: ${text}\n`)
  if (isKnown && error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`)
  log?.close()
  process.exit(isKnown ? (error.exitCode === EXIT.usage ? EXIT.usage : EXIT.failed) : EXIT.bug)
}

const ERRNO: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no directory',
  EMFILE: 'too many open files',
}

function explain(error: MqError): string {
  const errno = error instanceof DiskError ? error.errno : (error as { errno?: unknown }).errno
  const meaning = typeof errno === 'string' ? ERRNO[errno] : undefined
  return meaning === undefined ? error.message : `${error.message} (${meaning})`
}
