/**
 * The load: librdkafka's own benchmark program against a broker, and the cost on the broker's side. One client process at
 * a time, default settings but for the linger time, so that what is compared is the broker.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rdkafkaPerformance } from '../compat/support/peers.ts'
import { Running, runOk } from '../compat/support/process.ts'
import { quantile } from './figures.ts'

export interface Throughput {
  readonly mbPerSecond: number
  readonly messagesPerSecond: number
  /** Processor seconds that the broker took for each GB of payload. */
  readonly cpuSecondsPerGb: number
}

/** A node or a cluster that is loaded. */
export interface Loaded {
  readonly bootstrap: string
  /** For whoever measures. */
  readonly folder: string
  /** Of all its processes. */
  cpuSeconds(): number
}

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Volume {
  readonly messageBytes: number
  readonly messages: number
}

/** Partitions of the topics that are produced to and consumed from. */
export const PARTITIONS = 6
const TIMEOUT_MS = 300_000

/** Produces to all partitions of a topic; `acks` as rdkafka_performance takes it. */
export async function produce(node: Loaded, topic: string, volume: Volume, acks: number): Promise<Throughput> {
  const { messageBytes, messages } = volume
  return await measured(node, volume, [
    ...['-P', '-t', topic, '-s', String(messageBytes), '-c', String(messages), '-a', String(acks)],
    ...['-b', node.bootstrap, '-X', 'linger.ms=5', '-q'],
  ])
}

/** Consumes the whole of a topic from its beginning. */
export async function consume(node: Loaded, topic: string, volume: Volume): Promise<Throughput> {
  const partitions = Array.from({ length: PARTITIONS }, (_, index) => ['-p', String(index)]).flat()
  return await measured(node, volume, [
    ...['-C', '-t', topic, ...partitions, '-o', 'beginning', '-c', String(volume.messages)],
    ...['-b', node.bootstrap, '-q'],
  ])
}

/** From produce to consume of messages of 1 KB at 1000 a second, so that one is on its way at a time. */
export async function endToEnd(node: Loaded, topic: string, messages: number): Promise<Latency> {
  const file = join(node.folder, 'latency.txt')
  // Into a pipe it would keep what it prints until a buffer is full, which takes a minute.
  const consumer = new Running('stdbuf', [
    ...[
      '-oL',
      program(),
      '-C',
      '-l',
      '-t',
      topic,
      '-p',
      '0',
      '-o',
      'end',
      '-c',
      String(messages),
      '-b',
      node.bootstrap,
    ],
    ...['-X', 'fetch.wait.max.ms=100', '-A', file],
  ])
  // It prints the end offset as soon as it has found it; messages produced before would be missed.
  await consumer.until(({ stdout, stderr }) => /reached end/.test(stdout + stderr), TIMEOUT_MS)
  await runOk(
    program(),
    [
      ...['-P', '-l', '-t', topic, '-p', '0', '-s', '1024', '-c', String(messages), '-r', '1000', '-a', '1'],
      ...['-b', node.bootstrap, '-X', 'linger.ms=0', '-q'],
    ],
    { timeoutMs: TIMEOUT_MS },
  )
  await consumer.until(() => consumer.child.exitCode !== null, TIMEOUT_MS)
  const micros = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  rmSync(file, { force: true })
  // The first messages wait for connections and leadership to be found.
  const steady = micros.slice(Math.floor(micros.length / 10)).sort((a, b) => a - b)
  return { p50Ms: quantile(steady, 0.5) / 1000, p99Ms: quantile(steady, 0.99) / 1000 }
}

async function measured(node: Loaded, volume: Volume, args: readonly string[]): Promise<Throughput> {
  const cpuBefore = node.cpuSeconds()
  const { stdout, stderr } = await runOk(program(), args, { timeoutMs: TIMEOUT_MS })
  const cpuSeconds = node.cpuSeconds() - cpuBefore
  const output = stdout + stderr
  const figures = [...output.matchAll(/(\d+) msgs\/s (?:and |\()([\d.]+) MB\/s/g)].at(-1)
  if (figures === undefined) throw new Error(`no figures in the output of rdkafka_performance\n${output}`)
  return {
    messagesPerSecond: Number(figures[1]),
    mbPerSecond: Number(figures[2]),
    cpuSecondsPerGb: cpuSeconds / ((volume.messageBytes * volume.messages) / 1e9),
  }
}

/** librdkafka's benchmark program. */
export function program(): string {
  const found = rdkafkaPerformance()
  if (found === undefined) throw new Error('rdkafka_performance is not built: run scripts/peers/install.sh --bench')
  return found
}
