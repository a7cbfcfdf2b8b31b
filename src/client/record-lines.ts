/**
 * Records from text, one a line: raw (headers, key and value split at separators, bytes untouched) or JSON in the shape
 * that `mq consume --json` prints. Pure; lines are counted from 1 and named in every error.
 */
import { isUtf8 } from 'node:buffer'
import { MqError } from '../base/errors.ts'

export interface InputRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  readonly partition: number | undefined
  /** ms since the epoch, -1 for none; undefined: the time of sending. */
  readonly timestamp: number | undefined
}

export interface LineFormat {
  readonly format: 'raw' | 'json'
  /** Between key and value; undefined: a line is all value. */
  readonly keySeparator: string | undefined
  /** A line starts with `name:value,name:value` and a tab. */
  readonly withHeaders: boolean
  /** A key or value that is exactly this text is null. */
  readonly nullMarker: string | undefined
  /** Added to every record. */
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  readonly partition: number | undefined
  readonly timestamp: number | undefined
}

/** The input cannot be read as records: which line, and why. */
export class InputError extends MqError {
  readonly line: number
  constructor(line: number, reason: string, hint?: string) {
    super('MQ_INPUT', `line ${line}: ${reason}`, hint === undefined ? {} : { hint })
    this.line = line
  }
}

/** The record of one line, its newline removed; undefined for a blank line between JSON. Throws InputError. */
export function parseRecordLine(line: Buffer, number: number, format: LineFormat): InputRecord | undefined {
  return format.format === 'json' ? parseJsonLine(line, number, format) : parseRawLine(line, number, format)
}

function parseRawLine(line: Buffer, number: number, format: LineFormat): InputRecord {
  let rest = line
  let own: InputRecord['headers'] = []
  if (format.withHeaders) {
    const tab = rest.indexOf(0x09)
    if (tab < 0)
      throw new InputError(number, 'no tab after the headers', '--headers expects name:value,name:value TAB …')
    own = parseHeaders(rest.subarray(0, tab), number)
    rest = rest.subarray(tab + 1)
  }
  let key: Buffer | null = null
  if (format.keySeparator !== undefined) {
    const at = rest.indexOf(format.keySeparator)
    if (at < 0) {
      throw new InputError(number, `no key separator ${JSON.stringify(format.keySeparator)}`, 'every line needs one')
    }
    key = orNull(rest.subarray(0, at), format.nullMarker)
    rest = rest.subarray(at + Buffer.byteLength(format.keySeparator))
  }
  return {
    key,
    value: orNull(rest, format.nullMarker),
    headers: [...format.headers, ...own],
    partition: format.partition,
    timestamp: format.timestamp,
  }
}

function parseHeaders(bytes: Buffer, number: number): InputRecord['headers'] {
  if (bytes.length === 0) return []
  return bytes
    .toString('utf8')
    .split(',')
    .map((pair) => {
      const colon = pair.indexOf(':')
      if (colon <= 0)
        throw new InputError(number, `"${pair}" is not a header`, 'headers are name:value, with commas between')
      return { key: pair.slice(0, colon), value: Buffer.from(pair.slice(colon + 1)) }
    })
}

function orNull(bytes: Buffer, nullMarker: string | undefined): Buffer | null {
  return nullMarker !== undefined && bytes.equals(Buffer.from(nullMarker)) ? null : bytes
}

const JSON_FIELDS = new Set([
  'topic',
  'partition',
  'offset',
  'timestamp',
  'key',
  'keyBase64',
  'value',
  'valueBase64',
  'headers',
  'headerList',
])

function parseJsonLine(line: Buffer, number: number, format: LineFormat): InputRecord | undefined {
  // Decoding would put other characters in the place of wrong bytes without a word.
  if (!isUtf8(line))
    throw new InputError(number, 'not UTF-8', 'bytes that are no text go into keyBase64 and valueBase64')
  const text = line.toString('utf8')
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    if (text.trim() === '') return undefined
    throw new InputError(number, 'not JSON', 'one object a line: {"key": …, "value": …, "headers": {…}}')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InputError(number, 'not a JSON object')
  }
  refuseRoundedNumbers(text, number)
  const fields = document as Record<string, unknown>
  const unknown = Object.keys(fields).filter((name) => !JSON_FIELDS.has(name))
  if (unknown.length > 0) {
    throw new InputError(number, `unknown field ${unknown.join(', ')}`, `known: ${[...JSON_FIELDS].join(', ')}`)
  }
  return {
    key: jsonBytes(fields, 'key', number),
    value: jsonBytes(fields, 'value', number),
    headers: [...format.headers, ...jsonHeaders(fields, number)],
    partition: format.partition ?? jsonInteger(fields, 'partition', 0, number),
    timestamp: format.timestamp ?? jsonInteger(fields, 'timestamp', -1, number),
  }
}

