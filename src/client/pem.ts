/**
 * PEM as people and Java's properties hold it: with or without line breaks, several blocks after each other, text between
 * them. Gives it back in the form that OpenSSL reads.
 */
import { armour } from './key-store.ts'

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g

export interface PemParts {
  /** All certificates, in order. */
  readonly certificates: string
  /** The first private key, encrypted or not. */
  readonly key: string | undefined
}

/** Whether there is any block at all. */
export function hasPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}

/** The blocks of a text. A backslash-n that a properties file left as two characters is a line break. */
export function readPem(text: string): PemParts {
  let certificates = ''
  let key: string | undefined
  for (const [block, label, body] of text.replaceAll('\\n', '\n').matchAll(BLOCK)) {
    // Older keys carry headers (`DEK-Info: …`), which need their lines.
    const clean = body!.includes(':') ? `${block}\n` : armour(label!, body!.replaceAll(/\s+/g, ''))
    if (label === 'CERTIFICATE' || label === 'TRUSTED CERTIFICATE' || label === 'X509 CERTIFICATE') {
      certificates += armour('CERTIFICATE', body!.replaceAll(/\s+/g, ''))
    } else if (label!.endsWith('PRIVATE KEY')) key ??= clean
  }
  return { certificates, key }
}
