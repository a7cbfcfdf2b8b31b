/**
 * Lives of a broker under load that end suddenly: a plain and a compacted topic, replicas moved between log directories
 * meanwhile, topics deleted and made again under their name, kills during the start too.
 */
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { Prng } from '../../src/base/prng.ts'
import { RawClient } from '../compat/support/raw-client.ts'
import { Load } from './load.ts'
import type { Victim } from './node.ts'

const PARTITIONS = 4

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class KillRun {
  readonly prng: Prng
  readonly victim: Victim
  readonly logDirs: readonly string[]
  /** Damages what the broker wrote, to see that the check sees it. */
  readonly canary: boolean
  acknowledged = 0
  kills = 0
  killsWhileStarting = 0
  killsAfterDeletion = 0
  cleanStops = 0
  moves = 0
  slowestStartMs = 0
  private loads: Load[] = []

  constructor(victim: Victim, o: { seed: number; logDirs: readonly string[]; canary: boolean }) {
    this.victim = victim
    this.prng = new Prng(o.seed)
    this.logDirs = o.logDirs
    this.canary = o.canary
  }

  private async with<T>(work: (client: RawClient) => Promise<T>): Promise<T> {
    const client = await RawClient.open(this.victim.engine.bootstrap, 'crash')
    try {
      return await work(client)
    } finally {
      client.close()
    }
  }

  /** Makes the topics, where there are none. */
  async prepare(): Promise<void> {
    if (this.loads.length > 0) return
    const { prng } = this
    await this.with(async (client) => {
      this.loads = [
        await Load.create(client, { topic: 'crash', partitions: PARTITIONS, prng, configs: {}, compacted: false }),
        await Load.create(client, { topic: 'crash-compacted', partitions: 2, prng, configs: {}, compacted: true }),
      ]
    })
  }

  /** One life: load, a sudden end, a restart, and what is there. Returns a line about it. */
  async round(): Promise<string> {
    const { prng, victim } = this
    const client = await RawClient.open(victim.engine.bootstrap, 'crash')
    const before = this.total()
    const movesBefore = this.moves
    for (const load of this.loads) load.start(client)
    const loadMs = 30 + prng.int(prng.int(4) === 0 ? 1500 : 400)
    const moving = this.moveAbout(loadMs)
    await sleep(loadMs)
    const clean = prng.int(8) === 0
    if (clean) {
      this.cleanStops += 1
      await victim.engine.stop({ keep: true })
    } else {
      this.kills += 1
      await victim.engine.kill9()
    }
    await Promise.all([moving, ...this.loads.map((load) => load.stop())])
    client.close()
    const count = this.total() - before
    this.acknowledged += count
    if (this.canary) this.cutLongestLog('crash-0')
    await this.restart()
    await this.verify(false)
    const moved = this.moves === movesBefore ? '' : `, ${this.moves - movesBefore} moves begun`
    return `${clean ? 'stopped' : 'killed'} after ${loadMs} ms, ${count} records acknowledged${moved}`
  }

  /** Asks for replicas to be moved, at random moments, until the time is over or the broker gone. */
  private async moveAbout(forMs: number): Promise<void> {
    if (this.logDirs.length < 2) return
    const { prng } = this
    const plan = Array.from({ length: prng.int(4) }, () => ({
      waitMs: prng.int(forMs),
      path: this.logDirs[prng.int(this.logDirs.length)]!,
      topics: [
        { name: 'crash', partitions: [prng.int(PARTITIONS)] },
        { name: 'crash-compacted', partitions: [prng.int(2)] },
      ],
    })).sort((one, other) => one.waitMs - other.waitMs)
    let atMs = 0
    for (const { waitMs, path, topics } of plan) {
      await sleep(waitMs - atMs)
      atMs = waitMs
      try {
        const answer = await this.with((client) =>
          client.request('AlterReplicaLogDirs', 2, { dirs: [{ path, topics }] }),
        )
        for (const { partitions } of answer.results) {
          for (const { errorCode } of partitions) {
            if (errorCode !== 0) throw new Error(`AlterReplicaLogDirs answered ${errorCode}`)
            this.moves += 1
          }
        }
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('AlterReplica')) throw error
        // The broker was killed meanwhile.
        return
      }
    }
  }

  private total(): number {
    return this.loads.reduce((sum, load) => sum + load.acknowledged, 0)
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

  async verify(whole: boolean): Promise<void> {
    await this.with(async (client) => {
      for (const load of this.loads) await load.verify(client, whole)
    })
  }

  /** Deletes the topics; the next ones get the same names. Sometimes the broker is killed before it has cleaned up. */
  async deleteTopics(): Promise<void> {
    await this.with(async (client) => {
      for (const load of this.loads) await load.delete(client)
    })
    this.loads = []
    if (this.prng.int(2) === 0) return
    this.killsAfterDeletion += 1
    await this.victim.engine.kill9()
    await this.restart()
  }

  private cutLongestLog(name: string): void {
    const directory = this.logDirs.map((path) => join(path, name)).find((path) => isDirectory(path))
    if (directory === undefined) throw new Error(`${name} is in none of ${this.logDirs.join(', ')}`)
    const log = readdirSync(directory)
      .filter((file) => file.endsWith('.log'))
      .at(-1)!
    const path = join(directory, log)
    truncateSync(path, Math.max(0, statSync(path).size - 20_000))
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
