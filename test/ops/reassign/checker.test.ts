/** The checker: each rule with a move that breaks it and nothing else. */
import { describe, expect, it } from 'vitest'
import { checkMoves, type Demands } from '../../../src/ops/reassign/checker.ts'
import type { ClusterSnapshot, Move } from '../../../src/ops/reassign/model.ts'
import { cluster, goal } from './support/clusters.ts'

const snapshot = cluster({ 1: 'a', 2: 'b', 3: 'c', 4: 'a' }, ['t 1,2 2,3 3,4'])
const demands: Demands = { ...goal({}), mayChangeLeaders: false, mayLoseRacks: false }
const move = (partition: number, to: number[], from?: number[]): Move => {
  const fact = snapshot.partitions[partition]
  return { topic: 't', partition, from: from ?? fact?.replicas ?? [], to, bytes: 1 }
}
const rules = (moves: Move[], changes: Partial<Demands> = {}, of: ClusterSnapshot = snapshot) =>
  checkMoves(of, moves, { ...demands, ...changes }).map(({ rule }) => rule)
const changed = (index: number, change: object): ClusterSnapshot => ({
  ...snapshot,
  partitions: snapshot.partitions.map((one, at) => (at === index ? { ...one, ...change } : one)),
})

describe('checkMoves', () => {
  it('lets a good move pass', () => {
    expect(rules([move(0, [1, 3]), move(1, [2, 4])])).toEqual([])
  })

  it.each([
    ['unknown-partition', [move(7, [1, 2])], {}],
    ['twice', [move(0, [1, 3]), move(0, [1, 3])], {}],
    ['drift', [move(0, [1, 3], [1, 4])], { mayLoseRacks: true }],
    ['duplicate-replica', [move(0, [1, 1])], { mayLoseRacks: true }],
    ['unknown-broker', [move(0, [1, 9])], { mayLoseRacks: true }],
    ['excluded-broker', [move(0, [1, 3])], { exclude: [3], mayLoseRacks: true }],
    ['excluded-broker', [move(0, [1, 3])], { brokers: [1, 2], mayLoseRacks: true }],
    ['out-of-scope', [move(0, [1, 3])], { scope: [{ topic: 't', partitions: [1] }] }],
    ['replication-factor', [move(0, [1, 2, 3])], {}],
    ['replication-factor', [move(0, [1, 3])], { replicationFactor: 3 }],
    ['racks', [move(0, [1, 4])], {}],
    ['preferred-leader', [move(0, [2, 1])], {}],
  ] as [string, Move[], Partial<Demands>][])('finds %s', (rule, moves, changes) => {
    expect(rules(moves, changes)).toEqual([rule])
  })

  it('finds what the state of the partition forbids', () => {
    expect(rules([move(0, [1, 3])], {}, changed(0, { leader: -1 }))).toEqual(['no-leader'])
    expect(rules([move(0, [1, 3])], {}, changed(0, { isMoving: true }))).toEqual(['under-way'])
    const shrink = { allowRfChange: true, mayLoseRacks: true }
    expect(rules([move(0, [1])], shrink, changed(0, { isr: [2] }))).toEqual(['in-sync'])
    expect(rules([move(0, [1])], shrink)).toEqual([])
    expect(rules([move(0, [])], shrink)).toEqual(['empty'])
  })
})
