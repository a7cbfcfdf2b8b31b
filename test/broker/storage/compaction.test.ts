/**
 * Compaction against an oracle, over random workloads: the newest committed record of each key stays, what it replaces goes,
 * tombstones stay for their time, transactions read the same, producers go on; and the same after the process died, or
 * the machine, at any step of a cleaning.
 */
import { describe, expect, it } from 'vitest'
import { ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { decodeBatch, encodeBatch } from '../../../src/protocol/records/record.ts'
import { CompactingNode, producersOf, Workload } from './compaction-support.ts'

const SEEDS = Number(process.env.STORAGE_SEEDS ?? 25)
const FIRST_SEED = Number(process.env.STORAGE_SEED ?? 1)
const seeds = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i)

describe('random workloads', () => {
  it.each(seeds)('are cleaned as the rules say, seed %i', (seed) => {
    const chance = seededChance(seed)
    const node = new CompactingNode(seed % 3 === 0 ? { 'log.cleaner.dedupe.buffer.size': '800' } : {})
    const work = new Workload(node, chance)
    for (let round = 0; round < 4; round++) {
      work.run(40)
      if (round % 2 === 1) work.settle()
      const before = producersOf(node.log)
      const epochs = node.log.epochs.all()
      const end = node.log.logEndOffset
      node.clean()
      work.checkAlways()
      // A transaction that is open from the start on keeps everything from being cleaned.
      if (round % 2 === 1) expect(node.cleanedTo).toBeGreaterThan(0)
      if (node.cleanedTo !== undefined) work.checkCleaned()
      expect(producersOf(node.log)).toEqual(before)
      if (chance.int(2) === 0) node.restart()
      else node.kill('killed')
      expect(node.log.logEndOffset).toBe(end)
      expect(node.log.epochs.all()).toEqual(epochs)
      expect(producersOf(node.log)).toEqual(before)
      work.checkAlways()
      node.clock.advance(chance.int(2) * 70_000)
    }
    expect(node.failed).toEqual([])
  })

  it.each(seeds.slice(0, 10))('give the same producers when all is read anew, seed %i', (seed) => {
    const node = new CompactingNode()
    const work = new Workload(node, seededChance(seed))
    work.run(120)
    work.settle()
    node.clean()
    work.checkCleaned()
    const before = producersOf(node.log)
    const { path } = node.log
    node.log.flush()
    node.kill('killed')
    node.logs.close(1)
    for (const name of node.disk.list(path)) if (name.endsWith('.snapshot')) node.disk.removeFile(`${path}/${name}`)
    node.disk.removeFile('/a/.kafka_cleanshutdown')
    node.logs = node.open()
    node.log.updateHighWatermark(node.log.logEndOffset)
    expect(producersOf(node.log)).toEqual(before)
    work.checkAlways()
  })
})

describe('the end of a log', () => {
  it('is where a record is, so that who copies the log comes to it', () => {
    const node = new CompactingNode({}, { 'cleanup.policy': 'delete' })
    const { log } = node
    const append = (key: string | null): void => {
      const record = { timestamp: node.clock.nowMs(), key: key === null ? null : Buffer.from(key), value: null }
      log.appendAsLeader(encodeBatch({}, [record]), { leaderEpoch: 0, origin: 'client' })
      log.updateHighWatermark(log.logEndOffset)
    }
    append('a')
    // Compaction has no use for a record without a key.
    append(null)
    // As a roll leaves it whose append finds no room.
    log.files.roll(log.logEndOffset)
    node.configure({ 'cleanup.policy': 'compact' })
    node.clean()
    expect(node.cleanedTo).toBe(2)
    const { records, nextOffset } = log.read(1, { maxBytes: 1000, minOneBatch: true, upTo: 2 })
    expect([decodeBatch(records[0]!), nextOffset]).toEqual([[], 2])
  })
})

describe('a death at any step', () => {
  it.each(
    seeds.slice(0, 4).flatMap((seed) => [[seed, 'killed'] as const, [seed, 'power cut'] as const]),
  )('of a cleaning loses nothing, seed %i, %s', (seed, how) => {
    let deaths = 0
    for (let step = 1; ; step += 1 + Math.floor(step / 25)) {
      const node = new CompactingNode()
      const work = new Workload(node, seededChance(seed))
      work.run(60)
      work.settle()
      work.append()
      node.log.flush()
      const before = producersOf(node.log)
      node.disk.dieAfter(step)
      try {
        node.clean()
        // The cleaner takes any failure for the log's; a dead process cannot read either.
        void node.cleanedTo
        break
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error
        deaths += 1
      }
      node.kill(how, seededChance(seed * 1000 + step))
      work.checkAlways()
      expect([step, producersOf(node.log)]).toEqual([step, before])
      node.clean()
      work.checkAlways()
      work.checkCleaned()
      const left = node.disk.list(node.log.path).filter((name) => /\.(cleaned|swap)$/.test(name))
      expect([step, left]).toEqual([step, []])
      node.restart()
      work.checkAlways()
    }
    expect(deaths).toBeGreaterThan(20)
  })
})
