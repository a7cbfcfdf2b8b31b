/**
 * Consensus over connections: sends what the core asks for and brings the answers back. Errors, which the core would
 * answer with the next request at once, come back after `controller.quorum.retry.backoff.ms`. A fetch, which may wait at
 * the leader, has a connection of its own; so has a snapshot.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { RaftDriver, RaftNetwork } from '../raft/driver.ts'
import type { OffsetAndEpoch } from '../raft/log.ts'
import type { RaftRequest, RaftResponse } from '../raft/messages.ts'
import { snapshotFileName } from '../raft/snapshot.ts'
import {
  encodeBeginEpoch,
  encodeEndEpoch,
  encodeFetch,
  encodeFetchSnapshot,
  encodeVote,
  PRE_VOTE_VERSION_MIN,
  RAFT_FETCH_VERSION_MIN,
  type WireSender,
} from '../raft/wire-requests.ts'
import {
  type Decoded,
  decodeEpochAnswer,
  decodeFetchAnswer,
  decodeSnapshotAnswer,
  decodeVoteAnswer,
  type NodeAddress,
} from '../raft/wire-responses.ts'
import type { PeerClients } from './peer-clients.ts'
import { PeerError } from './peer-connection.ts'
import type { QuorumEndpoints } from './quorum-endpoints.ts'

export interface PeerRaftNetworkOptions {
  readonly clients: PeerClients
  readonly endpoints: QuorumEndpoints
  /** The consensus whose messages these are; asked for when something is sent or comes. */
  readonly driver: () => RaftDriver
  readonly sender: WireSender
  readonly clock: Clock
  readonly logger: Logger
  /** controller.quorum.request.timeout.ms and controller.quorum.retry.backoff.ms */
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  /** controller.quorum.fetch.snapshot.max.bytes: of one piece. */
  readonly snapshotPieceBytes: number
  /** A snapshot that is announced as larger is not loaded. */
  readonly snapshotBytesMax: number
}

const PIECE_TRIES = 3

export class PeerRaftNetwork implements RaftNetwork {
  readonly #options: PeerRaftNetworkOptions
  #isClosed = false

  constructor(options: PeerRaftNetworkOptions) {
    this.#options = options
  }

  close(): void {
    this.#isClosed = true
    this.#options.clients.close()
  }

