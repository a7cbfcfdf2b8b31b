/** What -X takes. */
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { unknownProperty } from '../../src/cli/client-properties.ts'

describe('a key of -X', () => {
  it.each([
    'security.protocol',
    'sasl.username',
    'linger.ms',
    'metadata.broker.list',
    'sasl.oauthbearer.anything',
  ])('%s is good', (key) => expect(unknownProperty(key)).toBeUndefined())
  it('that is a slip is refused with what was meant', () => {
    expect(() => unknownProperty('security.protocl')).toThrow(UsageError)
    expect(() => unknownProperty('ssl.ca.locaton')).toThrow('there is no client property ssl.ca.locaton')
  })
  it('that nobody knows gets a remark', () => expect(unknownProperty('acme.setting')).toContain('acme.setting'))
})
