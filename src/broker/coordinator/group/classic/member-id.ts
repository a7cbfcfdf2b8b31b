/** Member ids: the client's or the instance's id, a dash, and a random UUID in its usual text form. */
import type { Random } from '../../../../base/random.ts'

/** A fresh member id, beginning with `prefix`. */
export function newMemberId(random: Random, prefix: string): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  return `${prefix}-${uuid}`
}
