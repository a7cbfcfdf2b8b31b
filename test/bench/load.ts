/**
 * The load: librdkafka's own benchmark program against a broker, and the cost on the broker's side. One client process at
 * a time, default settings but for the linger time, so that what is compared is the broker.
 */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rdkafkaPerformance } from '../compat/support/peers.ts'
import { Running, runOk } from '../compat/support/process.ts'
import type { BenchNode } from './engines.ts'

export interface Throughput {
  readonly messagesPerSecond: number
  readonly mbPerSecond: number
  /** Processor seconds that the broker took for each GB of payload. */
  readonly cpuSecondsPerGb: number
}

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Volume {
  readonly messageBytes: number
  readonly messages: number
}

const TIMEOUT_MS = 300_000

/** Produces into one partition with acks=1; `acks` as rdkafka_performance takes it. */
export async function produce(node: BenchNode, topic: string, volume: Volume, acks = 1): Promise<Throughput> {
  const { messageBytes, messages } = volume
  return await measured(node, volume, [
    ...['-P', '-t', topic, '-p', '0', '-s', String(messageBytes), '-c', String(messages), '-a', String(acks)],
    ...['-b', node.bootstrap, '-X', 'linger.ms=5', '-q'],
  ])
}

/** Consumes the whole of one partition from its beginning. */
export async function consume(node: BenchNode, topic: string, volume: Volume): Promise<Throughput> {
  return await measured(node, volume, [
    ...['-C', '-t', topic, '-p', '0', '-o', 'beginning', '-c', String(volume.messages)],
    ...['-b', node.bootstrap, '-q'],
  ])
}

/** Latency from produce to consume of messages of 100 bytes at 1000 a second, nothing else going on. */
export async function endToEnd(node: BenchNode, topic: string, messages: number): Promise<Latency> {
  const file = join(tmpdir(), `mq-bench-latency-${process.pid}.txt`)
  const consumer = new Running(program(), [
    ...['-C', '-l', '-t', topic, '-p', '0', '-o', 'end', '-c', String(messages), '-b', node.bootstrap],
    ...['-X', 'fetch.wait.max.ms=100', '-A', file],
  ])
  // It prints the end offset as soon as it has found it; messages produced before would be missed.
  await consumer.until(({ stdout, stderr }) => /reached end/.test(stdout + stderr), TIMEOUT_MS)
  await runOk(
    program(),
    [
      ...['-P', '-l', '-t', topic, '-p', '0', '-s', '100', '-c', String(messages), '-r', '1000', '-a', '1'],
      ...['-b', node.bootstrap, '-X', 'linger.ms=0', '-q'],
    ],
    { timeoutMs: TIMEOUT_MS },
  )
  await consumer.ended
  const micros = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  rmSync(file, { force: true })
  // The first messages wait for connections and leadership to be found.
  const steady = micros.slice(Math.floor(micros.length / 10)).sort((a, b) => a - b)
  const at = (share: number) => steady[Math.min(steady.length - 1, Math.floor(steady.length * share))]! / 1000
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

async function measured(node: BenchNode, volume: Volume, args: readonly string[]): Promise<Throughput> {
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

function program(): string {
  const found = rdkafkaPerformance()
  if (found === undefined) throw new Error('rdkafka_performance is not built: run scripts/peers/install.sh --bench')
  return found
}
