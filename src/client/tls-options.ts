/**
 * TLS settings of a client from Java's or librdkafka's property names. Stores may be PEM (file or inline), PKCS12 or JKS;
 * what they are is seen from their bytes, not from `…type`. Keys are decrypted here, so that a wrong password is told before
 * anything connects. Errors name the key and the file, never a password.
 */
import { createPrivateKey } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { ConfigError } from '../base/errors.ts'
import { trustedByDefault } from '../platform/extra-certificates.ts'
import { isJks, readJks } from './jks.ts'
import { certificatesPem, type KeyStore, keyPem, StoreError } from './key-store.ts'
import { hasPem, readPem } from './pem.ts'
import { isPkcs12, readPkcs12 } from './pkcs12.ts'

export interface TlsOptions {
  /** Trusted certificates, PEM; undefined: those that Node.js brings. */
  readonly ca?: string
  /** Own certificate chain and key, PEM. */
  readonly cert?: string
  readonly key?: string
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** False: any certificate will do (`enable.ssl.certificate.verification=false`). */
  readonly rejectUnauthorized: boolean
  /** False: the certificate may name another host. */
  readonly verifyHostname: boolean
}

export type Properties = Readonly<Record<string, string>>
export type ReadFile = (key: string, path: string) => Buffer
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Resolves the TLS options. Throws ConfigError. */
export function tlsOptions(properties: Properties, readFile: ReadFile): TlsOptions {
  const options: Mutable<TlsOptions> = {
    rejectUnauthorized: properties['enable.ssl.certificate.verification']?.trim() !== 'false',
    verifyHostname: !['', 'none'].includes(properties['ssl.endpoint.identification.algorithm']?.trim() ?? 'https'),
  }
  const ca = trustedCertificates(properties, readFile)
  if (ca !== undefined) options.ca = ca
  addIdentity(options, properties, readFile)
  addVersions(options, properties)
  try {
    secureContext(options)
  } catch (error) {
    const what = options.cert === undefined ? 'the trusted certificates' : 'the certificate and its private key'
    throw new ConfigError('ssl', `${what} cannot be used: ${(error as Error).message}`)
  }
  return options
}

