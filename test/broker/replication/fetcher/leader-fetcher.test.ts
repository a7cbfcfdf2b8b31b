/** What a follower asks its leader for, and what every answer does: sessions, truncation, lost places, trouble, throttles. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PartitionImage } from '../../../../src/broker/metadata/topics.ts'
import { Followed } from '../../../../src/broker/replication/fetcher/followed.ts'
import {
  EARLIEST,
  type FetcherDecision,
  LATEST,
  LeaderFetcher,
} from '../../../../src/broker/replication/fetcher/leader-fetcher.ts'
import { Partition } from '../../../../src/broker/replication/partition.ts'
import type { ErrorName } from '../../../../src/protocol/errors.ts'
import { errorCode } from '../../../../src/protocol/errors.ts'
import type { ResponseOf } from '../../../../src/protocol/apis.ts'
import { setBaseOffset, setLeaderEpoch } from '../../../../src/protocol/records/batch.ts'
import { CrashDisk } from '../../../support/memory-disk.ts'
import { QuietLog } from '../../../support/quiet-log.ts'
import { batchOf, type Bench, openBench, TOPIC_ID, valuesOf } from '../../storage/support.ts'

type PartitionAnswer = Partial<ResponseOf<'Fetch'>['responses'][number]['partitions'][number]>

const BACKOFF_MS = 1000
let bench: Bench
let fetcher: LeaderFetcher
let partition: Partition
let followed: Followed
let log: QuietLog
let throttled: boolean

beforeEach(() => {
  bench = openBench()
  log = new QuietLog()
  throttled = false
  fetcher = new LeaderFetcher({
    log,
    backoffMs: () => BACKOFF_MS,
    maxBytes: () => 1000,
    appended: () => {},
    isThrottled: () => throttled,
  })
  partition = partitionOf(0, bench)
  followed = follow()
})

function image(index: number, changes: Partial<PartitionImage> = {}): PartitionImage {
  return {
    partition: index,
    replicas: [1, 2],
    isr: [1, 2],
    removing: [],
    adding: [],
    leader: 2,
    leaderRecoveryState: 0,
    leaderEpoch: 4,
    partitionEpoch: 0,
    directories: [],
    elr: [],
    lastKnownElr: [],
    ...changes,
  }
}

function partitionOf(index: number, { log: under }: Pick<Bench, 'log'>): Partition {
  return new Partition({ topic: 't', topicId: TOPIC_ID, nodeId: 1, image: image(index), log: under })
}

function follow(what = partition): Followed {
  const made = new Followed(what)
  fetcher.add(made)
  return made
}

/** A batch as a leader has it. */
function batchAt(offset: number, values: string[], epoch = 4): Buffer {
  const records = batchOf({ values })
  setBaseOffset(records, 0, offset)
  setLeaderEpoch(records, 0, epoch)
  return records
}

function decide<K extends FetcherDecision['kind']>(kind: K, nowMs = 0): Extract<FetcherDecision, { kind: K }> {
  const decision = fetcher.decide(nowMs)
  expect(decision.kind).toBe(kind)
  return decision as Extract<FetcherDecision, { kind: K }>
}

function answer(nowMs: number, ...partitions: PartitionAnswer[]): void {
  const complete = partitions.map((each) => ({
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 0,
    lastStableOffset: -1,
    logStartOffset: 0,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    records: null,
    ...each,
  }))
  const body = { throttleTimeMs: 0, errorCode: 0, sessionId: 77, nodeEndpoints: [] }
  const responses = complete.length === 0 ? [] : [{ topic: '', topicId: TOPIC_ID, partitions: complete }]
  fetcher.answered({ ...body, responses } as unknown as ResponseOf<'Fetch'>, nowMs)
}

const refusal = (error: ErrorName, nowMs = 0) => answer(nowMs, { errorCode: errorCode(error) })
const wholeError = (error: ErrorName, nowMs = 0) =>
  fetcher.answered({ errorCode: errorCode(error), sessionId: 0, responses: [] } as never, nowMs)
const asked = ({ request }: { request: { topics: readonly object[] } }) =>
  (request.topics as { partitions: { partition: number; fetchOffset: number }[] }[]).flatMap(({ partitions }) =>
    partitions.map((each) => [each.partition, each.fetchOffset]),
  )

