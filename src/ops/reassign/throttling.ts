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

/** Sets them; again does no harm. */
export async function setThrottles(world: ReassignWorld, record: ThrottleRecord): Promise<void> {
  await world.writeThrottles([
    ...record.rates.map(({ broker, key, set }) => ({ entity: { broker }, key, value: set })),
    ...(await editedLists(world, record, (now, put) => [...now, ...put.filter((one) => !now.includes(one))])),
  ])
}

/** Takes away what was set; returns what stays since its broker does not answer, in words. */
export async function removeThrottles(world: ReassignWorld, record: ThrottleRecord): Promise<string[]> {
  const now = await world.readThrottles(record.rates.map(({ broker, key }) => ({ entity: { broker }, key })))
  const answered = (broker: number) => now.some(({ entity }) => 'broker' in entity && entity.broker === broker)
  const left = record.rates.filter(({ broker }) => !answered(broker))
  const rates = record.rates.flatMap(({ broker, key, was, set }): ThrottleSetting[] => {
    const current = now.find((one) => 'broker' in one.entity && one.entity.broker === broker && one.key === key)
    // Another value is somebody else's.
    return current?.value === set && was !== set ? [{ entity: { broker }, key, value: was }] : []
  })
  const lists = await editedLists(world, record, (list, put) => list.filter((one) => !put.includes(one)))
  const unreached = await world.writeThrottles([...rates, ...lists])
  return [
    ...left.map(({ broker, key }) => `${key} of broker ${broker}`),
    ...unreached.map(({ entity, key }) => `${key} of ${'broker' in entity ? `broker ${entity.broker}` : entity.topic}`),
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
