/**
 * `npm run sim`: bundles test/sim/main.ts and runs it. With `--planted` it bundles it once for each bug of
 * test/sim/planted, put into the text of the product's file on the way, and every one must be caught within its budget of
 * seeds; a `find` that does not stand in its file exactly once fails too. `--only NAME` tries one, `--kind` one kind's.
 * `--jobs N` uses so many processes, for seeds and for bugs; `--results FILE` keeps what each piece of a range of seeds came
 * to, with `--resume` what the file has is not run again, and `--table FILE` adds it up,
 * with `--write-docs` in docs/reliability.md.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { bundleProgram } from './lib/bundle.js'
import { ensureInstalled, root } from './lib/install.js'
import { commitOf, nextSeed, pageOf, readResults, runPieces, tableOf } from './lib/sim-jobs.js'

ensureInstalled()
const cache = join(root, 'node_modules', '.cache', 'mq-sim')
mkdirSync(cache, { recursive: true })
const { values } = parseArgs({
  strict: false,
  options: {
    planted: { type: 'boolean' },
    only: { type: 'string' },
    kind: { type: 'string' },
    jobs: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    results: { type: 'string' },
    resume: { type: 'boolean' },
    table: { type: 'string' },
    'write-docs': { type: 'boolean' },
  },
})

async function bundle(entry, name, plugins = []) {
  const outfile = join(cache, `${name}-${process.pid}.mjs`)
  await bundleProgram(entry, outfile, { plugins })
  return outfile
}

/** The text of the bug's file with the bug in it; throws when it cannot be planted. */
function withBug(bug) {
  const text = readFileSync(join(root, bug.file), 'utf8')
  const count = text.split(bug.find).length - 1
  if (count !== 1) throw new Error(`its text stands ${count} times in ${bug.file}`)
  return text.replace(bug.find, () => bug.replace)
}

const plant = (bug, text) => ({
  name: 'planted-bug',
  setup(it) {
    it.onLoad({ filter: /\.ts$/ }, ({ path }) =>
      path === join(root, bug.file) ? { contents: text, loader: 'ts' } : undefined,
    )
  },
})

const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal)
    process.exit(1)
  })
}

function run(outfile, args, options) {
  const child = spawn(process.execPath, ['--enable-source-maps', '--max-semi-space-size=32', outfile, ...args], options)
  children.add(child)
  child.on('exit', () => children.delete(child))
  return child
}

const exited = (child) =>
  new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1))))

/** A process that runs one piece of a range after another: it is warm from the second on. */
function hand(outfile, kind) {
  const child = run(outfile, ['--kind', kind, '--work'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const told = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    /** The line of the piece; undefined when it failed. */
    async runPiece(piece) {
      child.stdin.write(`${piece.from} ${piece.seeds}\n`)
      for (;;) {
        const { value, done } = await told.next()
        if (done) return undefined
        if (value.startsWith('{"seeds"')) return JSON.parse(value)
      }
    },
    end: () => child.stdin.end(),
  }
}

async function manySeeds(jobs) {
  const kind = values.kind === 'cluster' ? 'cluster' : 'raft'
  const first = Number(values.from ?? 1)
  const end = first + Number(values.seeds ?? 100)
  const from = values.resume ? nextSeed(readResults(values.results), kind, first) : first
  if (from >= end) {
    console.log(`${kind}: seeds ${first} to ${end - 1} are in ${values.results} already`)
    return 0
  }
  const outfile = await bundle('test/sim/main.ts', 'main')
  const failed = await runPieces({
    kind,
    from,
    seeds: end - from,
    jobs,
    commit: commitOf(root),
    results: values.results,
    tell: (line) => console.log(line),
    hand: () => hand(outfile, kind),
  })
  let code = 0
  if (failed !== undefined) {
    for (const child of children) child.kill()
    const args = ['--kind', kind, '--seeds', String(failed.seeds), '--from', String(failed.from)]
    const again = run(outfile, args, { stdio: 'inherit' })
    await exited(again)
    code = 1
  }
  rmSync(outfile, { force: true })
  return code
}

async function tryBug(bug) {
  let outfile
  try {
    outfile = await bundle('test/sim/main.ts', `planted-${bug.name}`, [plant(bug, withBug(bug))])
  } catch (error) {
    return { caught: false, text: error.message.split('\n')[0] }
  }
  const args = ['--kind', bug.kind, '--seeds', String(bug.budgetSeeds), '--from', '1', '--json']
  const child = run(outfile, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  const code = await exited(child)
  rmSync(outfile, { force: true })
  const line = output.split('\n').find((each) => each.startsWith('{"seed"'))
  if (line !== undefined) {
    const { seed, invariant } = JSON.parse(line)
    return { caught: true, seed, invariant, text: `caught at seed ${seed} by ${invariant}` }
  }
  return {
    caught: false,
    text: code === 0 ? 'NOT caught' : `the run failed: ${errors.trim().split('\n').slice(-8).join('\n')}`,
  }
}

async function allPlanted(jobs) {
  const list = await bundle('test/sim/planted/index.ts', 'planted')
  const { plantedBugs } = await import(list)
  rmSync(list, { force: true })
  const wanted = plantedBugs.filter(
    (bug) =>
      (values.only === undefined || bug.name === values.only) &&
      (values.kind === undefined || bug.kind === values.kind),
  )
  let missed = wanted.length === 0 ? 1 : 0
  const waiting = [...wanted]
  const worker = async () => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const from = Date.now()
      const { caught, text } = await tryBug(bug)
      if (!caught) missed++
      const seconds = ((Date.now() - from) / 1000).toFixed(1)
      console.log(`${bug.kind.padEnd(7)} ${bug.name.padEnd(36)} ${text} (budget ${bug.budgetSeeds}, ${seconds} s)`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  console.log(`${wanted.length} planted bug(s), ${wanted.length - missed} caught, ${missed} missed`)
  return missed === 0 ? 0 : 1
}

const jobs = Number(values.jobs ?? 1)
if (values.table !== undefined) {
  const results = readResults(values.table)
  console.log(tableOf(results))
  const page = join(root, 'docs', 'reliability.md')
  if (values['write-docs']) writeFileSync(page, pageOf(readFileSync(page, 'utf8'), results))
} else if (values.planted) process.exitCode = await allPlanted(jobs)
else if (values.jobs !== undefined) process.exitCode = await manySeeds(jobs)
else {
  const outfile = await bundle('test/sim/main.ts', 'main')
  const code = await exited(run(outfile, process.argv.slice(2), { stdio: 'inherit' }))
  rmSync(outfile, { force: true })
  process.exitCode = code
}
