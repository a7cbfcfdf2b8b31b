/** `partition.metadata`: the topic id that a partition's directory belongs to. */
import type { Disk } from '../../base/disk.ts'
import { isUuid, type Uuid } from '../../base/uuid.ts'
import { readFileIfPresent, replaceFile } from './atomic-file.ts'
import { FILE } from './file-names.ts'

export function renderPartitionMetadata(topicId: Uuid): string {
  return `version: 0\ntopic_id: ${topicId}`
}

/** Puts the file into the directory; durable on return. */
export function writePartitionMetadata(disk: Disk, directory: string, topicId: Uuid): void {
  replaceFile(disk, directory, FILE.partitionMetadata, renderPartitionMetadata(topicId))
}

/** As `writePartitionMetadata` for a directory just made: nothing is there that must survive, and nothing is synced. */
export function beginPartitionMetadata(disk: Disk, directory: string, topicId: Uuid): void {
  disk.writeFile(`${directory}/${FILE.partitionMetadata}`, Buffer.from(renderPartitionMetadata(topicId)))
}

/** Undefined when the file is missing or holds no topic id (a crash before it was written). */
export function readPartitionMetadata(disk: Disk, directory: string): Uuid | undefined {
  const text = readFileIfPresent(disk, `${directory}/${FILE.partitionMetadata}`)?.toString('utf8')
  const match = /^version: 0\r?\ntopic_id: (\S+)\s*$/.exec(text ?? '')
  return match !== null && isUuid(match[1]!) ? match[1]! : undefined
}
