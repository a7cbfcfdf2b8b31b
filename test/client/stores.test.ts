/**
 * Keystores and truststores that keytool (JDK 17, also with keystore.pkcs12.legacy) and OpenSSL 3 (also -legacy) wrote: all hold the
 * same certificate and key; store password storepw1, key password of key.jks keypw123.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tlsOptions } from '../../src/client/tls-options.ts'

const vectors: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'stores.vectors.json'), 'utf8'),
)
const read = (_key: string, path: string) => Buffer.from(vectors[path]!, 'base64')
const flat = (pem: string | undefined) => pem?.replaceAll(/-----.*?-----|\s/g, '')
const CERTIFICATE = vectors.certificate!
const pem = `-----BEGIN CERTIFICATE----- ${CERTIFICATE} -----END CERTIFICATE-----`
const identity = (path: string, more: Record<string, string> = {}) =>
  tlsOptions({ 'ssl.keystore.location': path, 'ssl.keystore.password': 'storepw1', ...more }, read)

describe('identities', () => {
  it.each(['modern.p12', 'legacy.p12', 'openssl.p12', 'openssl-legacy.p12'])('%s', (path) => {
    const options = identity(path)
    expect(flat(options.cert)).toBe(CERTIFICATE)
    expect(options.key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(options.key).toBe(identity('modern.p12').key)
  })

  it('key.jks, whose key has a password of its own', () => {
    const options = identity('key.jks', { 'ssl.key.password': 'keypw123' })
    expect(flat(options.cert)).toBe(CERTIFICATE)
    expect(options.key).toBe(identity('modern.p12').key)
    expect(() => identity('key.jks')).toThrow('the password of the key own is wrong')
  })

  it('inline PEM on one line with an encrypted key, as Java properties hold it', () => {
    const key = Buffer.from(vectors['enc.key']!, 'base64').toString('utf8').replaceAll('\n', ' ')
    const properties = { 'ssl.keystore.certificate.chain': pem, 'ssl.keystore.key': key }
    const options = tlsOptions({ ...properties, 'ssl.key.password': 'storepw1' }, read)
    expect(options.key).toBe(identity('modern.p12').key)
    expect(() => tlsOptions(properties, read)).toThrow('the private key is encrypted')
    expect(() => tlsOptions({ ...properties, 'ssl.key.password': 'no' }, read)).toThrow('does not open the private key')
  })
})

describe('truststores', () => {
  it.each(['trust.p12', 'trust.jks'])('%s', (path) => {
    const trust = { 'ssl.truststore.location': path, 'ssl.truststore.password': 'storepw1' }
    expect(flat(tlsOptions(trust, read).ca)).toBe(CERTIFICATE)
  })

  it('a JKS one without its password, and inline PEM', () => {
    expect(flat(tlsOptions({ 'ssl.truststore.location': 'trust.jks' }, read).ca)).toBe(CERTIFICATE)
    expect(flat(tlsOptions({ 'ssl.truststore.certificates': pem }, read).ca)).toBe(CERTIFICATE)
  })
})

describe('what cannot be read', () => {
  const message = (properties: Record<string, string>) => {
    try {
      tlsOptions(properties, read)
    } catch (error) {
      return (error as Error).message
    }
    return 'it was read'
  }

  it.each(Object.keys(vectors).filter((name) => /\.(p12|jks)$/.test(name)))('%s with a wrong password', (path) => {
    const kind = path.startsWith('trust') ? 'ssl.truststore' : 'ssl.keystore'
    const said = message({ [`${kind}.location`]: path, [`${kind}.password`]: 'hunter2' })
    expect(said).toContain(`${kind}.location: ${path}: the password of the store is wrong`)
    expect(said).not.toContain('hunter2')
  })

  it('damaged stores end with an error, whichever byte is cut', () => {
    for (const name of ['modern.p12', 'openssl.p12', 'trust.jks']) {
      const whole = read('', name)
      for (let length = 20; length < whole.length; length += 37) {
        const cut = { 'ssl.truststore.location': 'x', 'ssl.truststore.password': 'storepw1' }
        expect(() => tlsOptions(cut, () => whole.subarray(0, length))).toThrow('ssl.truststore.location: x')
      }
    }
  })

  it('other files', () => {
    const text = () => Buffer.from('hello')
    expect(() => tlsOptions({ 'ssl.truststore.location': 'x' }, text)).toThrow('neither PEM nor PKCS12 nor JKS')
    expect(() => tlsOptions({ 'ssl.ca.location': 'x' }, text)).toThrow('holds no PEM certificate')
    expect(message({ 'ssl.keystore.location': 'trust.p12', 'ssl.keystore.password': 'storepw1' })).toContain(
      'holds no private key',
    )
    expect(message({ 'ssl.enabled.protocols': 'SSLv3' })).toContain('ssl.enabled.protocols')
  })
})
