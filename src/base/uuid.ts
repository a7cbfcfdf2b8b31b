/**
 * Kafka's Uuid: 16 bytes, held as its 22-character URL-safe base64 text, which is what Kafka prints and what works as a
 * map key. Random ones never start with a dash (Kafka's rule, so that they survive a command line).
 */
import type { Random } from './random.ts'

export type Uuid = string

export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Reserved: the topic id of `__cluster_metadata`, and directory id UNASSIGNED is ZERO, LOST is ONE, MIGRATING two. */
export const METADATA_TOPIC_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

export function uuidFromBytes(bytes: Buffer, position = 0): Uuid {
  return bytes.toString('base64url', position, position + 16)
}

export function uuidToBytes(uuid: Uuid): Buffer {
  return Buffer.from(uuid, 'base64url')
}

/** True for 22 characters that encode exactly 16 bytes. */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

/** A random type-4 UUID outside Kafka's reserved range (the first 100 values). */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = uuidFromBytes(bytes)
    if (!uuid.startsWith('-')) return uuid
  }
}
