/**
 * Reads Java's own keystore format (JKS): certificates are in the clear, private keys under a keystream of SHA-1 over the
 * password. The password also seals the file; without one the certificates can be read but not checked, as in Java.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readDer } from './der.ts'
import { type KeyStore, StoreError } from './key-store.ts'

const MAGIC = 0xfeedfeed
const SEAL = 'Mighty Aphrodite'
const KEY_ENTRY = 1
const CERTIFICATE_ENTRY = 2
const DIGEST_BYTES = 20

/** Whether these are the first bytes of such a store. */
export function isJks(bytes: Buffer): boolean {
  return bytes.length >= 12 && bytes.readUInt32BE(0) === MAGIC
}

const sha1 = (...parts: Uint8Array[]) => createHash('sha1').update(Buffer.concat(parts)).digest()

/** Java's characters: two bytes each, the high one first. */
function utf16(password: string): Buffer {
  return Buffer.from(password, 'utf16le').swap16()
}

/** Throws StoreError: a wrong password, a damaged file, another version. */
export function readJks(bytes: Buffer, storePassword: string | undefined, keyPassword = storePassword): KeyStore {
  if (storePassword !== undefined && storePassword !== '') checkSeal(bytes, storePassword)
  try {
    return readEntries(bytes, keyPassword)
  } catch (error) {
    if (error instanceof RangeError) throw new StoreError('the JKS store is damaged')
    throw error
  }
}

function checkSeal(bytes: Buffer, password: string): void {
  const body = bytes.subarray(0, -DIGEST_BYTES)
  const seal = sha1(utf16(password), Buffer.from(SEAL), body)
  if (!timingSafeEqual(seal, bytes.subarray(-DIGEST_BYTES))) {
    throw new StoreError('the password of the store is wrong, or the file is damaged')
  }
}

class Reader {
  readonly bytes: Buffer
  position = 4
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  int(): number {
    this.position += 4
    return this.bytes.readInt32BE(this.position - 4)
  }
  skip(count: number): void {
    this.take(count)
  }
  take(length: number): Buffer {
    if (length < 0 || this.position + length > this.bytes.length) throw new RangeError('ends early')
    this.position += length
    return this.bytes.subarray(this.position - length, this.position)
  }
  text(): string {
    const length = this.bytes.readUInt16BE(this.position)
    this.position += 2
    return this.take(length).toString('utf8')
  }
}

function readEntries(bytes: Buffer, keyPassword: string | undefined): KeyStore {
  const reader = new Reader(bytes)
  const version = reader.int()
  if (version !== 1 && version !== 2) throw new StoreError(`a JKS store of version ${version}`)
  const certificate = (): Buffer => {
    if (version === 2) reader.text()
    return reader.take(reader.int())
  }
  const store: { keys: KeyStore['keys'][number][]; certificates: Buffer[] } = { keys: [], certificates: [] }
  for (let left = reader.int(); left > 0; left--) {
    const kind = reader.int()
    const alias = reader.text()
    reader.skip(8)
    if (kind === CERTIFICATE_ENTRY) store.certificates.push(certificate())
    else if (kind === KEY_ENTRY) {
      const locked = reader.take(reader.int())
      const chain = Array.from({ length: reader.int() }, certificate)
      store.keys.push({ alias, chain, open: () => unlock(locked, alias, keyPassword) })
    } else throw new StoreError('the store has an entry that is neither key nor certificate')
  }
  return store
}

/** The PKCS8 key behind the keystream: salt, key, check. */
function unlock(locked: Buffer, alias: string, password: string | undefined): Buffer {
  if (password === undefined) throw new StoreError(`the key ${alias} needs a password`)
  const parts = readDer(locked).children
  const data = parts[1]?.octets ?? Buffer.alloc(0)
  if (data.length <= 2 * DIGEST_BYTES) throw new StoreError(`the key ${alias} is damaged`)
  const secret = utf16(password)
  const plain = Buffer.from(data.subarray(DIGEST_BYTES, -DIGEST_BYTES))
  let block = data.subarray(0, DIGEST_BYTES)
  for (let at = 0; at < plain.length; at += DIGEST_BYTES) {
    block = sha1(secret, block)
    for (let i = 0; i < DIGEST_BYTES && at + i < plain.length; i++) plain[at + i] = plain[at + i]! ^ block[i]!
  }
  if (!timingSafeEqual(sha1(secret, plain), data.subarray(-DIGEST_BYTES))) {
    throw new StoreError(`the password of the key ${alias} is wrong`)
  }
  return plain
}
