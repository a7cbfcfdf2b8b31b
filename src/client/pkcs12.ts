/**
 * Reads PKCS12 stores (RFC 7292) as Java, OpenSSL and others write them: keys and certificates under PBES2 (AES, PBKDF2) or
 * the older PBE schemes, sealed with an HMAC. The seal is checked first, which is how a wrong password is told. Node's own
 * reader takes identities only, no truststores, and none of the older ciphers.
 */
import { createHmac, timingSafeEqual, X509Certificate } from 'node:crypto'
import { DER, type DerNode, readDer } from './der.ts'
import { type KeyStore, StoreError, type StoredKey } from './key-store.ts'
import { decryptPbe, digestOf, pbkdf2Key, pkcs12Key } from './pkcs12-pbe.ts'

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbmac1: '1.2.840.113549.1.5.14',
} as const

/** PKCS12 is a sequence whose first element is the integer 3. */
export function isPkcs12(bytes: Buffer): boolean {
  return bytes[0] === DER.sequence && bytes.subarray(1, 12).includes(Buffer.from([0x02, 0x01, 0x03]))
}

/** Throws StoreError: a wrong password, a damaged file, a cipher that is not known. */
export function readPkcs12(bytes: Buffer, password: string | undefined, keyPassword = password): KeyStore {
  try {
    return new Store(readDer(bytes), password ?? '', keyPassword ?? '').read()
  } catch (error) {
    if (error instanceof RangeError) throw new StoreError('the PKCS12 store is damaged')
    throw error
  }
}

interface Bag {
  readonly alias: string
  readonly keyId: string | undefined
}

class Store {
  readonly #root: DerNode
  readonly #password: string
  readonly #keyPassword: string
  readonly #keys: (Bag & { open(): Buffer })[] = []
  readonly #certificates: (Bag & { der: Buffer })[] = []

  constructor(root: DerNode, password: string, keyPassword: string) {
    this.#root = root
    this.#password = password
    this.#keyPassword = keyPassword
  }

  read(): KeyStore {
    const [, content, mac] = this.#root.children
    if (content === undefined || content.child(0).oid !== OID.data) {
      throw new StoreError('the PKCS12 store is sealed with a public key, which is not supported')
    }
    const safe = content.child(1).child(0).octets
    if (mac !== undefined) checkMac(mac, safe, this.#password)
    for (const part of readDer(safe).children) this.#readContents(part)
    return this.#result()
  }

  #readContents(part: DerNode): void {
    const kind = part.child(0).oid
    const content = part.child(1).child(0)
    if (kind === OID.data) this.#readBags(readDer(content.octets))
    else if (kind === OID.encryptedData) {
      const encrypted = content.child(1)
      this.#readBags(readDer(decrypt(encrypted.child(1), encrypted.child(2).octets, this.#password)))
    } else throw new StoreError(`the PKCS12 store has content of kind ${kind}`)
  }

  #readBags(contents: DerNode): void {
    for (const bag of contents.children) {
      const value = bag.child(1).child(0)
      const names = attributesOf(bag.children[2])
      switch (bag.child(0).oid) {
        case OID.certBag:
          if (value.child(0).oid === OID.x509)
            this.#certificates.push({ ...names, der: value.child(1).child(0).octets })
          break
        case OID.keyBag:
          this.#keys.push({ ...names, open: () => value.raw })
          break
        case OID.shroudedKeyBag:
          this.#keys.push({
            ...names,
            open: () => decrypt(value.child(0), value.child(1).octets, this.#keyPassword),
          })
          break
        case OID.safeContentsBag:
          this.#readBags(value)
      }
    }
  }

  /** A key's certificate has the same local id; its issuers follow. What belongs to no key is trusted. */
  #result(): KeyStore {
    const own = new Set<Buffer>()
    const keys = this.#keys.map(({ alias, keyId, open }): StoredKey => {
      const mine = this.#certificates.find((one) => keyId !== undefined && one.keyId === keyId) ?? this.#certificates[0]
      if (mine === undefined) return { alias, chain: [], open }
      own.add(mine.der)
      return {
        alias,
        chain: chainFrom(
          mine.der,
          this.#certificates.map(({ der }) => der),
        ),
        open,
      }
    })
    return { keys, certificates: this.#certificates.map(({ der }) => der).filter((der) => !own.has(der)) }
  }
}

/** The certificate, its issuer, the issuer's issuer, as far as the store has them. */
function chainFrom(leaf: Buffer, store: readonly Buffer[]): Buffer[] {
  const known = store.map((der) => ({ der, parsed: new X509Certificate(der) }))
  const chain = [leaf]
  for (let last = new X509Certificate(leaf); chain.length <= store.length; ) {
    const issuer = known.find(({ parsed }) => last.issuer === parsed.subject && last.checkIssued(parsed))
    if (issuer === undefined || chain.some((one) => one.equals(issuer.der))) break
    chain.push(issuer.der)
    last = issuer.parsed
  }
  return chain
}

function decrypt(algorithm: DerNode, data: Buffer, password: string): Buffer {
  try {
    return decryptPbe(algorithm, data, password)
  } catch (error) {
    if (error instanceof StoreError) throw error
    // OpenSSL's words are about padding: whoever reads this has typed another password.
    throw new StoreError('the password of the store or of its key is wrong')
  }
}

function attributesOf(set: DerNode | undefined): Bag {
  let alias = ''
  let keyId: string | undefined
  for (const attribute of set?.children ?? []) {
    const value = attribute.child(1).children[0]
    if (value === undefined) continue
    const kind = attribute.child(0).oid
    if (kind === OID.friendlyName) alias = Buffer.from(value.contents).swap16().toString('utf16le')
    if (kind === OID.localKeyId) keyId = value.octets.toString('hex')
  }
  return { alias, keyId }
}

function checkMac(mac: DerNode, safe: Buffer, password: string): void {
  const [info, salt, iterations] = mac.children
  const algorithm = info!.child(0)
  const expected = info!.child(1).octets
  const actual =
    algorithm.child(0).oid === OID.pbmac1
      ? pbmac1(algorithm.child(1), safe, password)
      : classicMac(algorithm, salt!.octets, iterations?.integer ?? 1, safe, password)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new StoreError(
      password === '' ? 'the store needs its password' : 'the password of the store is wrong, or the file is damaged',
    )
  }
}

function classicMac(algorithm: DerNode, salt: Buffer, iterations: number, safe: Buffer, password: string): Buffer {
  const hash = digestOf(algorithm.child(0).oid)
  return createHmac(hash.name, pkcs12Key(hash, 3, password, salt, iterations, hash.bytes))
    .update(safe)
    .digest()
}

function pbmac1(parameters: DerNode, safe: Buffer, password: string): Buffer {
  const hash = digestOf(parameters.child(1).child(0).oid)
  return createHmac(hash.name, pbkdf2Key(parameters.child(0), password, hash.bytes))
    .update(safe)
    .digest()
}
