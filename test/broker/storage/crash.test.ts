/**
 * The log against a simple model, over random histories: appends, reads, truncations, flushes, rolls by size, clean and
 * unclean restarts, process deaths in the middle of any operation, power cuts that lose unsynced bytes and names.
 *
 * Rules: after a process death everything that an append returned for is there; after a power cut everything that was
 * flushed is; in both cases what is there is a prefix of what was appended, and producers go on without a gap.
 */
import { describe, expect, it } from 'vitest'
import type { Log } from '../../../src/broker/storage/log.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { type Chance, CrashDisk, ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { batchOf, openBench, readAll, START_MS } from './support.ts'

const SEEDS = Number(process.env.STORAGE_SEEDS ?? 40)
const FIRST_SEED = Number(process.env.STORAGE_SEED ?? 1)

interface Model {
  /** Value of every record appended, by offset; may end with one append that was not acknowledged. */
  values: string[]
  acknowledged: number
  flushed: number
  sequence: number
}

/** One node's life on one disk. */
class History {
  readonly disk = new CrashDisk()
  readonly clock = new ManualClock(START_MS)
  readonly chance: Chance
  readonly model: Model = { values: [], acknowledged: 0, flushed: 0, sequence: 0 }
  log: Log
  private recoveryPoint = 0
  /** Offsets where batches end. */
  private ends: number[] = []
  private appends = 0

  constructor(seed: number) {
    this.chance = seededChance(seed)
    this.disk.makeDirectory('data')
    this.disk.syncDirectory('/')
    this.log = this.open(false)
  }

  private open(clean: boolean): Log {
    const { disk, clock, recoveryPoint } = this
    const tailBytes = this.chance.int(2) === 0 ? 0 : 2000
    const bench = openBench({
      disk,
      clock,
      clean,
      recoveryPoint,
      tailBytes,
      settings: { segmentBytes: 1500, indexBytes: 240 },
    })
    return bench.log
  }

  append(): void {
    const { model, chance } = this
    const values = Array.from({ length: 1 + chance.int(4) }, () => `${this.appends++}:${'v'.repeat(chance.int(120))}`)
    const idempotent = { producerId: 7, producerEpoch: 0, baseSequence: model.sequence }
    const batch = batchOf({ values, ...idempotent, timestamp: START_MS + this.appends })
    model.values = [...model.values.slice(0, model.acknowledged), ...values]
    const leaderEpoch = Math.floor(this.appends / 40)
    const result = this.log.appendAsLeader(batch, { leaderEpoch, origin: 'client' })
    expect(result.firstOffset).toBe(model.acknowledged)
    model.acknowledged = model.values.length
    this.ends = [...this.ends.filter((end) => end < model.acknowledged), model.acknowledged]
    model.sequence += values.length
  }

  flush(): void {
    this.log.flush()
    this.model.flushed = this.model.acknowledged
  }

  truncate(): void {
    const { model } = this
    if (model.acknowledged === 0) return
    // Leaders and followers part at the end of a batch; inside of one there is nothing to cut.
    const near = model.acknowledged - this.chance.int(Math.min(12, model.acknowledged) + 1)
    const offset = this.ends.findLast((end) => end <= near) ?? 0
    model.values.length = model.acknowledged
    model.flushed = Math.min(model.flushed, offset)
    const kept = model.values.slice(0, offset)
    this.log.truncateTo(offset)
    model.values = kept
    model.acknowledged = offset
    this.ends = this.ends.filter((end) => end <= offset)
    this.resume()
  }

  /** The producer goes on behind what the log has, as a client does that was told its last offset. */
  private resume(): void {
    const last = this.log.activeProducers().find((each) => each.producerId === 7)
    this.model.sequence = last === undefined || last.lastSequence < 0 ? 0 : last.lastSequence + 1
  }

  check(): void {
    expect(readAll(this.log).map((record) => record.value!.toString())).toEqual(
      this.model.values.slice(0, this.model.acknowledged),
    )
  }

  restart(kind: 'clean' | 'killed' | 'power cut'): void {
    if (kind === 'clean') this.log.close()
    // The checkpoint file is written now and then: any value up to the true one may stand in it.
    this.recoveryPoint = kind === 'clean' || this.chance.int(2) === 0 ? this.log.recoveryPoint : 0
    if (kind === 'killed') this.disk.restartProcess()
    if (kind === 'power cut') this.disk.powerCut(this.chance)
    this.log = this.open(kind === 'clean')
    const found = readAll(this.log).map((record) => record.value!.toString())
    const least = kind === 'power cut' ? this.model.flushed : this.model.acknowledged
    expect(found.length).toBeGreaterThanOrEqual(least)
    expect(found).toEqual(this.model.values.slice(0, found.length))
    expect(this.log.logEndOffset).toBe(found.length)
    this.model.values = found
    this.model.acknowledged = found.length
    this.ends = [...this.ends.filter((end) => end < found.length), found.length]
    this.model.flushed = Math.min(this.model.flushed, found.length)
    if (kind === 'clean') this.model.flushed = found.length
    this.resume()
  }

  /** Does `work`, in which the process may die; then it starts again. */
  dyingIn(work: () => void): void {
    this.disk.dieAfter(1 + this.chance.int(12))
    try {
      work()
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error
    }
    this.restart(this.chance.int(2) === 0 ? 'killed' : 'power cut')
  }

  step(): void {
    const roll = this.chance.int(100)
    if (roll < 70) this.append()
    else if (roll < 76) this.flush()
    else if (roll < 80) this.truncate()
    else if (roll < 84) this.check()
    else if (roll < 87) this.restart('clean')
    else if (roll < 90) this.restart('killed')
    else if (roll < 93) this.restart('power cut')
    else if (roll < 97) this.dyingIn(() => this.append())
    else if (roll < 99) this.dyingIn(() => this.flush())
    else this.dyingIn(() => this.log.close())
  }
}

describe('random histories', () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))('hold the rules, seed %i', (seed) => {
    const history = new History(seed)
    for (let step = 0; step < 150; step++) history.step()
    history.check()
  })
})
