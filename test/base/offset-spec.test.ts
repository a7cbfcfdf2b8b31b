/** The one grammar for places in a partition. */
import { describe, expect, it } from 'vitest'
import { parseOffsetSpec, parseTimeMs } from '../../src/base/offset-spec.ts'

const NOW = Date.UTC(2026, 0, 2, 12)

describe('an offset spec', () => {
  it.each([
    ['earliest', { kind: 'earliest' }],
    ['latest', { kind: 'latest' }],
    ['42', { kind: 'offset', offset: 42 }],
    ['+5', { kind: 'after-earliest', count: 5 }],
    ['-10', { kind: 'before-latest', count: 10 }],
    ['@2026-01-01T00:00:00Z', { kind: 'time', timestampMs: Date.UTC(2026, 0, 1) }],
    ['@2026-01-01T00:00:00.250', { kind: 'time', timestampMs: Date.UTC(2026, 0, 1) + 250 }],
    ['@2026-01-01T01:00:00+01:00', { kind: 'time', timestampMs: Date.UTC(2026, 0, 1) }],
    ['@2026-01-01', { kind: 'time', timestampMs: Date.UTC(2026, 0, 1) }],
    ['@1767225600000', { kind: 'time', timestampMs: 1_767_225_600_000 }],
    ['@-1h', { kind: 'time', timestampMs: NOW - 3_600_000 }],
  ])('%s', (text, spec) => expect(parseOffsetSpec(text, NOW)).toEqual(spec))

  it.each([
    '',
    'first',
    '1.5',
    '--5',
    '@',
    '@yesterday',
    '@-1',
    '@2026-13-01',
    '99999999999999999999',
    '@1h',
  ])('%j is none', (text) => expect(parseOffsetSpec(text, NOW)).toBeUndefined())

  it('now is a time', () => expect(parseTimeMs('now', NOW)).toBe(NOW))
})
