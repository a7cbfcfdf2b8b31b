/** Single steps of the core that a simulation reaches only by luck, as effects. */
import { describe, expect, it } from 'vitest'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { RaftEffect, RaftEvent, VoteRequest } from '../../../src/broker/raft/messages.ts'
import { INITIAL_QUORUM_STATE, type QuorumState } from '../../../src/broker/raft/quorum-state.ts'
import { type VoterEndpoint, VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { ArrayLog, seededRandom } from './memory-cluster.ts'

const DIRECTORY = (id: number) => `directory-${id}-AAAAAAAAAA`.slice(0, 22)

interface CoreOptions {
  voters: number[]
  state?: QuorumState
  entries?: number[]
  kraftVersion?: number
  /** Offset of the record that made the voter set; default: none did. */
  votersAt?: number
  localEndpoints?: readonly VoterEndpoint[]
}

function core(options: CoreOptions) {
  const log = new ArrayLog()
  log.entries = (options.entries ?? []).map((epoch) => ({ epoch, text: '' }))
  const voters = new VoterSet(
    options.voters.map((id) => ({
      id,
      directoryId: DIRECTORY(id),
      endpoints: [],
      kraftVersionMin: 0,
      kraftVersionMax: 1,
    })),
  )
  const history = new VoterHistory(voters)
  if (options.votersAt !== undefined) history.add(options.votersAt, voters)
  const made = new RaftCore({
    ...(options.localEndpoints === undefined ? {} : { localEndpoints: options.localEndpoints }),
    local: { id: 1, directoryId: DIRECTORY(1) },
    canVote: true,
    log,
    voters: history,
    kraftVersion: () => options.kraftVersion ?? 0,
    state: options.state ?? INITIAL_QUORUM_STATE,
    random: seededRandom(1),
    electionTimeoutMs: 1000,
    electionBackoffMaxMs: 1000,
    fetchTimeoutMs: 2000,
    requestTimeoutMs: 2000,
    fetchMaxWaitMs: 500,
  })
  return { core: made, log }
}

const kinds = (effects: RaftEffect[]) => effects.map((effect) => (effect.kind === 'role' ? effect.role : effect.kind))

const vote = (over: Partial<VoteRequest>): VoteRequest => ({
  type: 'vote',
  candidate: { id: 2, directoryId: DIRECTORY(2) },
  voter: { id: 1, directoryId: DIRECTORY(1) },
  epoch: 5,
  lastEpoch: 4,
  lastOffset: 10,
  preVote: false,
  ...over,
})

describe('a quorum of one', () => {
  it('leads within its first step and commits with its own sync', () => {
    const { core: raft, log } = core({ voters: [1] })
    const effects = raft.step({ kind: 'start' }, 0)
    expect(kinds(effects)).toEqual([
      'unattached',
      'prospective',
      'persist',
      'candidate',
      'persist',
      'leader',
      'appendControl',
    ])
    expect(raft.deadlineMs()).toBe(Infinity)
    log.entries.push({ epoch: 1, text: '' })
    expect(raft.step({ kind: 'synced', endOffset: 1 }, 1)).toEqual([{ kind: 'commit', offset: 1 }])
  })

  it('writes the voters of the bootstrap checkpoint into the log', () => {
    const { core: raft } = core({ voters: [1], kraftVersion: 1 })
    const control = raft.step({ kind: 'start' }, 0).find((effect) => effect.kind === 'appendControl')
    expect(control?.records.map((record) => record.type)).toEqual(['leaderChange', 'kraftVersion', 'voters'])
  })

  it('corrects its endpoints in the set that it leads, once', () => {
    const here = [{ name: 'CONTROLLER', host: 'here', port: 9093 }]
    const written = (localEndpoints: typeof here) => {
      const { core: raft } = core({ voters: [1], kraftVersion: 1, votersAt: 0, localEndpoints })
      const control = raft.step({ kind: 'start' }, 0).find((effect) => effect.kind === 'appendControl')
      return control?.records.flatMap((record) => (record.type === 'voters' ? [record.voters.get(1)?.endpoints] : []))
    }
    expect(written(here)).toEqual([here])
    expect(written([])).toEqual([]) // as the set has it
  })

  it('opens a new epoch after a restart, never leads on in the old one', () => {
    const { core: raft } = core({
      voters: [1],
      entries: [1, 1],
      state: { ...INITIAL_QUORUM_STATE, epoch: 1, leaderId: 1 },
    })
    raft.step({ kind: 'start' }, 0)
    expect(raft.role).toMatchObject({ kind: 'leader', epoch: 2, epochStartOffset: 2 })
  })
})

describe('votes', () => {
  const voter = () => {
    const made = core({ voters: [1, 2, 3], entries: [1, 4, 4] })
    made.core.step({ kind: 'start' }, 0)
    return made.core
  }
  const answer = (raft: RaftCore, request: VoteRequest) => {
    const reply = raft.step({ kind: 'request', token: 1, request }, 1).find((effect) => effect.kind === 'reply')
    return reply?.response
  }

  it('are durable before they are sent, and given once an epoch', () => {
    const raft = voter()
    const effects = raft.step({ kind: 'request', token: 1, request: vote({}) }, 1)
    expect(kinds(effects).lastIndexOf('persist')).toBeLessThan(kinds(effects).indexOf('reply'))
    expect(answer(raft, vote({ candidate: { id: 3, directoryId: DIRECTORY(3) } }))).toMatchObject({ granted: false })
    expect(answer(raft, vote({}))).toMatchObject({ granted: true })
  })

  it('need a log that holds all of ours', () => {
    expect(answer(voter(), vote({ lastEpoch: 4, lastOffset: 2 }))).toMatchObject({ granted: false })
    expect(answer(voter(), vote({ lastEpoch: 3, lastOffset: 99 }))).toMatchObject({ granted: false })
    expect(answer(voter(), vote({ lastEpoch: 4, lastOffset: 3 }))).toMatchObject({ granted: true })
  })

  it('are refused for a former epoch, and for a disk that is gone', () => {
    expect(answer(voter(), vote({ epoch: 3, lastEpoch: 2 }))).toMatchObject({ error: 'FENCED_LEADER_EPOCH' })
    const former = vote({ voter: { id: 1, directoryId: DIRECTORY(9) } })
    expect(answer(voter(), former)).toMatchObject({ error: 'INVALID_VOTER_KEY', granted: false })
  })

  it('asked for in advance change nothing', () => {
    const raft = voter()
    expect(answer(raft, vote({ preVote: true }))).toMatchObject({ granted: true })
    expect(raft.role.voted).toBeUndefined()
  })

  it('are not promised while the leader answers', () => {
    const raft = voter()
    raft.step(
      { kind: 'request', token: 1, request: { type: 'beginEpoch', leaderId: 3, epoch: 5, voter: raft.local } },
      1,
    )
    expect(answer(raft, vote({ preVote: true }))).toMatchObject({ granted: true })
    const fetch = raft.inFlight.get('3:fetch')!
    raft.step(
      {
        kind: 'response',
        correlation: fetch.correlation,
        from: 3,
        response: { type: 'fetch', error: 'NONE', epoch: 5, leaderId: 3, highWatermark: 0, records: Buffer.alloc(0) },
      },
      2,
    )
    expect(answer(raft, vote({ preVote: true }))).toMatchObject({ granted: false })
  })
})

describe('a follower whose leader gave the epoch up', () => {
  const answer = (fetch: RaftEffect | undefined, leaderId: number, from = 2): RaftEvent => {
    if (fetch?.kind !== 'send') throw new Error('nothing was sent')
    const response = { type: 'fetch', error: 'NOT_LEADER_OR_FOLLOWER', epoch: 5, leaderId, highWatermark: -1 } as const
    return { kind: 'response', correlation: fetch.correlation, from, response }
  }
  const following = () => {
    const state = { epoch: 5, leaderId: 2, votedId: -1, votedDirectoryId: DIRECTORY(2) }
    const { core: replica } = core({ voters: [1, 2, 3], state, entries: [4] })
    const sent = replica.step({ kind: 'start' }, 0).find((effect) => effect.kind === 'send')
    return { replica, sent }
  }

  it('stands for election soon, and does not go back to it because others still name it', () => {
    const { replica, sent } = following()
    const asks = replica.step(answer(sent, 2), 10).find((effect) => effect.kind === 'send')
    expect(replica.role).toMatchObject({ kind: 'unattached', epoch: 5, leaderId: -1 })
    replica.step(answer(asks, 2, 3), 20)
    expect(replica.role).toMatchObject({ kind: 'unattached', epoch: 5, leaderId: -1 })
    replica.step({ kind: 'tick' }, 111)
    expect(replica.role.kind).toBe('prospective')
  })

  it('is still its follower when the answer is from before it was elected', () => {
    const { replica, sent } = following()
    replica.step(answer(sent, -1), 10)
    expect(replica.role).toMatchObject({ kind: 'follower', epoch: 5, leaderId: 2 })
  })

  it('promises its vote at once when the leader says so itself', () => {
    const { replica } = following()
    if (replica.role.kind === 'follower') replica.role.hasFetched = true
    const preVote = { preVote: true, candidate: { id: 3, directoryId: DIRECTORY(3) }, epoch: 5 }
    const isGranted = (token: number) => {
      const effects = replica.step({ kind: 'request', token, request: vote(preVote) }, 20)
      return effects.some(
        (effect) => effect.kind === 'reply' && 'granted' in effect.response && effect.response.granted,
      )
    }
    expect(isGranted(1)).toBe(false)
    const preferredCandidates = [{ id: 3, directoryId: DIRECTORY(3) }, replica.local]
    const request = { type: 'endEpoch', leaderId: 2, epoch: 5, preferredCandidates } as const
    replica.step({ kind: 'request', token: 2, request }, 21)
    expect(isGranted(3)).toBe(true)
  })
})

describe('a process that stood still', () => {
  /** Ticks whenever one is due, up to `untilMs`. */
  const onTime = (replica: RaftCore, untilMs: number) => {
    for (let dueMs = replica.deadlineMs(); dueMs <= untilMs; dueMs = replica.deadlineMs()) {
      replica.step({ kind: 'tick' }, dueMs)
    }
  }
  const leading = () => {
    const state = { epoch: 5, leaderId: -1, votedId: 1, votedDirectoryId: DIRECTORY(1) }
    const { core: replica } = core({ voters: [1, 2, 3], state, entries: [4] })
    const asked = replica.step({ kind: 'start' }, 0).find((effect) => effect.kind === 'send')
    if (asked?.kind !== 'send') throw new Error('no vote was asked for')
    const response = { type: 'vote', error: 'NONE', epoch: 5, leaderId: -1, granted: true, preVote: false } as const
    replica.step({ kind: 'response', correlation: asked.correlation, from: asked.to, response }, 0)
    expect(replica.role.kind).toBe('leader')
    return replica
  }

  it('leads on until it has looked at what came meanwhile', () => {
    const replica = leading()
    replica.step({ kind: 'appended' }, 6000)
    expect(replica.role.kind).toBe('leader')
    onTime(replica, 6000 + 749)
    expect(replica.role.kind).toBe('leader')
    onTime(replica, 6000 + 750)
    expect(replica.role.kind).toBe('resigned')
  })

  it('would have given up in time if it had not', () => {
    const replica = leading()
    onTime(replica, 4000)
    expect(replica.role.kind).toBe('resigned')
  })

  it('follows on until then, too', () => {
    const state = { epoch: 5, leaderId: 2, votedId: -1, votedDirectoryId: DIRECTORY(2) }
    const { core: replica } = core({ voters: [1, 2, 3], state, entries: [4] })
    replica.step({ kind: 'start' }, 0)
    replica.step({ kind: 'tick' }, 6000)
    expect(replica.role.kind).toBe('follower')
    onTime(replica, 6000 + 500)
    expect(replica.role.kind).toBe('prospective')
  })
})
