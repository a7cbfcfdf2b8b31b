/**
 * Long-lived mixed load on one node: producers and groups of kafkajs and librdkafka, bulk, compaction, topics that come and go,
 * offset resets, clients that vanish, mq's own commands; restarts and kills at the beginning and at the end, and an undisturbed
 * stretch between them in which memory and descriptors are watched.
 *
 *   npm run soak -- --minutes 30 [--engine bundled|apache] [--seed S] [--report FILE] [--compare FILE]
 *
 * Exit code 0: memory flat, no descriptors lost, no unexpected error, every acknowledged record there. 3: findings, printed.
 * `--compare` takes the report of a run on the other engine: errors that it had as well are no findings.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Prng } from '../../src/base/prng.ts'
import { kcat } from '../compat/support/peers.ts'
import { eventually } from '../compat/support/process.ts'
import { RawClient } from '../compat/support/raw-client.ts'
import { Ledger, readTopic, verifyLedgers } from './ledger.ts'
import { adminLoad, type CompactedState, compactionLoad, consumeLoad, produceLoad } from './loads-kafkajs.ts'
import { bulkConsumer, bulkProducer, commandLoad, kcatLoad, vanishingClients } from './loads-raw.ts'
import { clientSockets, type Sample, type SoakedNode, startSoakedNode } from './node.ts'
import { judge } from './verdict.ts'
import { kindOf, World } from './world.ts'

const root = process.env.MQ_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const LOG = 'soak-log'
const KCAT = 'soak-kcat-topic'
const BULK = 'soak-bulk'
const COMPACTED = 'soak-compacted'
const PARTITIONS = 3
/** Shares of the time at which the node is stopped or killed: the stretch between the second and the third is judged. */
const DISTURBANCES = [
  { at: 0.08, kill: false },
  { at: 0.16, kill: true },
  { at: 0.88, kill: true },
  { at: 0.94, kill: false },
]
/** Log lines at WARN that the load provokes: frames cut short, members that left without a word. */
const PROVOKED = /closing .* on listener|frame|recover|clean shutdown|Uncommitted|unclean|session/i

