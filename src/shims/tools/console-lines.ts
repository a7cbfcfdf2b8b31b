/**
 * Lines of the console producer's input as records, split as Kafka's LineMessageReader splits them: headers, then the key, then the
 * value, with separators of the user's choice. Bytes stay as they are, also those that are no UTF-8.
 */
import type { InputRecord } from '../../client/record-lines.ts'
import { JavaError } from '../failures.ts'

export interface LineReader {
  readonly withKey: boolean
  readonly withHeaders: boolean
  readonly keySeparator: string
  readonly headersDelimiter: string
  readonly headersSeparator: string
  readonly headerKeySeparator: string
  /** A line without a separator is all value, instead of an error. */
  readonly ignoreError: boolean
  readonly nullMarker: string | undefined
}

const wrong = (message: string) => new JavaError('org.apache.kafka.common.KafkaException', message)

/** What the reader's properties say. Throws JavaError where two separators are the same. */
export function lineReader(properties: Readonly<Record<string, string>>): LineReader {
  const isTrue = (key: string) => properties[key]?.trim().toLowerCase() === 'true'
  const reader: LineReader = {
    withKey: isTrue('parse.key'),
    withHeaders: isTrue('parse.headers'),
    keySeparator: properties['key.separator'] ?? '\t',
    headersDelimiter: properties['headers.delimiter'] ?? '\t',
    headersSeparator: properties['headers.separator'] ?? ',',
    headerKeySeparator: properties['headers.key.separator'] ?? ':',
    ignoreError: isTrue('ignore.error'),
    nullMarker: properties['null.marker'],
  }
  const names: [string, string][] = [
    ['headers.delimiter', reader.headersDelimiter],
    ['headers.separator', reader.headersSeparator],
    ['headers.key.separator', reader.headerKeySeparator],
  ]
  names.forEach(([name, text], index) => {
    const same = names.slice(index + 1).find(([, other]) => other === text)
    if (same !== undefined) throw wrong(`${name} and ${same[0]} may not be equal`)
  })
  for (const [name, text] of [['key.separator', reader.keySeparator] as const, ...names]) {
    if (reader.nullMarker === text) throw wrong(`null.marker and ${name} may not be equal`)
  }
  return reader
}

/** The record of line `number`, from 1. Throws JavaError where a separator is missing. */
export function readLine(line: Buffer, number: number, reader: LineReader): InputRecord {
  let rest = line
  let headers: InputRecord['headers'] = []
  if (reader.withHeaders) {
    const parts = divided(
      rest,
      reader.headersDelimiter,
      reader,
      () => `No headers delimiter found on ${at(line, number)}`,
    )
    if (parts !== undefined) {
      headers = headersOf(parts[0], number, reader)
      rest = parts[1]
    }
  }
  let key: Buffer | null = null
  if (reader.withKey) {
    const parts = divided(rest, reader.keySeparator, reader, () => `No key separator found on ${at(line, number)}`)
    if (parts !== undefined) {
      key = orNull(parts[0], reader)
      rest = parts[1]
    }
  }
  return { key, value: orNull(rest, reader), headers, partition: undefined, timestamp: undefined }
}

const at = (line: Buffer, number: number) => `line number ${number}: '${line.toString('utf8')}'`

/** What is before and after the separator; undefined when it is not there and that does not matter. */
function divided(
  bytes: Buffer,
  separator: string,
  { ignoreError }: LineReader,
  message: () => string,
): [Buffer, Buffer] | undefined {
  const place = bytes.indexOf(separator)
  if (place >= 0) return [bytes.subarray(0, place), bytes.subarray(place + Buffer.byteLength(separator))]
  if (ignoreError) return undefined
  throw wrong(message())
}

function headersOf(bytes: Buffer, number: number, reader: LineReader): InputRecord['headers'] {
  const text = bytes.toString('utf8')
  if (text === reader.nullMarker) return []
  const pairs = reader.headersSeparator === '' ? [text] : text.split(reader.headersSeparator)
  return pairs.map((pair) => {
    const place = pair.indexOf(reader.headerKeySeparator)
    if (place < 0 && reader.ignoreError) return { key: pair, value: null }
    if (place < 0) throw wrong(`No header key separator found in pair '${pair}' on line number ${number}`)
    const key = pair.slice(0, place)
    if (key === reader.nullMarker) {
      throw wrong(`Header keys should not be equal to the null marker '${key}' as they can't be null`)
    }
    return { key, value: orNull(Buffer.from(pair.slice(place + reader.headerKeySeparator.length)), reader) }
  })
}

function orNull(bytes: Buffer, { nullMarker }: LineReader): Buffer | null {
  return nullMarker !== undefined && bytes.equals(Buffer.from(nullMarker)) ? null : bytes
}

/** Cuts chunks into lines that end with a newline, a carriage return, or both; the last one may end without. */
export class ConsoleLines {
  #rest: Buffer = Buffer.alloc(0)
  #afterReturn = false

  /** The lines that a chunk completes. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#afterReturn && bytes.length > 0) {
      // The newline of a pair that two chunks share.
      if (bytes[0] === 0x0a) bytes = bytes.subarray(1)
      this.#afterReturn = false
    }
    let from = 0
    let newline = bytes.indexOf(0x0a)
    let back = bytes.indexOf(0x0d)
    while (newline >= 0 || back >= 0) {
      const isReturn = back >= 0 && (newline < 0 || back < newline)
      const end = isReturn ? back : newline
      lines.push(bytes.subarray(from, end))
      from = end + 1
      if (isReturn && from === bytes.length) this.#afterReturn = true
      else if (isReturn && bytes[from] === 0x0a) from += 1
      if (newline >= 0 && newline < from) newline = bytes.indexOf(0x0a, from)
      if (back >= 0 && back < from) back = bytes.indexOf(0x0d, from)
    }
    this.#rest = bytes.subarray(from)
    return lines
  }

  /** What stands behind the last line end, if anything. */
  finish(): Buffer[] {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return rest.length > 0 ? [rest] : []
  }
}
