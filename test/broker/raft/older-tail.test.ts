/**
 * A replica with a long tail of an epoch that nobody kept, whose leader's log begins in a later epoch: no point of
 * divergence can be named, so it takes the snapshot, though that ends before its tail.
 */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { LogView, OffsetAndEpoch } from '../../../src/broker/raft/log.ts'
import type { FetchResponse, RaftEffect } from '../../../src/broker/raft/messages.ts'
import type { QuorumState } from '../../../src/broker/raft/quorum-state.ts'
import { VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { seededRandom } from './memory-cluster.ts'

const voters = new VoterSet(
  [1, 2].map((id) => ({ id, directoryId: ZERO_UUID, endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 })),
)

/** A log of one epoch, behind a snapshot. */
class OneEpochLog implements LogView {
  readonly startOffset: number
  private readonly end: OffsetAndEpoch
  private readonly snapshot: OffsetAndEpoch

  constructor(snapshot: OffsetAndEpoch, end: OffsetAndEpoch) {
    this.startOffset = snapshot.offset
    this.snapshot = snapshot
    this.end = end
  }
  endOffset(): OffsetAndEpoch {
    return this.end
  }
  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    return epoch >= this.end.epoch ? this.end : this.snapshot
  }
  latestSnapshotId(): OffsetAndEpoch {
    return this.snapshot
  }
}

function coreOf(id: number, log: LogView, state: QuorumState): RaftCore {
  return new RaftCore({
    local: { id, directoryId: ZERO_UUID },
    canVote: true,
    log,
    voters: new VoterHistory(voters),
    kraftVersion: () => 0,
    state,
    random: seededRandom(id),
    electionTimeoutMs: 1000,
    electionBackoffMaxMs: 1000,
    fetchTimeoutMs: 2000,
    requestTimeoutMs: 2000,
    fetchMaxWaitMs: 500,
  })
}

const kinds = (effects: RaftEffect[]) => effects.map(({ kind }) => kind)

describe('a tail of an older epoch than all of the leader has', () => {
  it('is answered with the snapshot', () => {
    const log = new OneEpochLog({ offset: 50, epoch: 5 }, { offset: 60, epoch: 5 })
    const leader = coreOf(1, log, { epoch: 5, leaderId: -1, votedId: 1, votedDirectoryId: ZERO_UUID })
    leader.step({ kind: 'start' }, 0)
    const granted = { type: 'vote', error: 'NONE', epoch: 5, leaderId: -1, granted: true, preVote: false } as const
    const sent = leader.step({ kind: 'tick' }, 1)
    const vote = [...sent, ...leader.step({ kind: 'tick' }, 2)].find((effect) => effect.kind === 'send')
    const correlation = vote?.kind === 'send' ? vote.correlation : 1
    leader.step({ kind: 'response', correlation, from: 2, response: granted }, 3)
    expect(leader.role.kind).toBe('leader')
    const request = {
      type: 'fetch',
      replica: { id: 2, directoryId: ZERO_UUID },
      epoch: leader.role.epoch,
      fetchOffset: 55,
      lastFetchedEpoch: 3,
      highWatermark: 20,
      maxWaitMs: 0,
    } as const
    const [reply] = leader.step({ kind: 'request', token: 1, request }, 4)
    expect(reply).toMatchObject({ kind: 'reply', response: { snapshotId: { offset: 50, epoch: 5 } } })
  })

  it('gives way to it', () => {
    const log = new OneEpochLog({ offset: 20, epoch: 3 }, { offset: 55, epoch: 3 })
    const follower = coreOf(2, log, { epoch: 6, leaderId: 1, votedId: -1, votedDirectoryId: ZERO_UUID })
    const started = follower.step({ kind: 'start' }, 0)
    const fetch = started.find((effect) => effect.kind === 'send')
    const answer = (snapshotId: OffsetAndEpoch): FetchResponse => {
      return { type: 'fetch', error: 'NONE', epoch: 6, leaderId: 1, highWatermark: 60, snapshotId }
    }
    const correlation = fetch?.kind === 'send' ? fetch.correlation : -1
    const taken = follower.step(
      { kind: 'response', correlation, from: 1, response: answer({ offset: 50, epoch: 5 }) },
      1,
    )
    expect(kinds(taken)).toContain('loadSnapshot')
  })
})
