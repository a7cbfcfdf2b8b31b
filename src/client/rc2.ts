/**
 * RC2 in CBC mode (RFC 2268), decryption only: the cipher of the certificates in PKCS12 stores that older Java and OpenSSL
 * wrote, which today's OpenSSL no longer has. It protects nothing (40 bits); it is here to read those files.
 */

const PI = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)
const BLOCK_BYTES = 8
const ROTATIONS = [1, 2, 3, 5] as const

/** The 64 words of the key schedule; the effective key length is that of the key. */
function expand(key: Buffer): Uint16Array {
  const bytes = Buffer.alloc(128)
  key.copy(bytes)
  for (let i = key.length; i < 128; i++) bytes[i] = PI[(bytes[i - 1]! + bytes[i - key.length]!) & 0xff]!
  bytes[128 - key.length] = PI[bytes[128 - key.length]!]!
  for (let i = 127 - key.length; i >= 0; i--) bytes[i] = PI[bytes[i + 1]! ^ bytes[i + key.length]!]!
  return Uint16Array.from({ length: 64 }, (_, index) => bytes.readUInt16LE(index * 2))
}

function mixBack(words: Uint16Array, key: Uint16Array, round: number): void {
  for (let i = 3; i >= 0; i--) {
    const turn = ROTATIONS[i]!
    const word = words[i]!
    const rotated = ((word >>> turn) | (word << (16 - turn))) & 0xffff
    const [a, b, c] = [words[(i + 3) % 4]!, words[(i + 2) % 4]!, words[(i + 1) % 4]!]
    words[i] = rotated - key[round * 4 + i]! - (a & b) - (~a & c)
  }
}

function mashBack(words: Uint16Array, key: Uint16Array): void {
  for (let i = 3; i >= 0; i--) words[i] = words[i]! - key[words[(i + 3) % 4]! & 63]!
}

/** Decrypts and removes the padding. Throws RangeError when the padding is wrong, which mostly means a wrong password. */
export function rc2CbcDecrypt(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  if (data.length === 0 || data.length % BLOCK_BYTES !== 0) throw new RangeError('no RC2 blocks')
  const schedule = expand(key)
  const plain = Buffer.alloc(data.length)
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    const words = Uint16Array.from([0, 2, 4, 6], (byte) => data.readUInt16LE(at + byte))
    for (let round = 15; round >= 0; round--) {
      mixBack(words, schedule, round)
      if (round === 11 || round === 5) mashBack(words, schedule)
    }
    const before = at === 0 ? iv : data.subarray(at - BLOCK_BYTES, at)
    for (const [index, word] of words.entries()) {
      plain.writeUInt16LE(word ^ before.readUInt16LE(index * 2), at + index * 2)
    }
  }
  const padding = plain.at(-1)!
  if (padding < 1 || padding > BLOCK_BYTES || !plain.subarray(-padding).every((byte) => byte === padding)) {
    throw new RangeError('wrong padding')
  }
  return plain.subarray(0, -padding)
}
