/** The controller listener's own requests: consensus, pieces of snapshots, envelopes; what peers may send wrong. */
import { beforeEach, describe, expect, it } from 'vitest'
import { METADATA_TOPIC_ID } from '../../../src/base/uuid.ts'
import type { BrokerServices, QuorumService } from '../../../src/broker/handlers/context.ts'
import { brokerHandlers, controllerHandlers } from '../../../src/broker/handlers/index.ts'
import type { RaftRequest, RaftResponse, VoterChange } from '../../../src/broker/raft/messages.ts'
import type { ReplicaKey } from '../../../src/broker/raft/voters.ts'
import type { SnapshotQuestion } from '../../../src/broker/raft/snapshot-server.ts'
import { decodeAddress, encodeAddress, encodePrincipal } from '../../../src/protocol/envelope.ts'
import { errorCode, errorName } from '../../../src/protocol/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'
import type { ApiName, RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { HandlerHarness } from './handler-services.ts'

const METADATA = '__cluster_metadata'
const NO_TOPICS = { topics: [] }

class Quorum implements QuorumService {
  readonly logStartOffset = 3
  readonly requests: RaftRequest[] = []
  readonly questions: SnapshotQuestion[] = []
  readonly learned: unknown[] = []
  readonly listenerName = 'CONTROLLER'
  readonly changes: VoterChange[] = []
  range: { min: number; max: number } | undefined = { min: 0, max: 1 }
  answer: RaftResponse = { type: 'vote', error: 'NONE', epoch: 4, leaderId: 2, granted: true, preVote: false }

  request(request: RaftRequest) {
    this.requests.push(request)
    return Promise.resolve(this.answer)
  }

  snapshotPiece(question: SnapshotQuestion) {
    this.questions.push(question)
    return { error: 'NONE', epoch: 4, leaderId: 2, sizeBytes: 9, bytes: Buffer.from('piece') } as const
  }

  addressOf(id: number) {
    return id === 2 ? { nodeId: 2, host: 'two', port: 9093 } : undefined
  }

  changeVoters(change: VoterChange) {
    this.changes.push(change)
    return Promise.resolve({ error: 'NONE' } as const)
  }

  refuseVoter({ id }: ReplicaKey) {
    return id === 3 ? ({ error: 'DUPLICATE_VOTER', message: 'it is there' } as const) : undefined
  }

  kraftVersionsOf() {
    return Promise.resolve(this.range)
  }

  learnLeader(id: number, endpoints: unknown) {
    this.learned.push([id, endpoints])
  }
}

let h: HandlerHarness
let quorum: Quorum
let isActive: boolean
beforeEach(() => {
  h = new HandlerHarness()
  quorum = new Quorum()
  isActive = true
  Object.assign(h.services as BrokerServices, { consensus: quorum, isActiveController: () => isActive })
})

function ask<A extends ApiName>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
  return h.ask(api, controllerHandlers[api] as never, version, request)
}

