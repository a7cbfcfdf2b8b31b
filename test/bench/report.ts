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

const NAMES: Readonly<Record<Against, string>> = { kafka: '', node: ' (Node)', limit: '' }

export function table(figures: readonly Figure[]): string {
  const head =
    '| figure | unit | mq | Apache Kafka 4.3.1 | mq is better by | goal | |\n|---|---|---:|---:|---:|---:|---|\n'
  return head + figures.map(line).join('\n')
}

export function asJson(figures: readonly Figure[], setting: Setting): string {
  const rows = figures.map((figure) => ({ ...figure, advantage: advantage(figure), met: isMet(figure) }))
  return `${JSON.stringify({ ...setting, figures: rows }, null, 2)}\n`
}

/** The page with its figures replaced; everything outside the markers is left as it was written. */
export function page(existing: string, figures: readonly Figure[], setting: Setting): string {
  const [from, to] = [existing.indexOf(START), existing.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page has no place for figures: '${START}' … '${END}'`)
  const goals = figures.map(isMet).filter((met) => met !== undefined)
  const missing = setting.failed.length === 0 ? '' : ` Could not be measured: ${setting.failed.join(', ')}.`
  const made = `${setting.date}, ${setting.machine}. Made by \`${setting.command}\`: ${goals.filter((met) => met).length} of ${goals.length} goals met.${missing}`
  return `${existing.slice(0, from)}${[START, '', made, '', table(figures), '', END].join('\n')}${existing.slice(to + END.length)}`
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
    ratio === undefined ? '' : `${shown(ratio)}x`,
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
