/** Durations, sizes and rates as people write them. */
import { describe, expect, it } from 'vitest'
import { parseDurationMs, parseRateBytes, parseSizeBytes } from '../../src/base/units.ts'

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

  it.each(['', '5', '5 minutes', '-5s', '5x', 's', '1e3s', '99999999999999999999d'])('%j is none', (text) =>
    expect(parseDurationMs(text)).toBeUndefined())
})

describe('sizes', () => {
  it.each([
    ['10', 10],
    ['64KiB', 65_536],
    ['10MB', 10_000_000],
    ['1GiB', 1 << 30],
    ['1.5 kb', 1500],
    ['0B', 0],
  ])('%s is %d bytes', (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes))

  it.each(['10K', '10M', '-1B', '', 'MB', '1 0'])('%j is none', (text) => expect(parseSizeBytes(text)).toBeUndefined())
})

describe('rates', () => {
  it('are sizes a second', () => expect(parseRateBytes('50MB/s')).toBe(50_000_000))
  it('need the /s', () => expect(parseRateBytes('50MB')).toBeUndefined())
})
