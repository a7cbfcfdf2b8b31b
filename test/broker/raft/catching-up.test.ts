/**
 * A follower that is far behind learns what is committed while it catches up: each answer brings records, and the one after
 * them says that those before are committed.
 */
import { expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { FetchResponse, RaftEffect } from '../../../src/broker/raft/messages.ts'
import { VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { seededRandom } from './memory-cluster.ts'

const voters = new VoterSet(
  [1, 2].map((id) => ({ id, directoryId: ZERO_UUID, endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 })),
)

it('moves its high watermark with answers that bring records too, as far as its log was durable', () => {
  let end = 10
  const core = new RaftCore({
    local: { id: 2, directoryId: ZERO_UUID },
    canVote: true,
    log: {
      startOffset: 0,
      endOffset: () => ({ offset: end, epoch: 3 }),
      endOffsetForEpoch: () => ({ offset: end, epoch: 3 }),
      latestSnapshotId: () => undefined,
    },
    voters: new VoterHistory(voters),
    kraftVersion: () => 0,
    state: { epoch: 3, leaderId: 1, votedId: -1, votedDirectoryId: ZERO_UUID },
    random: seededRandom(2),
    electionTimeoutMs: 1000,
    electionBackoffMaxMs: 1000,
    fetchTimeoutMs: 2000,
    requestTimeoutMs: 2000,
    fetchMaxWaitMs: 500,
  })
  const sent = (effects: RaftEffect[]) => effects.find((effect) => effect.kind === 'send')!.correlation
  const answer: FetchResponse = {
    type: 'fetch',
    error: 'NONE',
    epoch: 3,
    leaderId: 1,
    highWatermark: 1000,
    records: Buffer.alloc(100),
  }
  let correlation = sent([...core.step({ kind: 'start' }, 0), ...core.step({ kind: 'tick' }, 1)])
  const committed: number[] = []
  for (let round = 0; round < 3; round++) {
    const effects = core.step({ kind: 'response', correlation, from: 1, response: answer }, 2 + round)
    expect(effects.map(({ kind }) => kind)).toEqual(['commit', 'appendFetched'])
    for (const effect of effects) if (effect.kind === 'commit') committed.push(effect.offset)
    end += 10
    correlation = sent(core.step({ kind: 'synced', endOffset: end }, 2 + round))
  }
  expect(committed).toEqual([10, 20, 30])
})
