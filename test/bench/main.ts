/**
 * Measures mq's broker and commands beside Apache Kafka on this machine, part by part, and says which goals are met;
 * `--help` tells the options. Everything runs on loopback in temporary folders that are removed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from '../compat/support/peers.ts'
import { runOk } from '../compat/support/process.ts'
import { clusterLoad, clusterPartitions, clusterRolling } from './cluster.ts'
import { commands, lag } from './commands.ts'
import { BenchNode, discardAll, type EngineName } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { generators } from './generators.ts'
import { limit, socketLoop } from './limit.ts'
import { consume, endToEnd, PARTITIONS, produce } from './load.ts'
import { manyPartitions, type PartitionFigures } from './partitions.ts'
import { type Options, parseOptions, type Plan, USAGE } from './plan.ts'
import { asJson, page, table } from './report.ts'
import { shims } from './shims.ts'
import { createTopic, flushDisk, startToFirstAck } from './start.ts'
import { cold, warm } from './throughput.ts'

type Say = (text: string) => void
/** Nothing takes so long on a machine that works: whoever runs this unattended wants an end. */
const PART_LIMIT_MS = 900_000
const ENGINES: readonly EngineName[] = ['apache', 'mq']

const PARTS: Readonly<Record<string, (plan: Plan, say: Say) => Promise<Figure[]>>> = {
  start,
  memory,
  cold,
  warm,
  limit,
  latency,
  commands,
  lag,
  shims,
  generators,
  partitions,
  embedded,
  'cluster-load': clusterLoad,
  'cluster-partitions': clusterPartitions,
  'cluster-rolling': clusterRolling,
}

async function start(plan: Plan, say: Say): Promise<Figure[]> {
  const nodes = await both(async (node) => {
    await node.start()
    await createTopic(node, 'first')
    await node.stop()
    return node
  })
  const runs: Record<EngineName, { ms: number; cpuSeconds: number }[]> = { apache: [], mq: [] }
  try {
    for (let round = 0; round < plan.startRounds; round++) {
      for (const name of ENGINES) {
        runs[name].push(await startToFirstAck(nodes[name], 'first'))
        await nodes[name].stop()
      }
    }
  } finally {
    for (const name of ENGINES) await nodes[name].discard()
  }
  for (const name of ENGINES) {
    say(`${name}: first acknowledged produce after ${runs[name].map(({ ms }) => ms.toFixed(0)).join(' ')} ms`)
  }
  const of = (name: EngineName, what: 'ms' | 'cpuSeconds') => runs[name].map((run) => run[what])
  const what = 'start to the first acknowledged produce'
  return [
    best({ part: 'start', what, unit: 'ms', goal: 12 }, of('mq', 'ms'), of('apache', 'ms')),
    best(
      { part: 'start', what: `${what}: processor time`, unit: 's' },
      of('mq', 'cpuSeconds'),
      of('apache', 'cpuSeconds'),
    ),
  ]
}

async function memory(plan: Plan, say: Say): Promise<Figure[]> {
  const volume = { messageBytes: 1024, messages: plan.largeMessages }
  const found = await both(async (node) => {
    try {
      await node.start()
      await createTopic(node, 'load', PARTITIONS)
      await new Promise((resolve) => setTimeout(resolve, plan.idleMs))
      const idle = node.residentMb().now
      await produce(node, 'load', volume, 1)
      await consume(node, 'load', volume)
      const loaded = node.residentMb().peak
      say(`${node.name}: ${idle.toFixed(0)} MB idle, ${loaded.toFixed(0)} MB loaded`)
      return { idle, loaded }
    } finally {
      await node.discard()
      flushDisk()
    }
  })
  const row = (what: string, goal: number, of: 'idle' | 'loaded') =>
    best({ part: 'memory', what: `resident memory, ${what}`, unit: 'MB', goal }, [found.mq[of]], [found.apache[of]])
  return [row('idle', 4, 'idle'), row('highest under load', 2, 'loaded')]
}

async function latency(plan: Plan, say: Say): Promise<Figure[]> {
  const nodes = await both(async (node) => {
    await node.start()
    await createTopic(node, 'latency')
    return node
  })
  const runs: Record<EngineName, { p50Ms: number; p99Ms: number }[]> = { apache: [], mq: [] }
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const name of ENGINES) {
        const run = await endToEnd(nodes[name], 'latency', plan.latencyMessages)
        runs[name].push(run)
        say(`${name}: end to end p50 ${run.p50Ms.toFixed(2)} ms, p99 ${run.p99Ms.toFixed(2)} ms`)
      }
    }
  } finally {
    for (const name of ENGINES) await nodes[name].discard()
  }
  const row = (what: string, of: 'p50Ms' | 'p99Ms') =>
    best(
      { part: 'latency', what: `end to end, 1 KB one at a time, ${what}`, unit: 'ms', goal: 1 },
      runs.mq.map((run) => run[of]),
      runs.apache.map((run) => run[of]),
    )
  return [row('median', 'p50Ms'), row('99th percentile', 'p99Ms')]
}

