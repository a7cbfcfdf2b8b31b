/** Bounds on replication, and the replica that a consumer is sent to. */
import { describe, expect, it } from 'vitest'
import type { Partition } from '../../../src/broker/replication/partition.ts'
import { rackAwareReplica } from '../../../src/broker/replication/replica-selector.ts'
import { ReplicationQuota } from '../../../src/broker/replication/replication-quota.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function quotaOf(bytesPerSecond: number, names: readonly string[] = ['*']) {
  const clock = new ManualClock()
  const replicas = () => names
  const quota = new ReplicationQuota({
    ...{ nodeId: 3, clock, replicas, samples: 11, sampleMs: 1000 },
    bytesPerSecond: () => bytesPerSecond,
  })
  return { quota, clock }
}

describe('a bound on replication', () => {
  it('is measured over the window, and passes with it', () => {
    const { quota, clock } = quotaOf(100)
    expect(quota.isExceeded).toBe(false)
    quota.record(500)
    expect([quota.rate, quota.isExceeded]).toEqual([500, true])
    clock.advance(4000)
    expect([quota.rate, quota.isExceeded]).toEqual([125, true])
    clock.advance(1000)
    expect([quota.rate, quota.isExceeded]).toEqual([100, false])
    quota.record(100)
    expect(quota.isExceeded).toBe(true)
    clock.advance(6500)
    expect(quota.rate).toBeCloseTo(100 / 6.5)
    clock.advance(6000)
    expect(quota.rate).toBe(0)
  })

  it('is none while no rate is set', () => {
    const { quota } = quotaOf(Number.MAX_SAFE_INTEGER)
    quota.record(1e12)
    expect(quota.isExceeded).toBe(false)
  })

  it.each([
    [['*'], true],
    [['0:3'], true],
    [['0:1', '1:3'], false],
    [[], false],
    [[''], false],
  ])('named by %j covers partition 0 of broker 3: %s', (names, covered) => {
    const partition = { index: 0, log: () => ({ config: {} }) } as unknown as Partition
    expect(quotaOf(1, names).quota.covers(partition)).toBe(covered)
  })
})

describe('the replica for a consumer', () => {
  const view = (id: number, rack: string | null, logEndOffset = 10, behindMs = 0) => ({
    id,
    rack,
    logEndOffset,
    behindMs,
  })
  const leader = view(1, 'a')

  it.each([
    ['in the leader’s rack is the leader', 'a', [view(2, 'a', 20)], 1],
    ['without a rack is the leader', '', [view(2, '')], 1],
    ['in a rack without replicas is the leader', 'c', [view(2, 'b')], 1],
    ['is the one in its rack', 'b', [view(2, 'b', 3), view(3, 'c')], 2],
    ['is the one that is furthest', 'b', [view(2, 'b', 9), view(3, 'b', 8)], 2],
    ['is the one that was caught up last', 'b', [view(2, 'b', 9, 50), view(3, 'b', 9, 60)], 2],
    ['is the one with the highest id', 'b', [view(2, 'b'), view(3, 'b')], 3],
  ] as const)('%s', (_, rack, followers, chosen) => {
    expect(rackAwareReplica(rack, leader, followers)).toBe(chosen)
  })
})
