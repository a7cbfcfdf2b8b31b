/** Records from lines, raw and JSON. */
import { describe, expect, it } from 'vitest'
import { recordToJson } from '../../src/client/record-format.ts'
import { InputError, type LineFormat, LineSplitter, parseRecordLine } from '../../src/client/record-lines.ts'

const RAW: LineFormat = {
  format: 'raw',
  keySeparator: undefined,
  withHeaders: false,
  nullMarker: undefined,
  headers: [],
  partition: undefined,
  timestamp: undefined,
}
const JSON_LINES: LineFormat = { ...RAW, format: 'json' }

const parse = (line: string, format: Partial<LineFormat> = {}) =>
  parseRecordLine(Buffer.from(line), 1, { ...RAW, ...format })!
const texts = (record: { key: Buffer | null; value: Buffer | null }) => [
  record.key?.toString() ?? null,
  record.value?.toString() ?? null,
]

describe('a raw line', () => {
  it('is all value', () => expect(texts(parse('a:b'))).toEqual([null, 'a:b']))
  it('splits at the first separator', () => expect(texts(parse('a:b:c', { keySeparator: ':' }))).toEqual(['a', 'b:c']))
  it('may have a separator of several bytes', () =>
    expect(texts(parse('ké→v', { keySeparator: '→' }))).toEqual(['ké', 'v']))
  it('without the separator is an error with its number', () =>
    expect(() => parse('abc', { keySeparator: ':' })).toThrow(/line 1: no key separator/))
  it('knows null by its marker', () =>
    expect(texts(parse('k:\\N', { keySeparator: ':', nullMarker: '\\N' }))).toEqual(['k', null]))
  it('may begin with headers', () => {
    const record = parse('a:1,b:x:y\tk=v', { withHeaders: true, keySeparator: '=' })
    expect(record.headers.map(({ key, value }) => [key, value?.toString()])).toEqual([
      ['a', '1'],
      ['b', 'x:y'],
    ])
    expect(texts(record)).toEqual(['k', 'v'])
  })
  it('keeps bytes that are no text', () => {
    const line = Buffer.from([0xff, 0x00, 0xfe])
    expect(parseRecordLine(line, 1, RAW)?.value).toEqual(line)
  })
})

describe('a JSON line', () => {
  const parseJson = (document: unknown, format: Partial<LineFormat> = {}) =>
    parse(JSON.stringify(document), { ...JSON_LINES, ...format })

  it('has text, bytes, null and documents', () => {
    expect(texts(parseJson({ key: 'k', value: null }))).toEqual(['k', null])
    expect(texts(parseJson({ value: { a: 1 } }))).toEqual([null, '{"a":1}'])
    expect(parseJson({ valueBase64: '/w==' }).value).toEqual(Buffer.from([0xff]))
  })
  it('reads back what consume prints', () => {
    const record = {
      topic: 't',
      partition: 2,
      offset: 7,
      timestamp: 1_700_000_000_000,
      key: Buffer.from([0xff]),
      value: Buffer.from('v'),
      headers: [
        { key: 'a', value: Buffer.from('1') },
        { key: 'a', value: null },
        { key: 'b', value: Buffer.from([0xfe]) },
      ],
    }
    const read = parse(recordToJson(record).trim(), JSON_LINES)
    expect(read).toEqual({
      key: record.key,
      value: record.value,
      headers: record.headers,
      partition: 2,
      timestamp: 1_700_000_000_000,
    })
  })
  it('keeps the order of headers that a name alone does not keep, and no time', () => {
    const headers = ['b', 'a', 'b', '2', '1'].map((key) => ({ key, value: Buffer.from(key) }))
    const record = { topic: 't', partition: 0, offset: 0, timestamp: -1, key: null, value: Buffer.alloc(0), headers }
    expect(parse(recordToJson(record).trim(), JSON_LINES)).toMatchObject({ headers, timestamp: -1, key: null })
  })
  it('may be blank', () => {
    expect(parse('', JSON_LINES)).toBeUndefined()
    expect(parse(' \t', JSON_LINES)).toBeUndefined()
  })
  it('of bytes that are not UTF-8 is an error', () =>
    expect(() => parseRecordLine(Buffer.from('{"value":"\xff"}', 'latin1'), 3, JSON_LINES)).toThrow(
      'line 3: not UTF-8',
    ))
  it.each([
    '{"value":"\\ud800"}',
    '{"valueBase64":"a b!"}',
    '{"value":"a","valueBase64":"YQ=="}',
    '{"headers":{"a":{"base64":1}}}',
    '{"headerList":[["a","b"]]}',
    '[]',
    '1',
    '{"val": 1}',
    '{"partition": -5}',
    '{"headers": []}',
    '{"value": "a"',
  ])('%j is an error', (line) => expect(() => parse(line, JSON_LINES)).toThrow(InputError))
})

describe('the line splitter', () => {
  const split = (chunks: string[], maxBytes = 100) => {
    const splitter = new LineSplitter(maxBytes)
    const lines: string[] = []
    for (const chunk of chunks) for (const line of splitter.push(Buffer.from(chunk))) lines.push(line.toString())
    for (const line of splitter.finish()) lines.push(line.toString())
    return lines
  }

  it('joins pieces and keeps empty lines', () => expect(split(['a', 'b\n\nc', '\n'])).toEqual(['ab', '', 'c']))
  it('gives the last line without a newline', () => expect(split(['a\nb'])).toEqual(['a', 'b']))
  it('drops the return before the newline', () => expect(split(['a\r\nb\r\n'])).toEqual(['a', 'b']))
  it('refuses a line that is too long before it has read all of it', () =>
    expect(() => split(['aaaaaa', 'aaaaaa'], 10)).toThrow(/line 1: longer than 10 bytes/))
  it('nothing is no line', () => expect(split([''])).toEqual([]))
})

it('a number that JavaScript would round is refused, in a value only', () => {
  const format = { format: 'json', keySeparator: undefined, withHeaders: false, nullMarker: undefined } as const
  const parse = (line: string) =>
    parseRecordLine(Buffer.from(line), 4, { ...format, headers: [], partition: undefined, timestamp: undefined })
  expect(() => parse('{"value":{"id":[12345678901234567891]}}')).toThrow(
    'line 4: the number 12345678901234567891 would lose digits',
  )
  expect(parse('{"value":"{\\"id\\":12345678901234567891}"}')?.value?.toString()).toBe('{"id":12345678901234567891}')
  expect(parse('{"value":{"id":9007199254740991,"x":0.12345678901234567}}')?.value?.toString()).toContain(
    '9007199254740991',
  )
  expect(parse('{"value":{"id":9007199254740992}}')?.value?.toString()).toBe('{"id":9007199254740992}')
})
