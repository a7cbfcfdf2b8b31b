/**
 * Produce and consume, cold and warm. Cold: each kind of load meets a process that has just started and moves less than
 * 3 GB through it, as in CI and tests. Warm: both brokers have taken the warm-up first, and stay up for all rounds. The
 * rounds alternate between the two; topics are deleted, and the disk is left to settle, between the measurements.
 */
import { BenchNode, type EngineName } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { consume, PARTITIONS, produce, type Throughput, type Volume } from './load.ts'
import type { Plan } from './plan.ts'
import { createTopic, deleteTopics, flushDisk } from './start.ts'

type Say = (text: string) => void
type Kind = 'produce 1 KB, acks=1' | 'produce 1 KB, acks=all' | 'produce 100 B' | 'consume 1 KB' | 'consume 100 B'

interface Load {
  readonly volume: Volume
  readonly acks: number
  readonly produces: Kind
  /** Whether what was produced is consumed too, and what that is called. */
  readonly consumes: Kind | undefined
}

const ENGINES: readonly EngineName[] = ['apache', 'mq']
const WARM_UP_MESSAGES = 1_000_000

function loadsOf(plan: Plan): Load[] {
  const large = { messageBytes: 1024, messages: plan.largeMessages }
  const small = { messageBytes: 100, messages: plan.smallMessages }
  return [
    { volume: large, acks: 1, produces: 'produce 1 KB, acks=1', consumes: 'consume 1 KB' },
    { volume: large, acks: -1, produces: 'produce 1 KB, acks=all', consumes: undefined },
    { volume: small, acks: 1, produces: 'produce 100 B', consumes: 'consume 100 B' },
  ]
}

/** What each engine reached, round by round. */
class Results {
  readonly #runs = new Map<string, Throughput[]>()

  add(engine: EngineName, kind: Kind, run: Throughput): void {
    const key = `${engine} ${kind}`
    const runs = this.#runs.get(key)
    if (runs === undefined) this.#runs.set(key, [run])
    else runs.push(run)
  }

  of(engine: EngineName, kind: Kind, what: keyof Throughput): number[] {
    return this.#runs.get(`${engine} ${kind}`)!.map((run) => run[what])
  }
}

/** A fresh process of each engine for each kind of load. */
export async function cold(plan: Plan, say: Say): Promise<Figure[]> {
  const results = new Results()
  for (let round = 0; round < plan.rounds; round++) {
    for (const load of loadsOf(plan)) {
      for (const name of alternating(round)) {
        const node = await BenchNode.create(name)
        try {
          await node.start()
          await run(node, load, results, say, `cold ${round + 1}`)
        } finally {
          await node.discard()
          flushDisk()
        }
      }
    }
  }
  return figuresOf('cold', results, { produceRate: 1.5, produceCpu: 1 / 0.7, consumeRate: 1 })
}

/** One process of each engine, warmed up, for everything. */
export async function warm(plan: Plan, say: Say): Promise<Figure[]> {
  const results = new Results()
  const nodes = new Map<EngineName, BenchNode>()
  try {
    for (const name of ENGINES) {
      const node = await BenchNode.create(name)
      nodes.set(name, node)
      await node.start()
      await warmUp(node, plan)
      say(`${name}: warm`)
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const load of loadsOf(plan)) {
        for (const name of alternating(round)) await run(nodes.get(name)!, load, results, say, `warm ${round + 1}`)
      }
    }
    const resident = ENGINES.map((name) => nodes.get(name)!.residentMb().peak)
    const figures = figuresOf('warm', results, { produceRate: 1, produceCpu: 1 })
    const memory = { part: 'warm', what: 'resident memory, highest after all of that', unit: 'MB', goal: 2 }
    return [...figures, best(memory, [resident[1]!], [resident[0]!])]
  } finally {
    for (const node of nodes.values()) await node.discard()
    flushDisk()
  }
}

async function warmUp(node: BenchNode, plan: Plan): Promise<void> {
  const large = { messageBytes: 1024, messages: WARM_UP_MESSAGES }
  const small = { messageBytes: 100, messages: WARM_UP_MESSAGES * 5 }
  let moved = 0
  for (let turn = 0; moved < plan.warmUpGb * 1e9; turn++) {
    const volume = turn % 3 === 2 ? small : large
    const topic = `warm-up-${turn}`
    await createTopic(node, topic, PARTITIONS)
    await produce(node, topic, volume, turn % 3 === 1 ? -1 : 1)
    await consume(node, topic, volume)
    await deleteTopics(node, [topic])
    moved += volume.messageBytes * volume.messages
  }
}

async function run(node: BenchNode, load: Load, results: Results, say: Say, what: string): Promise<void> {
  const topic = `load-${load.volume.messageBytes}-${what.replaceAll(' ', '-')}`
  await createTopic(node, topic, PARTITIONS)
  const note = (kind: Kind, reached: Throughput) => {
    results.add(node.name, kind, reached)
    say(
      `${node.name}, ${what}: ${kind} ${reached.mbPerSecond.toFixed(0)} MB/s, ${reached.cpuSecondsPerGb.toFixed(2)} s/GB`,
    )
  }
  note(load.produces, await produce(node, topic, load.volume, load.acks))
  if (load.consumes !== undefined) {
    flushDisk()
    note(load.consumes, await consume(node, topic, load.volume))
  }
  await deleteTopics(node, [topic])
}

interface Goals {
  readonly produceRate: number
  readonly produceCpu: number
  readonly consumeRate?: number
}

function figuresOf(part: string, results: Results, goals: Goals): Figure[] {
  const both = (kind: Kind, what: keyof Throughput) =>
    [results.of('mq', kind, what), results.of('apache', kind, what)] as const
  const rows = (kind: Kind, rateGoal?: number, cpuGoal?: number): Figure[] => {
    const rate = { part, what: `${kind}, ${part}`, unit: 'MB/s', higherIsBetter: true, ...goalOf(rateGoal) }
    const cpu = { part, what: `${kind}, ${part}: processor time of the broker`, unit: 's/GB', ...goalOf(cpuGoal) }
    return [best(rate, ...both(kind, 'mbPerSecond')), best(cpu, ...both(kind, 'cpuSecondsPerGb'))]
  }
  return [
    ...rows('produce 1 KB, acks=1', goals.produceRate, goals.produceCpu),
    ...rows('produce 1 KB, acks=all', goals.produceRate, goals.produceCpu),
    ...rows('produce 100 B', goals.produceRate, goals.produceCpu),
    ...rows('consume 1 KB', goals.consumeRate),
    ...rows('consume 100 B', goals.consumeRate),
  ]
}

function goalOf(goal: number | undefined): { goal?: number } {
  return goal === undefined ? {} : { goal }
}

function alternating(round: number): readonly EngineName[] {
  return round % 2 === 0 ? ENGINES : [...ENGINES].reverse()
}
