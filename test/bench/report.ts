/** The figures as rows, as a table for people, and as the page `docs/performance.md`. Pure. */

export interface Row {
  readonly what: string
  readonly unit: string
  readonly mq: number
  readonly apache: number
  /** Which direction is better: a rate is, a cost is not. */
  readonly higherIsBetter: boolean
}

export interface Setting {
  readonly command: string
  readonly machine: string
  readonly date: string
}

const START = '<!-- figures: written by `npm run bench` -->'
const END = '<!-- end of figures -->'

export function table(rows: readonly Row[]): string {
  const head = '| figure | unit | mq | Apache Kafka 4.3.1 | mq against Kafka |\n|---|---|---:|---:|---:|\n'
  return head + rows.map(line).join('\n')
}

/** How many times better mq is; below 1 it is worse. */
export function advantage(row: Row): number {
  return row.higherIsBetter ? row.mq / row.apache : row.apache / row.mq
}

/** The page with its figures replaced; everything outside the markers is left as it was written. */
export function page(existing: string | undefined, rows: readonly Row[], setting: Setting): string {
  const figures = [
    START,
    '',
    `${setting.date}, ${setting.machine}. Made by \`${setting.command}\`.`,
    '',
    table(rows),
    '',
    END,
  ].join('\n')
  if (existing?.includes(START) && existing.includes(END)) {
    return existing.slice(0, existing.indexOf(START)) + figures + existing.slice(existing.indexOf(END) + END.length)
  }
  return `${HEAD}\n${figures}\n`
}

const HEAD = `# Performance

mq's broker beside Apache Kafka 4.3.1 on the same machine, one after the other, with the same client (librdkafka's
\`rdkafka_performance\`, one process, \`linger.ms=5\`, one partition, acks=1) and the same \`server.properties\`. Kafka's JVM
runs with the flags of its own start script. The last column says how many times better mq is: for rates mq divided by
Kafka, for costs Kafka divided by mq. Figures of one machine on one day: compare the ratios, not the numbers, and trust
processor time more than rates.
`

function line(row: Row): string {
  const ratio = advantage(row)
  return `| ${row.what} | ${row.unit} | ${shown(row.mq)} | ${shown(row.apache)} | ${shown(ratio)}x |`
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value >= 100) return String(Math.round(value))
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
