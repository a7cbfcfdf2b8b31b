/**
 * Records from text, one a line: raw (headers, key and value split at separators, bytes untouched) or JSON in the shape
 * that `mq consume --json` prints. Pure; lines are counted from 1 and named in every error.
 */
import { MqError } from '../base/errors.ts'

export interface InputRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  readonly partition: number | undefined
  /** ms since the epoch; undefined: the time of sending. */
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

/** The record of one line, its newline removed. Throws InputError. */
export function parseRecordLine(line: Buffer, number: number, format: LineFormat): InputRecord {
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
])

function parseJsonLine(line: Buffer, number: number, format: LineFormat): InputRecord {
  let document: unknown
  try {
    document = JSON.parse(line.toString('utf8'))
  } catch {
    throw new InputError(number, 'not JSON', 'one object a line: {"key": …, "value": …, "headers": {…}}')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InputError(number, 'not a JSON object')
  }
  const fields = document as Record<string, unknown>
  const unknown = Object.keys(fields).filter((name) => !JSON_FIELDS.has(name))
  if (unknown.length > 0) {
    throw new InputError(number, `unknown field ${unknown.join(', ')}`, `known: ${[...JSON_FIELDS].join(', ')}`)
  }
  return {
    key: jsonBytes(fields, 'key', number),
    value: jsonBytes(fields, 'value', number),
    headers: [...format.headers, ...jsonHeaders(fields.headers, number)],
    partition: format.partition ?? jsonInteger(fields, 'partition', number),
    timestamp: format.timestamp ?? jsonInteger(fields, 'timestamp', number),
  }
}

/** Text as it is, `…Base64` as bytes, null and absent as null, anything else as its JSON. */
function jsonBytes(fields: Record<string, unknown>, name: 'key' | 'value', number: number): Buffer | null {
  const encoded = fields[`${name}Base64`]
  if (encoded !== undefined) {
    if (typeof encoded !== 'string') throw new InputError(number, `${name}Base64 is not text`)
    return Buffer.from(encoded, 'base64')
  }
  const value = fields[name]
  if (value === undefined || value === null) return null
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

function jsonInteger(fields: Record<string, unknown>, name: string, number: number): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === -1) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new InputError(number, `${name} is not a whole number`)
  return value as number
}

function jsonHeaders(headers: unknown, number: number): InputRecord['headers'] {
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object' || Array.isArray(headers)) throw new InputError(number, 'headers is not an object')
  return Object.entries(headers).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown) => ({ key, value: headerBytes(one, number) })),
  )
}

function headerBytes(value: unknown, number: number): Buffer | null {
  if (value === null) return null
  if (typeof value === 'object') {
    const { base64 } = value as { base64?: unknown }
    if (typeof base64 !== 'string') throw new InputError(number, 'a header is text, null or {"base64": …}')
    return Buffer.from(base64, 'base64')
  }
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
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