/** What the sockets share: certificates are parsed once. */
export function secureContext({ ca, cert, key, minVersion, maxVersion }: Partial<TlsOptions>): SecureContext {
  const trusted = ca ?? trustedByDefault()
  return createSecureContext({
    ...(trusted === undefined ? {} : { ca: trusted }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  })
}

/** The trusted certificates that the properties name, as PEM; undefined when they name none. Throws ConfigError. */
export function trustedCertificates(properties: Properties, readFile: ReadFile): string | undefined {
  const inline = properties['ssl.truststore.certificates'] ?? properties['ssl.ca.pem']
  if (inline !== undefined) return certificatesOf('ssl.truststore.certificates', 'the value', inline)
  const caFile = properties['ssl.ca.location']
  if (caFile !== undefined && caFile !== '') {
    return certificatesOf('ssl.ca.location', caFile, readFile('ssl.ca.location', caFile).toString('latin1'))
  }
  const key = 'ssl.truststore.location'
  const path = properties[key]
  if (path === undefined || path === '') return undefined
  const bytes = readFile(key, path)
  const store = readStore(key, path, bytes, properties['ssl.truststore.password'], undefined)
  if (store === undefined) return certificatesOf(key, path, bytes.toString('latin1'))
  const certificates = [...store.certificates, ...store.keys.flatMap(({ chain }) => chain.slice(-1))]
  if (certificates.length === 0) throw new ConfigError(key, `${key}: ${path} holds no certificate`)
  return certificatesPem(certificates)
}

function certificatesOf(key: string, where: string, text: string): string {
  const { certificates } = readPem(text)
  if (certificates !== '') return certificates
  throw new ConfigError(
    key,
    `${key}: ${where} holds no PEM certificate`,
    'It begins with -----BEGIN CERTIFICATE-----; a JKS or PKCS12 store goes to ssl.truststore.location.',
  )
}

function addIdentity(options: Mutable<TlsOptions>, properties: Properties, readFile: ReadFile): void {
  const keyPassword = properties['ssl.key.password'] ?? properties['ssl.keystore.password']
  const chain = properties['ssl.keystore.certificate.chain'] ?? properties['ssl.certificate.pem']
  const key = properties['ssl.keystore.key'] ?? properties['ssl.key.pem']
  if (chain !== undefined && key !== undefined) {
    options.cert = certificatesOf('ssl.keystore.certificate.chain', 'the value', chain)
    options.key = openPem('ssl.keystore.key', key, keyPassword)
    return
  }
  const certFile = properties['ssl.certificate.location']
  const keyFile = properties['ssl.key.location']
  if (certFile !== undefined && keyFile !== undefined) {
    const name = 'ssl.certificate.location'
    options.cert = certificatesOf(name, certFile, readFile(name, certFile).toString('latin1'))
    options.key = openPem('ssl.key.location', readFile('ssl.key.location', keyFile).toString('latin1'), keyPassword)
    return
  }
  const name = 'ssl.keystore.location'
  const path = properties[name]
  if (path === undefined || path === '') return
  const bytes = readFile(name, path)
  const store = readStore(name, path, bytes, properties['ssl.keystore.password'], properties['ssl.key.password'])
  if (store === undefined) {
    const text = bytes.toString('latin1')
    options.cert = certificatesOf(name, path, text)
    options.key = openPem(name, text, keyPassword)
    return
  }
  const own = store.keys[0]
  if (own === undefined) throw new ConfigError(name, `${name}: ${path} holds no private key`)
  options.cert = certificatesPem(own.chain)
  options.key = named(name, path, () => keyPem(own.open()))
}

/** A private key as PEM without a password. */
function openPem(key: string, text: string, password: string | undefined): string {
  const found = readPem(text).key
  if (found === undefined) throw new ConfigError(key, `${key}: there is no PEM private key`)
  const isLocked = found.includes('ENCRYPTED')
  if (isLocked && (password === undefined || password === '')) {
    throw new ConfigError(key, `${key}: the private key is encrypted`, 'Set ssl.key.password.')
  }
  try {
    return createPrivateKey({ key: found, ...(isLocked ? { passphrase: password } : {}) }).export({
      format: 'pem',
      type: 'pkcs8',
    }) as string
  } catch {
    const reason = isLocked ? 'ssl.key.password does not open the private key' : 'the private key cannot be read'
    throw new ConfigError(key, `${key}: ${reason}`)
  }
}

/** A JKS or PKCS12 store; undefined for PEM. Throws ConfigError. */
function readStore(
  key: string,
  path: string,
  bytes: Buffer,
  password: string | undefined,
  keyPassword: string | undefined,
): KeyStore | undefined {
  if (isJks(bytes)) return named(key, path, () => readJks(bytes, password, keyPassword ?? password))
  if (isPkcs12(bytes)) return named(key, path, () => readPkcs12(bytes, password, keyPassword ?? password))
  if (hasPem(bytes.toString('latin1'))) return undefined
  throw new ConfigError(key, `${key}: ${path} is neither PEM nor PKCS12 nor JKS`)
}

function named<T>(key: string, path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    throw new ConfigError(
      key,
      `${key}: ${path}: ${error.message}`,
      error.message.includes('password') ? `Check ${key.replace('.location', '.password')}.` : undefined,
    )
  }
}

function addVersions(options: Mutable<TlsOptions>, properties: Properties): void {
  const text = properties['ssl.enabled.protocols']
  if (text === undefined || text.trim() === '') return
  const known = ['TLSv1.2', 'TLSv1.3'] as const
  const wanted = known.filter((version) => text.split(',').some((one) => one.trim() === version))
  const [first] = wanted
  if (first === undefined) {
    throw new ConfigError('ssl.enabled.protocols', `ssl.enabled.protocols is ${text}`, 'Known: TLSv1.2, TLSv1.3.')
  }
  options.minVersion = first
  options.maxVersion = wanted.at(-1)!
}
