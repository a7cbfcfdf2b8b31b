/**
 * The text that Prometheus reads (format 0.0.4), with the names that the JMX exporter gives Kafka's MBeans: under the rules
 * of its own example for KRaft (`…_bytesin_total`), and under those that leave the name whole (`…_bytesinpersec`), which
 * other dashboards use. Made piece by piece, so that ten thousand partitions cost neither a long pause nor much memory.
 */
import { Histogram, Meter, type MetricFamily, type MetricTags, type MetricValue } from '../../base/metrics.ts'

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const QUANTILES = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999]
const QUANTILE_LABELS = ['0.50', '0.75', '0.95', '0.98', '0.99', '0.999']
/** A piece is handed on when it has about this many characters. */
const PIECE_CHARS = 32_768

type PrometheusType = 'gauge' | 'counter' | 'untyped'

/** One series set of the exposition: what one MBean attribute becomes. */
interface Line {
  readonly name: string
  readonly type: PrometheusType
  /** The value of a sample; several for quantiles, told apart by a label. */
  readonly values: (value: MetricValue) => Iterable<readonly [label: string, value: number]>
  /** Only for samples like this one. */
  readonly takes?: (tags: MetricTags) => boolean
}

/** The text of all families, in pieces of about 32 KB. */
export function* exposition(families: Iterable<MetricFamily>): Generator<string> {
  let piece = ''
  for (const family of families) {
    for (const line of linesOf(family)) {
      let headed = false
      for (const { tags, value } of family.samples()) {
        if (line.takes?.(tags) === false) continue
        const labels = labelsOf(tags)
        for (const [extra, number] of line.values(value)) {
          if (!headed) piece += `# HELP ${line.name} ${escapeHelp(family.help)}\n# TYPE ${line.name} ${line.type}\n`
          headed = true
          const all = extra === '' ? labels : labels === '' ? extra : `${labels},${extra}`
          piece += all === '' ? `${line.name} ${text(number)}\n` : `${line.name}{${all}} ${text(number)}\n`
        }
        if (piece.length < PIECE_CHARS) continue
        yield piece
        piece = ''
      }
    }
  }
  if (piece !== '') yield piece
}

function linesOf(family: MetricFamily): Line[] {
  const name = prometheusName(family)
  switch (family.kind) {
    case 'gauge':
      return [{ name, type: 'gauge', values: numberOf }]
    case 'counter':
      return [{ name, type: 'counter', values: numberOf }]
    case 'meter':
      return meterLines(name)
    case 'histogram':
      return [
        { name, type: 'gauge', values: quantilesOf },
        { name: `${name}_count_total`, type: 'counter', values: countOf },
      ]
  }
}

function meterLines(name: string): Line[] {
  const lines: Line[] = [{ name: `${name.replace(/persec$/, '')}_total`, type: 'counter', values: countOf }]
  if (!name.endsWith('persec')) return lines
  lines.push({ name, type: 'untyped', values: countOf })
  if (!/_brokertopicmetrics_(messagesin|bytesin|bytesout)persec$/.test(name)) return lines
  for (const [suffix, rate] of RATES) {
    const values = (value: MetricValue) => one(value instanceof Meter ? rate(value) : Number.NaN)
    lines.push({ name: `${name}_${suffix}`, type: 'gauge', values, takes: (tags) => tags.topic !== undefined })
    lines.push({
      name: `${name}_${suffix}_alltopics`,
      type: 'gauge',
      values,
      takes: (tags) => tags.topic === undefined,
    })
  }
  return lines
}

const RATES: readonly (readonly [string, (meter: Meter) => number])[] = [
  ['oneminuterate', (meter) => meter.oneMinuteRate],
  ['fiveminuterate', (meter) => meter.fiveMinuteRate],
  ['fifteenminuterate', (meter) => meter.fifteenMinuteRate],
]

function one(value: number): readonly (readonly [string, number])[] {
  return [['', value]]
}

function numberOf(value: MetricValue): Iterable<readonly [string, number]> {
  return one(typeof value === 'number' ? value : value.count)
}

const countOf = numberOf

function quantilesOf(value: MetricValue): Iterable<readonly [string, number]> {
  if (!(value instanceof Histogram)) return []
  return value.percentiles(QUANTILES).map((each, index) => [`quantile="${QUANTILE_LABELS[index]}"`, each] as const)
}

/** `kafka.server:type=ReplicaManager,name=LeaderCount` as `kafka_server_replicamanager_leadercount`. */
export function prometheusName({ domain, type, name }: { domain: string; type: string; name: string }): string {
  return [domain, type, name]
    .filter((part) => part !== '')
    .join('_')
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .toLowerCase()
}

function labelsOf(tags: MetricTags): string {
  let labels = ''
  for (const key in tags) {
    const value = tags[key]!
    const safe = /["\\\n]/.test(value) ? escapeLabel(value) : value
    labels += labels === '' ? `${key}="${safe}"` : `,${key}="${safe}"`
  }
  return labels
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function text(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
