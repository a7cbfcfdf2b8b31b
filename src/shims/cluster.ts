/**
 * The way from a tool's flags to a cluster. As Kafka's own client it waits for a cluster that does not answer yet, up to
 * `default.api.timeout.ms` (60 s), and then says that no node could be had.
 */
import { readFileSync } from 'node:fs'
import { ConfigError } from '../base/errors.ts'
import { ClusterClient } from '../client/cluster-client.ts'
import { ConnectionError } from '../client/errors.ts'
import { type ClientOptions, resolveClientOptions } from '../client/options.ts'
import { parseProperties } from '../config/properties.ts'
import { JavaError } from './failures.ts'
import { type ShimIo, ToolExit } from './tool.ts'

export interface ClusterPlace {
  readonly bootstrapServer?: string | undefined
  readonly bootstrapController?: string | undefined
  /** The property file of `--command-config`. */
  readonly commandConfig?: string | undefined
  /** Properties that win over the file. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** What Kafka's admin client calls the first thing that this tool asks for; it stands in the message of a timeout. */
  readonly call: string
}

const PAUSE_MS = 100
const PAUSE_MAX_MS = 1000

/** The properties of a file that a flag names. Throws JavaError when it cannot be read. */
export function fileProperties(path: string | undefined): Record<string, string> {
  if (path === undefined) return {}
  try {
    return parseProperties(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new JavaError(code === 'ENOENT' ? 'java.nio.file.NoSuchFileException' : 'java.io.IOException', path)
  }
}

/** What the flags say of the cluster. Throws JavaError for what cannot be used. */
export function clientOptions(place: ClusterPlace): ClientOptions {
  const properties = { ...fileProperties(place.commandConfig), ...place.properties }
  if (place.bootstrapController !== undefined) delete properties['bootstrap.servers']
  checkPorts(place)
  try {
    return resolveClientOptions({
      bootstrapServer: place.bootstrapServer,
      bootstrapController: place.bootstrapController,
      properties,
    })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const text = place.bootstrapServer ?? place.bootstrapController ?? ''
    const isAddress = error.key === 'bootstrap.servers' || error.key === 'bootstrap.controllers'
    const why = isAddress ? `Invalid url in ${error.key}: ${text}` : error.message
    throw noClient(why)
  }
}

/** An address without a port is no address for Kafka. */
function checkPorts({ bootstrapServer, bootstrapController }: ClusterPlace): void {
  const key = bootstrapServer === undefined ? 'bootstrap.controllers' : 'bootstrap.servers'
  const addresses = (bootstrapServer ?? bootstrapController ?? '').split(',').map((address) => address.trim())
  const wrong = addresses.find((address) => address !== '' && !/:\d{1,5}$/.test(address))
  if (wrong !== undefined) throw noClient(`Invalid url in ${key}: ${wrong}`)
}

/** What Kafka says when its admin client cannot even be made. */
export const NO_CLIENT = 'Failed to create new KafkaAdminClient'

function noClient(why: string): JavaError {
  const cause = `org.apache.kafka.common.config.ConfigException: ${why}`
  return new JavaError('org.apache.kafka.common.KafkaException', NO_CLIENT, cause)
}

/** Connects, runs `work`, and closes. Throws ToolExit, which tells nothing, when SIGINT or SIGTERM ended it. */
export async function withCluster<T>(
  place: ClusterPlace,
  io: ShimIo,
  work: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const options = clientOptions(place)
  try {
    const client = await connect(options, io, place.call)
    const close = () => client.close()
    io.signal.addEventListener('abort', close)
    try {
      return await work(client)
    } finally {
      io.signal.removeEventListener('abort', close)
      client.close()
    }
  } catch (error) {
    // A JVM that is interrupted says nothing either; the process has its exit code from the signal.
    if (io.signal.aborted) throw new ToolExit(INTERRUPTED)
    throw error
  }
}

const INTERRUPTED = 130

/** Tries until a node answers or the time of one operation is over. */
export async function connect(options: ClientOptions, io: ShimIo, call: string): Promise<ClusterClient> {
  const deadlineMs = io.nowMs() + options.apiTimeoutMs
  let isTold = false
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
    try {
      return await ClusterClient.connect(options)
    } catch (error) {
      if (!(error instanceof ConnectionError) || !error.retriable) throw error
      if (error.reason === 'unknown-host') {
        throw noClient('No resolvable bootstrap urls given in bootstrap.servers')
      }
      if (!isTold) io.stderr(`WARN ${error.message}; waiting for it\n`)
      isTold = true
      if (io.signal.aborted || io.nowMs() + pauseMs > deadlineMs) {
        throw new JavaError(
          'org.apache.kafka.common.errors.TimeoutException',
          `Timed out waiting for a node assignment. Call: ${call}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
