/** The figures as a table for people, as JSON, and in the page `docs/performance.md`. Pure. */
import { type Against, advantage, type Figure, isMet } from './figures.ts'

export interface Setting {
  readonly command: string
  readonly machine: string
  readonly date: string
  /** Parts that could not be measured. */
  readonly failed: readonly string[]
}

const START = '<!-- figures: written by `npm run bench -- --write-docs` -->'
const END = '<!-- end of figures -->'

const NAMES: Readonly<Record<Against, string>> = { kafka: '', librdkafka: ' (librdkafka)', node: ' (Node)', limit: '' }

const HEAD = [
  '| figure | unit | mq | Apache Kafka 4.3.1 | mq is better by | goal | |',
  '|---|---|---:|---:|---:|---:|---|',
] as const

export function table(figures: readonly Figure[]): string {
  return [...HEAD, ...figures.map(line)].join('\n')
}

export function asJson(figures: readonly Figure[], setting: Setting): string {
  const rows = figures.map((figure) => ({ ...figure, advantage: advantage(figure), met: isMet(figure) }))
  return `${JSON.stringify({ ...setting, figures: rows }, null, 2)}\n`
}

/**
 * The page with its figures replaced; everything outside the markers is left as it was written. `isPart`: figures of some
 * parts only, which take the place of rows of the same name (new ones come last); the other rows stay, with the run that
 * made them.
 */
export function page(existing: string, figures: readonly Figure[], setting: Setting, isPart = false): string {
  const [from, to] = [existing.indexOf(START), existing.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page has no place for figures: '${START}' … '${END}'`)
  const before = existing.slice(from + START.length, to).split('\n')
  const rows = new Map<string, string>()
  const runs = new Map<string, string>()
  if (isPart) {
    for (const text of before) {
      if (text.startsWith(RUN)) runs.set(commandOf(text), text)
      else if (text.startsWith('| ') && text !== HEAD[0]) rows.set(nameOf(text), text)
    }
  }
  const names = new Set(figures.map(({ what }) => what))
  if (names.size < figures.length)
    throw new Error('two figures have the same name: a later run could not tell them apart')
  for (const figure of figures) rows.set(figure.what, line(figure))
  const run = runOf(setting, isPart ? figures : [])
  runs.delete(commandOf(run))
  runs.set(commandOf(run), run)
  const made = [`${goalsMet([...rows.values()])} Made by:`, '', ...runs.values()]
  const inside = [START, '', ...made, '', ...HEAD, ...rows.values(), '', END]
  return `${existing.slice(0, from)}${inside.join('\n')}${existing.slice(to + END.length)}`
}

const RUN = '- `'
const commandOf = (run: string): string => run.slice(RUN.length, run.indexOf('`', RUN.length))
const nameOf = (row: string): string => row.slice(2, row.indexOf(' | '))

/** `figures`: what a run of some parts has measured; none for a whole run. */
function runOf({ command, date, machine, failed }: Setting, figures: readonly Figure[]): string {
  const parts = [...new Set(figures.map(({ part }) => part))]
  const what = parts.length === 0 ? '' : `, the rows of ${parts.join(', ')}`
  const missing = failed.length === 0 ? '' : `; could not be measured: ${failed.join(', ')}`
  return `${RUN}${command}\`, ${date}, ${machine}${what}${missing}`
}

function goalsMet(rows: readonly string[]): string {
  const met = rows.filter((row) => row.endsWith('| met |')).length
  const missed = rows.filter((row) => row.endsWith('| **not met** |')).length
  return `${met} of ${met + missed} goals met.`
}

function line(figure: Figure): string {
  const { what, unit, mq, other, against, goal } = figure
  const ratio = advantage(figure)
  const met = isMet(figure)
  const cells = [
    what,
    unit,
    shown(mq),
    other === undefined ? '' : `${shown(other)}${NAMES[against]}`,
    ratio === undefined || !Number.isFinite(ratio) ? '' : `${shown(ratio)}x`,
    goal === undefined ? '' : against === 'limit' ? `<= ${goal} ${unit}` : `${shown(goal).replace(/\.?0+$/, '')}x`,
    met === undefined ? '' : met ? 'met' : '**not met**',
  ]
  return `| ${cells.join(' | ')} |`
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value >= 100) return String(Math.round(value))
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