describe('a session', () => {
  it('begins with everything, and then says only what changed', () => {
    const first = decide('fetch').request
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0 })
    expect(first.topics).toMatchObject([
      {
        topicId: TOPIC_ID,
        partitions: [{ partition: 0, fetchOffset: 0, currentLeaderEpoch: 4, lastFetchedEpoch: -1 }],
      },
    ])
    answer(0)
    expect(decide('fetch').request).toMatchObject({ sessionId: 77, sessionEpoch: 1, topics: [] })
    answer(0, { records: batchAt(0, ['a', 'b']), highWatermark: 1 })
    const third = decide('fetch').request
    expect(third.sessionEpoch).toBe(2)
    expect(third.topics).toMatchObject([{ partitions: [{ fetchOffset: 2, lastFetchedEpoch: 4 }] }])
    expect(partition.log().highWatermark).toBe(1)
  })

  it('takes in partitions that come, and forgets those that go', () => {
    decide('fetch')
    answer(0)
    const other = follow(partitionOf(1, openBench()))
    expect(asked(decide('fetch'))).toEqual([[1, 0]])
    answer(0)
    fetcher.remove(followed)
    const { topics, forgottenTopicsData } = decide('fetch').request
    expect([topics, forgottenTopicsData]).toEqual([[], [{ topic: 't', topicId: TOPIC_ID, partitions: [0] }]])
    answer(0)
    fetcher.remove(other)
    expect(decide('wait').untilMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('asks under a new epoch without forgetting the partition', () => {
    decide('fetch')
    answer(0)
    partition.update(image(0, { leaderEpoch: 5, partitionEpoch: 1 }), 0)
    follow()
    const { topics, forgottenTopicsData } = decide('fetch').request
    expect(topics).toMatchObject([{ partitions: [{ currentLeaderEpoch: 5 }] }])
    expect(forgottenTopicsData).toEqual([])
  })

  it.each(['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH'] as const)('begins anew after %s', (error) => {
    decide('fetch')
    answer(0)
    decide('fetch')
    wholeError(error)
    expect(decide('fetch').request.sessionEpoch).toBe(0)
    expect(asked(decide('fetch'))).toEqual([[0, 0]])
  })

  it('begins anew after an answer that was lost, and waits longer each time', () => {
    decide('fetch')
    answer(0)
    decide('fetch')
    fetcher.failed(100)
    expect(decide('wait', 100).untilMs).toBe(120)
    expect(decide('fetch', 120).request).toMatchObject({ sessionId: 77, sessionEpoch: 0 })
    fetcher.failed(120)
    expect(decide('wait', 120).untilMs).toBe(160)
    for (let count = 0; count < 10; count++) fetcher.failed(200)
    expect(decide('wait', 200).untilMs).toBe(1200)
  })
})

describe('records', () => {
  it('are appended as they are', () => {
    decide('fetch')
    answer(0, { records: batchAt(0, ['a', 'b']), highWatermark: 2 })
    decide('fetch')
    answer(0, { records: batchAt(2, ['c'], 3), highWatermark: 3 })
    expect(valuesOf(partition.log())).toEqual(['a', 'b', 'c'])
    expect(followed.lag).toBe(0)
  })

  it('end before a batch of an epoch that is not followed yet', () => {
    decide('fetch')
    answer(0, { records: Buffer.concat([batchAt(0, ['a']), batchAt(1, ['b'], 5)]) })
    expect(valuesOf(partition.log())).toEqual(['a'])
  })

  it('without a whole batch at the end leave that out', () => {
    decide('fetch')
    const torn = batchAt(1, ['b'])
    answer(0, { records: Buffer.concat([batchAt(0, ['a']), torn.subarray(0, torn.length - 3)]) })
    expect(valuesOf(partition.log())).toEqual(['a'])
    expect(asked(decide('fetch'))).toEqual([[0, 1]])
  })

  it('that are damaged are never appended, and asked for again', () => {
    decide('fetch')
    const damaged = batchAt(0, ['a'])
    damaged[damaged.length - 1]! ^= 1
    answer(50, { records: damaged })
    expect(partition.log().logEndOffset).toBe(0)
    expect(decide('wait', 50).untilMs).toBe(50 + BACKOFF_MS)
    // The leader still knows from where.
    expect(asked(decide('fetch', 1050))).toEqual([])
    answer(1050, { records: batchAt(0, ['a']) })
    expect(valuesOf(partition.log())).toEqual(['a'])
  })

  it('that do not follow what is there are refused', () => {
    decide('fetch')
    answer(0, { records: batchAt(0, ['a', 'b']) })
    decide('fetch')
    answer(0, { records: batchAt(1, ['again']) })
    expect(valuesOf(partition.log())).toEqual(['a', 'b'])
    decide('wait')
  })

  it('never take the high watermark back', () => {
    decide('fetch')
    answer(0, { records: batchAt(0, ['a', 'b']), highWatermark: 2 })
    decide('fetch')
    answer(0, { highWatermark: 1 })
    expect(partition.log().highWatermark).toBe(2)
  })

  it('before the start of the leader are given up as far as they are committed', () => {
    decide('fetch')
    answer(0, { records: batchAt(0, ['a', 'b', 'c']), highWatermark: 2, logStartOffset: 3 })
    expect(partition.log().logStartOffset).toBe(2)
  })

  it('from a leader that is none any more are left alone', () => {
    decide('fetch')
    partition.update(image(0, { leaderEpoch: 5, partitionEpoch: 1 }), 0)
    answer(0, { records: batchAt(0, ['a']) })
    expect(partition.log().logEndOffset).toBe(0)
    expect(fetcher.failedCount).toBe(1)
  })
})

describe('another history', () => {
  it('is cut off, round by round', () => {
    const own = partition.log()
    own.appendAsFollower(batchAt(0, ['a', 'b'], 1))
    own.appendAsFollower(batchAt(2, ['c'], 3))
    decide('fetch')
    answer(0, { divergingEpoch: { epoch: 2, endOffset: 5 } })
    expect(own.logEndOffset).toBe(2)
    expect(decide('fetch').request.topics).toMatchObject([{ partitions: [{ fetchOffset: 2, lastFetchedEpoch: 1 }] }])
    answer(0, { divergingEpoch: { epoch: 1, endOffset: 1 } })
    expect(own.logEndOffset).toBeLessThan(2)
  })

  it('is warned of where it cuts what was committed', () => {
    const own = partition.log()
    own.appendAsFollower(batchAt(0, ['a', 'b'], 1))
    own.appendAsFollower(batchAt(2, ['c'], 3))
    own.updateHighWatermark(2)
    decide('fetch')
    answer(0, { divergingEpoch: { epoch: 1, endOffset: 2 } })
    expect(log.messages('WARN')).toEqual([])
    decide('fetch')
    answer(0, { divergingEpoch: { epoch: 0, endOffset: 0 } })
    expect(log.messages('WARN')).toEqual([
      "t-0 is cut from 2 to 0: the leader's epoch 0 ends at 0, and everything before 2 was committed",
    ])
    expect([own.logEndOffset, own.highWatermark]).toEqual([0, 0])
  })

  it('is given up at the log end too, where an epoch has no records', () => {
    const own = partition.log()
    own.appendAsFollower(batchAt(0, ['a'], 1))
    own.epochs.assign(3, 1)
    decide('fetch')
    answer(0, { divergingEpoch: { epoch: 1, endOffset: 1 } })
    expect(own.logEndOffset).toBe(1)
    expect(decide('fetch').request.topics).toMatchObject([{ partitions: [{ fetchOffset: 1, lastFetchedEpoch: 1 }] }])
  })

  it('that no cut changes is asked about later, not for ever at once', () => {
    partition.log().appendAsFollower(batchAt(0, ['a'], 1))
    decide('fetch')
    answer(0, { divergingEpoch: { epoch: 1, endOffset: 9 } })
    expect(decide('wait').untilMs).toBe(BACKOFF_MS)
  })
})

describe('a place that the leader does not have', () => {
  const placed = (decision: FetcherDecision & { kind: 'places' }, offset: number) =>
    fetcher.placesAnswered(
      decision,
      {
        topics: [
          { name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, timestamp: -1, offset, leaderEpoch: 4 }] },
        ],
      } as never,
      0,
    )

  beforeEach(() => {
    partition.log().appendAsFollower(batchAt(0, ['a', 'b', 'c']))
    decide('fetch')
    refusal('OFFSET_OUT_OF_RANGE')
  })

  it('is behind its end: cut to that', () => {
    const end = decide('places')
    expect(end.timestamp).toBe(LATEST)
    expect(LeaderFetcher.placesRequest(1, end)).toEqual({
      replicaId: 1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, currentLeaderEpoch: 4, timestamp: LATEST }] }],
    })
    placed(end, 0)
    expect(partition.log().logEndOffset).toBe(0)
    decide('fetch')
  })

  it('is before its start: emptied, and begun there', () => {
    placed(decide('places'), 20)
    const start = decide('places')
    expect(start.timestamp).toBe(EARLIEST)
    placed(start, 12)
    expect(partition.log()).toMatchObject({ logStartOffset: 12, logEndOffset: 12 })
    expect(asked(decide('fetch'))).toEqual([[0, 12]])
  })

  it('is within it after all: asked for again', () => {
    placed(decide('places'), 20)
    placed(decide('places'), 1)
    expect(decide('fetch').request.forgottenTopicsData).toEqual([])
    expect(partition.log().logEndOffset).toBe(3)
  })

  it('stays lost while the leader does not answer', () => {
    decide('places')
    fetcher.failed(0)
    decide('places', BACKOFF_MS)
  })
})

