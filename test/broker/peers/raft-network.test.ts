/** Consensus over connections: errors come back late, a snapshot piece after piece, and only whole and within limits. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PeerClients } from '../../../src/broker/peers/peer-clients.ts'
import { PeerError } from '../../../src/broker/peers/peer-connection.ts'
import { QuorumEndpoints } from '../../../src/broker/peers/quorum-endpoints.ts'
import { PeerRaftNetwork } from '../../../src/broker/peers/raft-network.ts'
import type { RaftDriver } from '../../../src/broker/raft/driver.ts'
import { VoterSet } from '../../../src/broker/raft/voters.ts'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { QuietLog } from '../../support/quiet-log.ts'

const SNAPSHOT = Buffer.from('the bytes of a whole snapshot')
const ID = { offset: 100, epoch: 4 }
const METADATA = '__cluster_metadata'

let clock: ManualClock
let network: PeerRaftNetwork
let endpoints: QuorumEndpoints
/** What the driver was told. */
let told: unknown[][]
/** What the peer was asked, and what it says. */
let asked: { to: number; purpose: string; api: string; body: (version: number) => never }[]
let answers: (() => unknown)[]

beforeEach(() => {
  clock = new ManualClock()
  told = []
  asked = []
  answers = []
  const note =
    (what: string) =>
    (...values: unknown[]) =>
      told.push([what, ...values])
  const driver = {
    core: { local: { id: 1, directoryId: ZERO_UUID } },
    respond: note('respond'),
    requestFailed: note('failed'),
    snapshotProgress: note('progress'),
    snapshotFailed: note('snapshotFailed'),
    installSnapshot: note('install'),
  } as unknown as RaftDriver
  const clients = {
    send: async (to: number, purpose: string, api: string, { body }: { body: (version: number) => never }) => {
      asked.push({ to, purpose, api, body })
      return { version: 2, body: answers.shift()!() }
    },
    close: () => {},
  } as unknown as PeerClients
  const voter = { id: 2, directoryId: ZERO_UUID, kraftVersionMin: 0, kraftVersionMax: 1 }
  const voters = new VoterSet([{ ...voter, endpoints: [{ name: 'CONTROLLER', host: 'set', port: 1 }] }])
  endpoints = new QuorumEndpoints({
    listenerName: 'CONTROLLER',
    bootstrapServers: [{ host: 'first', port: 7 }],
    voters: () => voters,
  })
  network = new PeerRaftNetwork({
    clients,
    endpoints,
    driver: () => driver,
    sender: { clusterId: 'c', endpoints: [], fetchMaxBytes: 10 },
    clock,
    logger: new QuietLog(),
    requestTimeoutMs: 1000,
    retryBackoffMs: 20,
    snapshotPieceBytes: 10,
    snapshotBytesMax: 1000,
  })
})

const settle = () => new Promise((resolve) => setImmediate(resolve))
const begin = { type: 'beginEpoch', leaderId: 1, epoch: 3, voter: { id: 2, directoryId: ZERO_UUID } } as const
const answer = (errorCode: number) => () => ({
  errorCode: 0,
  topics: [{ partitions: [{ errorCode, leaderId: 3, leaderEpoch: 5 }] }],
  nodeEndpoints: [{ nodeId: 3, host: 'three', port: 9093 }],
})

