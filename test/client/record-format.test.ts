/** How records are printed, and which. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { ByteSink } from '../../src/client/byte-sink.ts'
import { parseFilter } from '../../src/client/record-filter.ts'
import { type PlacedRecord, parseFormat, recordToJson } from '../../src/client/record-format.ts'

const RECORD: PlacedRecord = {
  topic: 'rawtrade',
  partition: 1,
  offset: 42,
  timestamp: 1_700_000_000_000,
  key: Buffer.from('AAPL'),
  value: Buffer.from('182.5'),
  headers: [{ key: 'src', value: Buffer.from('nyse') }],
}
const printed = (format: string, record: PlacedRecord = RECORD) => {
  const out = new ByteSink(1)
  parseFormat(format)(record, record, out)
  return out.take()
}
const print = (format: string, record = RECORD) => printed(format, record).toString('latin1')

describe('a format', () => {
  it.each([
    ['%t %p %o %k %v\\n', 'rawtrade 1 42 AAPL 182.5\n'],
    ['%d|%T|%h', '1700000000000|2023-11-14T22:13:20.000Z|src=nyse'],
    ['%K,%V%%\\t\\x41\\\\', '4,5%\tA\\'],
    ['plain', 'plain'],
    ['', ''],
  ])('%s', (format, text) => expect(print(format)).toBe(text))

  it('prints nothing for null, and -1 as its length', () =>
    expect(print('[%k][%K]', { ...RECORD, key: null })).toBe('[][-1]'))
  it('leaves bytes as they are', () =>
    expect(printed('%v\\xfe', { ...RECORD, value: Buffer.from([0xff, 0x00]) })).toEqual(
      Buffer.from([0xff, 0x00, 0xfe]),
    ))
  it.each(['%z', '%', '\\q', '\\x4'])('refuses %s', (format) => expect(() => parseFormat(format)).toThrow(UsageError))
})

describe('JSON', () => {
  it('is one line in the documented shape', () =>
    expect(recordToJson(RECORD)).toBe(
      '{"topic":"rawtrade","partition":1,"offset":42,"timestamp":1700000000000,"key":"AAPL","value":"182.5","headers":{"src":"nyse"}}\n',
    ))
  it('has bytes that are no text as base64, and null as null', () => {
    const document = JSON.parse(recordToJson({ ...RECORD, key: null, value: Buffer.from([0xff]) }))
    expect(document).toMatchObject({ key: null, valueBase64: '/w==' })
    expect(document).not.toHaveProperty('value')
  })
})

describe('a filter', () => {
  const passes = (texts: { key?: string; value?: string; headers?: string[] }) =>
    parseFilter({ key: texts.key, value: texts.value, headers: texts.headers ?? [] })!(RECORD)

  it.each([
    [{ key: 'AAPL' }, true],
    [{ key: 'AAP' }, false],
    [{ key: 'A*' }, true],
    [{ key: '?APL' }, true],
    [{ value: '182.5' }, true],
    [{ value: '182x5' }, false],
    [{ value: '/^18/' }, true],
    [{ key: '/aapl/i' }, true],
    [{ headers: ['src'] }, true],
    [{ headers: ['src=ny*'] }, true],
    [{ headers: ['src=l*'] }, false],
    [{ headers: ['other'] }, false],
    [{ key: 'AAPL', value: 'x' }, false],
  ])('%j: %s', (texts, expected) => expect(passes(texts)).toBe(expected))

  it('of nothing is none', () => expect(parseFilter({ key: undefined, value: undefined, headers: [] })).toBeUndefined())
  it('that does not parse is a usage error', () => expect(() => passes({ key: '/(/' })).toThrow(UsageError))
})