describe('requests of other replicas', () => {
  const partition = { partitionIndex: 0, replicaEpoch: 5, replicaId: 2, lastOffsetEpoch: 4, lastOffset: 10 }
  const vote = { voterId: 1, topics: [{ topicName: METADATA, partitions: [partition] }] }

  it('reach consensus, and the answer says where the leader is', async () => {
    const answer = await ask('Vote', 2, { clusterId: h.services.clusterId, ...vote })
    expect(answer).toMatchObject({
      errorCode: 0,
      topics: [{ partitions: [{ voteGranted: true, leaderId: 2, leaderEpoch: 4 }] }],
      nodeEndpoints: [{ nodeId: 2, host: 'two', port: 9093 }],
    })
    expect((await ask('Vote', 0, { clusterId: null, ...vote })).nodeEndpoints).toEqual([])
    expect(quorum.requests).toMatchObject([{ type: 'vote', epoch: 5 }, { type: 'vote' }])
  })

  it('are refused when they are for another cluster or about anything else', async () => {
    const foreign = { clusterId: 'another', ...NO_TOPICS }
    const snapshot = await ask('FetchSnapshot', 1, foreign)
    const answers = [
      await ask('Vote', 2, foreign),
      await ask('BeginQuorumEpoch', 1, foreign),
      await ask('EndQuorumEpoch', 1, foreign),
      await ask('Fetch', 18, foreign as never),
      snapshot,
    ]
    expect(answers.map((each) => errorName(each.errorCode))).toEqual(answers.map(() => 'INCONSISTENT_CLUSTER_ID'))
    const empty = [
      await ask('Vote', 2, NO_TOPICS),
      await ask('BeginQuorumEpoch', 1, NO_TOPICS),
      await ask('EndQuorumEpoch', 1, NO_TOPICS),
      await ask('Fetch', 18, NO_TOPICS as never),
      await ask('FetchSnapshot', 1, NO_TOPICS),
    ]
    expect(empty.map((each) => errorName(each.errorCode))).toEqual(empty.map(() => 'INVALID_REQUEST'))
    expect(quorum.requests).toEqual([])
  })

  it('BeginQuorumEpoch says where the new leader listens', async () => {
    quorum.answer = { type: 'beginEpoch', error: 'NONE', epoch: 4, leaderId: 2 }
    const leaderEndpoints = [{ name: 'CONTROLLER', host: 'two', port: 1 }]
    const partitions = [{ partitionIndex: 0, leaderId: 2, leaderEpoch: 4 }]
    await ask('BeginQuorumEpoch', 1, { topics: [{ topicName: METADATA, partitions }], leaderEndpoints })
    expect(quorum.learned).toEqual([[2, leaderEndpoints]])
    // One of the past, or a second one for the epoch that this node follows another in, is not believed.
    const { leaderEpoch: known, leaderId } = { ...h.services.quorum }
    for (const wrong of [
      { leaderId: 2, leaderEpoch: known - 1 },
      { leaderId: leaderId + 1, leaderEpoch: known },
    ]) {
      const topics = [{ topicName: METADATA, partitions: [{ partitionIndex: 0, ...wrong }] }]
      await ask('BeginQuorumEpoch', 1, { topics, leaderEndpoints })
    }
    expect(quorum.learned).toHaveLength(1)
  })

  it('Fetch brings records of the metadata log', async () => {
    const records = Buffer.from('records')
    quorum.answer = { type: 'fetch', error: 'NONE', epoch: 4, leaderId: 2, highWatermark: 8, records }
    const partitions = [{ partition: 0, fetchOffset: 5, partitionMaxBytes: 1 }]
    const topics = [{ topicId: METADATA_TOPIC_ID, partitions }]
    const answer = await ask('Fetch', 17, { maxWaitMs: 0, minBytes: 0, topics })
    expect(answer.responses[0]!.partitions[0]).toMatchObject({ records, highWatermark: 8, logStartOffset: 3 })
    expect(answer.nodeEndpoints).toMatchObject([{ nodeId: 2 }])
  })

  it('FetchSnapshot brings a piece; another topic is unknown', async () => {
    const partition = { partition: 0, currentLeaderEpoch: 4, snapshotId: { endOffset: 7, epoch: 2 }, position: 4 }
    const question = (name: string) => ask('FetchSnapshot', 1, { topics: [{ name, partitions: [partition] }] })
    const [known] = (await question(METADATA)).topics[0]!.partitions
    expect(known).toMatchObject({ errorCode: 0, size: 9, position: 4, snapshotId: { endOffset: 7, epoch: 2 } })
    expect(known!.unalignedRecords!.toString()).toBe('piece')
    const [unknown] = (await question('other')).topics[0]!.partitions
    expect(errorName(unknown!.errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('Envelope', () => {
  const frame = (api: ApiName, version: number, body: object) =>
    Buffer.concat(encodeRequestFrame(api, version, { correlationId: 77, clientId: 'c' }, body as never)).subarray(4)
  const envelope = (requestData: Buffer, principal: Buffer | null = encodePrincipal('User:alice')) =>
    ask('Envelope', 0, { requestData, requestPrincipal: principal, clientHostAddress: Buffer.from([10, 1, 2, 3]) })
  const create = frame('CreateTopics', 7, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] })

  it('is answered as if the client had asked here', async () => {
    h.answers.CreateTopics = { topics: [{ name: 't', errorCode: 36 }] }
    const { errorCode: outer, responseData } = await envelope(create)
    expect(outer).toBe(0)
    const { correlationId, body } = decodeResponseFrame('CreateTopics', 7, responseData!)
    expect([correlationId, body.topics[0]!.errorCode]).toEqual([77, 36])
  })

  it('is refused when this node is not active, the principal is none, or the request may not be forwarded', async () => {
    const named = async (answer: Promise<ResponseOf<'Envelope'>>) => errorName((await answer).errorCode)
    expect(await named(envelope(create, null))).toBe('PRINCIPAL_DESERIALIZATION_FAILURE')
    expect(await named(envelope(create, Buffer.from([0, 9])))).toBe('PRINCIPAL_DESERIALIZATION_FAILURE')
    expect(await named(envelope(frame('ApiVersions', 0, {})))).toBe('INVALID_REQUEST')
    expect(await named(envelope(frame('Vote', 0, { topics: [] })))).toBe('INVALID_REQUEST')
    expect(await named(envelope(Buffer.from([1, 2, 3])))).toBe('INVALID_REQUEST')
    expect(await named(envelope(create.subarray(0, create.length - 3)))).toBe('INVALID_REQUEST')
    const tooNew = Buffer.from(create)
    tooNew.writeInt16BE(99, 2)
    expect(await named(envelope(tooNew))).toBe('UNSUPPORTED_VERSION')
    isActive = false
    expect(await named(envelope(create))).toBe('NOT_CONTROLLER')
  })
})

describe('changes of the voters', () => {
  const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAeQ'
  const listeners = [{ name: 'CONTROLLER', host: 'four', port: 9093 }]
  const add = { clusterId: null, timeoutMs: 1000, voterId: 4, voterDirectoryId: DIRECTORY, listeners }

  it('go to the leader of the quorum with what the new voter supports', async () => {
    expect((await ask('AddRaftVoter', 1, add)).errorCode).toBe(0)
    const voter = { id: 4, directoryId: DIRECTORY, endpoints: listeners, kraftVersionMin: 0, kraftVersionMax: 1 }
    await ask('RemoveRaftVoter', 0, { clusterId: null, voterId: 4, voterDirectoryId: DIRECTORY })
    const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 }
    const update = { ...add, currentLeaderEpoch: 3, kRaftVersionFeature }
    expect((await ask('UpdateRaftVoter', 0, update)).currentLeader).toMatchObject({ leaderEpoch: 3 })
    const key = { id: 4, directoryId: DIRECTORY }
    expect(quorum.changes).toMatchObject([
      { type: 'add', voter, ackWhenCommitted: true },
      { type: 'remove', key },
      { type: 'update', key, epoch: 3, endpoints: listeners },
    ])
  })

  it('through a broker are decided where this node leads, and sent on elsewhere', async () => {
    const remove = { clusterId: null, voterId: 4, voterDirectoryId: DIRECTORY }
    const asBroker = () => h.ask('RemoveRaftVoter', brokerHandlers.RemoveRaftVoter as never, 0, remove)
    expect((await asBroker()).errorCode).toBe(0)
    expect(quorum.changes).toHaveLength(1)
    isActive = false
    h.answers.RemoveRaftVoter = { errorCode: 0 }
    expect((await asBroker()).errorCode).toBe(0)
    expect(quorum.changes).toHaveLength(1)
    expect(h.asked).toMatchObject([{ api: 'RemoveRaftVoter' }])
  })

  it('are refused when they name no voter, no listener, or one that cannot be one', async () => {
    const named = async (fields: object) => errorName((await ask('AddRaftVoter', 0, { ...add, ...fields })).errorCode)
    expect(await named({ clusterId: 'another' })).toBe('INCONSISTENT_CLUSTER_ID')
    expect(await named({ voterId: -1 })).toBe('INVALID_REQUEST')
    expect(await named({ listeners: [] })).toBe('INVALID_REQUEST')
    expect(await named({ voterId: 3 })).toBe('DUPLICATE_VOTER')
    quorum.range = { min: 0, max: 0 }
    expect(await named({})).toBe('INVALID_REQUEST')
    quorum.range = undefined
    expect(await named({})).toBe('REQUEST_TIMED_OUT')
    expect(quorum.changes).toEqual([])
  })
})

describe('requests for the active controller', () => {
  it('are decided, or refused in their own field', async () => {
    h.answers.BrokerHeartbeat = { isCaughtUp: true }
    const beat = { brokerId: 4, brokerEpoch: 9, currentMetadataOffset: 5, wantFence: false, wantShutDown: false }
    expect((await ask('BrokerHeartbeat', 1, beat)).isCaughtUp).toBe(true)
    h.answers.BrokerHeartbeat = Object.assign(new Error('lost'), {})
    expect((await ask('BrokerHeartbeat', 1, beat)).errorCode).toBe(errorCode('UNKNOWN_SERVER_ERROR'))
  })
})

describe('the address of a client', () => {
  it.each(['10.1.2.3', '::1', 'fe80::1:2', '1:2:3:4:5:6:7:8'])('%s is the same at the other end', (host) => {
    const full = decodeAddress(encodeAddress(host))
    expect(encodeAddress(full)).toEqual(encodeAddress(host))
    expect(encodeAddress(host)).toHaveLength(host.includes(':') ? 16 : 4)
  })

  it('of IPv4 in IPv6 is the short one', () => {
    expect(decodeAddress(encodeAddress('::ffff:10.0.0.9'))).toBe('10.0.0.9')
  })
})
