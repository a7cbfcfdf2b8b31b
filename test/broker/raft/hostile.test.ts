/** Messages that cannot be: they are refused, change nothing, and never end the node. */
import { beforeEach, describe, expect, it } from 'vitest'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { RaftRequest, RaftResponse } from '../../../src/broker/raft/messages.ts'
import { EPOCH_MAX, VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { checkFetched } from '../../../src/broker/raft/fetched-records.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { ArrayLog, seededRandom } from './memory-cluster.ts'

const DIRECTORIES = ['', 'AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg', 'AAAAAAAAAAAAAAAAAAAAAw']
const key = (id: number) => ({ id, directoryId: DIRECTORIES[id]! })
const voters = new VoterSet(
  [1, 2, 3].map((id) => ({ ...key(id), endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 })),
)

describe('a voter', () => {
  let log: ArrayLog
  let core: RaftCore

  beforeEach(() => {
    log = new ArrayLog()
    log.entries = [
      { epoch: 1, text: 'a' },
      { epoch: 3, text: 'b' },
    ]
    core = new RaftCore({
      local: key(1),
      canVote: true,
      log,
      voters: new VoterHistory(voters),
      kraftVersion: () => 1,
      state: { epoch: 5, leaderId: 2, votedId: -1, votedDirectoryId: DIRECTORIES[1]! },
      random: seededRandom(1),
      electionTimeoutMs: 1000,
      electionBackoffMaxMs: 1000,
      fetchTimeoutMs: 2000,
      requestTimeoutMs: 2000,
      fetchMaxWaitMs: 500,
    })
    core.step({ kind: 'start' }, 0)
  })

  const ask = (request: RaftRequest) => {
    const effects = core.step({ kind: 'request', token: 1, request }, 10)
    return effects.find((effect) => effect.kind === 'reply')?.response.error
  }
  /** An answer to the fetch that is on its way. */
  const answerFetch = (fields: object, nowMs = 10) => {
    const correlation = core.inFlight.get('2:fetch')!.correlation
    const response = {
      type: 'fetch',
      error: 'NONE',
      epoch: 5,
      leaderId: 2,
      highWatermark: 1,
      ...fields,
    } as RaftResponse
    return core.step({ kind: 'response', correlation, from: 2, response }, nowMs)
  }

  const vote = { type: 'vote', voter: key(1), epoch: 6, lastEpoch: 3, lastOffset: 2, preVote: false } as const

  it('votes for nobody in its own name, without a name, or in the last epoch there is', () => {
    expect(ask({ ...vote, candidate: key(1) })).toBe('INVALID_REQUEST')
    expect(ask({ ...vote, candidate: { ...key(2), id: -5 } })).toBe('INVALID_REQUEST')
    expect(ask({ ...vote, candidate: key(2), epoch: EPOCH_MAX })).toBe('INVALID_REQUEST')
    expect(ask({ ...vote, candidate: key(2), lastOffset: -1 })).toBe('INVALID_REQUEST')
    expect(ask({ ...vote, candidate: key(2), lastEpoch: 6 })).toBe('INVALID_REQUEST')
    expect(core.role).toMatchObject({ kind: 'follower', epoch: 5 })
  })

  it('does not vote as the voter that it was with another disk', () => {
    expect(ask({ ...vote, candidate: key(2), voter: { id: 1, directoryId: DIRECTORIES[3]! } })).toBe(
      'INVALID_VOTER_KEY',
    )
    expect(core.role.epoch).toBe(5)
  })

  it('asks for a snapshot that cannot be taken after a pause, not at once and for ever', () => {
    const snapshotId = { offset: 50, epoch: 4 }
    expect(answerFetch({ snapshotId }).map(({ kind }) => kind)).toContain('loadSnapshot')
    const isAsked = (nowMs: number, kind: 'snapshotFailed' | 'tick') => {
      const effects = core.step(kind === 'tick' ? { kind } : { kind, snapshotId }, nowMs)
      return effects.some((effect) => effect.kind === 'send' && effect.request.type === 'fetch')
    }
    expect(isAsked(20, 'snapshotFailed')).toBe(false)
    expect(isAsked(1019, 'tick')).toBe(false)
    expect(isAsked(1020, 'tick')).toBe(true)
    expect(core.role).toMatchObject({ kind: 'follower', epoch: 5 })
  })

  it('takes no second leader for an epoch', () => {
    const news = { epoch: 5, voter: key(1) }
    expect(ask({ type: 'beginEpoch', leaderId: 3, ...news })).toBe('INVALID_REQUEST')
    expect(ask({ type: 'beginEpoch', leaderId: -1, ...news })).toBe('INVALID_REQUEST')
    expect(ask({ type: 'beginEpoch', leaderId: 2, ...news, epoch: EPOCH_MAX })).toBe('INVALID_REQUEST')
    expect(ask({ type: 'endEpoch', leaderId: 3, epoch: 5, preferredCandidates: [key(1)] })).toBe('INVALID_REQUEST')
    expect(ask({ type: 'beginEpoch', leaderId: 2, ...news })).toBe('NONE')
    expect(core.role).toMatchObject({ kind: 'follower', leaderId: 2 })
  })

  it('never takes back what is committed, whatever the leader says', () => {
    answerFetch({ highWatermark: 2 })
    expect(core.highWatermark).toBe(2)
    for (const diverging of [
      { epoch: 1, offset: 0 },
      { epoch: 0, offset: 0 },
      { epoch: 1, offset: -7 },
      { epoch: 3, offset: 2 },
    ]) {
      const effects = answerFetch({ diverging })
      expect(effects.map(({ kind }) => kind)).toEqual(['contradiction'])
      // Asked again after a pause, not at once.
      core.inFlight.clear()
      core.step({ kind: 'tick' }, 20)
    }
    expect(log.entries).toHaveLength(2)
  })

  it('is not moved by an answer of an epoch that cannot be', () => {
    answerFetch({ epoch: EPOCH_MAX, leaderId: 9 })
    expect(core.role).toMatchObject({ epoch: 5, leaderId: 2 })
  })

  it('asks for pre-votes at once when nobody listens where its leader did', () => {
    const { correlation } = core.inFlight.get('2:fetch')!
    core.step({ kind: 'failed', correlation, refused: true }, 100)
    core.step({ kind: 'tick' }, 201)
    expect(core.role).toMatchObject({ kind: 'prospective', epoch: 5 })
  })

  it('waits out its fetch timeout when a connection was merely lost', () => {
    const { correlation } = core.inFlight.get('2:fetch')!
    core.step({ kind: 'failed', correlation }, 100)
    core.step({ kind: 'tick' }, 1900)
    expect(core.role.kind).toBe('follower')
  })
})

describe('answers that say anything', () => {
  const EPOCHS = [-1, 0, 1, 4, 5, 6, 7, EPOCH_MAX - 1, EPOCH_MAX]
  const OFFSETS = [-9, -1, 0, 1, 2, 3, 2 ** 52]
  const ERRORS = [
    'NONE',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'NOT_LEADER_OR_FOLLOWER',
    'INVALID_REQUEST',
  ] as const

  it('throw nothing, take nothing back and leave one of the roles', () => {
    const kinds = new Set<string>()
    for (let seed = 1; seed <= 400; seed++) {
      const chance = seededRandom(seed)
      const pick = <T>(list: readonly T[]): T => list[chance.int(list.length)]!
      const log = new ArrayLog()
      log.entries = Array.from({ length: chance.int(4) }, () => ({ epoch: 3, text: 'x' }))
      const core = new RaftCore({
        local: key(1),
        canVote: chance.int(8) > 0,
        log,
        voters: new VoterHistory(voters),
        kraftVersion: () => 1,
        state: { epoch: 5, leaderId: pick([-1, 1, 2, 3]), votedId: -1, votedDirectoryId: DIRECTORIES[1]! },
        random: chance,
        electionTimeoutMs: 1000,
        electionBackoffMaxMs: 1000,
        fetchTimeoutMs: 2000,
        requestTimeoutMs: 2000,
        fetchMaxWaitMs: 500,
      })
      core.step({ kind: 'start' }, 0)
      for (let nowMs = 0; nowMs < 60_000; nowMs += chance.int(1500)) {
        const [sent] = [...core.inFlight.entries()].slice(chance.int(Math.max(1, core.inFlight.size)))
        const highWatermark = core.highWatermark
        if (sent === undefined || chance.int(4) === 0) core.step({ kind: 'tick' }, nowMs)
        else {
          const [to, type] = sent[0].split(':') as [string, 'vote' | 'fetch' | 'beginEpoch' | 'endEpoch']
          const head = {
            error: chance.int(2) > 0 ? 'NONE' : pick(ERRORS),
            epoch: chance.int(4) > 0 ? core.role.epoch : pick(EPOCHS),
            leaderId: chance.int(2) > 0 ? core.role.leaderId : pick([-1, 1, 2, 3, 77, -8]),
          }
          const at = () => ({ epoch: pick(EPOCHS), offset: pick(OFFSETS) })
          const fetched = {
            highWatermark: pick(OFFSETS),
            ...(chance.int(3) === 0 ? { diverging: at() } : {}),
            ...(chance.int(4) === 0 ? { snapshotId: at() } : {}),
          }
          const vote = { granted: chance.int(3) > 0, preVote: (core.role.kind === 'prospective') === chance.int(5) > 0 }
          const response = {
            type,
            ...head,
            ...(type === 'fetch' ? fetched : type === 'vote' ? vote : {}),
          } as RaftResponse
          const { correlation } = sent[1]
          const effects = core.step({ kind: 'response', correlation, from: Number(to), response }, nowMs)
          for (const effect of effects) {
            if (effect.kind === 'appendControl') log.entries.push({ epoch: effect.epoch, text: 'leader' })
            if (effect.kind !== 'truncate') continue
            expect(effect.endOffset, `seed ${seed}`).toBeGreaterThanOrEqual(Math.max(0, highWatermark))
            log.entries.length = Math.min(log.entries.length, effect.endOffset)
            core.step({ kind: 'synced', endOffset: log.entries.length }, nowMs)
          }
        }
        expect(core.highWatermark, `seed ${seed}`).toBeGreaterThanOrEqual(highWatermark)
        kinds.add(core.role.kind)
      }
    }
    expect([...kinds].sort()).toEqual(['candidate', 'follower', 'leader', 'prospective', 'resigned', 'unattached'])
  })
})

describe('records of a leader', () => {
  const at = (baseOffset: number, epoch: number, count = 2) =>
    encodeBatch(
      { baseOffset, partitionLeaderEpoch: epoch },
      Array.from({ length: count }, () => ({ timestamp: 1, key: null, value: Buffer.from('v') })),
    )
  const end = { offset: 10, epoch: 3 }

  it('are taken as far as they are whole', () => {
    const good = Buffer.concat([at(10, 3), at(12, 4)])
    expect(checkFetched(Buffer.concat([good, at(14, 4).subarray(0, 70)]), end, 4)).toEqual(good)
    expect(checkFetched(Buffer.alloc(0), end, 4)).toHaveLength(0)
  })

  it('are refused when they cannot be its log', () => {
    const damaged = at(10, 3)
    damaged[70]! ^= 1
    expect(() => checkFetched(damaged, end, 4)).toThrow('damaged')
    expect(() => checkFetched(at(9, 3), end, 4)).toThrow('begins at offset 9')
    expect(() => checkFetched(Buffer.concat([at(10, 3), at(13, 3)]), end, 4)).toThrow('not at 12')
    expect(() => checkFetched(at(10, 2), end, 4)).toThrow('of epoch 2')
    expect(() => checkFetched(at(10, 5), end, 4)).toThrow('of epoch 5')
    expect(() => checkFetched(Buffer.alloc(100), end, 4)).toThrow()
  })
})
