/** Who gets which partition: the results of Kafka's assignors for the same members and topics. */
import { describe, expect, it } from 'vitest'
import type { Place } from '../../src/client/fetcher.ts'
import { type Assignment, type Assignor, assign, type Subscription } from '../../src/client/group-assignors.ts'

const places = (text: string): Place[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ topic: word.slice(0, 1), partition: Number(word.slice(1)) }))

const member = (memberId: string, topics: string, owned = '', instanceId: string | null = null): Subscription => ({
  memberId,
  instanceId,
  topics: [...topics],
  owned: places(owned),
})

const counts = (text: Record<string, number>): Map<string, number> => new Map(Object.entries(text))

const shown = (assignment: Assignment): Record<string, string> =>
  Object.fromEntries(
    [...assignment].map(([id, mine]) => [id, mine.map(({ topic, partition }) => `${topic}${partition}`).join(' ')]),
  )

const run = (assignor: Assignor, members: Subscription[], topics: Record<string, number>) =>
  shown(assign(assignor, members, counts(topics)))

describe('range', () => {
  it('gives neighbouring partitions of each topic, one more to the first members', () => {
    expect(run('range', [member('B', 'st'), member('A', 'st')], { t: 3, s: 4 })).toEqual({
      A: 's0 s1 t0 t1',
      B: 's2 s3 t2',
    })
  })

  it('leaves out who does not want a topic, and puts static members first by their instance', () => {
    const members = [member('A', 'st'), member('Z', 't', '', 'first'), member('Y', 't', '', 'second')]
    expect(run('range', members, { t: 4, s: 1 })).toEqual({ Z: 't0 t1', Y: 't2', A: 's0 t3' })
  })

  it('leaves the last members without a partition when there are too few', () => {
    expect(run('range', [member('A', 't'), member('B', 't'), member('C', 't')], { t: 2 })).toEqual({
      A: 't0',
      B: 't1',
      C: '',
    })
  })
})

describe('roundrobin', () => {
  it('goes through all partitions in turn', () => {
    expect(run('roundrobin', [member('A', 'st'), member('B', 'st')], { s: 3, t: 3 })).toEqual({
      A: 's0 s2 t1',
      B: 's1 t0 t2',
    })
  })

  it('passes over members that do not want the topic', () => {
    expect(run('roundrobin', [member('A', 's'), member('B', 'st'), member('C', 't')], { s: 2, t: 3 })).toEqual({
      A: 's0',
      B: 's1 t1',
      C: 't0 t2',
    })
  })
})

describe('sticky', () => {
  it('balances what nobody reads', () => {
    expect(run('sticky', [member('A', 't'), member('B', 't')], { t: 5 })).toEqual({ A: 't0 t2 t4', B: 't1 t3' })
  })

  it('takes from a member only what balance wants', () => {
    const members = [member('A', 't', 't0 t1 t2 t3 t4'), member('B', 't')]
    expect(run('sticky', members, { t: 5 })).toEqual({ A: 't0 t1 t2', B: 't3 t4' })
  })

  it('gives a partition that two members claim to one of them', () => {
    const members = [member('A', 't', 't0 t1'), member('B', 't', 't1 t0')]
    expect(run('sticky', members, { t: 2 })).toEqual({ A: 't0', B: 't1' })
  })

  it('shares out what members leave behind, and drops what is gone', () => {
    const members = [member('A', 't', 't0 x0'), member('B', 't', 't3')]
    expect(run('sticky', members, { t: 4 })).toEqual({ A: 't0 t1', B: 't3 t2' })
  })
})

it('cooperative-sticky holds back what another member still reads until it has let it go', () => {
  const first = [member('A', 't', 't0 t1 t2 t3'), member('B', 't')]
  expect(run('cooperative-sticky', first, { t: 4 })).toEqual({ A: 't0 t1', B: '' })
  const second = [member('A', 't', 't0 t1'), member('B', 't')]
  expect(run('cooperative-sticky', second, { t: 4 })).toEqual({ A: 't0 t1', B: 't2 t3' })
})
