/** Whether a directory that a partition names for a broker is one that the broker has, with the ids that mean no directory. */
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import { MIGRATING_DIRECTORY } from '../metadata/topics.ts'

/** A directory that failed, and nobody knows which. */
export const LOST_DIRECTORY: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** `logDirs` are the broker's registered directories; none means a broker that told none, and then all count as online. */
export function isOnlineDirectory(directory: Uuid, logDirs: readonly Uuid[]): boolean {
  if (directory === ZERO_UUID || directory === MIGRATING_DIRECTORY) return true
  if (directory === LOST_DIRECTORY) return false
  return logDirs.length === 0 || logDirs.includes(directory)
}
