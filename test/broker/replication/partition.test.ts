/** One partition with several replicas: the high watermark, the in-sync set, epochs, leadership. The log is a fake. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import type { PartitionImage } from '../../../src/broker/metadata/topics.ts'
import { Partition } from '../../../src/broker/replication/partition.ts'
import type { Log } from '../../../src/broker/storage/log.ts'

/** Counts bytes as records: an append of three bytes is three offsets. */
class FakeLog {
  logStartOffset = 0
  logEndOffset = 0
  highWatermark = 0
  lastStableOffset = 0
  minInSync = 1
  readonly assigned: [epoch: number, start: number][] = []
  readonly config = { get: () => this.minInSync }
  readonly epochs = {
    latest: () => this.assigned.at(-1)?.[0],
    assign: (epoch: number, start: number) => this.assigned.push([epoch, start]),
  }

  appendAsLeader(records: Buffer) {
    const firstOffset = this.logEndOffset
    this.logEndOffset += records.length
    return { firstOffset, lastOffset: this.logEndOffset - 1 }
  }

  updateHighWatermark(offset: number): boolean {
    this.highWatermark = offset
    return true
  }
}

function image(changes: Partial<PartitionImage> = {}): PartitionImage {
  return {
    partition: 0,
    replicas: [1],
    isr: [1],
    removing: [],
    adding: [],
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 5,
    partitionEpoch: 0,
    directories: [],
    elr: [],
    lastKnownElr: [],
    ...changes,
  }
}

function partitionOf(changes: Partial<PartitionImage> = {}, minInSync = 1) {
  const log = new FakeLog()
  log.minInSync = minInSync
  const partition = new Partition({
    topic: 'example-topic',
    topicId: ZERO_UUID,
    nodeId: 1,
    image: image(changes),
    log: log as unknown as Log,
  })
  if (partition.isLeader) partition.lead(0)
  return { partition, log }
}

const append = { acks: 1, origin: 'client', nowMs: 0 } as const
const fetched = (replicaId: number, fetchOffset: number, nowMs = 0) => ({
  replicaId,
  fetchOffset,
  logStartOffset: 0,
  nowMs,
})

describe('a partition with one replica', () => {
  it('commits what it appends at once', () => {
    const { partition } = partitionOf()
    const { lastOffset } = partition.append(Buffer.alloc(3), append)
    expect(partition.maybeAdvanceHighWatermark()).toBe(true)
    expect(partition.offsets()).toMatchObject({ logEndOffset: 3, highWatermark: 3 })
    expect(partition.isCommitted(lastOffset + 1)).toBe(true)
  })

  it('demands no more replicas than there are', () => {
    const { partition } = partitionOf({}, 2)
    expect(() => partition.append(Buffer.alloc(1), { ...append, acks: -1 })).not.toThrow()
  })
})

describe('a partition with three replicas', () => {
  const three = { replicas: [1, 2, 3], isr: [1, 2, 3] }

  it('commits what the slowest in-sync replica has', () => {
    const { partition, log } = partitionOf(three)
    partition.append(Buffer.alloc(10), append)
    expect(partition.maybeAdvanceHighWatermark()).toBe(false)
    expect(partition.followerFetched(fetched(2, 7))).toBe(false)
    expect(partition.followerFetched(fetched(3, 4))).toBe(true)
    expect(log.highWatermark).toBe(4)
    expect(partition.followerFetched(fetched(3, 10))).toBe(true)
    expect(log.highWatermark).toBe(7)
  })

  it('commits more when a slow replica leaves the in-sync set', () => {
    const { partition, log } = partitionOf(three)
    partition.append(Buffer.alloc(10), append)
    partition.followerFetched(fetched(2, 10))
    partition.update(image({ ...three, isr: [1, 2], partitionEpoch: 1 }), 0)
    expect(log.highWatermark).toBe(10)
  })

  it('refuses acks=-1 below the minimum of in-sync replicas, but not acks=1', () => {
    const { partition } = partitionOf({ replicas: [1, 2, 3], isr: [1] }, 2)
    expect(() => partition.append(Buffer.alloc(1), { ...append, acks: -1 })).toThrow(
      expect.objectContaining({ error: 'NOT_ENOUGH_REPLICAS' }),
    )
    expect(partition.append(Buffer.alloc(1), append).firstOffset).toBe(0)
  })

  it('never moves the high watermark back', () => {
    const { partition, log } = partitionOf(three)
    partition.append(Buffer.alloc(10), append)
    partition.followerFetched(fetched(2, 10))
    partition.followerFetched(fetched(3, 10))
    partition.followerFetched(fetched(3, 2))
    expect(log.highWatermark).toBe(10)
  })

  it('refuses a fetch from a node that holds no replica', () => {
    const { partition } = partitionOf(three)
    expect(() => partition.followerFetched(fetched(9, 0))).toThrow(
      expect.objectContaining({ error: 'UNKNOWN_LEADER_EPOCH' }),
    )
  })

  it('counts a follower as caught up when it has what the leader had at its fetch before', () => {
    const { partition } = partitionOf(three)
    partition.append(Buffer.alloc(5), append)
    partition.followerFetched(fetched(2, 0, 100))
    partition.append(Buffer.alloc(5), append)
    partition.followerFetched(fetched(2, 5, 200))
    expect([...partition.followers()].find(({ replicaId }) => replicaId === 2)).toMatchObject({
      logEndOffset: 5,
      lastCaughtUpMs: 100,
    })
  })

  it('has the lowest log start of the in-sync replicas as its low watermark', () => {
    const { partition, log } = partitionOf(three)
    log.logStartOffset = 8
    partition.followerFetched({ replicaId: 2, fetchOffset: 9, logStartOffset: 3, nowMs: 0 })
    partition.followerFetched({ replicaId: 3, fetchOffset: 9, logStartOffset: 6, nowMs: 0 })
    expect(partition.lowWatermark()).toBe(3)
  })
})

