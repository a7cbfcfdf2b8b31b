/** The text that Prometheus reads (format 0.0.4), made piece by piece so that ten thousand partitions make no long pause. */

export type Labels = Readonly<Record<string, string | number>>

export interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  /** One sentence without a full stop. */
  readonly help: string
  /** Labels and value; a value that is not known is left out. */
  samples(): Iterable<readonly [labels: Labels, value: number | null]>
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PIECE_CHARS = 32_768

/** All families that have a sample. */
export function* exposition(families: Iterable<Family>): Generator<string, void, undefined> {
  let piece = ''
  for (const family of families) {
    let isHeaded = false
    for (const [labels, value] of family.samples()) {
      if (value === null) continue
      if (!isHeaded) piece += `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`
      isHeaded = true
      piece += `${family.name}${labelsText(labels)} ${valueText(value)}\n`
      if (piece.length < PIECE_CHARS) continue
      yield piece
      piece = ''
    }
  }
  if (piece !== '') yield piece
}

function labelsText(labels: Labels): string {
  let text = ''
  for (const key in labels) {
    const value = String(labels[key])
    const safe = /["\\\n]/.test(value) ? escaped(value) : value
    text += `${text === '' ? '{' : ','}${key}="${safe}"`
  }
  return text === '' ? '' : `${text}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
