/**
 * The checkers themselves: a smallest bad history for each anomaly is noticed, random histories of a correct system are
 * not, and mutations of those are.
 */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { dataChecks } from './data.ts'
import { groupChecks } from './groups.ts'
import { type DumpRecord, emptyHistory, type History, type Send } from './history.ts'

const P = 'orders/id-0'
const found = (history: History): string[] =>
  [...dataChecks, ...groupChecks].flatMap((check) => check(history)).map(({ invariant }) => invariant)

const record = (offset: number, value: number, more: Partial<DumpRecord> = {}): DumpRecord => ({
  offset,
  value,
  producerId: 7,
  producerEpoch: 0,
  sequence: offset,
  leaderEpoch: 1,
  ...more,
})
const ok = (value: number, offset: number, invokedMs: number, okMs = invokedMs + 5, client = 'p1'): Send => ({
  client,
  partition: P,
  value,
  invokedMs,
  okMs,
  offset,
  status: 'ok',
})

/** Three records sent, kept by two replicas, read by one consumer. */
function good(): History {
  const history = emptyHistory()
  for (const offset of [0, 1, 2]) history.sends.push(ok(offset + 10, offset, 10 * offset))
  for (const node of [1, 2]) {
    const records = [record(0, 10), record(1, 11), record(2, 12)]
    history.dumps.push({ node, partition: P, isInSync: true, logStart: 0, highWatermark: 3, records })
  }
  const records = [10, 11, 12].map((value, offset) => ({ offset, value }))
  history.polls.push({ consumer: 'c1', partition: P, atMs: 40, position: 0, records })
  return history
}

function records(history: History, node: number): DumpRecord[] {
  return history.dumps.find((dump) => dump.node === node)!.records as DumpRecord[]
}

function inAll(history: History, change: (list: DumpRecord[]) => void): void {
  for (const dump of history.dumps) change(dump.records as DumpRecord[])
}

