/**
 * The simulator: whole quorums and clusters under virtual time, from a seed.
 *
 *   npm run sim -- --kind raft|cluster --seeds N --from S     the hunt; stops at the first violation, with its trace
 *   npm run sim -- --planted [--only NAME]                    bugs planted into the product: each must be caught
 *   npm run sim -- --kind raft --seeds 20 --twice             every seed twice: the same events, by their hash
 *   npm run sim -- --kind cluster --from S --trace             all that happens in one seed
 *   npm run sim -- --kind cluster --seeds N --all               goes on after a violation: which seeds fail
 *
 * Over several processes, with results that are kept: see scripts/sim.js, which hands pieces of a range to `--work` one after
 * another (lines `FROM SEEDS` of the standard input, a line of JSON for each), since half of a fresh process' first ten
 * clusters is spent on compiling. A violation as a line of JSON with `--json`. Of a failing run `--lines N` events are shown
 * (80), after it was made smaller for at most `--minimise-seconds N` (60).
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { assertCanDrain } from './engine/microtasks.ts'
import { minimise, report } from './minimise.ts'
import { FAULTS_MIN } from './raft/plan.ts'
import { type Kind, planOf, runPlan } from './run-seed.ts'

const TWICE_EVERY = 50
const TELL_EVERY_MS = 60_000

function hunt(options: {
  kind: Kind
  seeds: number
  from: number
  lines: number
  twice: boolean
  json: boolean
  all: boolean
  minimiseMs: number
}): number {
  const { kind, seeds, from, lines, json, minimiseMs } = options
  const startedCpu = process.cpuUsage()
  let events = 0
  let faults = 0
  let simulatedMs = 0
  let repeated = 0
  let broken = 0
  let acknowledged = 0
  let toldMs = performance.now()
  for (let seed = from; seed < from + seeds; seed++) {
    const plan = planOf(kind, seed)
    const result = runPlan(kind, plan)
    events += result.events
    faults += result.faults
    acknowledged += result.acknowledged
    simulatedMs += result.simulatedMs
    if (result.violation === undefined && result.faults < FAULTS_MIN) {
      console.log(`seed ${seed} carried out ${result.faults} faults, which is no test`)
      return 1
    }
    if (result.violation !== undefined && options.all) {
      console.log(`seed ${seed} breaks ${result.violation.message.split('\n')[0]}`)
      broken++
      continue
    }
    if (result.violation !== undefined) {
      if (json)
        console.log(JSON.stringify({ seed, invariant: result.violation.invariant, message: result.violation.message }))
      else {
        console.log(`seed ${seed} breaks ${result.violation.message}`)
        const small = minimise(plan, result, (candidate) => runPlan(kind, candidate), minimiseMs)
        console.log(report(kind, small.plan, runPlan(kind, small.plan, true), small.tries, lines))
      }
      return 1
    }
    if (!json && performance.now() - toldMs > TELL_EVERY_MS) {
      toldMs = performance.now()
      console.log(`${kind}: seed ${seed} done, ${events} events so far`)
    }
    if (options.twice || seed % TWICE_EVERY === 0) {
      repeated++
      const again = runPlan(kind, plan)
      if (again.hash !== result.hash) {
        console.log(
          `seed ${seed} is not deterministic: ${result.hash} after ${result.events} events, then ${again.hash}`,
        )
        return 1
      }
    }
  }
  const cpu = process.cpuUsage(startedCpu)
  const seconds = (cpu.user + cpu.system) / 1e6
  if (json) {
    const cpuMs = Math.round(1000 * seconds)
    console.log(
      JSON.stringify({
        seeds,
        from,
        events,
        faults,
        acknowledged,
        simulatedMs: Math.round(simulatedMs),
        repeated,
        cpuMs,
      }),
    )
    return 0
  }
  console.log(
    `${kind}: ${seeds - broken} seed(s) of ${seeds} from ${from} without a violation; ${repeated} run twice with the same events; ` +
      `${faults} faults, ${acknowledged} acknowledged writes, ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours`,
  )
  console.log(
    `${events} events in ${seconds.toFixed(1)} CPU s: ${Math.round(events / seconds)} events per second on one core`,
  )
  return broken === 0 ? 0 : 1
}

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'raft' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    lines: { type: 'string', default: '80' },
    twice: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    work: { type: 'boolean', default: false },
    'minimise-seconds': { type: 'string', default: '60' },
    planted: { type: 'boolean', default: false },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

// A module's top level is a promise reaction; the simulator needs to stand outside of one.
setImmediate(() => {
  assertCanDrain()
  const kind: Kind = values.kind === 'cluster' ? 'cluster' : 'raft'
  if (values.trace) {
    const result = runPlan(kind, planOf(kind, Number(values.from)), true, Number.POSITIVE_INFINITY)
    for (const line of result.lines) console.log(line)
    console.log(result.violation?.message ?? 'no violation')
    return
  }
  const options = {
    kind,
    seeds: Number(values.seeds),
    from: Number(values.from),
    lines: Number(values.lines),
    twice: values.twice,
    json: values.json,
    all: values.all,
    minimiseMs: 1000 * Number(values['minimise-seconds']),
  }
  if (!values.work) {
    process.exitCode = hunt(options)
    return
  }
  const pieces = createInterface({ input: process.stdin })
  pieces.on('line', (line) => {
    const [from, seeds] = line.split(' ').map(Number) as [number, number]
    setImmediate(() => {
      if (hunt({ ...options, json: true, from, seeds }) === 0) return
      process.exitCode = 1
      pieces.close()
    })
  })
})
