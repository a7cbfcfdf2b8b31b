/**
 * Checks of groups: committed offsets (G1: each partition of a group is one register that clients write and read), and what
 * members were given, read and committed (G2 to G5).
 */
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

/** G2: once a generation is known to have begun, nothing is committed in the name of an older one. */
export function staleMembersAreFenced({ generations, memberCommits }: History): Anomaly[] {
  const found: Anomaly[] = []
  for (const { group, client, partition, generation, invokedMs, isOk } of memberCommits) {
    if (!isOk) continue
    const newer = generations.find((it) => it.group === group && it.generation > generation && it.atMs < invokedMs)
    if (newer === undefined) continue
    const message = `${client} commits ${partition} in generation ${generation}, ${newer.client} had ${newer.generation}`
    found.push({ invariant: 'G2', message })
  }
  return found
}

/** G3, G4: in one generation a partition has one owner; a member's generations rise. */
export function oneOwnerPerGeneration({ generations }: History): Anomaly[] {
  const found: Anomaly[] = []
  const owners = new Map<string, string>()
  const last = new Map<string, number>()
  for (const { group, member, client, generation, partitions } of generations) {
    for (const partition of partitions) {
      const key = `${group} ${generation} ${partition}`
      const other = owners.get(key)
      if (other !== undefined && other !== member) {
        const message = `${group}: ${other} and ${member} have partition ${partition} in generation ${generation}`
        found.push({ invariant: 'G3', message })
      }
      owners.set(key, member)
    }
    const key = `${group} ${client}`
    const former = last.get(key) ?? -1
    if (generation < former) {
      found.push({ invariant: 'G4', message: `${client} is in generation ${generation} of ${group} after ${former}` })
    }
    last.set(key, generation)
  }
  return found
}

/** G5: where a member begins, everything before was read by somebody of the group. */
export function nothingIsPassedOver({ starts, polls, dumps, gone, floors }: History): Anomaly[] {
  const found: Anomaly[] = []
  const members = new Set(starts.map(({ client }) => client))
  const read = new Map<string, Set<number>>()
  for (const { consumer, partition, records } of polls) {
    if (!members.has(consumer)) continue
    const offsets = read.get(partition) ?? new Set<number>()
    read.set(partition, offsets)
    for (const { offset } of records) offsets.add(offset)
  }
  const highest = new Map<string, number>()
  for (const { partition, offset } of starts) highest.set(partition, Math.max(highest.get(partition) ?? 0, offset))
  for (const [partition, end] of highest) {
    const dump = dumps.find((each) => each.partition === partition && each.isInSync)
    if (dump === undefined || gone.has(partition)) continue
    const floor = floors.get(partition) ?? 0
    const missed = dump.records.find(
      ({ offset, value }) => offset >= floor && offset < end && value >= 0 && !read.get(partition)?.has(offset),
    )
    if (missed !== undefined) {
      found.push({ invariant: 'G5', message: `${partition}: the group stands at ${end}, nobody read ${missed.offset}` })
    }
  }
  return found
}

export const groupChecks = [commitsAreKept, staleMembersAreFenced, oneOwnerPerGeneration, nothingIsPassedOver]
