/**
 * How consumed records are printed: a format such as `%t %p %o %k %v\n`, bytes untouched, or one JSON object a line.
 * Pure; a format is parsed once and applied to many records.
 */
import { isUtf8 } from 'node:buffer'
import { UsageError } from '../base/errors.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'
import { ByteSink } from './byte-sink.ts'
import type { Place } from './fetcher.ts'

/** A record and where it came from. */
export interface PlacedRecord extends PrintedRecord, Place {}

export type PrintedRecord = Pick<KafkaRecord, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'>

/** Adds one record to the output. */
export type RecordPrinter = (record: PrintedRecord, place: Place, out: ByteSink) => void

const VERBS: Readonly<Record<string, RecordPrinter>> = {
  t: (_record, place, out) => out.ascii(place.topic),
  p: (_record, place, out) => out.ascii(String(place.partition)),
  o: (record, _place, out) => out.ascii(String(record.offset)),
  k: (record, _place, out) => record.key !== null && out.bytes(record.key),
  v: (record, _place, out) => record.value !== null && out.bytes(record.value),
  h: ({ headers }, _place, out) =>
    out.text(headers.map(({ key, value }) => `${key}=${value?.toString('utf8') ?? ''}`).join(',')),
  d: (record, _place, out) => out.ascii(String(record.timestamp)),
  T: ({ timestamp }, _place, out) => out.ascii(timestamp < 0 ? '' : timeText(timestamp)),
  K: (record, _place, out) => out.ascii(String(record.key?.length ?? -1)),
  V: (record, _place, out) => out.ascii(String(record.value?.length ?? -1)),
  H: (record, _place, out) => out.ascii(String(record.headers.length)),
  '%': (_record, _place, out) => out.ascii('%'),
}

/** A time beyond what the calendar of JavaScript has is shown as its number. */
function timeText(timestamp: number): string {
  return Math.abs(timestamp) > 8.64e15 ? String(timestamp) : new Date(timestamp).toISOString()
}

export const FORMAT_HELP =
  '%t topic, %p partition, %o offset, %k key, %v value, %h headers, %H their number, %d time in ms, %T time as text, ' +
  '%K and %V lengths in bytes (-1: null), %% a percent sign; \\n \\t \\r \\0 \\\\ \\xHH'

/** Compiles a format. Throws UsageError for an unknown verb or escape. */
export function parseFormat(format: string): RecordPrinter {
  const parts: RecordPrinter[] = []
  let text = ''
  const flush = () => {
    const bytes = Buffer.from(text)
    if (bytes.length > 0) parts.push((_record, _place, out) => out.bytes(bytes))
    text = ''
  }
  for (const [token] of format.matchAll(/%.?|\\(?:x[0-9a-fA-F]{2}|.)?|[^%\\]+/gsu)) {
    if (token.startsWith('%')) {
      flush()
      parts.push(verb(token))
    } else if (/^\\x[0-9a-fA-F]{2}$/.test(token)) {
      flush()
      const byte = Buffer.from(token.slice(2), 'hex')
      parts.push((_record, _place, out) => out.bytes(byte))
    } else text += token.startsWith('\\') ? escaped(token) : token
  }
  flush()
  return (record, place, out) => {
    for (const part of parts) part(record, place, out)
  }
}

function verb(token: string): RecordPrinter {
  const part = Object.hasOwn(VERBS, token.slice(1)) ? VERBS[token.slice(1)] : undefined
  if (part === undefined) throw new UsageError(`--format: unknown ${token}`, FORMAT_HELP)
  return part
}

function escaped(token: string): string {
  const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }
  const text = simple[token.slice(1)]
  if (text === undefined) throw new UsageError(`--format: unknown escape ${token}`, FORMAT_HELP)
  return text
}

/** One line of JSON with its newline: the shape of `mq consume --json`. */
export const printJson: RecordPrinter = (record, place, out) => {
  out.ascii(`{"topic":"${place.topic}","partition":${place.partition},"offset":${record.offset}`)
  out.ascii(`,"timestamp":${record.timestamp},`)
  jsonField('key', record.key, out)
  jsonField('value', record.value, out)
  if (record.headers.length === 0) out.ascii('"headers":{}}\n')
  else out.text(`${JSON.stringify(headerFields(record.headers)).slice(1)}\n`)
}

/** The same as text. */
export function recordToJson(record: PlacedRecord): string {
  const out = new ByteSink()
  printJson(record, record, out)
  return out.take().toString('utf8')
}

function jsonField(name: 'key' | 'value', bytes: Buffer | null, out: ByteSink): void {
  if (bytes === null) {
    out.ascii(`"${name}":null,`)
    return
  }
  const start = out.length
  out.ascii(`"${name}":`)
  if (!out.jsonText(bytes)) {
    out.cut(start)
    out.ascii(`"${name}Base64":"${bytes.toString('base64')}"`)
  }
  out.ascii(',')
}

type JsonHeader = string | null | { base64: string }

/**
 * An object by name; a name that occurs several times has an array. Where that loses the order (a, b, a; or names that are
 * numbers) `headerList` has them one by one.
 */
function headerFields(headers: PlacedRecord['headers']): object {
  if (headers.length === 0) return { headers: {} }
  const list = headers.map(({ key, value }) => ({ key, value: jsonHeader(value) }))
  const byName = new Map<string, JsonHeader[]>()
  for (const { key, value } of list) {
    const known = byName.get(key)
    if (known === undefined) byName.set(key, [value])
    else known.push(value)
  }
  const object = Object.fromEntries(
    [...byName].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  )
  const order = Object.keys(object).flatMap((name) => byName.get(name)!.map(() => name))
  return order.every((name, index) => name === list[index]!.key)
    ? { headers: object }
    : { headers: object, headerList: list }
}

function jsonHeader(value: Buffer | null): JsonHeader {
  if (value === null) return null
  return isUtf8(value) ? value.toString('utf8') : { base64: value.toString('base64') }
}
