/**
 * Files that a crash left in between: `.deleted` ones were on their way out, `.cleaned` ones were not finished, `.swap`
 * ones were finished and had begun to take the place of the segments they were made from.
 *
 * The order of a swap (`SegmentedLog.replace`): the new segment is synced; its files become `.swap`, the log first; the
 * replaced ones become `.deleted`; `.swap` goes. So a `.log.swap` without any `.cleaned` beside it is complete, and while
 * it is there no file under the final names of its range is newer than it.
 */
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { scanHeaders } from './batch-scan.ts'
import { offsetOfName, SUFFIX } from './file-names.ts'

/** Puts the directory in order; returns the names that are left. */
export function finishInterrupted(disk: Disk, directory: string, log: Logger): string[] {
  const names = disk.list(directory)
  const swaps = names.filter((name) => name.endsWith(SUFFIX.swap))
  const cleaned = names.filter((name) => name.endsWith(SUFFIX.cleaned))
  const deleted = names.filter((name) => name.endsWith(SUFFIX.deleted) || name.endsWith('.tmp'))
  // Not usable are those whose segment is still being made, or behind one that is: they belong together.
  const firstCleaned = Math.min(...cleaned.map((name) => offsetOfName(name) ?? Number.POSITIVE_INFINITY))
  const usable = swaps.filter((name) => (offsetOfName(name) ?? -1) < firstCleaned)
  const useless = swaps.filter((name) => !usable.includes(name))
  // The unfinished ones go last: until then they say that the others are not usable.
  for (const name of [...deleted, ...useless, ...cleaned]) disk.removeFile(`${directory}/${name}`)
  if (usable.length === 0) return deleted.length + swaps.length + cleaned.length === 0 ? names : disk.list(directory)
  removeReplaced(disk, directory, usable, log)
  // The log first, as in the swap itself: once it has its name, its range is not cleared again of the new indexes.
  for (const name of [...usable].sort((one, other) => Number(isLog(other)) - Number(isLog(one)))) {
    log.info(`${directory}/${name} takes its place after an interrupted swap`)
    disk.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -SUFFIX.swap.length)}`)
  }
  disk.syncDirectory(directory)
  return disk.list(directory)
}

/** Removes the segments that the new ones were made from, as far as their content tells. */
function removeReplaced(disk: Disk, directory: string, swaps: readonly string[], log: Logger): void {
  const bases = swaps.filter(isLog).map((name) => offsetOfName(name)!)
  if (bases.length === 0) return
  const from = Math.min(...bases)
  const to = Math.max(...swaps.filter(isLog).map((name) => endOffsetOf(disk, directory, name)))
  for (const name of disk.list(directory)) {
    const offset = offsetOfName(name)
    if (offset === undefined || name.endsWith(SUFFIX.swap) || !isSegmentFile(name)) continue
    if (!bases.includes(offset) && !(offset >= from && offset < to)) continue
    log.info(`${directory}/${name} was compacted into a newer segment and is removed`)
    disk.removeFile(`${directory}/${name}`)
  }
}

function isLog(name: string): boolean {
  return name.endsWith(SUFFIX.log + SUFFIX.swap)
}

function isSegmentFile(name: string): boolean {
  return [SUFFIX.log, SUFFIX.index, SUFFIX.timeIndex, SUFFIX.txnIndex].some((suffix) => name.endsWith(suffix))
}

/** Offset after the last record; the base offset of a segment that compaction has emptied. */
function endOffsetOf(disk: Disk, directory: string, name: string): number {
  const file = disk.open(`${directory}/${name}`, 'read')
  try {
    let end = offsetOfName(name)!
    for (const batch of scanHeaders(file, 0, file.size())) end = batch.lastOffset + 1
    return end
  } finally {
    file.close()
  }
}