const LONG_NUMBER = /\d{16}/

/** A value that is an object is sent as its JSON; whole numbers beyond 2^53 would come out with other digits. */
function refuseRoundedNumbers(text: string, number: number): void {
  if (!LONG_NUMBER.test(text)) return
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  for (const [digits] of bare.matchAll(/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g)) {
    if (JSON.stringify(Number(digits)) === digits) continue
    throw new InputError(number, `the number ${digits} would lose digits`, 'give the whole value as a string')
  }
}

/** Text as it is, `…Base64` as bytes, null and absent as null, anything else as its JSON. */
function jsonBytes(fields: Record<string, unknown>, name: 'key' | 'value', number: number): Buffer | null {
  const encoded = fields[`${name}Base64`]
  const value = fields[name]
  if (encoded !== undefined) {
    if (value !== undefined) throw new InputError(number, `both ${name} and ${name}Base64`)
    return fromBase64(encoded, `${name}Base64`, number)
  }
  return value === undefined || value === null ? null : fromText(value, name, number)
}

function fromBase64(encoded: unknown, name: string, number: number): Buffer {
  const bytes = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : undefined
  // Node passes over what is no base64; nothing may get lost here.
  if (bytes === undefined || bytes.toString('base64').replace(/=+$/, '') !== (encoded as string).replace(/=+$/, '')) {
    throw new InputError(number, `${name} is not base64`)
  }
  return bytes
}

function fromText(value: unknown, name: string, number: number): Buffer {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const bytes = Buffer.from(text)
  if (bytes.includes('\ufffd') && bytes.toString('utf8') !== text) {
    throw new InputError(number, `${name} has half of a surrogate pair, which has no bytes in UTF-8`)
  }
  return bytes
}

function jsonInteger(fields: Record<string, unknown>, name: string, least: number, number: number): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new InputError(number, `${name} is not a whole number`)
  return value as number
}

/** `headers` by name, or `headerList` where a name alone does not keep their order. */
function jsonHeaders({ headers, headerList }: Record<string, unknown>, number: number): InputRecord['headers'] {
  if (headerList !== undefined && headerList !== null) return listedHeaders(headerList, number)
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object' || Array.isArray(headers)) throw new InputError(number, 'headers is not an object')
  return Object.entries(headers).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown) => ({ key, value: headerBytes(one, number) })),
  )
}

function listedHeaders(list: unknown, number: number): InputRecord['headers'] {
  if (!Array.isArray(list)) throw new InputError(number, 'headerList is not an array')
  return list.map((entry: { key?: unknown; value?: unknown } | null) => {
    if (typeof entry !== 'object' || entry === null || typeof entry.key !== 'string') {
      throw new InputError(number, 'an entry of headerList is {"key": …, "value": …}')
    }
    return { key: entry.key, value: headerBytes(entry.value ?? null, number) }
  })
}

function headerBytes(value: unknown, number: number): Buffer | null {
  if (value === null) return null
  if (typeof value === 'object') {
    const { base64 } = value as { base64?: unknown }
    if (typeof base64 !== 'string') throw new InputError(number, 'a header is text, null or {"base64": …}')
    return fromBase64(base64, 'a header', number)
  }
  return fromText(value, 'a header', number)
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Cuts a byte stream into lines; holds at most one unfinished line, of `maxBytes`. A `\r` before the newline goes. */
export class LineSplitter {
  #rest: Buffer[] = []
  #restBytes = 0
  #lines = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Number of the line that is being read, from 1. */
  get lineNumber(): number {
    return this.#lines + 1
  }

  /** The lines that `chunk` completes. Throws InputError when a line is longer than allowed. */
  *push(chunk: Buffer): Iterable<Buffer> {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from)
      if (end < 0) break
      const piece = chunk.subarray(from, end)
      const line = this.#restBytes === 0 ? piece : Buffer.concat([...this.#rest, piece])
      this.#rest = []
      this.#restBytes = 0
      this.#check(line.length)
      this.#lines++
      yield withoutReturn(line)
      from = end + 1
    }
    if (from === chunk.length) return
    // Copied: a piece of the reader's buffer would keep all of it.
    this.#rest.push(Buffer.from(chunk.subarray(from)))
    this.#restBytes += chunk.length - from
    this.#check(this.#restBytes)
  }

  /** The last line when it has no newline. */
  *finish(): Iterable<Buffer> {
    if (this.#restBytes === 0) return
    this.#lines++
    yield withoutReturn(Buffer.concat(this.#rest))
    this.#rest = []
    this.#restBytes = 0
  }

  #check(bytes: number): void {
    if (bytes > this.#maxBytes) throw new InputError(this.lineNumber, `longer than ${this.#maxBytes} bytes`)
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}
