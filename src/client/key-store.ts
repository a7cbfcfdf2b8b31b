/**
 * What a keystore or truststore holds, whatever its format. Keys are opened on demand, since a truststore's reader has no
 * business with them. Certificates and keys are DER.
 */
import { createPrivateKey } from 'node:crypto'
import { MqError } from '../base/errors.ts'

/** A store that cannot be read: the reason, without the password. */
export class StoreError extends MqError {
  constructor(message: string) {
    super('MQ_KEYSTORE', message)
  }
}

export interface StoredKey {
  readonly alias: string
  /** The certificate of the key first, then its issuers. */
  readonly chain: readonly Buffer[]
  /** The key in PKCS8. Throws StoreError for a wrong password. */
  open(): Buffer
}

export interface KeyStore {
  readonly keys: readonly StoredKey[]
  /** Certificates that stand for themselves: what is trusted. */
  readonly certificates: readonly Buffer[]
}

/** Certificates as PEM text. */
export function certificatesPem(certificates: readonly Buffer[]): string {
  return certificates.map((one) => armour('CERTIFICATE', one.toString('base64'))).join('')
}

/** A PKCS8 key as PEM text. Throws StoreError when it is none. */
export function keyPem(pkcs8: Buffer): string {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
      format: 'pem',
      type: 'pkcs8',
    }) as string
  } catch {
    throw new StoreError('the private key is of a kind that cannot be used')
  }
}

/** PEM of base64 text. */
export function armour(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
