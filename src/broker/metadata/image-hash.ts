/**
 * One short text for a whole metadata image. Images that hold the same facts have the same hash, however they came to them:
 * record by record, through a snapshot, or in another order. For checks that nodes agree at equal offsets; not for security.
 */
import type { MetadataImage } from './image.ts'
import { encodeRecord } from './records.ts'

/**
 * The canonical hash of `image`: 16 hexadecimal digits. Records are hashed one by one and added up, so that the order of
 * maps, which depends on a node's history, does not count. The offset is not part of it, since a NoOpRecord changes nothing.
 * Inside a metadata transaction it is the state before the transaction, with a mark that one is open.
 */
export function imageHash(image: MetadataImage): string {
  let high = image.inTransaction ? 1 : 0
  let low = 0
  for (const record of image.snapshot()) {
    const bytes = encodeRecord(record)
    high = (high + mixed(bytes, 0x9e3779b1)) >>> 0
    low = (low + mixed(bytes, 0x85ebca77)) >>> 0
  }
  return hex(high) + hex(low)
}

/** 32 bits that depend on every byte of `bytes`, and on `seed`. */
function mixed(bytes: Buffer, seed: number): number {
  let hash = seed ^ bytes.length
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) + (hash >>> 15)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')
