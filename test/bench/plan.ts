/** What a run measures and how much data it moves: the full comparison, or a quick look. */

export interface Plan {
  /** Rounds of everything that alternates; the best one counts. */
  readonly rounds: number
  readonly startRounds: number
  /** Messages of 1 KB and of 100 bytes a round. */
  readonly largeMessages: number
  readonly smallMessages: number
  /** GB of payload that both brokers take before they count as warm. */
  readonly warmUpGb: number
  readonly latencyMessages: number
  readonly commandRounds: number
  readonly groups: number
  readonly lagRounds: number
  readonly partitions: number
  readonly idleMs: number
  /** Of three nodes: GB of payload that counts as cold (and as one warm round), GB before they count as warm. */
  readonly clusterColdGb: number
  readonly clusterWarmUpGb: number
  readonly clusterPartitions: number
}

export const FULL: Plan = {
  rounds: 3,
  startRounds: 5,
  largeMessages: 1_200_000,
  smallMessages: 8_000_000,
  warmUpGb: 10,
  latencyMessages: 5000,
  commandRounds: 7,
  groups: 1000,
  lagRounds: 3,
  partitions: 9999,
  idleMs: 5000,
  clusterColdGb: 1,
  clusterWarmUpGb: 5,
  // With 9,998 Apache Kafka refuses the request: no decision of its controller may have more than 10,000 records.
  clusterPartitions: 9990,
}

export const QUICK: Plan = {
  rounds: 1,
  startRounds: 3,
  largeMessages: 400_000,
  smallMessages: 3_000_000,
  warmUpGb: 3,
  latencyMessages: 3000,
  commandRounds: 3,
  groups: 200,
  lagRounds: 1,
  partitions: 2000,
  idleMs: 2000,
  clusterColdGb: 0.3,
  clusterWarmUpGb: 1,
  clusterPartitions: 1000,
}

export interface Options {
  readonly plan: Plan
  /** Empty: all. */
  readonly only: readonly string[]
  readonly jsonFile: string | undefined
  readonly writeDocs: boolean
}

export const USAGE = `npm run bench -- [OPTION…]      mq beside Apache Kafka ${'4.3.1'} on this machine

  --only PART,…   some parts: start, memory, cold, warm, limit, latency, commands, lag, shims, generators,
                  partitions, embedded, cluster-load, cluster-partitions, cluster-rolling
  --quick         less data, one round
  --rounds N      rounds of what alternates between the two; default 3
  --json FILE     writes the figures as JSON
  --write-docs    puts the table into docs/performance.md; with --only the rows of these parts, the others stay

Needs a build (npm run build) and scripts/peers/install.sh --kafka --bench. MQ_BENCH_BROKER names another broker program
than bin/broker.js, MQ_BENCH_NODE_OPTIONS flags for the Node that runs it (--cpu-prof).
`

/** Undefined when help is asked for; throws on what is no option. */
export function parseOptions(args: readonly string[], parts: readonly string[]): Options | undefined {
  let plan = args.includes('--quick') ? QUICK : FULL
  let only: string[] = []
  let jsonFile: string | undefined
  let writeDocs = false
  for (let at = 0; at < args.length; at++) {
    const [name, given] = args[at]!.split('=', 2) as [string, string?]
    const value = () => given ?? args[++at] ?? fail(`${name} needs a value`)
    if (name === '--help' || name === '-h') return undefined
    if (name === '--only') only = value().split(',')
    else if (name === '--rounds') plan = { ...plan, rounds: Math.max(1, Number.parseInt(value(), 10) || 1) }
    else if (name === '--json') jsonFile = value()
    else if (name === '--write-docs') writeDocs = true
    else if (name !== '--quick') fail(`unknown option ${name}`)
  }
  const unknown = only.filter((part) => !parts.includes(part))
  if (unknown.length > 0) fail(`no such part: ${unknown.join(', ')}; there are ${parts.join(', ')}`)
  return { plan, only, jsonFile, writeDocs }
}

function fail(message: string): never {
  throw new Error(message)
}
