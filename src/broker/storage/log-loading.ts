/**
 * What a log directory holds when a node starts: the logs, with what its checkpoints say of each. Directories that wait
 * for their removal are handed over, strange ones are named and left alone.
 */
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import { directoryKind } from './file-names.ts'
import type { LogDirectory } from './log-directory.ts'
import type { OpenLogOptions } from './log-loader.ts'

const METADATA_LOG = '__cluster_metadata-0'

export interface FoundLog {
  /** `future`: a replica that moves into this directory. */
  readonly kind: 'log' | 'future'
  /** Of its sub-directory. */
  readonly name: string
  readonly at: TopicPartition
  readonly state: Required<Pick<OpenLogOptions, 'recoveryPoint' | 'logStartOffset' | 'clean' | 'compacted'>>
  readonly highWatermark: number
}

/** The logs in the directory, one after the other; its checkpoints are read first. Throws DiskError. */
export function* foundLogs(
  directory: LogDirectory,
  host: { readonly disk: Disk; readonly log: Logger; removeLater(path: string): void },
): Generator<FoundLog, void, undefined> {
  const { disk, log } = host
  const checkpoints = directory.readCheckpoints()
  for (const name of disk.list(directory.path)) {
    const path = `${directory.path}/${name}`
    if (name === METADATA_LOG || disk.stat(path)?.isDirectory !== true) continue
    const found = directoryKind(name)
    if (found.kind === 'deleted') host.removeLater(path)
    else if (found.kind === 'stray') log.warn(`${path} is stray: it belongs to no partition of this node`)
    else if (found.kind === 'unknown') log.warn(`${path} is no partition's directory and is left alone`)
    if (found.kind !== 'log' && found.kind !== 'future') continue
    const key = partitionKey(found.at.topic, found.at.partition)
    yield {
      kind: found.kind,
      name,
      at: found.at,
      state: {
        recoveryPoint: checkpoints.recoveryPoints.get(key) ?? 0,
        logStartOffset: checkpoints.logStarts.get(key) ?? 0,
        clean: directory.wasClean,
        // Of a future log a gap that cannot be told from a loss is cut off, and copied again.
        compacted: found.kind === 'log' && checkpoints.cleanerOffsets.has(key),
      },
      highWatermark: checkpoints.highWatermarks.get(key) ?? 0,
    }
  }
}
