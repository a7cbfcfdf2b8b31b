/** Secrets on the command line are refused; references to variables and files stand for them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../src/base/errors.ts'
import { refuseTypedSecrets, withReferences } from '../../src/client/secrets.ts'

const directory = mkdtempSync(join(tmpdir(), 'mq-secrets-'))
beforeAll(() => {
  process.env.MQ_TEST_SECRET = 's3cret'
})
afterAll(() => {
  delete process.env.MQ_TEST_SECRET
  rmSync(directory, { recursive: true })
})

const JAAS = 'a.PlainLoginModule required username="u"'

describe('typed secrets', () => {
  it.each([
    ['sasl.password', 'hunter2'],
    ['ssl.key.password', 'hunter2'],
    ['ssl.truststore.password', 'hunter2'],
    ['ssl.keystore.key', '-----BEGIN hunter2'],
    ['sasl.oauthbearer.token', 'hunter2'],
    ['sasl.oauthbearer.client.secret', 'hunter2'],
    ['sasl.oauthbearer.client.credentials.client.secret', 'hunter2'],
    ['sasl.jaas.config', `${JAAS} password="hunter2";`],
    ['sasl.jaas.config', `${JAAS} password=hunter2;`],
  ])('%s=%s is refused, the value not repeated', (key, value) => {
    const refusal = (() => {
      try {
        return void refuseTypedSecrets({ [key]: value })
      } catch (error) {
        return error as UsageError
      }
    })()
    expect(refusal).toBeInstanceOf(UsageError)
    expect(`${refusal?.message} ${refusal?.hint}`).toContain(key)
    expect(`${refusal?.message} ${refusal?.hint}`).not.toContain('hunter2')
  })

  it('references and what is no secret pass', () => {
    refuseTypedSecrets({
      'sasl.password': `\${env:MQ_TEST_SECRET}`,
      'sasl.username': 'u',
      'sasl.jaas.config': `${JAAS} password="\${env:MQ_TEST_SECRET}";`,
      'ssl.keystore.location': '/keys',
      'security.protocol': 'SSL',
    })
  })
})

describe('references', () => {
  it('are replaced within a value', () => {
    const path = join(directory, 'secrets.properties')
    writeFileSync(path, 'kafka=from file\n')
    expect(
      withReferences({ a: `\${env:MQ_TEST_SECRET}`, b: `x \${env:MQ_TEST_SECRET} \${file:${path}:kafka}`, c: '$' }),
    ).toEqual({ a: 's3cret', b: 'x s3cret from file', c: '$' })
  })

  it('say what is not there', () => {
    expect(() => withReferences({ a: `\${env:MQ_TEST_NONE}` })).toThrow('a: the environment variable MQ_TEST_NONE')
    expect(() => withReferences({ a: `\${file:/nowhere:k}` })).toThrow('a: cannot read /nowhere (ENOENT)')
  })
})
