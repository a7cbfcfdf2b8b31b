/**
 * Kills a broker under load, again and again, and checks after every restart that each acknowledged record is there, once
 * and in order. Idempotent producers, several partitions, several batches in flight, segments of one megabyte. Some
 * rounds end with SIGTERM instead, some restarts are killed as well.
 *
 *   npm run crash -- --rounds 100 [--seed S] [--keep]      the seed repeats the load and the plan, not the timing
 *   npm run crash -- --canary                              cuts the end of a log after a kill: passes when that is seen
 */
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Prng } from '../../src/base/prng.ts'
import { loadCodecs } from '../../src/protocol/records/compression.ts'
import { eventually } from '../compat/support/process.ts'
import { RawClient } from '../compat/support/raw-client.ts'
import { startVictim, type Victim } from './node.ts'
import { verifyPartition } from './verify.ts'
import { PartitionWriter, Violation } from './writer.ts'

const PARTITIONS = 4
const ROUNDS_PER_TOPIC = 10
const root = process.env.MQ_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Load {
  readonly topic: string
  readonly writers: PartitionWriter[]
  /** Offset up to which each partition was verified. */
  readonly verified: number[]
}

class CrashRun {
  readonly prng: Prng
  readonly victim: Victim
  acknowledged = 0
  kills = 0
  killsWhileStarting = 0
  cleanStops = 0
  slowestStartMs = 0

  /** Damages what the broker wrote, to see that the check sees it. */
  readonly canary: boolean

  constructor(victim: Victim, seed: number, canary: boolean) {
    this.victim = victim
    this.prng = new Prng(seed)
    this.canary = canary
  }

  private open(): Promise<RawClient> {
    return RawClient.open(this.victim.engine.bootstrap, 'crash')
  }

  async newLoad(number: number): Promise<Load> {
    const client = await this.open()
    const topic = `crash-${number}`
    const configs = [{ name: 'segment.bytes', value: '1048576' }]
    const topics = [{ name: topic, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs }]
    await client.request('CreateTopics', 7, { topics, timeoutMs: 10_000, validateOnly: false })
    const writers: PartitionWriter[] = []
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const { producerId, producerEpoch, errorCode } = await eventually('a producer id', async () => {
        const answer = await client.request('InitProducerId', 4, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
        })
        return answer.errorCode === 0 ? answer : undefined
      })
      if (errorCode !== 0) throw new Error(`InitProducerId answered ${errorCode}`)
      writers.push(new PartitionWriter({ topic, partition, producerId, producerEpoch, prng: this.prng }))
    }
    client.close()
    return { topic, writers, verified: writers.map(() => 0) }
  }

  async deleteLoad(load: Load): Promise<void> {
    const client = await this.open()
    await client.request('DeleteTopics', 6, {
      topics: [{ name: load.topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      timeoutMs: 10_000,
    })
    client.close()
  }

  /** One life: load, a sudden end, a restart, and what is there. Returns a line about it. */
  async round(load: Load): Promise<string> {
    const { prng, victim } = this
    const client = await this.open()
    const before = load.writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
    for (const writer of load.writers) writer.start(client)
    const loadMs = 30 + prng.int(prng.int(4) === 0 ? 1500 : 400)
    await sleep(loadMs)
    const clean = prng.int(8) === 0
    if (clean) {
      this.cleanStops += 1
      await victim.engine.stop({ keep: true })
    } else {
      this.kills += 1
      await victim.engine.kill9()
    }
    await Promise.all(load.writers.map((writer) => writer.stop()))
    client.close()
    const after = load.writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
    this.acknowledged += after - before
    if (this.canary) cutLongestLog(join(victim.engine.dataDir, `${load.topic}-0`))
    await this.restart()
    await this.verify(load, false)
    return `${clean ? 'stopped' : 'killed'} after ${loadMs} ms, ${after - before} records acknowledged`
  }

  private async restart(): Promise<void> {
    const { engine } = this.victim
    while (this.prng.int(6) === 0) {
      this.killsWhileStarting += 1
      const start = engine.restart()
      start.catch(() => {})
      await sleep(20 + this.prng.int(400))
      await engine.kill9()
      await start.catch(() => {})
    }
    const started = performance.now()
    await engine.restart()
    this.slowestStartMs = Math.max(this.slowestStartMs, Math.round(performance.now() - started))
  }

  /** `whole`: from the first offset on, instead of from where the last check ended. */
  async verify(load: Load, whole: boolean): Promise<void> {
    const client = await this.open()
    await eventually('leaders', async () => {
      const answer = await client.request('Metadata', 12, {
        topics: [{ name: load.topic }],
        allowAutoTopicCreation: false,
      })
      const partitions = answer.topics[0]?.partitions ?? []
      return partitions.length === PARTITIONS && partitions.every((each) => each.leaderId === 1 && each.errorCode === 0)
    })
    for (const [partition, writer] of load.writers.entries()) {
      const from = whole ? 0 : Math.min(load.verified[partition]!, writer.acknowledged)
      const expected = { topic: load.topic, partition, from, acknowledged: writer.acknowledged, sent: writer.sent }
      load.verified[partition] = await verifyPartition(client, expected)
    }
    client.close()
  }
}

function cutLongestLog(directory: string): void {
  const logs = readdirSync(directory).filter((name) => name.endsWith('.log'))
  const path = join(directory, logs.at(-1)!)
  truncateSync(path, Math.max(0, statSync(path).size - 20_000))
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string' },
      keep: { type: 'boolean' },
      canary: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
  console.log(`crash: ${rounds} rounds, seed ${seed}`)
  await loadCodecs()
  const victim = await startVictim(root)
  const run = new CrashRun(victim, seed, values.canary)
  let failure: unknown
  try {
    let load: Load | undefined
    for (let round = 1; round <= rounds; round += 1) {
      load ??= await run.newLoad(round)
      console.log(`round ${round}: ${await run.round(load)}`)
      if (round % ROUNDS_PER_TOPIC !== 0 && round !== rounds) continue
      await run.verify(load, true)
      await run.deleteLoad(load)
      load = undefined
    }
  } catch (error) {
    failure = error
  }
  if (values.canary) {
    const seen = failure instanceof Violation ? failure.message : undefined
    console.log(seen === undefined ? 'canary: NOT seen' : `canary: seen (${seen})`)
    await victim.engine.stop().catch(() => {})
    victim.dispose()
    return seen === undefined ? 1 : 0
  }
  const kept = failure !== undefined || values.keep === true
  const output = victim.engine.output()
  await victim.engine.stop({ keep: kept }).catch(() => {})
  victim.dispose()
  if (failure !== undefined) {
    console.error(output.slice(-4000))
    console.error(failure instanceof Violation ? `VIOLATION: ${failure.message}` : failure)
    console.error(
      `repeat with: npm run crash -- --rounds ${rounds} --seed ${seed}; the directory is ${victim.engine.folder}`,
    )
    return 1
  }
  const { acknowledged, kills, killsWhileStarting, cleanStops, slowestStartMs } = run
  console.log(
    `${acknowledged} acknowledged records, each there once and in order: ${kills} kills under load, ` +
      `${killsWhileStarting} while starting, ${cleanStops} clean stops, slowest start ${slowestStartMs} ms`,
  )
  return 0
}

process.exitCode = await main()
