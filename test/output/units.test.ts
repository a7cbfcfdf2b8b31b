/** Numbers for people. */
import { describe, expect, it } from 'vitest'
import { formatCount, formatDuration, formatRate, formatSize, formatTime } from '../../src/output/units.ts'

describe('for people', () => {
  it.each([
    [0, '0ms'],
    [350, '350ms'],
    [4200, '4.2s'],
    [59_999, '59.9s'],
    [60_000, '1m'],
    [200_000, '3m20s'],
    [7_500_000, '2h5m'],
    [273_600_000, '3d4h'],
    [-5000, '-5s'],
    [null, '-'],
  ])('%s ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1 << 30, '1 GiB'],
    [null, '-'],
  ])('%s bytes are %s', (bytes, text) => expect(formatSize(bytes)).toBe(text))

  it('rates, counts and times', () => {
    expect(formatRate(1536)).toBe('1.5 KiB/s')
    expect(formatCount(1_234_567)).toBe('1,234,567')
    expect(formatTime(0)).toBe('1970-01-01 00:00:00.000Z')
    expect(formatTime(-1)).toBe('-')
  })
})
