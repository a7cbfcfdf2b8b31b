/**
 * The active controller's state machine: one decision function per request, over one state that is built from records
 * alone. Synchronous; knows no log and no clock. Becoming active copies the committed metadata, and losing leadership
 * throws the copy away with everything that was decided and not committed.
 */
import { assert } from '../../base/assert.ts'
import type { Random } from '../../base/random.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { ApiName, RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import { configRecord } from '../metadata/configs.ts'
import { ELR_FEATURE, METADATA_VERSION, recordVersionsAt } from '../metadata/features.ts'
import { MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { alterClientQuotas } from './client-quotas.ts'
import { alterPartition } from './alter-partition.ts'
import { brokerHeartbeat, fenceSilentBroker, unregisterBroker } from './brokers.ts'
import { alterConfigs, incrementalAlterConfigs } from './configs.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import type { ControllerContext, Decision } from './decision.ts'
import { deleteTopics } from './delete-topics.ts'
import { electLeaders } from './elect-leaders.ts'
import { updateFeatures } from './features.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './reassignments.ts'
import { assignReplicasToDirs } from './directories.ts'
import { Heartbeats } from './heartbeats.ts'
import { type ElectionRound, electPreferredLeaders, electUncleanLeaders } from './periodic-elections.ts'
import { allocateProducerIds } from './producer-ids.ts'
import { registerBroker, registerController } from './registration.ts'
import { alterUserScramCredentials } from './scram.ts'

export interface ControllerOptions {
  readonly nodeId: number
  readonly clusterId: string
  /** Of the broker in this process; absent: there is none. */
  readonly ownIncarnationId?: Uuid
  readonly config: BrokerConfig
  readonly kraftVersion?: () => number
  readonly upgradeKraftVersion?: (version: number, validateOnly: boolean) => void
  readonly random: Random
}

type Decider<A extends ApiName> = (
  context: ControllerContext,
  request: RequestOf<A>,
  version: number,
) => Decision<ResponseInput<A>>

const deciders: { readonly [A in ApiName]?: Decider<A> } = {
  CreateTopics: createTopics,
  DeleteTopics: deleteTopics,
  CreatePartitions: createPartitions,
  IncrementalAlterConfigs: incrementalAlterConfigs,
  AlterConfigs: alterConfigs,
  AllocateProducerIds: allocateProducerIds,
  BrokerRegistration: registerBroker,
  BrokerHeartbeat: brokerHeartbeat,
  UnregisterBroker: unregisterBroker,
  ControllerRegistration: registerController,
  AlterPartition: alterPartition,
  AssignReplicasToDirs: assignReplicasToDirs,
  AlterPartitionReassignments: alterPartitionReassignments,
  ListPartitionReassignments: listPartitionReassignments,
  UpdateFeatures: updateFeatures,
  ElectLeaders: electLeaders,
  AlterClientQuotas: alterClientQuotas,
  AlterUserScramCredentials: alterUserScramCredentials,
}

/** The requests that a controller decides. */
export const controllerApis = Object.keys(deciders) as ApiName[]

/** Requests whose response has error fields of its own: what the decider throws goes there. The others reject. */
const TOP_LEVEL_ERROR: ReadonlySet<ApiName> = new Set<ApiName>([
  'AllocateProducerIds',
  'BrokerRegistration',
  'BrokerHeartbeat',
  'UnregisterBroker',
  'ControllerRegistration',
  'AlterPartition',
  'AssignReplicasToDirs',
  'UpdateFeatures',
  'ElectLeaders',
])
const HAS_MESSAGE: ReadonlySet<ApiName> = new Set<ApiName>([
  'UnregisterBroker',
  'ControllerRegistration',
  'UpdateFeatures',
])

interface Active {
  readonly epoch: number
  readonly state: MetadataImage
  readonly heartbeats: Heartbeats
}

/** Answered by whoever leads the quorum; no matter of the controller's. */
export const OF_THE_QUORUM: ReadonlySet<ApiName> = new Set<ApiName>([
  'DescribeQuorum',
  'AddRaftVoter',
  'RemoveRaftVoter',
])

export class Controller {
  private readonly options: ControllerOptions
  private active: Active | undefined

  constructor(options: ControllerOptions) {
    this.options = options
  }

  /** The epoch this node leads as controller; -1 when it does not. */
  get epoch(): number {
    return this.active?.epoch ?? -1
  }

  /** The metadata as decided, committed or not. Only while active. */
  get state(): MetadataImage {
    return this.current().state
  }

  /**
   * Takes over from the committed metadata. Returns what must be written first: the bootstrap records when the log is
   * empty, the end of a transaction that a former controller left open.
   */
  activate(
    epoch: number,
    committed: MetadataImage,
    bootstrap: readonly MetadataRecord[],
    nowMs: number,
  ): readonly MetadataRecord[] {
    const state = new MetadataImage()
    for (const record of committed.snapshot()) state.replay(record)
    const sessionTimeoutMs = this.options.config.get('broker.session.timeout.ms')
    const heartbeats = Heartbeats.begin(state, committed.offset, sessionTimeoutMs, nowMs)
    this.active = { epoch, state, heartbeats }
    if (committed.inTransaction) {
      state.replay(metadataRecord('BeginTransactionRecord', 0, {}))
      return [metadataRecord('AbortTransactionRecord', 0, { reason: 'Controller failover' })]
    }
    return state.isEmpty ? firstRecords(bootstrap, this.options.config) : []
  }

  resign(): void {
    this.active = undefined
  }

  /** Decides one request. Throws ApiError NOT_CONTROLLER while not active. */
  decide<A extends ApiName>(
    api: A,
    version: number,
    request: RequestOf<A>,
    place: { readonly nextOffset: number; readonly nowMs: number },
  ): Decision<ResponseInput<A>> {
    const context = this.context(place)
    const decider = deciders[api] as Decider<A> | undefined
    // These reach a controller only while the quorum has another leader already: whoever asks finds it a moment later.
    if (OF_THE_QUORUM.has(api)) throw new ApiError('NOT_CONTROLLER', 'This node no longer leads the quorum.')
    if (decider === undefined) throw new ApiError('UNSUPPORTED_VERSION', `The controller does not take ${api}.`)
    try {
      return decider(context, request, version)
    } catch (error) {
      if (!(error instanceof ApiError) || !TOP_LEVEL_ERROR.has(api)) throw error
      const response = {
        errorCode: errorCode(error.error),
        ...(HAS_MESSAGE.has(api) ? { errorMessage: error.message } : {}),
      }
      return { records: [], response: response as unknown as ResponseInput<A> }
    }
  }

  /** Fences one broker whose session has ended, if there is one. */
  expire(place: { readonly nextOffset: number; readonly nowMs: number }): Decision<{ fenced: number | undefined }> {
    return fenceSilentBroker(this.context(place))
  }

  /** Gives partitions back to their preferred leaders; `more`: there may be others, for the next round. */
  electPreferred(place: { readonly nextOffset: number; readonly nowMs: number }): Decision<ElectionRound> {
    return electPreferredLeaders(this.context(place))
  }

  /** Elects for partitions without a leader whose topics allow unclean election. */
  electUnclean(place: { readonly nextOffset: number; readonly nowMs: number }): Decision<ElectionRound> {
    return electUncleanLeaders(this.context(place))
  }

  /** The process could not work for `byMs`: every session lasts that much longer. */
  extendSessions(byMs: number): void {
    this.active?.heartbeats.extendAll(byMs)
  }

  /** The process of a broker is gone: `expire` has work. */
  brokerDied(id: number, epoch: number): void {
    this.active?.heartbeats.died(id, epoch)
  }

  /** When `expire` may have work; Infinity for never. */
  nextExpiryMs(): number {
    return this.active?.heartbeats.nextExpiryMs() ?? Infinity
  }

  /** Applies what was decided and appended. */
  replay(records: readonly MetadataRecord[]): void {
    const { state } = this.current()
    for (const record of records) state.replay(record)
  }

  private current(): Active {
    assert(this.active !== undefined, 'the controller is not active')
    return this.active
  }

  private context(place: { readonly nextOffset: number; readonly nowMs: number }): ControllerContext {
    if (this.active === undefined) throw new ApiError('NOT_CONTROLLER', 'No controller appears to be active.')
    return { ...this.options, ...this.active, ...place }
  }
}

/** What an empty log begins with: the bootstrap records, and with eligible leader replicas one min.insync.replicas for all. */
function firstRecords(bootstrap: readonly MetadataRecord[], config: BrokerConfig): readonly MetadataRecord[] {
  const levels = new Map<string, number>()
  for (const { name, value } of bootstrap) {
    if (name === 'FeatureLevelRecord') levels.set(value.name, value.featureLevel)
  }
  const minIsr = String(config.get('min.insync.replicas'))
  const settings = (levels.get(ELR_FEATURE) ?? 0) > 0 ? [configRecord('broker', '', 'min.insync.replicas', minIsr)] : []
  const records = [...bootstrap, ...settings]
  // Before metadata version 13 (3.6-IV1) readers know no transactions.
  const level = levels.get(METADATA_VERSION)
  if (level === undefined || !recordVersionsAt(level).transactions) return records
  return [
    metadataRecord('BeginTransactionRecord', 0, { name: 'Bootstrap records' }),
    ...records,
    metadataRecord('EndTransactionRecord', 0, {}),
  ]
}
