/**
 * Data-plane checks on a history (D1 to D6, D10 to D13 of the catalogue). Each answers with what it found, in the order of
 * the history; none looks at a broker.
 */
import type { Anomaly, Dump, EndSeen, History, Send } from './history.ts'

/** D1, D3, D17: what was acknowledged with an offset, and not deleted, is there, in every in-sync replica. */
export function acknowledgedIsKept({ sends, dumps, gone, floors }: History): Anomaly[] {
  const found: Anomaly[] = []
  const byPartition = groupBy(
    dumps.filter(({ isInSync }) => isInSync),
    ({ partition }) => partition,
  )
  const values = new Map(dumps.map((dump) => [dump, valuesOf(dump)]))
  for (const send of sends) {
    if (send.status !== 'ok' || gone.has(send.partition)) continue
    const replicas = byPartition.get(send.partition) ?? []
    if (replicas.length === 0)
      found.push({ invariant: 'D1', message: `${tell(send)}: the partition has no replica in the end` })
    for (const dump of replicas) {
      if (send.offset! < (floors.get(send.partition) ?? 0)) continue
      const there = values.get(dump)!.get(send.offset!)
      if (there === send.value) continue
      const what = there === undefined ? 'nothing' : `value ${there}`
      const elsewhere = dump.records.find(({ value }) => value === send.value)?.offset
      const hint = elsewhere === undefined ? '' : `, it stands at ${elsewhere}`
      const invariant = there === undefined && elsewhere === undefined ? 'D1' : 'D3'
      found.push({ invariant, message: `${tell(send)}: replica ${dump.node} has ${what} there${hint}` })
    }
  }
  return found
}