const anomalies: [name: string, invariant: string, spoil: (history: History) => void][] = [
  [
    'an acknowledged write is nowhere',
    'D1',
    (it) => {
      for (const dump of it.dumps) (dump.records as DumpRecord[]).pop()
    },
  ],
  ['an acknowledged write is missing in one replica', 'D1', (it) => records(it, 2).pop()],
  ['a partition has no replica left', 'D1', (it) => it.dumps.splice(0)],
  ['an acknowledged write stands elsewhere', 'D3', (it) => it.sends.push(ok(99, 1, 50))],
  [
    'an offset of zero is made up',
    'D3',
    (it) => {
      it.sends[2]!.offset = 0
    },
  ],
  [
    'two values at one offset',
    'D2',
    (it) => it.polls.push({ ...it.polls[0]!, consumer: 'c2', records: [{ offset: 1, value: 77 }] }),
  ],
  [
    'replicas with other values',
    'D2',
    (it) => {
      records(it, 2)[1] = record(1, 55)
    },
  ],
  [
    'replicas with other epochs',
    'D13',
    (it) => {
      records(it, 2)[2] = record(2, 12, { leaderEpoch: 2 })
    },
  ],
  ['replicas of other lengths', 'D13', (it) => records(it, 2).push(record(3, 13))],
  [
    'an epoch that falls',
    'D12',
    (it) => {
      records(it, 1)[0] = record(0, 10, { leaderEpoch: 5 })
    },
  ],
  ['a later write lies before an earlier one', 'D4', (it) => it.sends.push(ok(10, 0, 90, 95, 'p2'))],
  ['a value twice', 'D5', (it) => inAll(it, (list) => list.push(record(3, 12)))],
  ['a gap in the sequences', 'D5', (it) => inAll(it, (list) => list.splice(2, 1, record(2, 12, { sequence: 9 })))],
  ['a producer id given twice', 'D5', (it) => inAll(it, (list) => list.splice(1, 1, record(1, 11, { sequence: 0 })))],
  ['a later send of one producer lies before', 'D5', (it) => it.sends.push(ok(11, 1, 100, 101))],
  [
    'a value that nobody sent',
    'D6',
    (it) => it.polls.push({ ...it.polls[0]!, consumer: 'c2', records: [{ offset: 3, value: 1000 }] }),
  ],
  [
    'a value that was refused',
    'D6',
    (it) => {
      it.sends[1]!.status = 'fail'
    },
  ],
  [
    'a value of another partition',
    'D6',
    (it) => it.polls.push({ ...it.polls[0]!, partition: 'other', consumer: 'c2' }),
  ],
  [
    'a value whose checksum is wrong',
    'D6',
    (it) => it.polls.push({ ...it.polls[0]!, consumer: 'c2', records: [{ offset: 4, value: -1 }] }),
  ],
  ['a consumer that steps back', 'D10', (it) => it.polls.push({ ...it.polls[0]!, position: 3 })],
  [
    'a consumer that skips what exists',
    'D10',
    (it) =>
      it.polls.splice(0, 1, {
        ...it.polls[0]!,
        records: [
          { offset: 0, value: 10 },
          { offset: 2, value: 12 },
        ],
      }),
  ],
  ['an end that goes back', 'D11', (it) => it.ends.push(end(0, 3), end(10, 2))],
  [
    'an end behind a high watermark that was told',
    'D11',
    (it) => it.ends.push({ ...end(0, 3), by: 'fetch' }, end(10, 1)),
  ],
  ['an end that goes back under the next leader', 'D11', (it) => it.ends.push(end(0, 3, 1), end(10, 2, 2))],
  [
    'a committed offset is gone',
    'G1',
    (it) => {
      commit(it, 'a', 0, 5)
      read(it, undefined, 10)
    },
  ],
  [
    'a committed offset goes back',
    'G1',
    (it) => {
      commit(it, 'a', 0, 5)
      commit(it, 'b', 10, 15)
      read(it, 'a', 20)
    },
  ],
  ['a committed offset comes from nowhere', 'G1', (it) => read(it, 'x', 20)],
  [
    'a committed offset comes before it was committed',
    'G1',
    (it) => {
      commit(it, 'a', 50, 55)
      read(it, 'a', 20)
    },
  ],
  [
    'an old generation commits',
    'G2',
    (it) => {
      generation(it, 'm1', 3, [0], 10)
      it.memberCommits.push({
        group: 'g',
        client: 'm2',
        partition: P,
        generation: 2,
        offset: 1,
        invokedMs: 20,
        isOk: true,
      })
    },
  ],
  [
    'two own one partition',
    'G3',
    (it) => {
      generation(it, 'm1', 3, [0, 1], 10)
      generation(it, 'm2', 3, [1], 11)
    },
  ],
  [
    'a generation that falls',
    'G4',
    (it) => {
      generation(it, 'm1', 3, [0], 10)
      generation(it, 'm1', 2, [0], 20)
    },
  ],
  [
    'records that no member read',
    'G5',
    (it) => {
      it.starts.push(
        { group: 'g', client: 'm1@1', partition: P, offset: 0 },
        { group: 'g', client: 'm2@2', partition: P, offset: 2 },
      )
      it.polls.push({ consumer: 'm1@1', partition: P, atMs: 1, position: 0, records: [{ offset: 0, value: 10 }] })
    },
  ],
  [
    'more is deleted than was asked for',
    'D1',
    (it) => {
      it.floors.set(P, 1)
      inAll(it, (list) => list.splice(0, 2))
    },
  ],
]

function generation(history: History, client: string, number: number, partitions: number[], atMs: number): void {
  history.generations.push({ group: 'g', member: client, client, generation: number, atMs, partitions })
}
function end(atMs: number, offset: number, epoch = 1): History['ends'][number] {
  return { partition: P, invokedMs: atMs, okMs: atMs + 1, offset, epoch, by: 'list' }
}
function commit(history: History, mark: string, invokedMs: number, okMs: number): void {
  history.commits.push({ group: 'g', partition: P, mark, invokedMs, okMs, status: 'ok' })
}
function read(history: History, mark: string | undefined, invokedMs: number): void {
  history.commitReads.push({ group: 'g', partition: P, invokedMs, okMs: invokedMs + 1, mark })
}

