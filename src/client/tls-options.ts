/**
 * TLS settings of a client from Java's or librdkafka's property names. PEM is read as it is (file or inline), a PKCS12
 * keystore goes to Node's own reader; JKS files and PKCS12 truststores are refused with the command that converts them.
 */
import { ConfigError } from '../base/errors.ts'

export interface TlsOptions {
  /** Trusted certificates, PEM; undefined: the system's. */
  readonly ca?: string | Buffer
  /** Own certificate chain and key, PEM. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** Own certificate and key in PKCS12. */
  readonly pfx?: Buffer
  readonly passphrase?: string
  /** False: any certificate will do (`enable.ssl.certificate.verification=false`). */
  readonly rejectUnauthorized: boolean
  /** False: the certificate may name another host. */
  readonly verifyHostname: boolean
}

type Properties = Readonly<Record<string, string>>
type ReadFile = (key: string, path: string) => Buffer
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Resolves the TLS options. Throws ConfigError. */
export function tlsOptions(properties: Properties, readFile: ReadFile): TlsOptions {
  const options: Mutable<TlsOptions> = {
    rejectUnauthorized: properties['enable.ssl.certificate.verification']?.trim() !== 'false',
    verifyHostname: !['', 'none'].includes(properties['ssl.endpoint.identification.algorithm']?.trim() ?? 'https'),
  }
  addTrust(options, properties, readFile)
  addIdentity(options, properties, readFile)
  const passphrase = properties['ssl.key.password'] ?? properties['ssl.keystore.password']
  if (passphrase !== undefined && (options.key !== undefined || options.pfx !== undefined))
    options.passphrase = passphrase
  return options
}

function addTrust(options: Mutable<TlsOptions>, properties: Properties, readFile: ReadFile): void {
  const inline = properties['ssl.truststore.certificates'] ?? properties['ssl.ca.pem']
  if (inline !== undefined) {
    options.ca = inline
    return
  }
  const caFile = properties['ssl.ca.location']
  if (caFile !== undefined && caFile !== '') {
    options.ca = readFile('ssl.ca.location', caFile)
    return
  }
  const store = properties['ssl.truststore.location']
  if (store === undefined) return
  options.ca = pem('ssl.truststore.location', store, readFile('ssl.truststore.location', store))
}

function addIdentity(options: Mutable<TlsOptions>, properties: Properties, readFile: ReadFile): void {
  const chain = properties['ssl.keystore.certificate.chain'] ?? properties['ssl.certificate.pem']
  const key = properties['ssl.keystore.key'] ?? properties['ssl.key.pem']
  if (chain !== undefined && key !== undefined) {
    options.cert = chain
    options.key = key
    return
  }
  const certFile = properties['ssl.certificate.location']
  const keyFile = properties['ssl.key.location']
  if (certFile !== undefined && keyFile !== undefined) {
    options.cert = readFile('ssl.certificate.location', certFile)
    options.key = readFile('ssl.key.location', keyFile)
    return
  }
  const store = properties['ssl.keystore.location']
  if (store === undefined) return
  const bytes = readFile('ssl.keystore.location', store)
  if (isPkcs12(bytes)) {
    options.pfx = bytes
    return
  }
  const text = pem('ssl.keystore.location', store, bytes)
  options.cert = text
  options.key = text
}

/** PKCS12 is DER: a SEQUENCE whose first element is the integer 3. */
function isPkcs12(bytes: Buffer): boolean {
  return bytes[0] === 0x30 && bytes.subarray(1, 12).includes(Buffer.from([0x02, 0x01, 0x03]))
}

function pem(key: string, path: string, bytes: Buffer): Buffer {
  if (bytes.includes('-----BEGIN')) return bytes
  const what = bytes.length > 4 && bytes.readUInt32BE(0) === 0xfeedfeed ? 'a JKS store' : 'no PEM file'
  throw new ConfigError(
    key,
    `${key}: ${path} is ${what}, which mq cannot read`,
    `Export the certificates as PEM, for example: keytool -exportcert -rfc -keystore ${path} -alias ALIAS -file ca.pem; then ssl.ca.location=ca.pem`,
  )
}
