/**
 * Password-based encryption of PKCS12: PBES2 with PBKDF2 (RFC 8018), and the schemes of RFC 7292 with their own way from
 * password to key. Iteration counts are bounded, since a file must not be able to stop the command.
 */
import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import type { DerNode } from './der.ts'
import { StoreError } from './key-store.ts'
import { rc2CbcDecrypt } from './rc2.ts'

const ITERATIONS_MAX = 10_000_000

export interface Digest {
  readonly name: string
  readonly bytes: number
  /** The block that the hash works on. */
  readonly blockBytes: number
}

const SHA1: Digest = { name: 'sha1', bytes: 20, blockBytes: 64 }
const SHA224: Digest = { name: 'sha224', bytes: 28, blockBytes: 64 }
const SHA256: Digest = { name: 'sha256', bytes: 32, blockBytes: 64 }
const SHA384: Digest = { name: 'sha384', bytes: 48, blockBytes: 128 }
const SHA512: Digest = { name: 'sha512', bytes: 64, blockBytes: 128 }

/** By the identifier of the hash, and of the HMAC with it. */
const DIGESTS: Readonly<Record<string, Digest>> = {
  '1.3.14.3.2.26': SHA1,
  '2.16.840.1.101.3.4.2.4': SHA224,
  '2.16.840.1.101.3.4.2.1': SHA256,
  '2.16.840.1.101.3.4.2.2': SHA384,
  '2.16.840.1.101.3.4.2.3': SHA512,
  '1.2.840.113549.2.7': SHA1,
  '1.2.840.113549.2.8': SHA224,
  '1.2.840.113549.2.9': SHA256,
  '1.2.840.113549.2.10': SHA384,
  '1.2.840.113549.2.11': SHA512,
}

/** Throws StoreError for one that is not known. */
export function digestOf(oid: string): Digest {
  const digest = DIGESTS[oid]
  if (digest === undefined) throw new StoreError(`the PKCS12 store uses a hash that is not known: ${oid}`)
  return digest
}

const CIPHERS: Readonly<Record<string, { name: string; keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
}

const PBES2 = '1.2.840.113549.1.5.13'
const OLD_SCHEMES: Readonly<Record<string, { cipher: 'des-ede3-cbc' | 'des-ede-cbc' | 'rc2'; keyBytes: number }>> = {
  '1.2.840.113549.1.12.1.3': { cipher: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'des-ede-cbc', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5 },
}

/** Decrypts under an AlgorithmIdentifier. Throws StoreError for an unknown scheme, any error for a wrong password. */
export function decryptPbe(algorithm: DerNode, data: Buffer, password: string): Buffer {
  const scheme = algorithm.child(0).oid
  const parameters = algorithm.child(1)
  if (scheme === PBES2) {
    const cipher = CIPHERS[parameters.child(1).child(0).oid]
    if (cipher === undefined) throw new StoreError('the PKCS12 store uses a cipher that is not known')
    const key = pbkdf2Key(parameters.child(0), password, cipher.keyBytes)
    return decrypted(cipher.name, key, parameters.child(1).child(1).octets, data)
  }
  const old = OLD_SCHEMES[scheme]
  if (old === undefined) throw new StoreError(`the PKCS12 store uses a scheme that is not supported: ${scheme}`)
  const salt = parameters.child(0).octets
  const iterations = parameters.child(1).integer
  const key = pkcs12Key(SHA1, 1, password, salt, iterations, old.keyBytes)
  const iv = pkcs12Key(SHA1, 2, password, salt, iterations, 8)
  return old.cipher === 'rc2' ? rc2CbcDecrypt(key, iv, data) : decrypted(old.cipher, key, iv, data)
}

function decrypted(cipher: string, key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const decipher = createDecipheriv(cipher, key, iv)
  return Buffer.concat([decipher.update(data), decipher.final()])
}

/** The key of PBKDF2 parameters; `keyBytes` counts unless they say another length. */
export function pbkdf2Key(algorithm: DerNode, password: string, keyBytes: number): Buffer {
  const [salt, iterations, ...rest] = algorithm.child(1).children
  const length = rest.find((node) => node.tag === 0x02)?.integer ?? keyBytes
  const prf = rest.find((node) => node.tag === 0x30)
  const hash = prf === undefined ? SHA1 : digestOf(prf.child(0).oid)
  return pbkdf2Sync(password, salt!.octets, bounded(iterations!.integer), length, hash.name)
}

function bounded(iterations: number): number {
  if (iterations < 1 || iterations > ITERATIONS_MAX) throw new StoreError('the PKCS12 store wants too many iterations')
  return iterations
}

/** Key material after RFC 7292 appendix B; `purpose` is 1 for keys, 2 for initial vectors, 3 for seals. */
export function pkcs12Key(
  hash: Digest,
  purpose: 1 | 2 | 3,
  password: string,
  salt: Buffer,
  iterations: number,
  length: number,
): Buffer {
  const rounds = bounded(iterations)
  const block = hash.blockBytes
  // Two bytes a character, the high one first, and a zero at the end.
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const diversifier = Buffer.alloc(block, purpose)
  const input = Buffer.concat([repeated(salt, block), repeated(secret, block)])
  const output: Buffer[] = []
  for (let bytes = 0; bytes < length; bytes += hash.bytes) {
    let digest = createHash(hash.name).update(diversifier).update(input).digest()
    for (let round = 1; round < rounds; round++) digest = createHash(hash.name).update(digest).digest()
    output.push(digest)
    addToBlocks(input, repeated(digest, block).subarray(0, block), block)
  }
  return Buffer.concat(output).subarray(0, length)
}

/** `bytes` again and again up to a whole number of blocks; nothing stays nothing. */
function repeated(bytes: Buffer, block: number): Buffer {
  if (bytes.length === 0) return bytes
  return Buffer.alloc(block * Math.ceil(bytes.length / block), bytes)
}

/** Adds `addend` + 1 to every block of `blocks`, each read as one large number. */
function addToBlocks(blocks: Buffer, addend: Buffer, block: number): void {
  for (let start = 0; start < blocks.length; start += block) {
    let carry = 1
    for (let i = block - 1; i >= 0; i--) {
      carry += blocks[start + i]! + addend[i]!
      blocks[start + i] = carry & 0xff
      carry >>= 8
    }
  }
}
