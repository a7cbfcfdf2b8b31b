/**
 * `plan` at scale: 1,000 brokers in 10 racks, 100,000 partitions with RF 3, sizes between 0 and 10 GiB. Prints seconds, CPU seconds
 * (what counts on a machine that does other things too) and resident memory of drain, of balancing an uneven cluster and of checking and hashing both. `--brokers N --partitions N`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './lib/install.js'

const { values } = parseArgs({
  options: { brokers: { type: 'string', default: '1000' }, partitions: { type: 'string', default: '100000' } },
})
const brokerCount = Number(values.brokers)
const partitionCount = Number(values.partitions)
const outfile = join(mkdtempSync(join(tmpdir(), 'mq-scale-')), 'ops.mjs')
const names = ['reassign/planner', 'reassign/checker', 'reassign/score', 'reassign/batches', 'engine/plan']
await build({
  stdin: { contents: names.map((name) => `export * from './src/ops/${name}.ts'`).join('\n'), resolveDir: root },
  ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' },
})
const { planReassignment, checkMoves, balanceScore, makeBatches, sealPlan } = await import(pathToFileURL(outfile).href)

let state = 7
const random = (bound) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 2 ** 32) * bound)
}
const brokers = Array.from({ length: brokerCount }, (_one, id) => ({ id, rack: `r${id % 10}` }))
const partitions = Array.from({ length: partitionCount }, (_one, index) => {
  const replicas = []
  while (replicas.length < 3) {
    // A third of the brokers is new and holds little.
    const id = random(3) === 0 ? random(brokerCount) : random(Math.ceil(brokerCount * 0.7))
    if (!replicas.some((one) => one % 10 === id % 10)) replicas.push(id)
  }
  return {
    ...{ topic: `topic-${String(index % 2000).padStart(4, '0')}`, partition: Math.floor(index / 2000), replicas },
    ...{ isr: replicas, leader: replicas[0], bytes: random(10 * 2 ** 30), isMoving: false },
  }
})
const snapshot = { cluster: 'scale', brokers, partitions }
const asked = { scope: null, brokers: null, exclude: [], replicationFactor: null, allowRfChange: false, balance: false }
for (const [name, goal] of [
  ['drain of 10', { ...asked, exclude: Array.from({ length: 10 }, (_one, index) => index * 7) }],
  ['rf 3 to 2', { ...asked, replicationFactor: 2, allowRfChange: true }],
  ['balance', { ...asked, balance: true }],
]) {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const lap = (from) => `${((performance.now() - from) / 1000).toFixed(2)} s`
  const { moves } = planReassignment(snapshot, goal)
  const planned = lap(started)
  const checking = performance.now()
  const wrong = checkMoves(snapshot, moves, { ...goal, mayChangeLeaders: goal.balance, mayLoseRacks: false })
  const checked = lap(checking)
  const [before, after] = [balanceScore(snapshot, []), balanceScore(snapshot, moves)]
  const batches = makeBatches(moves, { partitions: 500, perBroker: 5 })
  sealPlan('reassign', 'scale', { goal, batches })
  const { user, system } = process.cpuUsage(cpu)
  const mib = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(
    `${name}: ${moves.length} moves in ${batches.length} batches, planned in ${planned}, checked in ${checked}, all in ${lap(started)} (${((user + system) / 1e6).toFixed(2)} s of CPU); ` +
      `score ${before.score} -> ${after.score} (replicas ${after.replicas.score}, leaders ${after.leaders.score}, bytes ${after.bytes.score}); ` +
      `${wrong.length} violations; at most ${mib} MiB so far`,
  )
  if (wrong.length > 0) console.log(wrong.slice(0, 3))
}
spawnSync('rm', ['-rf', outfile])
