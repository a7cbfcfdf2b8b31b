/** Directory ids that can be read in a trace: the node and the number of the disk. */
import type { Uuid } from '../../../src/base/uuid.ts'

export function uuidOf(node: number, disk: number): Uuid {
  const bytes = Buffer.alloc(16, 0)
  bytes[0] = 0x40 + node
  bytes.writeUInt32BE(disk, 12)
  return bytes.toString('base64url') as Uuid
}