describe('requests', () => {
  it('bring their answers back, errors after a pause', async () => {
    answers.push(answer(0), answer(74))
    network.send(2, 11, begin)
    await settle()
    expect(told).toMatchObject([['respond', 11, 2, { type: 'beginEpoch', error: 'NONE', epoch: 5, leaderId: 3 }]])
    expect(endpoints.of(3)).toEqual({ host: 'three', port: 9093 })
    network.send(2, 12, begin)
    await settle()
    expect(told).toHaveLength(1)
    clock.advance(20)
    expect(told[1]).toMatchObject(['respond', 12, 2, { error: 'FENCED_LEADER_EPOCH' }])
  })

  it('that fail are told as such; an address that leads nowhere is forgotten', async () => {
    endpoints.learn(2, { host: 'moved', port: 5 })
    expect(endpoints.of(2)).toEqual({ host: 'moved', port: 5 })
    answers.push(() => {
      throw new PeerError('unreachable', 'gone')
    })
    network.send(2, 13, begin)
    await settle()
    expect(told).toEqual([['failed', 13, false]])
    expect(endpoints.of(2)).toMatchObject({ host: 'set', port: 1 })
    expect(endpoints.bootstrapIds.map((id) => endpoints.of(id))).toEqual([{ host: 'first', port: 7 }])
  })

  it('to where nobody listens are told as refused', async () => {
    answers.push(() => {
      throw new PeerError('unreachable', 'gone', {
        cause: Object.assign(new Error('refused'), { errno: 'ECONNREFUSED' }),
      })
    })
    network.send(2, 14, begin)
    await settle()
    expect(told).toEqual([['failed', 14, true]])
  })

  it('refused as a whole fail after a pause', async () => {
    answers.push(() => ({ errorCode: 104, topics: [], nodeEndpoints: [] }))
    network.send(2, 14, begin)
    await settle()
    expect(told).toEqual([])
    clock.advance(20)
    expect(told).toEqual([['failed', 14]])
  })

  it('of a pre-vote to a node that knows none are granted', async () => {
    const key = { id: 2, directoryId: ZERO_UUID }
    const vote = { type: 'vote', candidate: key, voter: key, epoch: 3, lastEpoch: 2, lastOffset: 9 } as const
    answers.push(() => asked[0]!.body(1))
    network.send(2, 15, { ...vote, preVote: true })
    await settle()
    expect(told).toMatchObject([['respond', 15, 2, { granted: true, preVote: true, epoch: 3 }]])
  })

  it('bring nothing back once closed', async () => {
    answers.push(answer(0))
    network.send(2, 16, begin)
    network.close()
    await settle()
    expect(told).toEqual([])
  })
})

describe('a snapshot', () => {
  const piece =
    (position: number, fields: object = {}) =>
    () => ({
      errorCode: 0,
      topics: [
        {
          name: METADATA,
          partitions: [
            {
              errorCode: 0,
              snapshotId: { endOffset: ID.offset, epoch: ID.epoch },
              currentLeader: { leaderId: 2, leaderEpoch: 5 },
              size: SNAPSHOT.length,
              position,
              unalignedRecords: SNAPSHOT.subarray(position, position + 10),
              ...fields,
            },
          ],
        },
      ],
      nodeEndpoints: [],
    })
  const lost = () => {
    throw new PeerError('lost', 'lost')
  }

  it('is put together from its pieces, going on after a lost one', async () => {
    answers.push(piece(0), lost, piece(10), lost, lost, piece(20))
    network.loadSnapshot(2, ID, 5)
    await settle()
    expect(told).toEqual([
      ['progress', ID],
      ['progress', ID],
      ['install', ID, SNAPSHOT],
    ])
    expect(asked).toHaveLength(6)
    expect(asked.every(({ purpose, to }) => purpose === 'raft-snapshot' && to === 2)).toBe(true)
  })

  it.each([
    ['lost three times', [lost, lost, lost]],
    ['no longer there', [piece(0, { errorCode: 98 })]],
    ['another one', [piece(0, { snapshotId: { endOffset: 1, epoch: 1 } })]],
    ['a piece from elsewhere', [piece(10)]],
    ['an empty piece', [piece(0, { unalignedRecords: Buffer.alloc(0) })]],
    ['larger than the limit', [piece(0, { size: 1001 })]],
    ['longer than announced', [piece(0, { size: 5 })]],
    ['refused', [() => ({ errorCode: 42, topics: [], nodeEndpoints: [] })]],
  ])('fails when it is %s', async (_, given) => {
    answers.push(...given)
    network.loadSnapshot(2, ID, 5)
    await settle()
    expect(told).toEqual([])
    clock.advance(20)
    expect(told).toEqual([['snapshotFailed', ID]])
  })
})
