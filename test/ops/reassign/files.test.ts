/** Kafka's files, batches, throttles and the score. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeBatches } from '../../../src/ops/reassign/batches.ts'
import {
  assignmentsOf,
  readAssignment,
  readTopicsToMove,
  writeAssignment,
  writeTopicsToMove,
} from '../../../src/ops/reassign/kafka-json.ts'
import { added, type Move, moveBytes } from '../../../src/ops/reassign/model.ts'
import { planReassignment } from '../../../src/ops/reassign/planner.ts'
import { balanceScore } from '../../../src/ops/reassign/score.ts'
import { autoThrottle, checkedThrottle, throttledMs, throttleNeed } from '../../../src/ops/reassign/throttle.ts'
import { anyCluster, cluster, goal } from './support/clusters.ts'

const moves: Move[] = [
  { topic: 't', partition: 0, from: [1, 2], to: [1, 3], bytes: 600 },
  { topic: 't', partition: 1, from: [1, 2], to: [3, 4], bytes: 100 },
  { topic: 'u', partition: 0, from: [1, 2], to: [2, 1], bytes: 999 },
]

describe("Kafka's files", () => {
  it('of topics to move', () => {
    expect(readTopicsToMove('{"topics": [{"topic": "a"},{"topic": "b"}],"version":1}')).toEqual(['a', 'b'])
    expect(readTopicsToMove(writeTopicsToMove(['a']))).toEqual(['a'])
    expect(() => readTopicsToMove('{"version":2,"topics":[]}')).toThrow('version 2')
    expect(() => readTopicsToMove('{"topics":[{}]}')).toThrow('topics[0].topic')
  })

  it('of an assignment, with and without log directories', () => {
    const text = writeAssignment([{ topic: 't', partition: 0, replicas: [1, 2], logDirs: ['any', '/d2'] }])
    expect(text).toBe(
      '{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any","/d2"]}]}\n',
    )
    expect(readAssignment(text)).toEqual([{ topic: 't', partition: 0, replicas: [1, 2], logDirs: ['any', '/d2'] }])
    const plain = '{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}'
    expect(readAssignment(plain)).toEqual([{ topic: 't', partition: 0, replicas: [1, 2] }])
    const { target, rollback } = assignmentsOf(moves)
    expect(target.map(({ replicas }) => replicas)).toEqual([
      [1, 3],
      [3, 4],
      [2, 1],
    ])
    expect(rollback.map(({ replicas }) => replicas)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
  })

  it.each([
    ['{', 'not JSON'],
    ['{"version":1}', 'no list "partitions"'],
    ['{"partitions":[{"topic":"t","partition":"0","replicas":[1]}]}', 'partitions[0].partition'],
    ['{"partitions":[{"topic":"t","partition":0,"replicas":[]}]}', 'partitions[0].replicas'],
    ['{"partitions":[{"topic":"t","partition":0,"replicas":[1,1]}]}', 'names a broker twice'],
    ['{"partitions":[{"topic":"t","partition":0,"replicas":[1],"log_dirs":["a"]}]}', 'absolute path'],
    ['{"partitions":[{"topic":"t","partition":0,"replicas":[1],"log_dirs":[]}]}', '0 log_dirs for 1 replicas'],
    [
      '{"partitions":[{"topic":"t","partition":0,"replicas":[1]},{"topic":"t","partition":0,"replicas":[2]}]}',
      't-0 stands there twice',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => readAssignment(text)).toThrow(message)
  })
})

describe('makeBatches', () => {
  it('begins with what copies nothing, then with what is small', () => {
    const batches = makeBatches(moves, { partitions: 1, perBroker: 5 })
    expect(batches.map((batch) => batch.map(({ topic, partition }) => `${topic}-${partition}`))).toEqual([
      ['u-0'],
      ['t-1'],
      ['t-0'],
    ])
  })

  it('keeps to its limits and loses nothing', () => {
    const limits = fc.record({ partitions: fc.integer({ min: 1, max: 9 }), perBroker: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(anyCluster, limits, (snapshot, limit) => {
        fc.pre(snapshot.brokers.length >= 3)
        const planned = planReassignment(snapshot, goal({ balance: true }))
        const batches = makeBatches(planned.moves, limit)
        expect(batches.flat().map(moveBytes).sort()).toEqual(planned.moves.map(moveBytes).sort())
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(limit.partitions)
          for (const { id } of snapshot.brokers) {
            const incoming = batch.filter((move) => added(move).includes(id)).length
            expect(incoming).toBeLessThanOrEqual(limit.perBroker)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a throttle', () => {
  const need = throttleNeed(moves, (topic, partition) => (topic === 't' ? 50 + partition : 7))

  it('needs to be above what producers write into what moves', () => {
    // Broker 1 sends t-0 once and t-1 twice.
    expect(need).toEqual({ ingest: 50 + 51 + 51, broker: 1, mostBytes: 600 + 100 + 100 })
    expect(() => checkedThrottle(152, need)).toThrow('can never finish')
    expect(checkedThrottle(153, need)).toBe(153)
    expect(throttledMs(252, need)).toBe(8000)
    expect(throttledMs(null, need)).toBeNull()
  })

  it('is derived so that it finishes', () => {
    expect(autoThrottle(need)).toBe(10 * 1024 * 1024)
    const large = { ingest: 50_000_000, broker: 1, mostBytes: 600e9 }
    expect(autoThrottle(large)).toBe(1_050_000_000)
    expect(checkedThrottle(autoThrottle({ ...large, mostBytes: 0 }), large)).toBe(100_000_000)
  })
})

describe('balanceScore', () => {
  it('tells how even a cluster is', () => {
    const snapshot = cluster({ 1: 'a', 2: 'a', 3: 'b' }, ['t 1,2 1,3 1,2'])
    expect(balanceScore(snapshot)).toEqual({
      score: 55.6,
      replicas: { least: 1, most: 3, mean: 2, score: 66.7 },
      leaders: { least: 0, most: 3, mean: 1, score: 33.3 },
      bytes: { least: 100, most: 300, mean: 200, score: 66.7 },
      rackViolations: 2,
    })
  })
})
