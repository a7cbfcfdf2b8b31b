/**
 * Compares mq's broker with Apache Kafka on this machine and writes the figures to docs/performance.md:
 *
 *   npm run bench                     the whole comparison
 *   npm run bench -- --quick          less data, fewer rounds
 *   npm run bench -- --only mq        one engine; prints, writes nothing
 *   npm run bench -- --no-write       prints, writes nothing
 *
 * Needs Kafka's jars and rdkafka_performance (scripts/peers/install.sh --kafka --bench) and a build (npm run build).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from '../compat/support/peers.ts'
import { commandTimes, medianOf } from './commands.ts'
import { BenchNode, type EngineName } from './engines.ts'
import { consume, endToEnd, type Latency, produce, type Throughput } from './load.ts'
import { page, type Row, table } from './report.ts'
import { createTopic, startToFirstAck } from './start.ts'

interface Plan {
  readonly startRounds: number
  readonly loadRounds: number
  readonly largeMessages: number
  readonly smallMessages: number
  readonly latencyMessages: number
  readonly commandRounds: number
  readonly idleMs: number
}

const FULL: Plan = {
  startRounds: 5,
  loadRounds: 3,
  largeMessages: 1_500_000,
  smallMessages: 8_000_000,
  latencyMessages: 20_000,
  commandRounds: 9,
  idleMs: 5000,
}
const QUICK: Plan = {
  startRounds: 3,
  loadRounds: 1,
  largeMessages: 400_000,
  smallMessages: 3_000_000,
  latencyMessages: 4000,
  commandRounds: 3,
  idleMs: 2000,
}

interface Figures {
  readonly startMs: number
  readonly idleMb: number
  readonly loadedMb: number
  readonly produceLarge: Throughput
  readonly produceSmall: Throughput
  readonly produceAll: Throughput
  readonly consumeLarge: Throughput
  readonly consumeSmall: Throughput
  readonly latency: Latency
  readonly topicsMs: { mq: number; kafka: number; node: number }
}

async function measure(name: EngineName, plan: Plan): Promise<Figures> {
  const node = await BenchNode.create(name)
  try {
    await node.start()
    for (const topic of ['first', 'latency']) await createTopic(node, topic)
    await node.stop()
    const starts: number[] = []
    for (let round = 0; round < plan.startRounds; round++) {
      starts.push(await startToFirstAck(node, 'first'))
      if (round < plan.startRounds - 1) await node.stop()
    }
    say(`${name}: start to first acknowledged produce ${starts.map((ms) => ms.toFixed(0)).join(' ')} ms`)
    await new Promise((resolve) => setTimeout(resolve, plan.idleMs))
    const idleMb = node.residentMb().now
    const latency = await endToEnd(node, 'latency', plan.latencyMessages)
    say(`${name}: latency ${JSON.stringify(latency)}`)
    const large = await throughput(node, 'large', { messageBytes: 1024, messages: plan.largeMessages }, plan.loadRounds)
    const small = await throughput(node, 'small', { messageBytes: 100, messages: plan.smallMessages }, plan.loadRounds)
    const all = await throughput(node, 'all', { messageBytes: 1024, messages: plan.largeMessages }, plan.loadRounds, -1)
    const loadedMb = node.residentMb().peak
    const times = commandTimes(node.bootstrap, plan.commandRounds)
    return {
      startMs: medianOf(starts),
      idleMb,
      loadedMb,
      produceLarge: large.produced,
      produceSmall: small.produced,
      produceAll: all.produced,
      consumeLarge: large.consumed,
      consumeSmall: small.consumed,
      latency,
      topicsMs: { mq: times.mqMs, kafka: times.kafkaMs, node: times.nodeMs },
    }
  } finally {
    await node.discard()
  }
}

/** Each round on a fresh topic; the round with the median rate counts. */
async function throughput(
  node: BenchNode,
  prefix: string,
  volume: { messageBytes: number; messages: number },
  rounds: number,
  acks = 1,
): Promise<{ produced: Throughput; consumed: Throughput }> {
  const produced: Throughput[] = []
  const consumed: Throughput[] = []
  for (let round = 0; round < rounds; round++) {
    const topic = `${prefix}-${round}`
    await createTopic(node, topic)
    produced.push(await produce(node, topic, volume, acks))
    consumed.push(await consume(node, topic, volume))
    say(`${node.name}: ${topic} ${brief(produced.at(-1)!)} in, ${brief(consumed.at(-1)!)} out`)
  }
  return { produced: middle(produced), consumed: middle(consumed) }
}

