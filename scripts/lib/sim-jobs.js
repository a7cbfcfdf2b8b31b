/**
 * Many seeds over several processes: pieces of the range are handed out in order, each to a process that is free. What a
 * piece came to is a line of a file of results (JSON), so that a long run can be ended at any time and go on later, and so
 * that its counts can be added up.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

const PIECE = { raft: 250, cluster: 10 }

/** The commit, with a + when the product or the simulator differ from it. */
export function commitOf(root) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const isChanged = git('status', '--porcelain', '--', 'src', 'test/sim', 'test/support') !== ''
    return git('rev-parse', '--short=10', 'HEAD') + (isChanged ? '+' : '')
  } catch {
    return 'unknown'
  }
}

export function readResults(file) {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** The first seed from `from` on that no run of the kind in the file has. */
export function nextSeed(results, kind, from) {
  let seed = from
  const ranges = results.filter((run) => run.kind === kind).sort((one, other) => one.from - other.from)
  for (const run of ranges) if (run.from <= seed) seed = Math.max(seed, run.from + run.seeds)
  return seed
}

/** Sums of the file, as rows of a Markdown table. */
export function tableOf(results) {
  const rows = ['| kind | seeds | from - to | faults | acknowledged writes | simulated hours | events | CPU hours |']
  rows.push('|---|---|---|---|---|---|---|---|')
  for (const kind of ['raft', 'cluster']) {
    const runs = results.filter((run) => run.kind === kind)
    if (runs.length === 0) continue
    const sum = (name) => runs.reduce((total, run) => total + run[name], 0)
    const number = (value) => Math.round(value).toLocaleString('en')
    const from = Math.min(...runs.map((run) => run.from))
    const to = Math.max(...runs.map((run) => run.from + run.seeds - 1))
    const cells = [
      kind,
      number(sum('seeds')),
      `${from} - ${to}`,
      number(sum('faults')),
      number(sum('acknowledged')),
      number(sum('simulatedMs') / 3_600_000),
      number(sum('events')),
      (sum('cpuMs') / 3_600_000).toFixed(1),
    ]
    rows.push(`| ${cells.join(' | ')} |`)
  }
  return rows.join('\n')
}

const COUNTS = '<!-- counts: written by `npm run sim -- --table FILE --write-docs` -->'
const COUNTS_END = '<!-- end of counts -->'

/** The page with the table of these results, and the commits that they ran at, between its markers. */
export function pageOf(page, results) {
  const [from, to] = [page.indexOf(COUNTS), page.indexOf(COUNTS_END)]
  if (from < 0 || to < from) throw new Error(`the page has no place for counts: '${COUNTS}' … '${COUNTS_END}'`)
  const commits = [...new Set(results.map(({ commit }) => commit))].join(', ')
  return `${page.slice(0, from)}${COUNTS}\n\n${tableOf(results)}\n\nRun at ${commits}.\n\n${page.slice(to)}`
}

/**
 * Runs seeds `from` to `from + seeds - 1` with `jobs` hands, each of which runs one piece after another: its `runPiece(piece)`
 * answers with the line of the piece, or undefined when a seed failed. Answers with the piece that failed, if one did.
 */
export async function runPieces({ kind, from, seeds, jobs, commit, results, hand, tell }) {
  const end = from + seeds
  const total = { seeds: 0, events: 0, cpuMs: 0 }
  const startedMs = performance.now()
  let next = from
  let failed
  const worker = async () => {
    const { runPiece, end: dismiss } = hand()
    while (next < end && failed === undefined) {
      const piece = { from: next, seeds: Math.min(PIECE[kind], end - next) }
      next += piece.seeds
      const outcome = await runPiece(piece)
      if (failed !== undefined) return
      if (outcome === undefined) {
        failed = piece
        return
      }
      if (results !== undefined) {
        const line = { kind, ...outcome, commit, at: new Date().toISOString() }
        appendFileSync(results, `${JSON.stringify(line)}\n`)
      }
      total.seeds += outcome.seeds
      total.events += outcome.events
      total.cpuMs += outcome.cpuMs
      const seconds = (performance.now() - startedMs) / 1000
      tell(
        `${kind}: ${total.seeds} of ${seeds} seeds without a violation, ${total.events} events, ` +
          `${Math.round(total.events / (total.cpuMs / 1000))} per second on one core, ${seconds.toFixed(0)} s`,
      )
    }
    dismiss()
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return failed
}
