/**
 * Kills a broker under load, again and again, and checks after every restart that each acknowledged record is there, once
 * and in order. Idempotent producers, several partitions, several batches in flight, segments of one megabyte, three log
 * directories with replicas moving between them, a compacted topic. Some rounds end with SIGTERM instead, some restarts
 * are killed as well.
 *
 *   npm run crash -- --rounds 100 [--seed S] [--keep]      the seed repeats the load and the plan, not the timing
 *   npm run crash -- --canary                              cuts the end of a log after a kill: passes when that is seen
 *   npm run crash -- --power-cut --rounds 20               on an ext4 image that loses what was not written back
 *   npm run crash -- --power-cut --canary                  the same without syncs: passes when the loss is seen
 *   npm run crash -- --full-disk --rounds 3                fills an ext4 image, makes room, then breaks one
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadCodecs } from '../../src/protocol/records/compression.ts'
import { brokenDisk, fullDisk, powerCuts } from './disk-runs.ts'
import { imageUnavailable } from './image.ts'
import { KillRun } from './kill-run.ts'
import { startVictim } from './node.ts'
import { Violation } from './writer.ts'

const ROUNDS_PER_TOPIC = 10
const root = process.env.MQ_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

interface Options {
  readonly rounds: number
  readonly seed: number
  readonly keep: boolean
  readonly canary: boolean
}

async function onDisks(o: Options, what: { readonly powerCut: boolean; readonly full: boolean }): Promise<number> {
  const missing = imageUnavailable() ?? (existsSync('/dev/shm') ? undefined : 'needs /dev/shm')
  if (missing !== undefined) {
    console.log(`skipped: a file system in a file ${missing}`)
    return 0
  }
  try {
    if (what.powerCut) console.log(await powerCuts({ ...o, root, unsynced: o.canary }))
    if (what.full) {
      console.log(await fullDisk({ ...o, root }))
      console.log(await brokenDisk({ ...o, root }))
    }
    if (o.canary) console.log('canary: NOT seen')
    return o.canary ? 1 : 0
  } catch (error) {
    if (o.canary && error instanceof Violation) {
      console.log(`canary: seen (${error.message})`)
      return 0
    }
    console.error(error instanceof Violation ? `VIOLATION: ${error.message}` : error)
    return 1
  }
}

async function kills(o: Options): Promise<number> {
  const victim = await startVictim(root, {}, 3)
  const { engine } = victim
  const run = new KillRun(victim, { ...o, logDirs: victim.logDirs })
  let failure: unknown
  try {
    for (let round = 1; round <= o.rounds; round += 1) {
      await run.prepare()
      console.log(`round ${round}: ${await run.round()}`)
      if (round % ROUNDS_PER_TOPIC !== 0 && round !== o.rounds) continue
      await run.verify(true)
      await run.deleteTopics()
    }
  } catch (error) {
    failure = error
  }
  if (o.canary) {
    const seen = failure instanceof Violation ? failure.message : undefined
    console.log(seen === undefined ? 'canary: NOT seen' : `canary: seen (${seen})`)
    await engine.stop().catch(() => {})
    victim.dispose()
    return seen === undefined ? 1 : 0
  }
  const output = engine.output()
  const keep = failure !== undefined || o.keep
  await engine.stop({ keep }).catch(() => {})
  victim.dispose(keep)
  if (keep) console.log(`kept: ${[engine.folder, ...victim.logDirs].join(' ')}`)
  if (failure !== undefined) {
    console.error(output.slice(-4000))
    console.error(failure instanceof Violation ? `VIOLATION: ${failure.message}` : failure)
    console.error(`repeat with: npm run crash -- --rounds ${o.rounds} --seed ${o.seed}`)
    return 1
  }
  console.log(
    `${run.acknowledged} acknowledged records, each there once and in order: ${run.kills} kills under load, ` +
      `${run.killsWhileStarting} while starting, ${run.killsAfterDeletion} after a deletion, ${run.cleanStops} clean ` +
      `stops, ${run.moves} moves between directories, slowest start ${run.slowestStartMs} ms`,
  )
  return 0
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string' },
      keep: { type: 'boolean', default: false },
      canary: { type: 'boolean', default: false },
      'power-cut': { type: 'boolean', default: false },
      'full-disk': { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
  console.log(`crash: ${rounds} rounds, seed ${seed}`)
  await loadCodecs()
  const o = { rounds, seed, keep: values.keep, canary: values.canary }
  const what = { powerCut: values['power-cut'], full: values['full-disk'] }
  return what.powerCut || what.full ? onDisks(o, what) : kills(o)
}

process.exitCode = await main()
