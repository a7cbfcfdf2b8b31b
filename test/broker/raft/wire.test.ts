/** Messages of consensus through Kafka's schemas and back, in every version. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import type { FetchResponse, VoteRequest } from '../../../src/broker/raft/messages.ts'
import {
  decodeBeginEpoch,
  decodeEndEpoch,
  decodeFetch,
  decodeFetchSnapshot,
  decodeVote,
  encodeBeginEpoch,
  encodeEndEpoch,
  encodeFetch,
  encodeFetchSnapshot,
  encodeVote,
} from '../../../src/broker/raft/wire-requests.ts'
import {
  decodeEpochAnswer,
  decodeFetchAnswer,
  decodeSnapshotAnswer,
  decodeVoteAnswer,
  encodeEpochAnswer,
  encodeFetchAnswer,
  encodeSnapshotAnswer,
  encodeVoteAnswer,
} from '../../../src/broker/raft/wire-responses.ts'
import { type ApiName, apis, type RequestInput, type RequestOf, type ResponseOf } from '../../../src/protocol/apis.ts'
import { decodeMessage, encodeMessage } from '../../../src/protocol/codec.ts'
import type { Message } from '../../../src/protocol/schema.ts'

const DIRECTORY_1 = 'AAAAAAAAAAAAAAAAAAAAeQ'
const DIRECTORY_2 = 'AAAAAAAAAAAAAAAAAAAAeg'
const sender = {
  clusterId: 'cluster',
  endpoints: [{ name: 'CONTROLLER', host: 'one', port: 9093 }],
  fetchMaxBytes: 1000,
}
const leader = { nodeId: 1, host: 'one', port: 9093 }

function request<A extends ApiName>(api: A, version: number, body: RequestInput<A>): RequestOf<A> {
  const schema = apis[api].request as Message
  return decodeMessage(schema, version, encodeMessage(schema, version, body as never)) as RequestOf<A>
}

function response<A extends ApiName>(api: A, version: number, body: unknown): ResponseOf<A> {
  const schema = apis[api].response as Message
  return decodeMessage(schema, version, encodeMessage(schema, version, body as never)) as ResponseOf<A>
}

const vote: VoteRequest = {
  type: 'vote',
  candidate: { id: 1, directoryId: DIRECTORY_1 },
  voter: { id: 2, directoryId: DIRECTORY_2 },
  epoch: 7,
  lastEpoch: 6,
  lastOffset: 1234,
  preVote: true,
}

describe('requests of consensus', () => {
  it('Vote: directories from version 1, pre-votes from 2', () => {
    const at = (version: number) => request('Vote', version, encodeVote(vote, version, sender))
    expect(at(2).clusterId).toBe('cluster')
    expect(decodeVote(at(2))).toEqual(vote)
    expect(decodeVote(at(1))).toEqual({ ...vote, preVote: false })
    expect(decodeVote(at(0))).toEqual({
      ...vote,
      preVote: false,
      candidate: { id: 1, directoryId: ZERO_UUID },
      voter: { id: -1, directoryId: ZERO_UUID },
    })
  })

  it('BeginQuorumEpoch: says where the leader listens from version 1', () => {
    const begin = { type: 'beginEpoch', leaderId: 1, epoch: 7, voter: vote.voter } as const
    const at = (version: number) => request('BeginQuorumEpoch', version, encodeBeginEpoch(begin, sender))
    expect(decodeBeginEpoch(at(1))).toEqual(begin)
    expect(at(1).leaderEndpoints).toEqual(sender.endpoints)
    expect(decodeBeginEpoch(at(0))).toEqual({ ...begin, voter: { id: -1, directoryId: ZERO_UUID } })
  })

  it('EndQuorumEpoch: successors by id in version 0, with their directories from 1', () => {
    const end = { type: 'endEpoch', leaderId: 1, epoch: 7, preferredCandidates: [vote.voter] } as const
    const at = (version: number) => request('EndQuorumEpoch', version, encodeEndEpoch(end, version, sender))
    expect(decodeEndEpoch(at(1))).toEqual(end)
    expect(decodeEndEpoch(at(0))).toEqual({ ...end, preferredCandidates: [{ id: 2, directoryId: ZERO_UUID }] })
  })

  it('Fetch: by name, by id, with the directory and the high watermark as versions go', () => {
    const fetch = {
      type: 'fetch',
      replica: vote.voter,
      epoch: 7,
      fetchOffset: 100,
      lastFetchedEpoch: 6,
      highWatermark: 90,
      maxWaitMs: 500,
    } as const
    const unknown = { highWatermark: Number.MAX_SAFE_INTEGER }
    const noDirectory = { replica: { id: 2, directoryId: ZERO_UUID } }
    for (let version = 12; version <= 18; version++) {
      const decoded = decodeFetch(request('Fetch', version, encodeFetch(fetch, version, sender)), version)
      expect(decoded, `version ${version}`).toEqual({
        ...fetch,
        ...(version < 18 ? unknown : {}),
        ...(version < 17 ? noDirectory : {}),
      })
    }
  })

  it('FetchSnapshot', () => {
    const question = {
      replica: vote.voter,
      epoch: 7,
      snapshotId: { offset: 500, epoch: 5 },
      position: 64,
      maxBytes: 1000,
    }
    const at = (version: number) => request('FetchSnapshot', version, encodeFetchSnapshot(question, sender))
    expect(decodeFetchSnapshot(at(1))).toEqual(question)
    expect(decodeFetchSnapshot(at(0))).toEqual({ ...question, replica: { id: 2, directoryId: ZERO_UUID } })
  })

  it('are refused when they name no partition, several, or another', () => {
    const good = request('Vote', 2, encodeVote(vote, 2, sender))
    const [topic] = good.topics
    const [partition] = topic!.partitions
    for (const topics of [
      [],
      [topic!, topic!],
      [{ ...topic!, topicName: 'other' }],
      [{ ...topic!, partitions: [] }],
      [{ ...topic!, partitions: [partition!, partition!] }],
      [{ ...topic!, partitions: [{ ...partition!, partitionIndex: 1 }] }],
    ]) {
      expect(decodeVote({ ...good, topics })).toBeUndefined()
    }
    expect(decodeFetch({ ...request('Fetch', 18, {} as never), topics: [] }, 18)).toBeUndefined()
    expect(decodeFetchSnapshot({ ...request('FetchSnapshot', 1, {} as never), topics: [] })).toBeUndefined()
  })
})

describe('answers of consensus', () => {
  const head = { error: 'NONE', epoch: 7, leaderId: 1 } as const

  it('Vote and the two of epochs: the leader is named from version 1', () => {
    const granted = { type: 'vote', ...head, granted: true, preVote: true } as const
    for (const version of [0, 1, 2]) {
      const wire = response('Vote', version, encodeVoteAnswer(granted, { version, leader }))
      expect(decodeVoteAnswer(wire, vote)).toEqual({ response: granted, endpoints: version === 0 ? [] : [leader] })
    }
    const ended = { type: 'endEpoch', ...head, error: 'FENCED_LEADER_EPOCH' } as const
    for (const version of [0, 1]) {
      const wire = response('EndQuorumEpoch', version, encodeEpochAnswer(ended, { version, leader }))
      expect(decodeEpochAnswer('endEpoch', wire)).toEqual({ response: ended, endpoints: version === 0 ? [] : [leader] })
    }
  })

  it('Fetch: records, a diverging epoch, or a snapshot to load', () => {
    const empty = Buffer.alloc(0)
    const cases: FetchResponse[] = [
      { type: 'fetch', ...head, highWatermark: 50, records: Buffer.from('records') },
      { type: 'fetch', ...head, highWatermark: 50, diverging: { offset: 40, epoch: 3 }, records: empty },
      { type: 'fetch', ...head, highWatermark: -1, snapshotId: { offset: 45, epoch: 3 }, records: empty },
      { type: 'fetch', ...head, error: 'NOT_LEADER_OR_FOLLOWER', highWatermark: -1, records: empty },
    ]
    for (const answer of cases) {
      for (let version = 12; version <= 18; version++) {
        const wire = response('Fetch', version, encodeFetchAnswer(answer, { version, leader, logStartOffset: 5 }))
        const decoded = decodeFetchAnswer(wire)
        expect(decoded).toMatchObject({ response: answer })
        expect('endpoints' in decoded && decoded.endpoints).toMatchObject(version < 17 ? [] : [leader])
      }
    }
  })

  it('FetchSnapshot: a piece with its place, or an error', () => {
    const question = { replica: vote.voter, epoch: 7, snapshotId: { offset: 5, epoch: 2 }, position: 3, maxBytes: 9 }
    const piece = { ...head, sizeBytes: 10, bytes: Buffer.from('abc') }
    const wire = response('FetchSnapshot', 1, encodeSnapshotAnswer(piece, question, { version: 1, leader }))
    expect(decodeSnapshotAnswer(wire)).toEqual({
      response: { ...piece, position: 3, snapshotId: question.snapshotId },
      endpoints: [leader],
    })
  })

  it('a refusal of the whole request is told as such', () => {
    expect(decodeVoteAnswer(response('Vote', 2, { errorCode: 104 }), vote)).toEqual({
      error: 'INCONSISTENT_CLUSTER_ID',
    })
    expect(decodeFetchAnswer(response('Fetch', 18, {}))).toEqual({ error: 'INVALID_REQUEST' })
  })
})
