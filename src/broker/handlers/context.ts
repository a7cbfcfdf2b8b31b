/**
 * What every request handler gets: who asked (`RequestContext`), what the node offers (`BrokerServices`), and the shape
 * of a handler. The services are assembled once by the composition root; handlers hold no state of their own.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk.ts'
import type { Logger, LogLevels } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { ApiName, RequestInput, RequestOf, ResponseInput, ResponseOf } from '../../protocol/apis.ts'
import type { GroupCoordinator } from '../coordinator/index.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { RaftRequest, RaftResponse, VoterChange, VoterChangeAnswer } from '../raft/messages.ts'
import type { SnapshotPiece, SnapshotQuestion } from '../raft/snapshot-server.ts'
import type { ReplicaKey, VoterEndpoint } from '../raft/voters.ts'
import type { NodeAddress } from '../raft/wire-responses.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { FetchSessionCache } from './fetch-sessions.ts'
import type { ProducerIdSource } from './producer-ids.ts'

/** One request's envelope: the header and the connection it came over. */
export interface RequestContext {
  readonly api: ApiName
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly listenerName: string
  /** Kafka's text of the principal: `User:ANONYMOUS` on a listener without authentication. */
  readonly principal: string
  /** The peer's address without a leading slash; Kafka prints it as `/127.0.0.1`. */
  readonly clientHost: string
  readonly connectionId: string
  /** The connection, for a request that is left waiting: `onGone` runs if it ends before the answer is there. */
  readonly peer?: { onGone?: (() => void) | undefined }
  /** A broker has passed it on for a client, and has checked what only brokers check. */
  readonly isForwarded?: boolean
  /** Monotonic milliseconds when the frame was complete. */
  readonly receivedAtMs: number
}

/** The way to the active controller: in this process, or over the network. Rejects with ApiError when there is none. */
export interface ControllerChannel {
  send<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: { principal: string; clientHost: string },
  ): Promise<ResponseOf<A>>
}

/** The state of the metadata quorum as this node knows it. */
export interface QuorumView {
  /** -1 while no leader is known. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** The finalised kraft.version, which lives in the quorum's own records; absent: not known. */
  readonly kraftVersion?: number
  /** The one partition entry of a DescribeQuorum response, with the nodes of the quorum. */
  describe(): ResponseInput<'DescribeQuorum'>
}

/** Consensus, as requests of other replicas reach it. */
export interface QuorumService {
  /** First offset of the metadata log here. */
  readonly logStartOffset: number
  request(request: RaftRequest): Promise<RaftResponse>
  snapshotPiece(question: SnapshotQuestion): SnapshotPiece
  /** Where the controller `id` listens for other nodes; undefined: not known. */
  addressOf(id: number): NodeAddress | undefined
  /** The first of `controller.listener.names`: every voter has it. */
  readonly listenerName: string
  changeVoters(change: VoterChange): Promise<VoterChangeAnswer>
  /** Why this replica cannot be added now, before anything is asked of it; undefined: it may be. */
  refuseVoter(voter: ReplicaKey): VoterChangeAnswer | undefined
  /** The kraft.version levels that a controller at these listeners supports; undefined: it does not answer. */
  kraftVersionsOf(id: number, endpoints: readonly VoterEndpoint[]): Promise<{ min: number; max: number } | undefined>
  /** The leader of a new epoch says where it listens. */
  learnLeader(id: number, endpoints: readonly VoterEndpoint[]): void
}

/** A feature this node can serve: the levels that it takes. */
export interface SupportedFeature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

export interface BrokerServices {
  readonly nodeId: number
  readonly clusterId: Uuid
  /** The settings in force at the time of asking (src/config/node-config.ts); a request may see them change. */
  readonly config: BrokerConfig
  /** The settings that the node was started with, without the dynamic ones. */
  readonly startConfig: BrokerConfig
  readonly image: MetadataImage
  readonly controller: ControllerChannel
  readonly replicas: ReplicaManager
  readonly logs: LogManager
  readonly groups: GroupCoordinator
  readonly quorum: QuorumView
  readonly fetchSessions: FetchSessionCache
  /** Absent: requests are not counted. */
  readonly requestMetrics?: RequestMetrics
  readonly producerIds: ProducerIdSource
  readonly supportedFeatures: readonly SupportedFeature[]
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly log: Logger
  /** The levels of this node's loggers; undefined when they cannot be changed. */
  readonly logLevels?: LogLevels | undefined
  /** True when this machine can find the host of that name; absent: no names are known. */
  readonly isHost?: ((name: string) => Promise<boolean>) | undefined
  /** This node has the controller role (it need not be the active one). */
  readonly isController: boolean
  /** This node is the active controller now; absent: it never is. */
  readonly isActiveController?: () => boolean
  /** Absent: requests of other replicas of the metadata log are not answered. */
  readonly consensus?: QuorumService
}

/** Which registry answers: that of a broker listener or of a controller listener. */
export type ListenerRole = 'broker' | 'controller'

/**
 * Answers one API in all its versions. Returns the response body, null for "no response" (acks=0), or a promise of
 * either. A thrown ApiError reaches the client only where the handler puts it into a field: throw `CloseConnection`
 * for what cannot be answered.
 */
export interface Handler<A extends ApiName> {
  handle(
    request: RequestOf<A>,
    context: RequestContext,
    services: BrokerServices,
  ): ResponseInput<A> | null | Promise<ResponseInput<A> | null>
  /**
   * Holds no view of the request's byte fields once `handle` has returned: their memory may be used again. Only of
   * interest for APIs that have such fields.
   */
  readonly releasesBytes?: true
}

export type Handlers = { readonly [A in ApiName]?: Handler<A> }

/** Thrown by a handler when Kafka's only answer is to drop the connection; the reason goes to the log. */
export class CloseConnection extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CloseConnection'
  }
}
