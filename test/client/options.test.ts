/** Client options in Java's and librdkafka's names, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/base/errors.ts'
import { parseBootstrap, resolveClientOptions } from '../../src/client/options.ts'
import { parseJaas } from '../../src/client/sasl-options.ts'

const directory = mkdtempSync(join(tmpdir(), 'mq-options-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}

const { certificate }: { certificate: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'stores.vectors.json'), 'utf8'),
)
const CA = `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`

const resolve = (fileText: string, properties: Record<string, string> = {}) =>
  resolveClientOptions({ bootstrapServer: 'b:1', fileText, properties })

describe('bootstrap', () => {
  it('takes lists, a default port, IPv6 and listener prefixes', () => {
    expect(parseBootstrap('a:1, b ,[::1]:3,PLAINTEXT://c:4')).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 9092 },
      { host: '::1', port: 3 },
      { host: 'c', port: 4 },
    ])
  })

  it('refuses what is none', () => {
    for (const text of ['', 'a:b', 'a:99999', 'a b:c']) expect(() => parseBootstrap(text), text).toThrow(ConfigError)
    expect(() => resolveClientOptions({})).toThrow('no bootstrap server')
  })

  it('prefers the flag, then -X, then the file', () => {
    const sources = { fileText: 'bootstrap.servers=f:1', properties: { 'bootstrap.servers': 'x:2' } }
    expect(resolveClientOptions({ ...sources, bootstrapServer: 's:3' }).bootstrap[0]?.host).toBe('s')
    expect(resolveClientOptions(sources).bootstrap[0]?.host).toBe('x')
    expect(resolveClientOptions({ fileText: sources.fileText }).bootstrap[0]?.host).toBe('f')
    expect(resolveClientOptions({ bootstrapController: 'c:9' })).toMatchObject({ bootstrapKind: 'controller' })
  })
})

describe('security', () => {
  it('reads the jaas line of Java', () => {
    const line =
      'org.apache.kafka.common.security.scram.ScramLoginModule required username="al\\"ice" password="p w;=";'
    expect(parseJaas(line).options).toEqual({ username: 'al"ice', password: 'p w;=' })
    const options = resolve(
      `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=${line.replaceAll('\\', '\\\\')}`,
    )
    expect(options).toMatchObject({
      tls: null,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'al"ice', password: 'p w;=' },
    })
  })

  it('reads the names of librdkafka', () => {
    const options = resolve('security.protocol=sasl_ssl\nsasl.mechanisms=PLAIN\nsasl.username=u\nsasl.password=p', {
      'ssl.ca.location': file('ca.pem', CA),
      'enable.ssl.certificate.verification': 'false',
    })
    expect(options).toMatchObject({
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' },
      tls: { rejectUnauthorized: false, verifyHostname: true, ca: CA },
    })
  })

  it('reads tokens, endpoints and unsecured logins', () => {
    const base = 'security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n'
    const sasl = (text: string) => resolve(base + text).sasl
    expect(sasl('sasl.oauthbearer.token=abc')).toMatchObject({ token: { kind: 'token', token: 'abc' } })
    const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
    expect(sasl(`sasl.jaas.config=${module} unsecuredLoginStringClaim_sub="me";`)).toMatchObject({
      token: { kind: 'unsecured', subject: 'me', lifeSeconds: 3600 },
    })
    expect(
      sasl(`sasl.oauthbearer.token.endpoint.url=http://h/t\nsasl.jaas.config=${module} clientId="i" clientSecret="s";`),
    ).toMatchObject({ token: { kind: 'endpoint', url: 'http://h/t', clientId: 'i', clientSecret: 's' } })
  })

  it.each([
    ['security.protocol=TLS', 'security.protocol'],
    ['sasl.username=u', 'security.protocol'],
    ['security.protocol=SASL_SSL', 'sasl.mechanism'],
    ['security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI', 'sasl.mechanism'],
    ['security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=u', 'sasl.password'],
    ['security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=hunter2', 'sasl.jaas.config'],
    ['security.protocol=SSL\nssl.ca.location=/nowhere/ca.pem', 'ssl.ca.location'],
    ['request.timeout.ms=soon', 'request.timeout.ms'],
  ])('refuses %s', (text, key) => {
    const refusal = (() => {
      try {
        return void resolve(text)
      } catch (error) {
        return error as ConfigError
      }
    })()
    expect(refusal?.key).toBe(key)
    expect(refusal?.message).not.toContain('hunter2')
  })

  it('says that a JKS store is damaged', () => {
    const path = file('t.jks', Buffer.from('feedfeed0000000200000001', 'hex'))
    expect(() => resolve(`security.protocol=SSL\nssl.truststore.location=${path}`)).toThrow('the JKS store is damaged')
  })
})
