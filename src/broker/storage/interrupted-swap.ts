/**
 * Files that a crash left in between: `.deleted` ones were on their way out, `.cleaned` ones were not finished, `.swap`
 * ones were finished and had begun to take the place of the segments they were made from.
 */
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { baseOffsetAt, batchBytesAt, lastOffsetAt } from './batch-fields.ts'
import { BATCH_OVERHEAD } from '../../protocol/records/batch.ts'
import { offsetOfName, SUFFIX } from './file-names.ts'

/** Puts the directory in order; returns the names that are left. */
export function finishInterrupted(disk: Disk, directory: string, log: Logger): string[] {
  const names = disk.list(directory)
  const swaps = names.filter((name) => name.endsWith(SUFFIX.swap))
  const cleaned = names.filter((name) => name.endsWith(SUFFIX.cleaned))
  const deleted = names.filter((name) => name.endsWith(SUFFIX.deleted) || name.endsWith('.tmp'))
  for (const name of [...deleted, ...cleaned]) disk.removeFile(`${directory}/${name}`)
  if (swaps.length === 0) return cleaned.length + deleted.length === 0 ? names : disk.list(directory)

  // Several swap files replace one segment only together: one that lacks its later part is worth nothing.
  const firstCleaned = Math.min(...cleaned.map((name) => offsetOfName(name) ?? Number.POSITIVE_INFINITY))
  const usable: string[] = []
  for (const name of swaps) {
    if ((offsetOfName(name) ?? -1) >= firstCleaned) disk.removeFile(`${directory}/${name}`)
    else usable.push(name)
  }
  const replaced = usable
    .filter((name) => name.endsWith(SUFFIX.log + SUFFIX.swap))
    .map((name) => ({
      from: offsetOfName(name)!,
      to: endOffsetOf(disk.readFile(`${directory}/${name}`), offsetOfName(name)!),
    }))
  for (const name of disk.list(directory)) {
    const offset = offsetOfName(name)
    if (offset === undefined || name.endsWith(SUFFIX.swap) || !isSegmentFile(name)) continue
    if (replaced.some((range) => offset >= range.from && offset < range.to)) {
      log.info(`${directory}/${name} was compacted into a newer segment and is removed`)
      disk.removeFile(`${directory}/${name}`)
    }
  }
  for (const name of usable) {
    log.info(`${directory}/${name} takes its place after an interrupted swap`)
    disk.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -SUFFIX.swap.length)}`)
  }
  disk.syncDirectory(directory)
  return disk.list(directory)
}

function isSegmentFile(name: string): boolean {
  return [SUFFIX.log, SUFFIX.index, SUFFIX.timeIndex, SUFFIX.txnIndex].some((suffix) => name.endsWith(suffix))
}

function endOffsetOf(log: Buffer, baseOffset: number): number {
  let end = baseOffset
  let at = 0
  while (log.length - at >= BATCH_OVERHEAD) {
    const bytes = batchBytesAt(log, at)
    if (bytes < 0 || bytes > log.length - at || baseOffsetAt(log, at) < baseOffset) break
    end = lastOffsetAt(log, at) + 1
    at += bytes
  }
  return end
}
