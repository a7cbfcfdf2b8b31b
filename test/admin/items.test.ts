/** Names that look alike, the grammar of partitions, the offsets CSV, assignments. */
import { describe, expect, it } from 'vitest'
import { MqError, UsageError } from '../../src/base/errors.ts'
import { codeError, itemError, similarNames, unknownName, wholeName } from '../../src/admin/items.ts'
import { offsetsCsv, parseOffsetsCsv } from '../../src/admin/offsets-csv.ts'
import { parseScope } from '../../src/admin/partitions.ts'
import { parseAssignment } from '../../src/admin/topic-partitions.ts'
import { errorCode } from '../../src/protocol/errors.ts'

describe('suggestions', () => {
  it('are close or contain the name, the likeliest first, three at most', () => {
    const known = ['orders', 'orders-dlq', 'payments', 'order', 'ordered', 'zebra']
    expect(similarNames('oders', known)).toEqual(['orders'])
    expect(similarNames('ORDERS', known)).toEqual(['orders', 'order', 'orders-dlq'])
    expect(similarNames('xyz', known)).toEqual([])
  })

  it('fall back to the command that lists', () => {
    expect(unknownName('group', 'xyz', ['a']).hint).toBe('mq groups list shows the groups')
    expect(unknownName('topic', 'oder', ['order']).hint).toBe('did you mean order?')
  })
})

describe('item errors', () => {
  it('prefer what the broker says', () => {
    expect(codeError(errorCode('INVALID_CONFIG'), 'so bad')).toEqual({ code: 'INVALID_CONFIG', message: 'so bad' })
    expect(codeError(errorCode('UNKNOWN_TOPIC_OR_PARTITION'), '').message).toBe('there is no such topic or partition')
  })

  it('let bugs go on', () => {
    expect(itemError(new MqError('MQ_X', 'm', { hint: 'h' }))).toEqual({ code: 'MQ_X', message: 'm', hint: 'h' })
    expect(() => itemError(new TypeError('bug'))).toThrow('bug')
  })

  it('refuse a pattern that is none as misuse', () => {
    expect(wholeName('a.*').test('xab')).toBe(false)
    expect(() => wholeName('[')).toThrow(expect.objectContaining({ exitCode: 2 }))
  })
})

describe('partitions', () => {
  it('are one topic, or some of its partitions', () => {
    expect(parseScope('a.b-c')).toEqual({ topic: 'a.b-c', partitions: undefined })
    expect(parseScope('a:3-5,0,4')).toEqual({ topic: 'a', partitions: [0, 3, 4, 5] })
    for (const bad of ['a:', 'a:x', 'a:5-3', 'a:1-', 'a:0-9999999'])
      expect(() => parseScope(bad), bad).toThrow(UsageError)
  })

  it('travel as CSV in both shapes of Kafka’s tools', () => {
    const bare = { group: undefined, topic: 'a', partition: 0, offset: 5 }
    expect(parseOffsetsCsv('\ufeffa,0,5\r\n"b", 1 ,6\n\n')).toEqual([
      bare,
      { ...bare, topic: 'b', partition: 1, offset: 6 },
    ])
    expect(parseOffsetsCsv('g,a,0,5\n"h, ""2""",a,1,6')).toEqual([
      { ...bare, group: 'g' },
      { group: 'h, "2"', topic: 'a', partition: 1, offset: 6 },
    ])
    expect(() => parseOffsetsCsv('a,0,5\na,0')).toThrow('line 2')
    for (const bad of ['a,0,x', 'a,0,-1', '"a,0,5', 'a,b,c,0,5', ',0,5', 'a,0,"5"x'])
      expect(() => parseOffsetsCsv(bad), bad).toThrow(UsageError)
    expect(offsetsCsv([bare], false)).toBe('a,0,5')
    expect(offsetsCsv([{ ...bare, group: 'h, "2"' }], true)).toBe('"h, ""2""",a,0,5')
  })

  it('have their replicas written as brokers between colons', () => {
    expect(parseAssignment('1:2, 2:3')).toEqual([
      [1, 2],
      [2, 3],
    ])
    expect(parseAssignment('1:x')).toBeUndefined()
    expect(parseAssignment('')).toBeUndefined()
  })
})