interface Report {
  readonly engine: string
  readonly kinds: readonly { source: string; text: string; count: number; unexpected: number }[]
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function createTopics(bootstrap: string): Promise<void> {
  const client = await RawClient.open(bootstrap, 'soak')
  const topic = (name: string, configs: Record<string, string>) => ({
    name,
    numPartitions: PARTITIONS,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  })
  const topics = [
    topic(LOG, { 'retention.ms': '-1' }),
    topic(KCAT, { 'retention.ms': '-1' }),
    topic(BULK, { 'segment.bytes': '2097152', 'retention.bytes': '10485760' }),
    topic(COMPACTED, {
      'cleanup.policy': 'compact',
      'segment.bytes': '1048576',
      'segment.ms': '15000',
      'min.cleanable.dirty.ratio': '0.1',
      'delete.retention.ms': '1000',
    }),
  ]
  const answer = await client.request('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false })
  client.close()
  for (const { name, errorCode } of answer.topics) if (errorCode !== 0) throw new Error(`${name}: error ${errorCode}`)
}

/** The errors and warnings that a node wrote to its log, by kind. */
function readNodeLog(world: World, output: string): void {
  for (const line of output.split('\n')) {
    const match = /^\[[^\]]*\] (WARN|ERROR|FATAL) (.*)$/.exec(line)
    if (match === null) continue
    const [, level, text] = match
    world.note(`node log ${level}`, kindOf(text), level !== 'WARN' || !PROVOKED.test(text!))
  }
}

async function disturb(world: World, node: SoakedNode, kill: boolean): Promise<void> {
  const began = performance.now()
  world.disturb()
  readNodeLog(world, node.engine.output())
  if (kill) await node.engine.kill9()
  else await node.engine.stop({ keep: true })
  await node.engine.restart()
  world.settle()
  world.did(kill ? 'kills' : 'restarts')
  say(
    `${world.elapsedS.toFixed(0)} s: ${kill ? 'killed' : 'restarted'}, back after ${Math.round(performance.now() - began)} ms`,
  )
}

async function verify(world: World, ledgers: readonly Ledger[], compacted: CompactedState): Promise<string[]> {
  const client = await eventually('the node answers', () => RawClient.open(world.bootstrap, 'soak-verify'))
  const findings: string[] = []
  for (const topic of [LOG, KCAT]) {
    const mine = ledgers.filter((ledger) => ledger.topic === topic)
    if (mine.length > 0) findings.push(...(await verifyLedgers(client, topic, PARTITIONS, mine)))
  }
  const last = new Map<string, number>()
  await readTopic(client, COMPACTED, PARTITIONS, ({ key, value }) => {
    if (key === null) return
    if (value === null) last.delete(key.toString())
    else last.set(key.toString(), Number.parseInt(value.toString('latin1', 0, 20), 10))
  })
  for (const [key, { number, deleted }] of compacted.acknowledged) {
    const found = last.get(key)
    if (deleted ? found !== undefined : found !== number) {
      findings.push(
        `${COMPACTED}: ${key} should ${deleted ? 'be deleted' : `be ${number}`} and is ${found ?? 'not there'}`,
      )
    }
  }
  client.close()
  return findings
}

async function soak(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      engine: { type: 'string', default: 'bundled' },
      seed: { type: 'string' },
      report: { type: 'string' },
      compare: { type: 'string' },
    },
  })
  const minutes = Number(values.minutes)
  const { engine } = values
  if (!(minutes > 0) || (engine !== 'bundled' && engine !== 'apache')) {
    process.stderr.write('usage: npm run soak -- --minutes N [--engine bundled|apache] [--seed S] [--report FILE]\n')
    return 2
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
  say(`soak: ${minutes} min on the ${engine} engine, seed ${seed}`)
  const node = await startSoakedNode(root, engine)
  try {
    const world = new World(node.engine.bootstrap, new Prng(seed))
    await createTopics(world.bootstrap)
    world.settle()
    const findings: string[] = []
    const ledgers = ['p-plain', 'p-idempotent'].map((name) => new Ledger(LOG, name))
    const compacted: CompactedState = { acknowledged: new Map() }
    const loads = startLoads(world, node, ledgers, compacted, findings)
    const samples = await watch(world, node, minutes * 60)
    world.stop()
    readNodeLog(world, node.engine.output())
    const stopped = await Promise.race([Promise.all(loads).then(() => true), sleep(60_000).then(() => false)])
    if (!stopped) findings.push('a load did not end within a minute')
    findings.push(...(await verify(world, ledgers, compacted)))
    findings.push(...(await connectionsLeft(node)))
    const verdict = judge(samples)
    findings.push(...verdict.findings)
    findings.push(...errorFindings(world, values.compare))
    tell(world, ledgers, verdict.report, findings)
    if (values.report !== undefined) {
      const report: Report = { engine, kinds: [...world.kinds.values()] }
      writeFileSync(values.report, `${JSON.stringify({ ...report, findings, samples }, null, 1)}\n`)
    }
    return findings.length === 0 ? 0 : 3
  } finally {
    await node.engine.stop().catch((error: unknown) => say(`the node could not be stopped: ${String(error)}`))
    node.dispose()
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function startLoads(
  world: World,
  node: SoakedNode,
  ledgers: Ledger[],
  compacted: CompactedState,
  findings: string[],
): Promise<void>[] {
  const stay = (): number => 5_000 + world.prng.int(20_000)
  const loads = [
    produceLoad(world, ledgers[0]!, { perSecond: 100, bytes: 500, idempotent: false }),
    produceLoad(world, ledgers[1]!, { perSecond: 50, bytes: 1000, idempotent: true }),
    consumeLoad(world, { groupId: 'soak-group', topics: [LOG], stayMs: undefined }),
    consumeLoad(world, { groupId: 'soak-group', topics: [LOG], stayMs: stay }),
    consumeLoad(world, { groupId: 'soak-group', topics: [LOG, COMPACTED], stayMs: stay }),
    compactionLoad(world, COMPACTED, compacted),
    adminLoad(world, LOG, findings),
    bulkProducer(world, BULK, PARTITIONS),
    bulkConsumer(world, BULK, 0),
    bulkConsumer(world, BULK, 1),
    vanishingClients(world, BULK),
    commandLoad(world, node.program),
  ]
  const program = kcat()
  if (program === undefined) say('kcat is not installed: its load is left out')
  else {
    const ledger = new Ledger(KCAT, 'p-kcat')
    ledgers.push(ledger)
    loads.push(kcatLoad(world, program, ledger))
  }
  return loads
}

/** Disturbs and samples for `seconds`; answers the samples of the undisturbed stretch. */
async function watch(world: World, node: SoakedNode, seconds: number): Promise<Sample[]> {
  const steady: Sample[] = []
  const everyS = Math.min(10, Math.max(1, seconds / 60))
  let next = 0
  for (let lastToldS = 0; world.elapsedS < seconds; ) {
    const due = DISTURBANCES[next]
    if (due !== undefined && world.elapsedS >= due.at * seconds) {
      await disturb(world, node, due.kill)
      next++
    }
    const sample = await node.sample(world.elapsedS)
    if (sample !== undefined && next === 2) steady.push(sample)
    if (sample !== undefined && world.elapsedS - lastToldS >= 60) {
      lastToldS = world.elapsedS
      const heap = sample.heapBytes === undefined ? '' : `, heap ${Math.round(sample.heapBytes / 1e6)} MB`
      const { descriptors, segments, rssBytes } = sample
      say(
        `${lastToldS.toFixed(0)} s: ${Math.round(rssBytes / 1e6)} MB${heap}, ${descriptors} fds, ${segments} segments`,
      )
    }
    await world.pause(everyS * 1000)
  }
  return steady
}

/** The node may know of no connection that has no other end any more. */
async function connectionsLeft(node: SoakedNode): Promise<string[]> {
  let left: number | undefined
  for (let tries = 0; tries < 50; tries++) {
    left = (await node.sample(0))?.connections
    if (left === undefined || left <= clientSockets(node.engine.port)) return []
    await sleep(200)
  }
  return [`${left} connections are open after all clients have left`]
}

function errorFindings(world: World, compare: string | undefined): string[] {
  const others = new Set<string>()
  if (compare !== undefined) {
    const report = JSON.parse(readFileSync(compare, 'utf8')) as Report
    for (const { source, text } of report.kinds) others.add(`${source}: ${text}`)
  }
  return [...world.kinds.values()]
    .filter(({ unexpected, source, text }) => unexpected > 0 && !others.has(`${source}: ${text}`))
    .map(
      ({ source, text, unexpected, firstAtS }) => `${source}: ${text} (${unexpected} times, first after ${firstAtS} s)`,
    )
}

function tell(world: World, ledgers: readonly Ledger[], report: readonly string[], findings: readonly string[]): void {
  for (const [what, count] of [...world.counts].sort()) say(`  ${what}: ${count}`)
  for (const { producer, acknowledged } of ledgers) say(`  acknowledged to ${producer}: ${acknowledged}`)
  for (const { source, text, count, unexpected } of world.kinds.values()) {
    say(`  error${unexpected > 0 ? '' : ' (expected)'}: ${count} x ${source}: ${text}`)
  }
  for (const each of report) say(`  ${each}`)
  if (findings.length === 0) say('soak: nothing found')
  else for (const finding of findings) say(`FINDING ${finding}`)
}

const code = await soak().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
})
// A consumer of kafkajs that crashed and restarts itself keeps the process, whatever it is told.
process.exit(code)