/** What a correct partition, read and written by several clients, may look like. */
function randomGood(random: Prng): History {
  const history = emptyHistory()
  const log: DumpRecord[] = []
  const sequences = new Map<number, number>()
  let nowMs = 0
  let epoch = 1
  const register: { mark: string | undefined } = { mark: undefined }
  for (let step = 0; step < 60; step++) {
    nowMs += 1 + random.int(5)
    if (random.chance(0.05)) epoch++
    const producer = random.int(3)
    switch (random.int(5)) {
      case 0:
      case 1: {
        const fate = random.pick(['ok', 'ok', 'ok', 'lost', 'late'])
        const send: Send = { client: `p${producer}`, partition: P, value: step + 1, invokedMs: nowMs, status: 'info' }
        history.sends.push(send)
        if (fate === 'lost') break
        const sequence = sequences.get(producer) ?? 0
        sequences.set(producer, sequence + 1)
        log.push(record(log.length, step + 1, { producerId: producer, sequence, leaderEpoch: epoch }))
        if (fate === 'ok') Object.assign(send, { status: 'ok', okMs: nowMs + 0.5, offset: log.length - 1 })
        break
      }
      case 2:
        history.ends.push({ partition: P, invokedMs: nowMs, okMs: nowMs + 0.5, offset: log.length, epoch, by: 'list' })
        break
      case 3: {
        const mark = `m${step}`
        const isTaken = random.chance(0.8)
        const isKnown = isTaken && random.chance(0.8)
        if (isTaken) register.mark = mark
        history.commits.push({
          group: 'g',
          partition: P,
          mark,
          invokedMs: nowMs,
          status: isKnown ? 'ok' : 'info',
          ...(isKnown ? { okMs: nowMs + 0.5 } : {}),
        })
        break
      }
      default:
        history.commitReads.push({ group: 'g', partition: P, invokedMs: nowMs, okMs: nowMs + 0.5, mark: register.mark })
    }
  }
  const all = log.map(({ offset, value }) => ({ offset, value }))
  const middle = random.int(all.length + 1)
  history.polls.push({ consumer: 'c', partition: P, atMs: nowMs, position: 0, records: all.slice(0, middle) })
  history.polls.push({ consumer: 'c', partition: P, atMs: nowMs, position: middle, records: all.slice(middle) })
  for (const node of [1, 2, 3]) {
    history.dumps.push({
      node,
      partition: P,
      isInSync: true,
      logStart: 0,
      highWatermark: log.length,
      records: [...log],
    })
  }
  return history
}

/** Breaks one thing in a correct history; undefined when it has nothing to break. */
function mutated(history: History, random: Prng): History | undefined {
  const acked = history.sends.filter(({ status }) => status === 'ok')
  if (acked.length < 2) return undefined
  const send = random.pick(acked)
  const each = (change: (list: DumpRecord[]) => void) => inAll(history, change)
  switch (random.int(5)) {
    case 0:
      each((list) => list.splice(send.offset!, 1))
      break
    case 1:
      records(history, 2)[send.offset!] = { ...records(history, 2)[send.offset!]!, value: 100_000 }
      break
    case 2:
      each((list) => list.push({ ...list[send.offset!]!, offset: list.length }))
      break
    case 3:
      send.offset = (send.offset! + 1) % records(history, 1).length
      break
    default:
      records(history, 3).splice(send.offset!)
  }
  return history
}

describe('the checkers', () => {
  it('find nothing in a good history', () => expect(found(good())).toEqual([]))

  it.each(anomalies)('notice: %s', (_name, invariant, spoil) => {
    const history = good()
    spoil(history)
    expect(found(history)).toContain(invariant)
  })

  it('expect nothing of records that were deleted', () => {
    const history = good()
    history.floors.set(P, 2)
    inAll(history, (list) => list.splice(0, 2))
    expect(found(history)).toEqual([])
  })

  it('expect nothing of a topic that was deleted', () => {
    const history = good()
    history.dumps.splice(0)
    history.gone.add(P)
    expect(found(history)).toEqual([])
  })

  it('find nothing in random good histories, and every mutation of them', () => {
    let mutations = 0
    for (let seed = 1; seed <= 1000; seed++) {
      const random = new Prng(seed)
      const history = randomGood(random)
      expect(found(history), `seed ${seed}`).toEqual([])
      const broken = mutated(history, random)
      if (broken === undefined) continue
      mutations++
      expect(found(broken).length, `the mutation of seed ${seed}`).toBeGreaterThan(0)
    }
    expect(mutations).toBeGreaterThan(800)
  })
})
