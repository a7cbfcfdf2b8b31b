/** What Apache Kafka 4.3.1 says to single values of topic and group keys, word for word, against our checks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../../src/protocol/errors.ts'
import { validateBrokerConfig, validateGroupConfigs, validateTopicConfigs } from '../../src/config/validate.ts'

type Refusal = ['topic' | 'group', string, string, string | null]
const refusals = JSON.parse(readFileSync(join(import.meta.dirname, 'kafka-refusals.vectors.json'), 'utf8')) as Refusal[]

function refusalOf(check: () => void): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.message
  }
}

describe('validation', () => {
  it('refuses what Kafka refuses, in its words', () => {
    const ours = refusals.map(([kind, key, value]): Refusal => {
      const check = kind === 'topic' ? validateTopicConfigs : validateGroupConfigs
      return [kind, key, value, refusalOf(() => check({ [key]: value }))]
    })
    expect(ours).toEqual(refusals)
  })

  it('holds pairs of topic values together', () => {
    expect(refusalOf(() => validateTopicConfigs({ 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' }))).toBe(
      'conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)',
    )
    expect(refusalOf(() => validateTopicConfigs({ 'remote.storage.enable': 'true' }))).toContain('Tiered Storage')
  })

  it.each([
    ['node.id', '3', 'broker', 'Cannot update these configs dynamically: [node.id]'],
    ['ssl.keystore.location', '/k', 'broker', 'only per-listener using the listener prefix: [ssl.keystore.location]'],
    ['ssl.client.auth', 'none', 'cluster', 'broker id must be specified: [ssl.client.auth]'],
    [
      'listener.name.internal.ssl.client.auth',
      'x',
      'broker',
      'for configuration ssl.client.auth: String must be one of',
    ],
    ['log.roll.ms', '0', 'cluster', 'log.roll.ms must be greater than or equal to 1'],
    ['log.cleaner.threads', '-1', 'cluster', 'Value must be at least 0'],
  ] as const)('broker key %s=%s', (key, value, scope, message) => {
    expect(refusalOf(() => validateBrokerConfig(key, value, scope))).toContain(message)
  })

  it('lets dynamic broker values and names that nobody knows through', () => {
    validateBrokerConfig('log.retention.ms', '1000', 'cluster')
    validateBrokerConfig('listener.name.internal.ssl.keystore.location', '/k', 'broker')
    validateBrokerConfig('made.up', 'x', 'broker')
  })
})
