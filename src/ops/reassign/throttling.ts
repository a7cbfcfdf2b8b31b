/**
 * The throttles of one batch: rates on the brokers that send and receive, and the moving replicas in the lists of their
 * topics. What was there before is written down before anything is set; taking them away restores exactly that, leaves
 * alone what somebody else has changed since, and does not wait for brokers that are gone.
 */
import { added, type Move } from './model.ts'
import type { ReassignWorld, ThrottleSetting } from './world.ts'

const SENDER_RATE = 'leader.replication.throttled.rate'
const RECEIVER_RATE = 'follower.replication.throttled.rate'
const SENDERS = 'leader.replication.throttled.replicas'
const RECEIVERS = 'follower.replication.throttled.replicas'
const DIRECTORIES_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'

/** What is set, and what was there. Plain JSON: it goes into the journal. */
export type ThrottleRecord = {
  readonly rates: readonly {
    readonly broker: number
    readonly key: string
    readonly was: string | null
    readonly set: string
  }[]
  /** Replicas that were put into the list, `partition:broker`, without those that stood in it already. */
  readonly lists: readonly {
    readonly topic: string
    readonly key: string
    readonly had: boolean
    readonly put: readonly string[]
  }[]
}

/** Reads what is there and says what will be set. */
export async function planThrottles(
  world: ReassignWorld,
  moves: readonly Move[],
  bytesPerSecond: number,
): Promise<ThrottleRecord> {
  const copying = moves.filter((move) => added(move).length > 0)
  const brokers = (of: (move: Move) => readonly number[]) => [...new Set(copying.flatMap(of))].sort((a, b) => a - b)
  const topics = [...new Set(copying.map(({ topic }) => topic))]
  const rates = [
    ...brokers(({ from }) => from).map((broker) => ({ entity: { broker }, key: SENDER_RATE })),
    ...brokers(added).map((broker) => ({ entity: { broker }, key: RECEIVER_RATE })),
    ...directoryBrokers(moves).map((broker) => ({ entity: { broker }, key: DIRECTORIES_RATE })),
  ]
  const lists = topics.flatMap((topic) => [SENDERS, RECEIVERS].map((key) => ({ entity: { topic }, key })))
  const found = await world.readThrottles([...rates, ...lists])
  return {
    rates: found.flatMap(({ entity, key, value }) =>
      'broker' in entity ? [{ broker: entity.broker, key, was: value, set: String(Math.ceil(bytesPerSecond)) }] : [],
    ),
    lists: found.flatMap(({ entity, key, value }) => {
      if (!('topic' in entity)) return []
      const there = elements(value)
      const wanted = copying
        .filter(({ topic }) => topic === entity.topic)
        .flatMap((move) => (key === SENDERS ? move.from : added(move)).map((id) => `${move.partition}:${id}`))
      const put = there.includes('*') ? [] : wanted.filter((one) => !there.includes(one))
      return [{ topic: entity.topic, key, had: value !== null, put }]
    }),
  }
}

/** Brokers on which replicas go from one directory to another. */
function directoryBrokers(moves: readonly Move[]): number[] {
  const ids = moves.flatMap(({ from, to, logDirs }) =>
    to.filter((id, place) => from.includes(id) && (logDirs?.[place] ?? 'any') !== 'any'),
  )
  return [...new Set(ids)].sort((one, other) => one - other)
}

/** Rates of brokers that have been seen to be as they were set, by this process and lately. */
export type SeenRates = Set<string>
const rateName = (broker: number, key: string) => `${broker} ${key}`

/** Sets them; again does no harm. */
export async function setThrottles(world: ReassignWorld, record: ThrottleRecord, seen: SeenRates): Promise<void> {
  await world.writeThrottles([
    ...record.rates.map(({ broker, key, set }) => ({ entity: { broker }, key, value: set })),
    ...(await editedLists(world, record, (now, put) => [...now, ...put.filter((one) => !now.includes(one))])),
  ])
  await seeRates(world, record, seen)
}

/** Looks at the rates again: what somebody else has changed is not this operation's any more. */
export async function seeRates(world: ReassignWorld, record: ThrottleRecord, seen: SeenRates): Promise<void> {
  const now = await world.readThrottles(record.rates.map(({ broker, key }) => ({ entity: { broker }, key })))
  for (const { entity, key, value } of now) {
    if (!('broker' in entity)) continue
    const own = record.rates.find((one) => one.broker === entity.broker && one.key === key)
    if (own?.set === value) seen.add(rateName(entity.broker, key))
    else seen.delete(rateName(entity.broker, key))
  }
}

/**
 * Takes away what was set; returns what stays, since its broker cannot be asked what it has now. A rate of a broker that is
 * gone goes too where this process has seen it lately: nobody else can have changed it since.
 */
export async function removeThrottles(
  world: ReassignWorld,
  record: ThrottleRecord,
  seen: SeenRates = new Set(),
): Promise<ThrottleRecord | null> {
  const now = await world.readThrottles(record.rates.map(({ broker, key }) => ({ entity: { broker }, key })))
  const rates: ThrottleSetting[] = []
  const left: ThrottleRecord['rates'][number][] = []
  for (const rate of record.rates) {
    const { broker, key, was, set } = rate
    if (was === set) continue
    const current = now.find((one) => 'broker' in one.entity && one.entity.broker === broker && one.key === key)
    if (current === undefined && !seen.has(rateName(broker, key))) left.push(rate)
    // Another value is somebody else's.
    else if (current === undefined || current.value === set) rates.push({ entity: { broker }, key, value: was })
  }
  const lists = await editedLists(world, record, (list, put) => list.filter((one) => !put.includes(one)))
  const unwritten = await world.writeThrottles([...rates, ...lists])
  for (const { entity, key } of unwritten) {
    const rate = record.rates.find((one) => 'broker' in entity && one.broker === entity.broker && one.key === key)
    if (rate !== undefined) left.push(rate)
  }
  return left.length === 0 ? null : { rates: left, lists: [] }
}

/** What stays, in words. */
export function throttleNames({ rates, lists }: ThrottleRecord): string[] {
  return [
    ...rates.map(({ broker, key }) => `${key} of broker ${broker}`),
    ...lists.map(({ topic, key }) => `${key} of topic ${topic}`),
  ]
}

async function editedLists(
  world: ReassignWorld,
  { lists }: ThrottleRecord,
  edit: (now: string[], put: readonly string[]) => string[],
): Promise<ThrottleSetting[]> {
  const ours = lists.filter(({ put }) => put.length > 0)
  const found = await world.readThrottles(ours.map(({ topic, key }) => ({ entity: { topic }, key })))
  return found.flatMap((setting) => {
    const { entity, key, value } = setting
    const record = ours.find((one) => 'topic' in entity && one.topic === entity.topic && one.key === key)!
    const next = edit(elements(value), record.put)
    if (next.join(',') === (value ?? '')) return value === '' && !record.had ? [{ entity, key, value: null }] : []
    return [{ entity, key, value: next.length === 0 && !record.had ? null : next.join(',') }]
  })
}

function elements(value: string | null): string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