function middle(runs: readonly Throughput[]): Throughput {
  return [...runs].sort((a, b) => a.mbPerSecond - b.mbPerSecond)[Math.floor(runs.length / 2)]!
}

function rowsOf(mq: Figures, apache: Figures): Row[] {
  const cost = (what: string, unit: string, of: (figures: Figures) => number): Row => ({
    what,
    unit,
    mq: of(mq),
    apache: of(apache),
    higherIsBetter: false,
  })
  const rate = (what: string, unit: string, of: (figures: Figures) => number): Row => ({
    ...cost(what, unit, of),
    higherIsBetter: true,
  })
  const load = (what: string, of: (figures: Figures) => Throughput): Row[] => [
    rate(what, 'MB/s', (figures) => of(figures).mbPerSecond),
    rate(what, 'thousand messages/s', (figures) => of(figures).messagesPerSecond / 1000),
    cost(`${what}: broker processor time`, 's/GB', (figures) => of(figures).cpuSecondsPerGb),
  ]
  return [
    cost('start to first acknowledged produce', 'ms', ({ startMs }) => startMs),
    cost('resident memory, idle', 'MB', ({ idleMb }) => idleMb),
    cost('resident memory, highest under load', 'MB', ({ loadedMb }) => loadedMb),
    ...load('produce 1 KB', ({ produceLarge }) => produceLarge),
    ...load('produce 1 KB, acks=all', ({ produceAll }) => produceAll),
    ...load('produce 100 B', ({ produceSmall }) => produceSmall),
    ...load('consume 1 KB', ({ consumeLarge }) => consumeLarge),
    ...load('consume 100 B', ({ consumeSmall }) => consumeSmall),
    cost('end-to-end latency, median', 'ms', ({ latency }) => latency.p50Ms),
    cost('end-to-end latency, 99th percentile', 'ms', ({ latency }) => latency.p99Ms),
    {
      what: '`mq topics list` beside `kafka-topics --list`',
      unit: 'ms',
      mq: mq.topicsMs.mq,
      apache: mq.topicsMs.kafka,
      higherIsBetter: false,
    },
    {
      what: '`node -e 0`, the floor of any command',
      unit: 'ms',
      mq: mq.topicsMs.node,
      apache: mq.topicsMs.kafka,
      higherIsBetter: false,
    },
  ]
}

function brief({ mbPerSecond, cpuSecondsPerGb }: Throughput): string {
  return `${mbPerSecond.toFixed(0)} MB/s (${cpuSecondsPerGb.toFixed(2)} s/GB)`
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function main(args: readonly string[]): Promise<void> {
  const plan = args.includes('--quick') ? QUICK : FULL
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined
  if (only === 'mq' || only === 'apache') {
    process.stdout.write(`${JSON.stringify(await measure(only, plan), null, 2)}\n`)
    return
  }
  const apache = await measure('apache', plan)
  const mq = await measure('mq', plan)
  const rows = rowsOf(mq, apache)
  process.stdout.write(`${table(rows)}\n`)
  if (args.includes('--no-write')) return
  const file = join(repositoryRoot, 'docs', 'performance.md')
  const processors = cpus()
  const setting = {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    machine: `${processors.length} x ${processors[0]?.model.trim()}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
  }
  writeFileSync(file, page(existsSync(file) ? readFileSync(file, 'utf8') : undefined, rows, setting))
}

// Leaving by way of `exit` ends the brokers and clients that were started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
await main(process.argv.slice(2))
