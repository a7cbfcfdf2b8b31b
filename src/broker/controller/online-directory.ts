/** Whether a directory that a partition names for a broker is one that the broker has, with the ids that mean no directory. */
import type { Uuid } from '../../base/uuid.ts'
import { MIGRATING_DIRECTORY } from '../metadata/topics.ts'

/** The broker has not said yet where the replica lies. */
export const UNASSIGNED_DIRECTORY: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** A directory that failed, and nobody knows which. */
export const LOST_DIRECTORY: Uuid = 'AAAAAAAAAAAAAAAAAAAAAg'
/** The first ids are kept for meanings like these. */
const RESERVED = 100

/** `logDirs` are the broker's registered directories; none means a broker that told none, and then all count as online. */
export function isOnlineDirectory(directory: Uuid, logDirs: readonly Uuid[]): boolean {
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  if (directory === LOST_DIRECTORY) return false
  return logDirs.length === 0 || logDirs.includes(directory)
}

/** True for ids that no directory may have. */
export function isReservedDirectory(directory: Uuid): boolean {
  const bytes = Buffer.from(directory, 'base64url')
  return bytes.subarray(0, 15).every((byte) => byte === 0) && bytes[15]! < RESERVED
}
