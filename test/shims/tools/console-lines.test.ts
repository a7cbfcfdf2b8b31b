/** Lines of the console producer: what becomes key, value and headers, and which lines are refused in which words. */
import { describe, expect, it } from 'vitest'
import { ConsoleLines, lineReader, readLine } from '../../../src/shims/tools/console-lines.ts'

const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? null

function read(line: string, properties: Record<string, string>) {
  const { key, value, headers } = readLine(Buffer.from(line), 1, lineReader(properties))
  return { key: text(key), value: text(value), headers: headers.map((header) => [header.key, text(header.value)]) }
}

const BOTH = { 'parse.key': 'true', 'parse.headers': 'true', 'key.separator': ':' }

describe('a line', () => {
  it('is all value without properties, empty ones too', () => {
    expect(read('a\tb', {})).toEqual({ key: null, value: 'a\tb', headers: [] })
    expect(read('', {})).toEqual({ key: null, value: '', headers: [] })
  })

  it('is divided into headers, key and value', () => {
    expect(read('h1:v1,h2:a:b\tk:v:w', BOTH)).toEqual({
      key: 'k',
      value: 'v:w',
      headers: [
        ['h1', 'v1'],
        ['h2', 'a:b'],
      ],
    })
  })

  it('is refused where a separator is missing, with the whole line in the message', () => {
    expect(() => read('nokey', { 'parse.key': 'true' })).toThrow("No key separator found on line number 1: 'nokey'")
    expect(() => read('h:1\tnokey', BOTH)).toThrow("No key separator found on line number 1: 'h:1\tnokey'")
    expect(() => read('nohead', BOTH)).toThrow("No headers delimiter found on line number 1: 'nohead'")
    expect(() => read('bad,h:1\tk:v', BOTH)).toThrow("No header key separator found in pair 'bad' on line number 1")
  })

  it('is taken as it is with ignore.error', () => {
    expect(read('nohead', { ...BOTH, 'ignore.error': 'true' })).toEqual({ key: null, value: 'nohead', headers: [] })
    expect(read('x,h:1\tv', { 'parse.headers': 'true', 'ignore.error': 'true' }).headers).toEqual([
      ['x', null],
      ['h', '1'],
    ])
  })

  it('has nulls where the marker stands', () => {
    const properties = { ...BOTH, 'null.marker': 'NULL' }
    expect(read('h:NULL\tNULL:NULL', properties)).toEqual({ key: null, value: null, headers: [['h', null]] })
    expect(read('NULL\tk:v', properties).headers).toEqual([])
  })

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0x80, 0xff])
    expect(readLine(bytes, 1, lineReader({})).value).toEqual(bytes)
  })
})

describe('separators', () => {
  it('must differ from each other and from the null marker', () => {
    const refused = (properties: Record<string, string>) => () => lineReader({ ...BOTH, ...properties })
    expect(refused({ 'headers.delimiter': ',' })).toThrow('headers.delimiter and headers.separator may not be equal')
    expect(refused({ 'headers.separator': ':' })).toThrow(
      'headers.separator and headers.key.separator may not be equal',
    )
    expect(refused({ 'null.marker': ':' })).toThrow('null.marker and key.separator may not be equal')
  })
})

describe('input', () => {
  const lines = (...chunks: string[]) => {
    const splitter = new ConsoleLines()
    const found = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)))
    return [...found, ...splitter.finish()].map(String)
  }

  it('ends its lines with newline, carriage return or both, and the last one without', () => {
    expect(lines('a\nb\r\nc\rd\n\ne')).toEqual(['a', 'b', 'c', 'd', '', 'e'])
    expect(lines('')).toEqual([])
    expect(lines('a\n')).toEqual(['a'])
  })

  it('may be cut anywhere', () => {
    expect(lines('a\r', '\nb', 'c\n', 'd')).toEqual(['a', 'bc', 'd'])
  })
})
