/** Checks of committed group offsets (G1): each partition of a group is one register that clients write and read. */
import { groupBy } from './data.ts'
import type { Anomaly, Commit, History } from './history.ts'

/**
 * G1: a read returns some commit that was begun before the read ended, and no acknowledged commit lies wholly between it
 * and the read.
 */
export function commitsAreKept({ commits, commitReads, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  const byKey = groupBy(commits, ({ group, partition }) => `${group} ${partition}`)
  for (const [key, reads] of groupBy(commitReads, ({ group, partition }) => `${group} ${partition}`)) {
    if (gone.has(reads[0]!.partition)) continue
    const list = byKey.get(key) ?? []
    const byMark = new Map(list.map((commit) => [commit.mark, commit]))
    const ended = list.filter(({ status }) => status === 'ok').sort((one, other) => one.okMs! - other.okMs!)
    let index = 0
    /** Of the commits acknowledged so far the one begun last: what a read returns must not have ended before it began. */
    let latest: Commit | undefined
    for (const read of [...reads].sort((one, other) => one.invokedMs - other.invokedMs)) {
      for (; index < ended.length && ended[index]!.okMs! < read.invokedMs; index++) {
        if (latest === undefined || ended[index]!.invokedMs > latest.invokedMs) latest = ended[index]
      }
      const at = `${key} at ${read.invokedMs.toFixed(0)} ms`
      if (read.mark === undefined) {
        if (latest !== undefined)
          found.push({ invariant: 'G1', message: `${at} has no offset, ${latest.mark} was acknowledged` })
        continue
      }
      const commit = byMark.get(read.mark)
      if (commit === undefined)
        found.push({ invariant: 'G1', message: `${at} is ${read.mark}, which nobody committed` })
      else if (commit.status === 'fail')
        found.push({ invariant: 'G1', message: `${at} is ${read.mark}, which was refused` })
      else if (commit.invokedMs > read.okMs)
        found.push({ invariant: 'G1', message: `${at} is ${read.mark}, which comes later` })
      else if (latest !== undefined && latest !== commit && endOf(commit) < latest.invokedMs) {
        found.push({
          invariant: 'G1',
          message: `${at} is ${read.mark}, though ${latest.mark} was acknowledged after it`,
        })
      }
    }
  }
  return found
}

/** When a commit's effect can begin at the latest; one that nobody knows of may still come. */
function endOf(commit: Commit): number {
  return commit.status === 'ok' ? commit.okMs! : Number.POSITIVE_INFINITY
}

export const groupChecks = [commitsAreKept]