/** D2: one value at one offset, whoever saw it. */
export function oneValuePerOffset({ sends, polls, dumps, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  const seen = new Map<string, Map<number, { value: number; where: string }>>()
  const see = (partition: string, offset: number, value: number, where: string) => {
    if (gone.has(partition)) return
    const offsets = seen.get(partition) ?? new Map<number, { value: number; where: string }>()
    seen.set(partition, offsets)
    const known = offsets.get(offset)
    if (known === undefined) offsets.set(offset, { value, where })
    else if (known.value !== value) {
      const message = `${partition} at ${offset}: ${known.value} (${known.where}) and ${value} (${where})`
      found.push({ invariant: 'D2', message })
    }
  }
  for (const send of sends)
    if (send.status === 'ok') see(send.partition, send.offset!, send.value, `acknowledged to ${send.client}`)
  for (const poll of polls)
    for (const { offset, value } of poll.records) see(poll.partition, offset, value, `read by ${poll.consumer}`)
  for (const dump of dumps) {
    if (!dump.isInSync) continue
    for (const { offset, value } of dump.records) {
      if (offset < dump.highWatermark) see(dump.partition, offset, value, `replica ${dump.node}`)
    }
  }
  return found
}

/** D4: what is sent after an acknowledgement lies behind what was acknowledged. */
export function offsetsFollowTime({ sends, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  for (const [partition, list] of groupBy(sends, (send) => send.partition)) {
    if (gone.has(partition)) continue
    const done = list.filter(({ status }) => status === 'ok').sort((one, other) => one.okMs! - other.okMs!)
    const begun = [...done].sort((one, other) => one.invokedMs - other.invokedMs)
    let index = 0
    let highest: Send | undefined
    for (const send of begun) {
      for (; index < done.length && done[index]!.okMs! < send.invokedMs; index++) {
        if (highest === undefined || done[index]!.offset! > highest.offset!) highest = done[index]
      }
      if (highest !== undefined && send.offset! < highest.offset!) {
        found.push({ invariant: 'D4', message: `${tell(send)} lies before ${tell(highest)}, which was there before` })
      }
    }
  }
  return found
}

/** D5: an idempotent producer's records stand once, in its order, with sequences that have no gap. */
export function noDuplicates({ dumps, sends, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  for (const dump of dumps) {
    if (!dump.isInSync || gone.has(dump.partition)) continue
    const where = `replica ${dump.node} of ${dump.partition}`
    const at = new Map<number, number>()
    const sequences = new Map<string, number>()
    for (const { offset, value, producerId, producerEpoch, sequence } of dump.records) {
      const former = at.get(value)
      if (former !== undefined)
        found.push({ invariant: 'D5', message: `${where} has value ${value} at ${former} and ${offset}` })
      at.set(value, offset)
      if (producerId < 0) continue
      const key = `${producerId}/${producerEpoch}`
      const last = sequences.get(key)
      if (last !== undefined && sequence !== (last + 1) % 2 ** 31) {
        found.push({
          invariant: 'D5',
          message: `${where}: producer ${key} goes from sequence ${last} to ${sequence} at ${offset}`,
        })
      }
      sequences.set(key, sequence)
    }
  }
  for (const list of groupBy(sends, (send) => `${send.client} ${send.partition}`).values()) {
    if (gone.has(list[0]!.partition)) continue
    let last: Send | undefined
    for (const send of list) {
      if (send.status !== 'ok') continue
      if (last !== undefined && send.offset! <= last.offset!) {
        found.push({ invariant: 'D5', message: `${tell(send)} was sent after ${tell(last)} and lies before it` })
      }
      last = send
    }
  }
  return found
}

/** D6: nothing is read that nobody sent, or that was certainly refused. */
export function noPhantoms({ sends, polls, dumps, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  const byValue = new Map(sends.map((send) => [send.value, send]))
  const look = (partition: string, value: number, offset: number, who: string) => {
    if (gone.has(partition)) return
    const send = byValue.get(value)
    if (send === undefined)
      found.push({ invariant: 'D6', message: `${who} has ${value} at ${offset} of ${partition}, which nobody sent` })
    else if (send.partition !== partition) {
      found.push({ invariant: 'D6', message: `${who} has ${value} in ${partition}, sent to ${send.partition}` })
    } else if (send.status === 'fail')
      found.push({ invariant: 'D6', message: `${who} has ${value} of ${partition}, which was refused` })
  }
  for (const poll of polls)
    for (const { offset, value } of poll.records) look(poll.partition, value, offset, poll.consumer)
  for (const dump of dumps)
    for (const { offset, value } of dump.records) look(dump.partition, value, offset, `replica ${dump.node}`)
  return found
}

/** D10: a consumer's offsets rise, and it skips nothing that exists. */
export function readsInOrder({ polls, dumps, gone, floors }: History): Anomaly[] {
  const found: Anomaly[] = []
  const exists = new Map<string, Dump>()
  for (const dump of dumps) if (dump.isInSync && !exists.has(dump.partition)) exists.set(dump.partition, dump)
  for (const [key, list] of groupBy(polls, (poll) => `${poll.consumer} ${poll.partition}`)) {
    if (gone.has(list[0]!.partition)) continue
    let next: number | undefined
    for (const poll of list) {
      if (poll.isReset === true) next = undefined
      for (const { offset } of poll.records) {
        const expected = next ?? poll.position
        if (offset < expected)
          found.push({ invariant: 'D10', message: `${key} stands at ${expected} and reads ${offset}` })
        else if (offset > expected) {
          const dump = exists.get(poll.partition)
          const from = Math.max(expected, floors.get(poll.partition) ?? 0)
          const skipped = dump?.records.find((each) => each.offset >= from && each.offset < offset)
          if (skipped !== undefined) {
            found.push({
              invariant: 'D10',
              message: `${key} goes from ${expected} to ${offset} over ${skipped.offset}`,
            })
          }
        }
        next = offset + 1
      }
    }
  }
  return found
}

/**
 * D11: the end of a partition never goes back for those who ask. A leader that has been replaced and does not know may
 * still tell the end of its time: only what was told in its epoch or before is held against it.
 */
export function endsNeverGoBack({ ends, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  for (const [partition, list] of groupBy(ends, (end) => end.partition)) {
    if (gone.has(partition)) continue
    const known = [...list].sort((one, other) => one.okMs - other.okMs)
    const highest = new Map<number, EndSeen>()
    let index = 0
    for (const end of [...list].sort((one, other) => one.invokedMs - other.invokedMs)) {
      for (; index < known.length && known[index]!.okMs < end.invokedMs; index++) {
        const fact = known[index]!
        if (fact.offset > (highest.get(fact.epoch)?.offset ?? -1)) highest.set(fact.epoch, fact)
      }
      if (end.by !== 'list') continue
      for (const [epoch, fact] of highest) {
        if (epoch > end.epoch || end.offset >= fact.offset) continue
        const then = `${fact.offset} in epoch ${epoch} at ${fact.okMs.toFixed(0)} ms`
        const message = `${partition}: the end is ${end.offset} in epoch ${end.epoch} at ${end.okMs.toFixed(0)} ms, was ${then}`
        found.push({ invariant: 'D11', message })
        break
      }
    }
  }
  return found
}

/** D12, D13: replicas agree on every offset, and leader epochs never fall within a log. */
export function logsMatch({ dumps, gone }: History): Anomaly[] {
  const found: Anomaly[] = []
  for (const [partition, replicas] of groupBy(dumps, (dump) => dump.partition)) {
    if (gone.has(partition)) continue
    const common = new Map<number, { node: number; text: string }>()
    for (const dump of replicas) {
      let epoch = -1
      for (const record of dump.records) {
        if (record.leaderEpoch < epoch) {
          const message = `${partition} on ${dump.node}: epoch ${record.leaderEpoch} at ${record.offset} after ${epoch}`
          found.push({ invariant: 'D12', message })
        }
        epoch = record.leaderEpoch
        if (!dump.isInSync) continue
        const text = `${record.value} of ${record.producerId}/${record.producerEpoch}:${record.sequence} in ${epoch}`
        const other = common.get(record.offset)
        if (other === undefined) common.set(record.offset, { node: dump.node, text })
        else if (other.text !== text) {
          const message = `${partition} at ${record.offset}: ${other.text} on ${other.node}, ${text} on ${dump.node}`
          found.push({ invariant: 'D13', message })
        }
      }
    }
    const ends = replicas.filter(({ isInSync }) => isInSync).map(({ records }) => records.at(-1)?.offset ?? -1)
    if (new Set(ends).size > 1) {
      found.push({ invariant: 'D13', message: `${partition}: in-sync replicas end at ${ends.join(', ')}` })
    }
  }
  return found
}

export const dataChecks = [
  acknowledgedIsKept,
  oneValuePerOffset,
  offsetsFollowTime,
  noDuplicates,
  noPhantoms,
  readsInOrder,
  endsNeverGoBack,
  logsMatch,
]

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const list = groups.get(key(item))
    if (list === undefined) groups.set(key(item), [item])
    else list.push(item)
  }
  return groups
}

function valuesOf(dump: Dump): Map<number, number> {
  return new Map(dump.records.map(({ offset, value }) => [offset, value]))
}

function tell(send: Send): string {
  const at = send.okMs === undefined ? '' : ` at ${send.okMs.toFixed(0)} ms`
  return `value ${send.value} of ${send.client}, acknowledged as ${send.partition}:${send.offset}${at}`
}