describe('leadership', () => {
  it('notes where its epoch begins in the log, once', () => {
    const { partition, log } = partitionOf()
    expect(log.assigned).toEqual([[5, 0]])
    partition.append(Buffer.alloc(4), append)
    expect(partition.update(image({ partitionEpoch: 1 }), 0)).toBe('unchanged')
    expect(partition.update(image({ leaderEpoch: 6 }), 0)).toBe('elected')
    expect(log.assigned).toEqual([
      [5, 0],
      [6, 4],
    ])
  })

  it('ends when the image names another leader', () => {
    const { partition } = partitionOf({ replicas: [1, 2], isr: [1, 2] })
    expect(partition.update(image({ replicas: [1, 2], isr: [1, 2], leader: 2, leaderEpoch: 6 }), 0)).toBe('resigned')
    expect([...partition.followers()]).toEqual([])
    expect(() => partition.append(Buffer.alloc(1), append)).toThrow(
      expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }),
    )
  })

  it.each([
    [4, 'FENCED_LEADER_EPOCH'],
    [6, 'UNKNOWN_LEADER_EPOCH'],
  ])('tells a request of epoch %i that it is %s', (epoch, error) => {
    const { partition } = partitionOf()
    expect(() => partition.logFor(epoch, true)).toThrow(expect.objectContaining({ error }))
    expect(() => partition.logFor(5, true)).not.toThrow()
    expect(() => partition.logFor(-1, true)).not.toThrow()
  })

  it('of a partition whose directory is offline is of no use', () => {
    const { partition } = partitionOf()
    partition.replaceLog(undefined)
    expect(() => partition.append(Buffer.alloc(1), append)).toThrow(
      expect.objectContaining({ error: 'KAFKA_STORAGE_ERROR' }),
    )
  })
})

