/**
 * Real processes under verified load: three nodes, and round after round something is done to them (kill -9 of a leader, of the
 * controller, of all; SIGSTOP; cut, one-way and slow networks). After each round the cluster must heal by itself once the processes
 * run, and everything that was acknowledged must be there, once and in order.
 *
 *   npm run chaos -- --rounds 20 [--seed S] [--fault kill-leader,pause] [--session-timeout 3000] [--port 23600] [--keep]
 *   npm run chaos -- --failover 10 [--session-timeout 9000] [--engine bundled|apache]      time without a leader, see failover.ts
 *   npm run chaos -- --rolling 3 [--engine bundled|apache]       rolling restarts under load, see rolling.ts
 *
 * The seed repeats the faults, not the timing. A round that fails ends the run; its data and logs stay.
 */
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ClusterClient } from '../../src/client/cluster-client.ts'
import { loadCodecs } from '../../src/protocol/records/compression.ts'
import { failover } from './failover.ts'
import { FAULTS, seeded } from './faults.ts'
import { ChaosNodes } from './nodes.ts'
import { PARTITIONS, TOPIC, VerifiedLoad, Violation } from './verified-load.ts'
import { compareReplicas } from './replicas.ts'
import { rolling } from './rolling.ts'

const HEAL_MS = 90_000
const WARM_MS = 500
const VERIFY_ALL_EVERY = 25
const root = process.env.MQ_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

async function createTopic(nodes: ChaosNodes): Promise<void> {
  const client = await nodes.client()
  const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3, assignments: [], configs: [] }]
  await client.request('CreateTopics', { topics, timeoutMs: 10_000, validateOnly: false }, 'controller')
  await client.close()
}

/** Waits until each node knows all of them as serving and every partition has all replicas in sync. Returns ms. */
async function healed(nodes: ChaosNodes): Promise<number> {
  const beganMs = performance.now()
  let missing = 'nothing answered'
  while (performance.now() - beganMs < HEAL_MS) {
    let client: ClusterClient | undefined
    try {
      client = await nodes.client()
      const { brokers, topics } = await client.metadata(null)
      const behind = topics.flatMap(({ name, partitions }) =>
        partitions
          .filter((one) => one.isrNodes.length < 3)
          .map((one) => `${name}-${one.partitionIndex}: ${one.isrNodes}`),
      )
      if (brokers.length === 3 && behind.length === 0 && topics.length > 0) return performance.now() - beganMs
      missing =
        brokers.length < 3 ? `only ${brokers.map(({ id }) => id)} serve` : `in sync ${behind.slice(0, 5).join('; ')}`
    } catch (error) {
      missing = (error as Error).message
    } finally {
      await client?.close()
    }
    await sleep(100)
  }
  throw new Violation(`the cluster has not healed after ${HEAL_MS / 1000} s: ${missing}`)
}

interface Options {
  readonly rounds: number
  readonly seed: number
  readonly faults: readonly string[]
  readonly sessionTimeoutMs: number
  readonly basePort: number
  readonly keep: boolean
}

async function chaos(options: Options): Promise<number> {
  const nodes = new ChaosNodes({ root, ...options })
  const pick = seeded(options.seed)
  const faults = FAULTS.filter(({ name }) => options.faults.length === 0 || options.faults.includes(name))
  if (faults.length === 0) throw new Error(`no such fault; there are ${FAULTS.map(({ name }) => name).join(', ')}`)
  const counts = new Map<string, number>()
  let round = 0
  try {
    await nodes.start()
    await createTopic(nodes)
    await healed(nodes)
    const load = new VerifiedLoad((properties) => nodes.client(properties))
    for (round = 1; round <= options.rounds; round += 1) {
      const fault = faults[pick(0, faults.length - 1)]!
      load.start()
      await sleep(WARM_MS)
      const what = await fault.run(nodes, pick)
      await nodes.startMissing()
      const healMs = await healed(nodes)
      await sleep(WARM_MS)
      const { errors, longestGapMs } = await load.stop()
      await load.verify(round % VERIFY_ALL_EVERY === 0 || round === options.rounds)
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1)
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
      console.log(
        `round ${round}: ${what}; healed after ${seconds(healMs)}, longest gap ${seconds(longestGapMs)}, ` +
          `${errors} producers failed, ${load.acknowledged} acknowledged`,
      )
    }
    await nodes.stop()
    const compared = compareReplicas(
      nodes.ids.map((id) => nodes.dataDir(id)),
      TOPIC,
      PARTITIONS,
    )
    const done = [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
    console.log(
      `${options.rounds} rounds, seed ${options.seed}: ${load.acknowledged} records acknowledged, none lost (${done})`,
    )
    console.log(`replicas: ${compared}`)
    nodes.dispose(options.keep)
    return 0
  } catch (error) {
    console.error(
      `VIOLATION in round ${round}, seed ${options.seed}: ${error instanceof Violation ? error.message : (error as Error).stack}`,
    )
    nodes.dispose(true)
    console.error(`data and logs: ${nodes.folder}`)
    return 1
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    fault: { type: 'string', default: '' },
    'session-timeout': { type: 'string', default: '3000' },
    port: { type: 'string', default: '23600' },
    keep: { type: 'boolean', default: false },
    failover: { type: 'string' },
    rolling: { type: 'string' },
    engine: { type: 'string', default: 'bundled' },
  },
})
// Whoever ends this ends the nodes as well: they are killed when the process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
await loadCodecs()
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const sessionTimeoutMs = Number(values['session-timeout'])
if (values.rolling !== undefined) {
  process.exit(await rolling(values.engine, Number(values.rolling)))
} else if (values.failover === undefined) {
  console.log(`chaos: seed ${seed}`)
  const faults = values.fault.split(',').filter((name) => name !== '')
  process.exit(
    await chaos({
      rounds: Number(values.rounds),
      seed,
      faults,
      sessionTimeoutMs,
      basePort: Number(values.port),
      keep: values.keep,
    }),
  )
} else {
  process.exit(await failover({ samples: Number(values.failover), sessionTimeoutMs, engine: values.engine }))
}
