/**
 * What a node of a local cluster will be: the settings given (file, environment, overrides, flags) completed with
 * what a loopback node needs, checked as the broker will check them. Pure but for the choice of a free controller port:
 * nothing is created and nothing started.
 */
import { join, resolve } from 'node:path'
import { EXIT, MqError, UsageError } from '../base/errors.ts'
import { BrokerConfig, envToProperties } from '../config/broker-config.ts'
import { freePort, portState } from '../platform/port-info.ts'
import { clusterDirectory, type NodeState } from './state.ts'

export interface NodeRequest {
  readonly clusterName: string
  /** Port of the client listener; undefined: as recorded, else 9092; 0: any free one. */
  readonly port: number | undefined
  readonly dataDir: string | undefined
  /** The text of `--config FILE`, parsed; undefined when none was given. */
  readonly properties: Readonly<Record<string, string>> | undefined
  readonly overrides: Readonly<Record<string, string>>
  /** The environment of the command; its `KAFKA_*` settings count. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the node was last started with. */
  readonly recorded: { readonly node: NodeState; readonly properties: Readonly<Record<string, string>> } | undefined
}

export interface NodePlan {
  readonly properties: Readonly<Record<string, string>>
  readonly config: BrokerConfig
  readonly host: string
  readonly port: number
  readonly controllerPort: number | null
}

const LOOPBACK = '127.0.0.1'
const DEFAULT_PORT = 9092
/** Controllers stand apart from the brokers, whose ports count up from the first. */
const CONTROLLER_PORT_DISTANCE = 10_000
const LISTENER_KEYS = ['listeners', 'controller.quorum.bootstrap.servers', 'controller.listener.names']

/** The plan, or a ConfigError (which key, why) or UsageError (which flags contradict each other). */
export async function planNode(request: NodeRequest): Promise<NodePlan> {
  const base = request.properties ?? recordedBase(request)
  const given: Record<string, string> = { ...base, ...envToProperties(request.env), ...request.overrides }
  if (request.dataDir !== undefined) {
    delete given['log.dir']
    given['log.dirs'] = request.dataDir
  }
  makeAbsolute(given, process.cwd())
  if (request.port !== undefined && given.listeners !== undefined && base.listeners !== undefined) {
    if (request.properties !== undefined) throw contradiction('the config file')
  } else if (request.port !== undefined && given.listeners !== undefined) {
    throw contradiction('--override or KAFKA_LISTENERS')
  }
  return finishPlan({ ...(await missing(request, given)), ...given })
}

/** Checks the settings of a node that is complete. Throws ConfigError, or UsageError for ports that are not fixed. */
export function finishPlan(properties: Readonly<Record<string, string>>): NodePlan {
  const config = BrokerConfig.resolve({ properties })
  const clients = clientListener(config)
  const controller = config.listeners.find((listener) => config.controllerListenerNames.includes(listener.name))
  if (config.listeners.some((listener) => listener.port === 0)) {
    throw new UsageError(
      'a node in the background needs fixed ports; a listener has port 0',
      '--port 0 picks a free one',
    )
  }
  return {
    properties,
    config,
    host: clients.host,
    port: clients.port,
    controllerPort: controller?.port ?? null,
  }
}

const DIRECTORY_KEYS = ['log.dirs', 'log.dir', 'metadata.log.dir']

/** Directories as the user sees them from `folder`: the node runs in another one, and later commands in yet others. */
export function makeAbsolute(properties: Record<string, string>, folder: string): void {
  for (const key of DIRECTORY_KEYS) {
    const paths = properties[key]?.split(',').map((path) => path.trim())
    if (paths !== undefined) properties[key] = paths.map((path) => (path === '' ? '' : resolve(folder, path))).join(',')
  }
}