describe('changes of the in-sync set', () => {
  const two = { replicas: [1, 2], isr: [1] }
  const terms = { now: 0, eligible: true }

  function leading(changes: Partial<PartitionImage>, minInSync = 1) {
    terms.now = 0
    terms.eligible = true
    const log = new FakeLog()
    log.minInSync = minInSync
    const partition = new Partition({
      topic: 'example-topic',
      topicId: ZERO_UUID,
      nodeId: 1,
      image: image(changes),
      log: log as unknown as Log,
      terms: {
        nowMs: () => terms.now,
        maxLagMs: () => 100,
        isEligible: () => terms.eligible,
        isAlive: () => true,
        brokerEpoch: (id) => id * 10,
      },
    })
    partition.lead(0)
    return { partition, log }
  }
  const answer = (isr: number[], partitionEpoch = 1) =>
    ({ error: 'NONE', leaderEpoch: 5, partitionEpoch, isr, leaderRecoveryState: 0 }) as const

  it('let a follower in that has what is committed, and all of earlier epochs', () => {
    const { partition, log } = leading(two)
    partition.append(Buffer.alloc(4), append)
    partition.maybeAdvanceHighWatermark()
    expect(log.highWatermark).toBe(4)
    partition.followerFetched(fetched(2, 3, 5))
    expect(partition.proposeExpansion(2)).toBeUndefined()
    partition.followerFetched({ ...fetched(2, 4, 6), brokerEpoch: 77 })
    expect(partition.proposeExpansion(2)).toEqual({
      topicId: ZERO_UUID,
      partition: 0,
      leaderEpoch: 5,
      partitionEpoch: 0,
      change: 'expand',
      isr: [
        { brokerId: 1, brokerEpoch: 10 },
        { brokerId: 2, brokerEpoch: 77 },
      ],
    })
    expect(partition.proposeExpansion(2)).toBeUndefined()
  })

  it('let nobody in who is fenced or goes down', () => {
    const { partition } = leading(two)
    terms.eligible = false
    partition.followerFetched(fetched(2, 0))
    expect(partition.proposeExpansion(2)).toBeUndefined()
  })

  it('count who is about to join for the high watermark, before and after the answer', () => {
    const { partition, log } = leading(two)
    partition.followerFetched(fetched(2, 0))
    const proposal = partition.proposeExpansion(2)!
    terms.now = 1000
    partition.append(Buffer.alloc(4), append)
    expect(partition.maybeAdvanceHighWatermark()).toBe(false)
    expect([partition.isr, partition.maximalIsr]).toEqual([[1], [1, 2]])
    expect(partition.isrAnswered(proposal, answer([1, 2]))).toBe('changed')
    expect([partition.isr, partition.partitionEpoch, log.highWatermark]).toEqual([[1, 2], 1, 0])
    partition.followerFetched(fetched(2, 4, 1000))
    expect(log.highWatermark).toBe(4)
  })

  it('count who is about to leave until the controller has said so', () => {
    const { partition, log } = leading({ replicas: [1, 2], isr: [1, 2] })
    partition.append(Buffer.alloc(4), append)
    terms.now = 101
    const proposal = partition.proposeShrink()!
    expect(proposal.isr.map(({ brokerId }) => brokerId)).toEqual([1])
    expect(partition.maybeAdvanceHighWatermark()).toBe(false)
    expect(partition.maximalIsr).toEqual([1, 2])
    expect(partition.isrAnswered(proposal, answer([1]))).toBe('changed')
    expect(log.highWatermark).toBe(4)
  })

  it('leave a follower in that has everything, however long it did not fetch', () => {
    const { partition } = leading({ replicas: [1, 2], isr: [1, 2] })
    partition.followerFetched(fetched(2, 0))
    terms.now = 10_000
    expect(partition.proposeShrink()).toBeUndefined()
    partition.append(Buffer.alloc(4), append)
    expect(partition.proposeShrink()).toBeDefined()
  })

  it('blame no follower for a time in which this process stood still', () => {
    const { partition } = leading({ replicas: [1, 2], isr: [1, 2] })
    partition.append(Buffer.alloc(4), append)
    terms.now = 150
    partition.excuseFollowers(60)
    expect(partition.proposeShrink()).toBeUndefined()
  })

  it('do not wait for a follower that came back and has not caught up yet', () => {
    const { partition, log } = leading({ replicas: [1, 2], isr: [1, 2] })
    partition.followerFetched(fetched(2, 0, 90))
    partition.append(Buffer.alloc(4), append)
    partition.update(image({ ...two, partitionEpoch: 1 }), 95)
    terms.now = 100
    partition.followerFetched(fetched(2, 0, 100))
    expect(log.highWatermark).toBe(4)
    partition.append(Buffer.alloc(1), append)
    partition.followerFetched(fetched(2, 4, 110))
    // It has what the leader had at its fetch before: now it is waited for.
    expect(partition.maybeAdvanceHighWatermark()).toBe(false)
    expect(partition.proposeExpansion(2)).toBeDefined()
  })

  it.each([
    ['INELIGIBLE_REPLICA', 'over', false],
    ['INVALID_UPDATE_VERSION', 'over', true],
    ['FENCED_LEADER_EPOCH', 'over', true],
    ['NOT_CONTROLLER', 'retry', true],
    ['UNKNOWN_SERVER_ERROR', 'retry', true],
  ] as const)('refused with %s are %s; on their way still: %s', (error, outcome, isChanging) => {
    const { partition } = leading(two)
    partition.followerFetched(fetched(2, 0))
    const proposal = partition.proposeExpansion(2)!
    expect(partition.isrAnswered(proposal, { error })).toBe(outcome)
    expect(partition.isChanging).toBe(isChanging)
    partition.update(image({ ...two, partitionEpoch: 7 }), 0)
    expect(partition.isChanging).toBe(false)
    expect(partition.isrAnswered(proposal, answer([1, 2]))).toBe('over')
    expect(partition.isr).toEqual([1])
  })

  it('that the controller answered are not undone by metadata from before', () => {
    const { partition } = leading(two)
    partition.followerFetched(fetched(2, 0))
    partition.isrAnswered(partition.proposeExpansion(2)!, answer([1, 2]))
    partition.update(image(two), 0)
    expect(partition.isr).toEqual([1, 2])
    partition.update(image({ ...two, isr: [1, 2], partitionEpoch: 1 }), 0)
    expect(partition.isr).toEqual([1, 2])
  })

  it('take no word of a former life of a follower', () => {
    const { partition } = leading(two)
    partition.followerFetched({ ...fetched(2, 0), brokerEpoch: 9 })
    expect(() => partition.followerFetched({ ...fetched(2, 0), brokerEpoch: 8 })).toThrow(
      expect.objectContaining({ error: 'NOT_LEADER_OR_FOLLOWER' }),
    )
  })
})