async function partitions(plan: Plan, say: Say): Promise<Figure[]> {
  const found = await both(async (node) => {
    try {
      await node.start()
      const figures = await manyPartitions(node, plan.partitions, plan.idleMs)
      say(`${node.name}: ${plan.partitions} partitions ${JSON.stringify(figures)}`)
      return figures
    } finally {
      await node.discard()
      flushDisk()
    }
  })
  const row = (what: string, unit: string, of: keyof PartitionFigures, goal?: number) => {
    const measure = { part: 'partitions', what: `${plan.partitions} partitions: ${what}`, unit }
    return best(goal === undefined ? measure : { ...measure, goal }, [found.mq[of]], [found.apache[of]])
  }
  return [
    row('created and available', 'ms', 'createMs', 4),
    row('clean stop', 'ms', 'stopMs'),
    row('available again after a restart', 'ms', 'restartMs', 4),
    row('processor time of that restart', 's', 'restartCpuSeconds'),
    row('resident memory', 'MB', 'residentMb'),
  ]
}

/** A fresh process imports the package and starts a broker in itself; the process's own start is not counted. */
async function embedded(plan: Plan, say: Say): Promise<Figure[]> {
  const entry = join(repositoryRoot, 'dist', 'broker', 'index.js')
  const program = `const at = performance.now()
    const { startBroker } = await import(${JSON.stringify(`file://${entry}`)})
    const broker = await startBroker()
    console.log(performance.now() - at)
    await broker.stop()`
  const taken: number[] = []
  for (let round = 0; round < plan.startRounds; round++) {
    const { stdout } = await runOk(process.execPath, ['--input-type=module', '-e', program])
    taken.push(Number(stdout))
  }
  say(`embedded: ${taken.map((ms) => ms.toFixed(0)).join(' ')} ms`)
  const what = 'embedded: import and `startBroker()`'
  return [best({ part: 'embedded', what, unit: 'ms', against: 'limit', goal: 200 }, taken)]
}

async function both<T>(work: (node: BenchNode) => Promise<T>): Promise<Record<EngineName, T>> {
  const apache = await work(await BenchNode.create('apache'))
  return { apache, mq: await work(await BenchNode.create('mq')) }
}

/** All parts that were asked for, one after the other; what one of them fails with does not stop the others. */
async function run(options: Options, args: readonly string[]): Promise<boolean> {
  const figures: Figure[] = []
  const failed: string[] = []
  const startedAt = performance.now()
  for (const [name, part] of Object.entries(PARTS)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue
    const partAt = performance.now()
    try {
      figures.push(...(await inTime(name, part(options.plan, say))))
      say(`${name}: done in ${((performance.now() - partAt) / 1000).toFixed(0)} s`)
    } catch (error) {
      failed.push(name)
      const cause = error instanceof Error && error.cause !== undefined ? `: ${error.cause}` : ''
      say(`${name}: failed: ${error instanceof Error ? error.message : String(error)}${cause}`)
      await discardAll()
      // What runs on in the background would disturb whatever comes after it.
      if (error instanceof TooLong) break
    }
  }
  say(`all done in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`)
  const processors = cpus()
  const setting = {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    machine: `${processors.length} x ${processors[0]?.model.trim()}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    failed,
  }
  process.stdout.write(`${table(figures)}\n`)
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, asJson(figures, setting))
  if (options.writeDocs) {
    const file = join(repositoryRoot, 'docs', 'performance.md')
    writeFileSync(file, page(readFileSync(file, 'utf8'), figures, setting, options.only.length > 0))
  }
  return failed.length === 0
}

class TooLong extends Error {}

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TooLong(`${what} takes more than ${PART_LIMIT_MS / 60_000} minutes`)),
      PART_LIMIT_MS,
    )
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

// Node reads this file before it does anything else, mq's commands as well; where it is set, that is a matter of the machine.
delete process.env.NODE_EXTRA_CA_CERTS
// Leaving by way of `exit` ends the brokers and clients that were started, and removes their files.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
const args = process.argv.slice(2)
if (args[0] === '--socket-loop') socketLoop(args[1]!, Number(args[2]))
else {
  try {
    const options = parseOptions(args, Object.keys(PARTS))
    if (options === undefined) process.stdout.write(USAGE)
    else process.exit((await run(options, args)) ? 0 : 1)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