/** The recorded settings, without the listeners that mq itself chose when `--port` now says otherwise. */
function recordedBase(request: NodeRequest): Readonly<Record<string, string>> {
  if (request.recorded === undefined) return {}
  const { node } = request.recorded
  const properties = { ...request.recorded.properties }
  // Recorded by an earlier version, which left them relative to where the node runs.
  makeAbsolute(properties, node.logDir)
  if (request.port === undefined || request.port === node.port) return properties
  if (properties.listeners !== loopbackListeners(node.port, node.controllerPort ?? 0)) return properties
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !LISTENER_KEYS.includes(key)))
}

/** What was not given and a node on this machine needs. */
async function missing(request: NodeRequest, given: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const add: Record<string, string> = {}
  if (given['process.roles'] === undefined) add['process.roles'] = 'broker,controller'
  if (given['node.id'] === undefined && given['broker.id'] === undefined) add['node.id'] = '1'
  if (given['log.dirs'] === undefined && given['log.dir'] === undefined) {
    const id = given['node.id'] ?? given['broker.id'] ?? '1'
    add['log.dirs'] = join(clusterDirectory(request.clusterName), `node-${id}`, 'data')
  }
  // As in the server.properties that Kafka ships: a first member need not wait for others that will not come.
  if (given['group.initial.rebalance.delay.ms'] === undefined) add['group.initial.rebalance.delay.ms'] = '0'
  const controllerHere = (given['process.roles'] ?? 'controller').includes('controller')
  if (given.listeners === undefined) {
    const port = request.port === 0 ? await freePort(LOOPBACK) : (request.port ?? DEFAULT_PORT)
    const controllerPort = controllerHere ? await chooseControllerPort(port) : 0
    add.listeners = controllerHere ? loopbackListeners(port, controllerPort) : `PLAINTEXT://${LOOPBACK}:${port}`
    if (given['controller.listener.names'] === undefined) add['controller.listener.names'] = 'CONTROLLER'
    if (
      controllerHere &&
      given['controller.quorum.voters'] === undefined &&
      given['controller.quorum.bootstrap.servers'] === undefined
    ) {
      add['controller.quorum.bootstrap.servers'] = `${LOOPBACK}:${controllerPort}`
    }
  }
  return add
}

/** The listeners that mq gives a combined node. */
export function loopbackListeners(port: number, controllerPort: number): string {
  return `PLAINTEXT://${LOOPBACK}:${port},CONTROLLER://${LOOPBACK}:${controllerPort}`
}

async function chooseControllerPort(port: number): Promise<number> {
  const apart = port + CONTROLLER_PORT_DISTANCE
  if (apart <= 65_535 && (await portState(LOOPBACK, apart)) === 'free') return apart
  return freePort(LOOPBACK)
}

/** The listener that commands on this machine use: one advertised as this machine, else the first of the broker. */
function clientListener(config: BrokerConfig): { host: string; port: number } {
  const here = new Set(['localhost', '127.0.0.1', '::1', ''])
  const candidates = config.listeners.filter((listener) => !config.controllerListenerNames.includes(listener.name))
  const advertisedHere = candidates.find((listener) =>
    config.advertisedListeners.some((endpoint) => endpoint.name === listener.name && here.has(endpoint.host)),
  )
  const chosen = advertisedHere ?? candidates[0] ?? config.listeners[0]
  if (chosen === undefined) {
    throw new MqError('MQ_CONFIG', 'the node has no listener', { exitCode: EXIT.failed, hint: 'set listeners' })
  }
  const host = { '': LOOPBACK, '0.0.0.0': LOOPBACK, '::': '::1' }[chosen.host] ?? chosen.host
  return { host, port: chosen.port }
}

function contradiction(source: string): UsageError {
  return new UsageError(`--port contradicts the listeners of ${source}`, 'give one of the two')
}

/** The settings as a properties file; order as given, values escaped so that they read back the same. */
export function renderProperties(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => {
    const escapedKey = key.replaceAll(/[\\=: ]/g, (character) => `\\${character}`)
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^ /, '\\ ')
    return `${escapedKey}=${escaped}`
  })
  return `# Written by mq broker start; --config and --override change it.\n${lines.join('\n')}\n`
}
