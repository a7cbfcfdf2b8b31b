/**
 * Where the foreign software of the compat suites is on this machine: Apache Kafka's jars, kcat, Python clients, librdkafka's
 * benchmark. Each finder answers undefined when the thing is absent. `requirePeer` turns that into one clear line and a skipped
 * suite on a developer's machine, and into a failure where CI is set, so that CI never passes by skipping.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

/** The version of Apache Kafka that the bundled broker is measured against. */
export const KAFKA_VERSION = '4.3.1'

/** The last 3.x, with KRaft: the oldest Apache Kafka that the suites of mq's commands run against. */
export const KAFKA_3_VERSION = '3.9.2'

/** The root of this repository. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** A Python interpreter and the Kafka clients that it can import. */
export interface PythonPeer {
  readonly bin: string
  readonly hasConfluentKafka: boolean
  readonly hasKafkaPython: boolean
  readonly hasAioKafka: boolean
}

function cacheFolder(): string {
  return process.env.MQ_PEERS ?? join(repositoryRoot, 'node_modules', '.cache', 'mq-peers')
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/**
 * The folder of an installed Apache Kafka (`libs/`, `bin/kafka-run CLASS ARGS…`), or undefined. `MQ_KAFKA_HOME_4_3_1` (dots as
 * underscores) names one; otherwise it is the one that scripts/peers/install.sh made.
 */
export function kafkaHome(version: string = KAFKA_VERSION): string | undefined {
  const named = process.env[`MQ_KAFKA_HOME_${version.replaceAll('.', '_')}`]
  const home = named ?? join(cacheFolder(), `kafka-${version}`)
  return existsSync(join(home, 'libs')) && isExecutable(join(home, 'bin', 'kafka-run')) ? home : undefined
}

/** The kcat program, or undefined. */
export function kcat(): string | undefined {
  return process.env.MQ_KCAT ?? onPath('kcat')
}

/** A Python with at least one Kafka client, or undefined; `MQ_PYTHON` names the interpreter. */
export function python(): PythonPeer | undefined {
  const bin = process.env.MQ_PYTHON ?? join(cacheFolder(), 'venv', 'bin', 'python')
  if (!isExecutable(bin)) return undefined
  const script =
    'import importlib.util as u\nfor m in ("confluent_kafka", "kafka", "aiokafka"): print(int(u.find_spec(m) is not None))'
  const found = spawnSync(bin, ['-c', script], { encoding: 'utf8', timeout: 30_000 }).stdout.split('\n')
  const [hasConfluentKafka, hasKafkaPython, hasAioKafka] = found.map((line) => line === '1') as [
    boolean,
    boolean,
    boolean,
  ]
  return hasConfluentKafka || hasKafkaPython || hasAioKafka
    ? { bin, hasConfluentKafka, hasKafkaPython, hasAioKafka }
    : undefined
}

/** The program of franz-go and Sarama (`test/compat/go`), or undefined; `MQ_GO_CLIENTS` names one. */
export function goClients(): string | undefined {
  const file = process.env.MQ_GO_CLIENTS ?? join(cacheFolder(), 'go', 'clients')
  return isExecutable(file) ? file : undefined
}

/** librdkafka's rdkafka_performance (`scripts/peers/install.sh --bench`), or undefined; `MQ_RDKAFKA_PERFORMANCE` names one. */
export function rdkafkaPerformance(): string | undefined {
  const file = process.env.MQ_RDKAFKA_PERFORMANCE ?? join(cacheFolder(), 'rdkafka', 'rdkafka_performance')
  return isExecutable(file) ? file : undefined
}

/**
 * The peer itself when it is there. When it is not: throws if CI is set; otherwise writes one line that says what is missing and
 * how to install it, and answers undefined, for `describeWith` to skip by.
 */
export function requirePeer<T>(name: string, peer: T | undefined, installOption: string): T | undefined {
  if (peer !== undefined) return peer
  const message = `${name} is not installed: run scripts/peers/install.sh ${installOption}`
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`skipped: ${message}\n`)
  return undefined
}

/** What `describeWith` needs to know of a peer. */
export interface Peer<T> {
  readonly name: string
  readonly found: T | undefined
  /** The option of scripts/peers/install.sh that brings it. */
  readonly install: string
}

/** Apache Kafka as a peer: its folder. */
export function apacheKafkaPeer(version: string = KAFKA_VERSION): Peer<string> {
  return { name: `Apache Kafka ${version}`, found: kafkaHome(version), install: '--kafka' }
}

/** The JMX exporter's Java agent (`scripts/peers/install.sh --jmx`) as a peer: its jar. `MQ_JMX_EXPORTER` names one. */
export function jmxExporterPeer(): Peer<string> {
  const jar = process.env.MQ_JMX_EXPORTER ?? join(cacheFolder(), 'jmx', 'jmx_prometheus_javaagent.jar')
  return { name: 'The JMX exporter', found: existsSync(jar) ? jar : undefined, install: '--jmx' }
}

/** Prometheus' promtool (`scripts/peers/install.sh --promtool`) as a peer: the program. `MQ_PROMTOOL` names one. */
export function promtoolPeer(): Peer<string> {
  const file = process.env.MQ_PROMTOOL ?? join(cacheFolder(), 'promtool', 'promtool')
  return { name: 'promtool', found: isExecutable(file) ? file : undefined, install: '--promtool' }
}

/** A describe block that runs with the peer, or is skipped with one line (fails under CI) when there is none. */
export function describeWith<T>(name: string, peer: Peer<T>, body: (peer: T) => void): void {
  const found = requirePeer(peer.name, peer.found, peer.install)
  describe.skipIf(found === undefined)(name, () => {
    if (found !== undefined) body(found)
  })
}
