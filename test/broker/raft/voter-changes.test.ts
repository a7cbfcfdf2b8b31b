/** Changes of the voters at the core: what is refused, when they count, when they are answered for. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { RaftEffect, RaftEvent, RaftResponse, VoterChange } from '../../../src/broker/raft/messages.ts'
import { INITIAL_QUORUM_STATE } from '../../../src/broker/raft/quorum-state.ts'
import { type Voter, VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { ArrayLog, seededRandom } from './memory-cluster.ts'

const directory = (id: number) => `AAAAAAAAAAAAAAAAAAAA${'efghij'[id]}Q`
const voter = (id: number, port = 9090 + id): Voter => ({
  id,
  directoryId: directory(id),
  endpoints: [{ name: 'CONTROLLER', host: 'h', port }],
  kraftVersionMin: 0,
  kraftVersionMax: 1,
})

let log: ArrayLog
let history: VoterHistory
let core: RaftCore
let kraft: number
let nowMs: number
let answers: string[]

function run(event: RaftEvent): RaftEffect[] {
  const effects = core.step(event, nowMs)
  for (const effect of effects) {
    if (effect.kind === 'votersAnswer') answers.push(`${effect.token} ${effect.answer.error}`)
    if (effect.kind !== 'appendControl') continue
    for (const record of effect.records) {
      if (record.type === 'voters') history.add(log.entries.length, record.voters)
      if (record.type === 'kraftVersion') history.addVersion(log.entries.length, record.version)
      log.entries.push({ epoch: effect.epoch, text: record.type })
    }
  }
  return effects
}

const sync = () => run({ kind: 'synced', endOffset: log.entries.length })
const change = (token: string, what: VoterChange) => run({ kind: 'changeVoters', token, change: what })
const add = (id: number, ackWhenCommitted = true): VoterChange => ({ type: 'add', voter: voter(id), ackWhenCommitted })
const fetch = (id: number, fetchOffset = log.entries.length) =>
  run({
    kind: 'request',
    token: `fetch ${id}`,
    request: {
      type: 'fetch',
      replica: { id, directoryId: directory(id) },
      epoch: core.role.epoch,
      fetchOffset,
      lastFetchedEpoch: log.entries[fetchOffset - 1]?.epoch ?? 0,
      highWatermark: -1,
      maxWaitMs: 0,
    },
  })

beforeEach(() => {
  log = new ArrayLog()
  history = new VoterHistory(new VoterSet([voter(1)]))
  kraft = 1
  nowMs = 1000
  answers = []
  core = new RaftCore({
    local: { id: 1, directoryId: directory(1) },
    canVote: true,
    log,
    voters: history,
    kraftVersion: () => kraft,
    state: INITIAL_QUORUM_STATE,
    random: seededRandom(1),
    electionTimeoutMs: 1000,
    electionBackoffMaxMs: 1000,
    fetchTimeoutMs: 2000,
    requestTimeoutMs: 2000,
    fetchMaxWaitMs: 500,
  })
  run({ kind: 'start' })
})

describe('the voters of a running quorum', () => {
  it('cannot change before the leader has committed in its epoch, nor while static', () => {
    change('early', add(2))
    sync()
    kraft = 0
    change('static', add(2))
    change('moved', { type: 'update', key: voter(1), epoch: 1, ...voter(1) })
    expect(answers).toEqual(['early REQUEST_TIMED_OUT', 'static UNSUPPORTED_VERSION', 'moved NONE'])
    expect(history.latest.ids()).toEqual([1])
  })

  it('take in who has caught up; the set counts at once and is answered for when it is committed', () => {
    sync()
    change('unseen', add(2))
    fetch(2)
    change('first', add(2))
    change('second', add(3))
    expect(history.latest.ids()).toEqual([1, 2])
    sync()
    expect(answers).toEqual(['unseen REQUEST_TIMED_OUT', 'second REQUEST_TIMED_OUT'])
    fetch(2)
    expect(answers.at(-1)).toBe('first NONE')
    change('again', add(2))
    expect(answers.at(-1)).toBe('again DUPLICATE_VOTER')
  })

  it('are answered for at once when nobody wants to wait, and not for ever otherwise', () => {
    sync()
    fetch(2)
    fetch(3)
    change('quick', add(2, false))
    expect(answers).toEqual(['quick NONE'])
    sync()
    fetch(2)
    change('slow', add(3))
    nowMs += 2000
    fetch(3, 0)
    run({ kind: 'tick' })
    expect(answers.at(-1)).toBe('slow REQUEST_TIMED_OUT')
  })

  it('let go of who is named by its directory, and the leader resigns that was voted out', () => {
    sync()
    change('last', { type: 'remove', key: voter(1) })
    fetch(2)
    change('in', add(2))
    sync()
    fetch(2)
    change('another disk', { type: 'remove', key: { id: 2, directoryId: directory(5) } })
    change('out', { type: 'remove', key: voter(1) })
    expect(history.latest.ids()).toEqual([2])
    sync()
    expect(core.role.kind).toBe('leader')
    fetch(2)
    expect(core.role.kind).toBe('resigned')
    expect(answers).toEqual(['last INVALID_REQUEST', 'in NONE', 'another disk VOTER_NOT_FOUND', 'out NONE'])
    // It goes on as an observer, which has no election to wait for.
    nowMs += 10_000
    const sent = run({ kind: 'tick' }).map((effect) => (effect.kind === 'send' ? effect.request.type : effect.kind))
    expect(sent).toContain('fetch')
  })

  it('say where they have moved to, in the epoch of their leader', () => {
    sync()
    const update = (epoch: number, kraftVersionMin = 0): VoterChange => {
      return { type: 'update', key: voter(1), epoch, ...voter(1, 7), kraftVersionMin, kraftVersionMax: 1 }
    }
    change('old', update(0))
    change('new', update(9))
    change('cannot', { ...update(1), kraftVersionMax: 0 } as VoterChange)
    change('moved', update(1))
    expect(answers).toEqual([
      'old FENCED_LEADER_EPOCH',
      'new UNKNOWN_LEADER_EPOCH',
      'cannot INVALID_REQUEST',
      'moved NONE',
    ])
    expect(history.latest.get(1)!.endpoints[0]!.port).toBe(7)
  })
})

describe('static voters', () => {
  const said = (id: number): VoterChange => {
    const { endpoints, directoryId } = voter(id)
    const key = { id, directoryId }
    return { type: 'update', key, epoch: core.role.epoch, endpoints, kraftVersionMin: 0, kraftVersionMax: 1 }
  }
  const upgrade = (validateOnly = false): VoterChange => ({ type: 'upgrade', version: 1, validateOnly })

  beforeEach(() => {
    log = new ArrayLog()
    const named = (id: number) => ({ ...voter(id), directoryId: ZERO_UUID, kraftVersionMax: 0 })
    history = new VoterHistory(new VoterSet([named(1), named(2), named(3)]))
    core = new RaftCore({ ...core.options, log, voters: history, kraftVersion: () => history.kraftVersion() })
    run({ kind: 'start' })
    nowMs += 3000
    run({ kind: 'tick' })
    const grant = (preVote: boolean) => {
      const { correlation } = core.inFlight.get('2:vote')!
      const response = { type: 'vote', error: 'NONE', epoch: core.role.epoch, leaderId: -1, granted: true, preVote }
      run({ kind: 'response', correlation, from: 2, response: response as RaftResponse })
    }
    grant(true)
    grant(false)
    expect(core.role.kind).toBe('leader')
    sync()
    fetch(2)
    expect(core.highWatermark).toBe(1)
  })

  it('become those of the log when all have said who they are', () => {
    change('early', upgrade())
    change('2', said(2))
    change('3', said(3))
    change('stranger', said(4))
    change('only asked', upgrade(true))
    expect(history.kraftVersion()).toBe(0)
    change('now', upgrade())
    change('again', upgrade())
    expect(answers).toEqual([
      'early INVALID_UPDATE_VERSION',
      '2 NONE',
      '3 NONE',
      'stranger VOTER_NOT_FOUND',
      'only asked NONE',
      'now NONE',
      'again NONE',
    ])
    expect(log.entries.map(({ text }) => text)).toEqual(['leaderChange', 'kraftVersion', 'voters'])
    expect(history.kraftVersion()).toBe(1)
    expect(history.latest.values()).toEqual([voter(1), voter(2), voter(3)])
  })

  it('with another directory are voters no more', () => {
    change('2', said(2))
    change('3', said(3))
    change('now', upgrade())
    sync()
    run({
      kind: 'request',
      token: 'wiped',
      request: {
        type: 'fetch',
        replica: { id: 2, directoryId: directory(5) },
        epoch: core.role.epoch,
        fetchOffset: 3,
        lastFetchedEpoch: core.role.epoch,
        highWatermark: -1,
        maxWaitMs: 0,
      },
    })
    expect(core.highWatermark).toBe(1)
    fetch(2)
    expect(core.highWatermark).toBe(3)
  })

  it('a fetch in the name of the leader itself counts for nothing', () => {
    run({ kind: 'appended' })
    log.entries.push({ epoch: core.role.epoch, text: 'not synced' })
    fetch(2)
    expect(core.highWatermark).toBe(1)
    const effects = fetch(1)
    expect(effects.find((effect) => effect.kind === 'reply')?.response.error).toBe('INVALID_REQUEST')
    expect(core.highWatermark).toBe(1)
  })

  it('are static again when the upgrade is truncated away', () => {
    change('2', said(2))
    change('3', said(3))
    change('now', upgrade())
    history.truncateTo(1)
    expect(history.kraftVersion()).toBe(0)
    expect(history.latest.get(2)?.directoryId).toBe(ZERO_UUID)
  })
})