describe('trouble with one partition', () => {
  it.each([
    'UNKNOWN_LEADER_EPOCH',
    'NOT_LEADER_OR_FOLLOWER',
    'UNKNOWN_TOPIC_ID',
  ] as const)('%s: tried again soon, then less often', (error) => {
    decide('fetch')
    refusal(error)
    expect(decide('wait').untilMs).toBe(20)
    expect(decide('fetch', 20).request.forgottenTopicsData).toEqual([])
    refusal(error, 20)
    expect(decide('wait', 20).untilMs).toBe(60)
  })

  it('KAFKA_STORAGE_ERROR: tried again after the backoff', () => {
    decide('fetch')
    refusal('KAFKA_STORAGE_ERROR')
    expect(decide('wait').untilMs).toBe(BACKOFF_MS)
  })

  it('FENCED_LEADER_EPOCH: left alone until the metadata says more', () => {
    decide('fetch')
    refusal('FENCED_LEADER_EPOCH')
    expect(decide('wait').untilMs).toBe(Number.POSITIVE_INFINITY)
    expect(fetcher.failedCount).toBe(1)
    partition.update(image(0, { leaderEpoch: 5, partitionEpoch: 1 }), 0)
    follow()
    expect(fetcher.failedCount).toBe(0)
    decide('fetch')
  })

  it('of the log directory takes the partition away at once, and keeps no other one from being fetched', () => {
    const disk = new CrashDisk()
    const failing = partitionOf(1, openBench({ disk, onFailure: () => leave() }))
    const lost = follow(failing)
    const leave = () => {
      failing.replaceLog(undefined)
      fetcher.remove(lost)
    }
    decide('fetch')
    disk.fail({ operation: 'write', errno: 'EIO', path: '.log' })
    answer(0, { partitionIndex: 1, records: batchAt(0, ['a']), highWatermark: 1 })
    expect(failing.isOnline).toBe(false)
    expect([fetcher.size, fetcher.failedCount]).toEqual([1, 0])
    decide('fetch')
  })

  it('keeps no other partition from being fetched', () => {
    follow(partitionOf(1, openBench()))
    decide('fetch')
    refusal('KAFKA_STORAGE_ERROR')
    const { topics, forgottenTopicsData } = decide('fetch').request
    expect(topics).toEqual([])
    expect(forgottenTopicsData).toMatchObject([{ partitions: [0] }])
  })
})

describe('a bound on the bytes of a replica that is behind', () => {
  it('holds it back until there is room, and then asks again', () => {
    decide('fetch')
    throttled = true
    answer(0, { records: batchAt(0, ['a']), highWatermark: 9 })
    expect(decide('wait').untilMs).toBe(100)
    throttled = false
    expect(asked(decide('fetch', 100))).toEqual([[0, 1]])
  })
})
