/**
 * `.kafka_cleanshutdown`: present only while no broker uses the directory and the last one closed all its logs. It also
 * carries the epoch under which that broker was registered (-1: unknown).
 */
import type { Disk } from '../../base/disk.ts'
import { readFileIfPresent, replaceFile } from './atomic-file.ts'
import { FILE } from './file-names.ts'

export function writeCleanShutdown(disk: Disk, directory: string, brokerEpoch: number): void {
  replaceFile(disk, directory, FILE.cleanShutdown, `{"version":0,"brokerEpoch":${brokerEpoch}}`)
}

/**
 * The broker epoch in the marker, or undefined when there is no marker; the marker is gone afterwards, durably, because
 * from now on a crash must lead to recovery.
 */
export function takeCleanShutdown(disk: Disk, directory: string): number | undefined {
  const path = `${directory}/${FILE.cleanShutdown}`
  const content = readFileIfPresent(disk, path)
  if (content === undefined) return undefined
  disk.removeFile(path)
  disk.syncDirectory(directory)
  const match = /"brokerEpoch"\s*:\s*(-?\d+)/.exec(content.toString('utf8'))
  return match === null ? -1 : Number(match[1])
}
