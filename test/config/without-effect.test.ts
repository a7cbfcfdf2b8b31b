/** The lists of effective keys say what the broker's code reads, and each of those keys is documented. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokerKeys } from '../../src/config/broker-keys.ts'
import { documentationOf } from '../../src/config/documentation.ts'
import { groupKeys } from '../../src/config/group-keys.ts'
import { topicKeys } from '../../src/config/topic-keys.ts'
import {
  effectiveBrokerKeys,
  effectiveGroupKeys,
  effectiveTopicKeys,
  hasEffect,
  keysWithoutEffect,
} from '../../src/config/without-effect.ts'

const source = join(import.meta.dirname, '../../src')
const readers = readdirSync(join(source, 'broker'), { recursive: true })
  .map((name) => join(source, 'broker', String(name)))
  .filter((name) => name.endsWith('.ts'))
  .concat(['broker-config.ts', 'resolve-listeners.ts'].map((name) => join(source, 'config', name)))

/** Keys that stand in a `get('…')`; broker.id is read by its own name in meta.properties only. */
const read = new Set(['broker.id'])
for (const file of readers) {
  for (const match of readFileSync(file, 'utf8').matchAll(/get\(\s*'([a-z0-9.]+)'/g)) read.add(match[1]!)
}

describe('keys with effect', () => {
  it('are those that the broker reads: update the lists in without-effect.ts', () => {
    const listed = new Set<string>([...effectiveBrokerKeys, ...effectiveTopicKeys, ...effectiveGroupKeys])
    const known = (name: string) => name in brokerKeys || name in topicKeys || name in groupKeys
    expect([...read].filter((name) => known(name) && !listed.has(name)).sort()).toEqual([])
    expect([...listed].filter((name) => !read.has(name)).sort()).toEqual([])
  })

  it('include the broker keys behind effective topic keys', () => {
    expect(hasEffect('broker', 'log.retention.hours')).toBe(true)
    expect(hasEffect('broker', 'log.cleaner.delete.retention.ms')).toBe(true)
    expect(keysWithoutEffect('topic')).toContain('remote.storage.enable')
  })

  it('are documented, and the others say what they are', () => {
    const silent = Object.keys(brokerKeys).filter(
      (name) => hasEffect('broker', name) && documentationOf('broker', name) === null,
    )
    expect(silent).toEqual([])
    for (const name of Object.keys(topicKeys)) expect(documentationOf('topic', name)).not.toBeNull()
    expect(documentationOf('topic', 'remote.storage.enable')).toContain('without effect')
    expect(documentationOf('topic', 'retention.ms')).not.toContain('without effect')
  })
})