  send(to: number, correlation: number, request: RaftRequest): void {
    const { driver, endpoints } = this.#options
    this.#ask(to, request).then(
      (answer) => {
        if ('error' in answer) {
          this.#noteRefusal(to, request, answer.error)
          this.#later(() => driver().requestFailed(correlation))
          return
        }
        this.#learn(answer.endpoints)
        const deliver = () => driver().respond(correlation, to, answer.response)
        if (answer.response.error === 'NONE') this.#now(deliver)
        else this.#later(deliver)
      },
      (error: unknown) => {
        if (!(error instanceof PeerError)) this.#options.logger.error(`A ${request.type} request failed`, error)
        else if (error.kind === 'unreachable') endpoints.forget(to)
        const isRefused = error instanceof PeerError && error.isRefused
        const tell = () => driver().requestFailed(correlation, isRefused)
        // An unreachable node was waited for by its connection.
        if (error instanceof PeerError && error.kind === 'unreachable') this.#now(tell)
        else this.#later(tell)
      },
    )
  }

  loadSnapshot(from: number, id: OffsetAndEpoch, epoch: number): void {
    const { driver, logger } = this.#options
    this.#download(from, id, epoch).then(
      (bytes) => this.#now(() => driver().installSnapshot(id, bytes)),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error)
        logger.info(`Snapshot ${snapshotFileName(id)} of node ${from} could not be loaded: ${text}`)
        this.#later(() => driver().snapshotFailed(id))
      },
    )
  }

  async #ask(to: number, request: RaftRequest): Promise<Decoded<RaftResponse>> {
    const { clients, sender, requestTimeoutMs: timeoutMs } = this.#options
    switch (request.type) {
      case 'vote': {
        const body = (version: number) => {
          if (request.preVote && version < PRE_VOTE_VERSION_MIN) throw new NoPreVote()
          return encodeVote(request, version, sender)
        }
        try {
          return decodeVoteAnswer((await clients.send(to, 'raft', 'Vote', { body, timeoutMs })).body, request)
        } catch (error) {
          if (!(error instanceof NoPreVote)) throw error
          // A node that knows no pre-votes cannot refuse one.
          const { epoch } = request
          const response = { type: 'vote', error: 'NONE', epoch, leaderId: -1, granted: true, preVote: true } as const
          return { response, endpoints: [] }
        }
      }
      case 'beginEpoch': {
        const body = () => encodeBeginEpoch(request, sender)
        const { body: answer } = await clients.send(to, 'raft', 'BeginQuorumEpoch', { body, timeoutMs })
        return decodeEpochAnswer('beginEpoch', answer)
      }
      case 'endEpoch': {
        const body = (version: number) => encodeEndEpoch(request, version, sender)
        const { body: answer } = await clients.send(to, 'raft', 'EndQuorumEpoch', { body, timeoutMs })
        return decodeEpochAnswer('endEpoch', answer)
      }
      case 'fetch': {
        const body = (version: number) => {
          if (version >= RAFT_FETCH_VERSION_MIN) return encodeFetch(request, version, sender)
          throw new PeerError('unsupported', `node ${to} speaks Fetch ${version}, which knows no diverging epochs`)
        }
        return decodeFetchAnswer((await clients.send(to, 'raft-fetch', 'Fetch', { body, timeoutMs })).body)
      }
    }
  }

  /** The whole snapshot, piece after piece; a piece that does not come is asked for again where the last one ended. */
  async #download(from: number, snapshotId: OffsetAndEpoch, epoch: number): Promise<Buffer> {
    const { clients, driver, sender, requestTimeoutMs: timeoutMs } = this.#options
    const { snapshotPieceBytes: maxBytes, snapshotBytesMax } = this.#options
    const replica = driver().core.local
    const pieces: Buffer[] = []
    let position = 0
    let failures = 0
    for (;;) {
      const body = () => encodeFetchSnapshot({ replica, epoch, snapshotId, position, maxBytes }, sender)
      let answer: ReturnType<typeof decodeSnapshotAnswer>
      try {
        answer = decodeSnapshotAnswer(
          (await clients.send(from, 'raft-snapshot', 'FetchSnapshot', { body, timeoutMs })).body,
        )
      } catch (error) {
        failures++
        if (failures === PIECE_TRIES || this.#isClosed) throw error
        continue
      }
      if ('error' in answer) throw new Error(answer.error)
      this.#learn(answer.endpoints)
      const { error, bytes, sizeBytes, position: at, snapshotId: id } = answer.response
      if (error !== 'NONE') throw new Error(error)
      if (id.offset !== snapshotId.offset || id.epoch !== snapshotId.epoch || at !== position || bytes.length === 0) {
        throw new Error('the leader answered with another piece')
      }
      if (sizeBytes > snapshotBytesMax) throw new Error(`it has ${sizeBytes} bytes; ${snapshotBytesMax} are the limit`)
      if (position + bytes.length > sizeBytes) throw new Error('there are more bytes than announced')
      failures = 0
      // A copy: the piece lies in the memory of a whole answer.
      pieces.push(Buffer.from(bytes))
      position += bytes.length
      if (position === sizeBytes) return Buffer.concat(pieces)
      this.#now(() => driver().snapshotProgress(snapshotId))
    }
  }

  #noteRefusal(to: number, request: RaftRequest, error: ErrorName): void {
    this.#options.logger.warn(`Node ${to} refused a ${request.type} request: ${error}`)
  }

  #learn(endpoints: readonly NodeAddress[]): void {
    for (const node of endpoints) this.#options.endpoints.learn(node.nodeId, node)
  }

  #later(action: () => void): void {
    this.#options.clock.schedule(this.#options.retryBackoffMs, () => this.#now(action))
  }

  #now(action: () => void): void {
    if (!this.#isClosed) action()
  }
}

class NoPreVote extends PeerError {
  constructor() {
    super('unsupported', 'the peer knows no pre-votes')
  }
}
