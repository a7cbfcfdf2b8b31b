/** What of Java shows in the output of Kafka's tools. Orders and numbers were taken from a JVM. */
import { describe, expect, it } from 'vitest'
import {
  hashOrder,
  hashOrdered,
  includeList,
  javaSplit,
  parseInteger,
  parseLong,
  partitionHash,
} from '../../src/shims/java.ts'
import { doubleText } from '../../src/shims/quotas.ts'
import { parseDateTime, parseDuration } from '../../src/shims/reset-offsets.ts'

describe('java', () => {
  it('orders strings and partitions as a hash map does', () => {
    expect(hashOrdered(['live-classic', 'java-g', 'live-next', 'java-h'])).toEqual([
      'java-h',
      'java-g',
      'live-next',
      'live-classic',
    ])
    const places = [0, 1, 2, 3, 4, 5, 6].map((partition) => ({ topic: 'a', partition }))
    expect(hashOrder(places, partitionHash).map((place) => place.partition)).toEqual([2, 1, 0, 6, 5, 4, 3])
  })

  it('reads numbers and splits', () => {
    expect([parseInteger('-7'), parseLong('+9')]).toEqual([-7, 9])
    for (const bad of ['x', '', '1.5', '2147483648'])
      expect(() => parseInteger(bad)).toThrow(`For input string: "${bad}"`)
    expect(javaSplit('a=', /=/)).toEqual(['a'])
  })

  it('takes commas in a pattern for "or", and whole names only', () => {
    const pattern = includeList('"a, b.*"')
    expect(['a', 'bc', 'xa'].map((name) => pattern.test(name))).toEqual([true, true, false])
    expect(() => includeList('[')).toThrow('[ is an invalid regex.')
  })

  it.each([
    [1000, '1000.0'],
    [20.5, '20.5'],
    [1e7, '1.0E7'],
    [12345678.5, '1.23456785E7'],
    [0.0001, '1.0E-4'],
    [0, '0.0'],
  ])('prints the double %d as %s', (value, text) => expect(doubleText(value)).toBe(text))

  it.each([
    ['2020-01-01T00:00:00.000', 1_577_836_800_000],
    ['2020-01-01T00:00:00.000Z', 1_577_836_800_000],
    ['2020-01-01T00:00:00.000+02:00', 1_577_829_600_000],
    ['2020-01-01T00:00:00.000+0200', 1_577_829_600_000],
    ['2020-01-01T00:00:00.000-02', 1_577_844_000_000],
  ])('reads the time %s', (text, ms) => expect(parseDateTime(text)).toBe(ms))

  it('refuses times without a T or without milliseconds', () => {
    expect(() => parseDateTime('2020-01-01')).toThrow("does not contain a 'T'")
    expect(() => parseDateTime('2020-01-01T00:00:00')).toThrow('Unparseable date: "2020-01-01T00:00:00Z"')
  })

  it.each([
    ['PT1H', 3_600_000],
    ['P1DT1M1.5S', 86_461_500],
    ['-PT5S', -5000],
  ])('reads the duration %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['1h', 'P', 'PT', 'P1H'])('refuses the duration %s', (text) => {
    expect(() => parseDuration(text)).toThrow('Text cannot be parsed to a Duration')
  })
})
