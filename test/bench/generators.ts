/** `mq perf` beside other load generators, all on one bundled broker, so that only the generators differ; they take turns. */
import { join } from 'node:path'
import { repositoryRoot } from '../compat/support/peers.ts'
import { runOk } from '../compat/support/process.ts'
import { BenchNode, kafkaRun } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { consume, PARTITIONS, produce, type Volume } from './load.ts'
import type { Plan } from './plan.ts'
import { createTopic, deleteTopics, flushDisk } from './start.ts'

const TIMEOUT_MS = 300_000
const MB = 1e6
/** The tool's own script starts it so. */
const TOOL_JVM = { KAFKA_HEAP_OPTS: '-Xmx512M', KAFKA_JVM_OPTS: '-server -XX:+UseG1GC' }

/** MB a second of payload, by generator. */
interface Rates {
  readonly mq: number[]
  readonly native: number[]
  readonly java: number[]
}

export async function generators(plan: Plan, say: (text: string) => void): Promise<Figure[]> {
  const loads: readonly (readonly [name: string, volume: Volume])[] = [
    ['1 KB', { messageBytes: 1024, messages: plan.largeMessages }],
    ['100 B', { messageBytes: 100, messages: plan.smallMessages }],
  ]
  const figures: Figure[] = []
  for (const [name, volume] of loads) {
    const [produced, consumed]: Rates[] = [
      { mq: [], native: [], java: [] },
      { mq: [], native: [], java: [] },
    ]
    for (let round = 1; round <= plan.rounds; round++) await oneRound(volume, produced!, consumed!)
    const shown = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(' ')
    say(
      `${name}: mq ${shown(produced!.mq)}, librdkafka ${shown(produced!.native)}, Java ${shown(produced!.java)} MB/s in`,
    )
    say(`${name}: mq ${shown(consumed!.mq)}, librdkafka ${shown(consumed!.native)} MB/s out`)
    const rate = { part: 'generators', unit: 'MB/s', higherIsBetter: true }
    const made = `\`mq perf produce\` of ${name}`
    figures.push(
      best({ ...rate, what: `${made}, beside \`kafka-producer-perf-test\``, goal: 1 }, produced!.mq, produced!.java),
      best(
        { ...rate, what: `${made}, beside \`rdkafka_performance\``, against: 'librdkafka' },
        produced!.mq,
        produced!.native,
      ),
      best(
        { ...rate, what: `\`mq perf consume\` of ${name}, beside \`rdkafka_performance\``, against: 'librdkafka' },
        consumed!.mq,
        consumed!.native,
      ),
    )
  }
  return figures
}

/** Every generator meets a broker that has just started and a topic that is empty; what mq wrote is read. */
async function oneRound(volume: Volume, produced: Rates, consumed: Rates): Promise<void> {
  const node = await BenchNode.create('mq')
  try {
    await node.start()
    for (const topic of ['native', 'java', 'mq']) {
      await createTopic(node, topic, PARTITIONS)
      if (topic === 'mq') produced.mq.push(await mqPerf(node, ['produce', topic, ...volumeArgs(volume)]))
      else if (topic === 'java') produced.java.push(await javaProduce(node, topic, volume))
      else produced.native.push((await produce(node, topic, volume, -1)).mbPerSecond)
      if (topic !== 'mq') await deleteTopics(node, [topic])
      flushDisk()
    }
    consumed.native.push((await consume(node, 'mq', volume)).mbPerSecond)
    consumed.mq.push(await mqPerf(node, ['consume', 'mq']))
  } finally {
    await node.discard()
    flushDisk()
  }
}

function volumeArgs({ messageBytes, messages }: Volume): string[] {
  return ['--records', String(messages), '--size', String(messageBytes)]
}

async function mqPerf(node: BenchNode, args: readonly string[]): Promise<number> {
  const program = process.env.MQ_BENCH_CLI ?? join(repositoryRoot, 'bin', 'run.js')
  const flags = ['perf', ...args, '--bootstrap-server', node.bootstrap, '--json']
  const { stdout } = await runOk(process.execPath, [program, ...flags], { timeoutMs: TIMEOUT_MS })
  const report = JSON.parse(stdout)
  const { bytes, durationMs } = report.total ?? report
  return bytes / MB / (durationMs / 1000)
}

async function javaProduce(node: BenchNode, topic: string, { messageBytes, messages }: Volume): Promise<number> {
  const { stdout } = await runOk(
    kafkaRun(),
    [
      ...['org.apache.kafka.tools.ProducerPerformance', '--topic', topic, '--num-records', String(messages)],
      ...['--record-size', String(messageBytes), '--throughput', '-1'],
      ...['--command-property', `bootstrap.servers=${node.bootstrap}`],
    ],
    { env: TOOL_JVM, timeoutMs: TIMEOUT_MS },
  )
  const rate = [...stdout.matchAll(/records sent, ([\d.]+) records\/sec/g)].at(-1)
  if (rate === undefined) throw new Error(`no figures in the output of kafka-producer-perf-test\n${stdout}`)
  return (Number(rate[1]) * messageBytes) / MB
}
