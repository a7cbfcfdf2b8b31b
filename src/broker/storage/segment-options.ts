/** What a segment is made from. */
import type { Disk } from '../../base/disk.ts'
import { SUFFIX } from './file-names.ts'
import type { LogConfig } from './log-config.ts'
import type { OpenFiles } from './open-files.ts'

export interface SegmentOptions {
  readonly disk: Disk
  readonly directory: string
  readonly baseOffset: number
  readonly config: LogConfig
  readonly openFiles: OpenFiles
  readonly nowMs: number
  /** Behind the names of all files; default: none. */
  readonly suffix?: string
  /** A sync that nobody waits for failed: the directory cannot be trusted any more. */
  readonly onFailure: (error: unknown) => void
  /** Told when an index had to be rebuilt. */
  readonly onRepair: (message: string) => void
}

/** Files of a segment, by suffix. */
export const SEGMENT_FILES = [SUFFIX.log, SUFFIX.index, SUFFIX.timeIndex, SUFFIX.txnIndex] as const
