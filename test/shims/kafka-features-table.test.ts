/** What the stand-ins know of feature levels offline, and Java's patterns of dates. */
import { describe, expect, it } from 'vitest'
import { javaDate } from '../../src/shims/java-date.ts'
import { dependencies, metadataLevel, parseLevel, versionMapping } from '../../src/shims/kafka-features-table.ts'

describe('version mapping', () => {
  it('tells the levels of a release', () => {
    expect(versionMapping('3.9-IV0')).toBe(
      'metadata.version=21 (3.9-IV0)\nkraft.version=1\ntransaction.version=0\ngroup.version=0\neligible.leader.replicas.version=0\nshare.version=0\nstreams.version=0\n',
    )
    expect(versionMapping('4.0-IV2')).toContain('transaction.version=2\ngroup.version=1\n')
    expect(versionMapping(undefined)).toContain('metadata.version=30 (4.3-IV0)\n')
    expect(versionMapping('9')).toBeUndefined()
  })

  it('takes a release for its last version', () => {
    expect(metadataLevel('4.1')).toBe(27)
    expect(metadataLevel('3.3-IV0')).toBeUndefined()
  })
})

describe('dependencies', () => {
  it('are told, and unknown levels refused', () => {
    expect(dependencies('eligible.leader.replicas.version', 1)).toEqual({
      text: 'eligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)\n',
    })
    expect(dependencies('group.version', 9)).toEqual({ error: 'No feature:group.version with feature level 9' })
    expect(dependencies('nope', 1)).toEqual({ error: 'Unknown feature: nope' })
  })

  it('are asked for as feature=level', () => {
    expect(parseLevel('a=1')).toEqual({ feature: 'a', level: 1 })
    expect(parseLevel('a=40000')).toHaveProperty('error')
    expect(parseLevel('a')).toEqual({ error: "Can't parse feature=level string a: equals sign not found." })
  })
})

describe('a date', () => {
  it('is printed by its pattern', () => {
    const ms = new Date(2026, 0, 2, 3, 4, 5, 6).getTime()
    expect(javaDate(ms, 'yyyy-MM-dd HH:mm:ss:SSS')).toBe('2026-01-02 03:04:05:006')
    expect(javaDate(ms, "yy 'at' H")).toBe('26 at 3')
    expect(() => javaDate(ms, 'qqq')).toThrow("Illegal pattern character 'q'")
  })
})
