/**
 * How consumed records are printed: a format such as `%t %p %o %k %v\n`, bytes untouched, or one JSON object a line.
 * Pure; a format is parsed once and applied to many records.
 */
import { isUtf8 } from 'node:buffer'
import { UsageError } from '../base/errors.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'

/** A record and where it came from. */
export interface PlacedRecord extends Pick<KafkaRecord, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'> {
  readonly topic: string
  readonly partition: number
}

type Part = (record: PlacedRecord) => string | Buffer

const EMPTY = Buffer.alloc(0)

const VERBS: Readonly<Record<string, Part>> = {
  t: (record) => record.topic,
  p: (record) => String(record.partition),
  o: (record) => String(record.offset),
  k: (record) => record.key ?? EMPTY,
  v: (record) => record.value ?? EMPTY,
  h: (record) => record.headers.map(({ key, value }) => `${key}=${value?.toString('utf8') ?? ''}`).join(','),
  d: (record) => String(record.timestamp),
  T: (record) => (record.timestamp < 0 ? '' : new Date(record.timestamp).toISOString()),
  K: (record) => String(record.key?.length ?? -1),
  V: (record) => String(record.value?.length ?? -1),
  '%': () => '%',
}

export const FORMAT_HELP =
  '%t topic, %p partition, %o offset, %k key, %v value, %h headers, %d time in ms, %T time as text, ' +
  '%K and %V lengths in bytes (-1: null), %% a percent sign; \\n \\t \\r \\0 \\\\ \\xHH'

/** Compiles a format. Throws UsageError for an unknown verb or escape. */
export function parseFormat(format: string): (record: PlacedRecord) => Buffer {
  const parts: Part[] = []
  for (const [token] of format.matchAll(/%.?|\\(?:x[0-9a-fA-F]{2}|.)?|[^%\\]+/gsu)) {
    if (token.startsWith('%')) parts.push(verb(token))
    else {
      const text = token.startsWith('\\') ? escaped(token) : token
      parts.push(() => text)
    }
  }
  return (record) => Buffer.concat(parts.map((part) => toBytes(part(record))))
}

function toBytes(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece
}

function verb(token: string): Part {
  const part = Object.hasOwn(VERBS, token.slice(1)) ? VERBS[token.slice(1)] : undefined
  if (part === undefined) throw new UsageError(`--format: unknown ${token}`, FORMAT_HELP)
  return part
}

function escaped(token: string): string {
  const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }
  const text =
    token[1] === 'x' && token.length === 4
      ? String.fromCharCode(Number.parseInt(token.slice(2), 16))
      : simple[token.slice(1)]
  if (text === undefined) throw new UsageError(`--format: unknown escape ${token}`, FORMAT_HELP)
  return text
}

/** One line of JSON with its newline: the shape of `mq consume --json`. */
export function recordToJson(record: PlacedRecord): string {
  return `${JSON.stringify({
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    ...jsonField('key', record.key),
    ...jsonField('value', record.value),
    headers: jsonHeaders(record.headers),
  })}\n`
}

function jsonField(name: 'key' | 'value', bytes: Buffer | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null }
  return isUtf8(bytes) ? { [name]: bytes.toString('utf8') } : { [`${name}Base64`]: bytes.toString('base64') }
}

type JsonHeader = string | null | { base64: string }

/** An object by name; a name that occurs several times has an array. */
function jsonHeaders(headers: PlacedRecord['headers']): Record<string, JsonHeader | JsonHeader[]> {
  const byName = new Map<string, JsonHeader[]>()
  for (const { key, value } of headers) {
    const one = value === null ? null : isUtf8(value) ? value.toString('utf8') : { base64: value.toString('base64') }
    byName.set(key, [...(byName.get(key) ?? []), one])
  }
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}
