/**
 * Registration of brokers and controllers. A broker's epoch is the offset at which the decision on its registration is
 * written; a new life of a broker first leaves what the former had, and where the former did not end cleanly, its replicas
 * are not eligible leaders any more.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { type BrokerImage, registerBrokerRecord } from '../metadata/cluster.ts'
import { KRAFT_VERSION, METADATA_VERSION } from '../metadata/features.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { ControllerContext, Decision } from './decision.ts'
import { brokerLeaves, isElrEnabled, moveLeadership } from './leadership.ts'
import { isReservedDirectory } from './online-directory.ts'
import { DIRECTORY_ASSIGNMENT_VERSION } from './partition-change.ts'

type Request = RequestOf<'BrokerRegistration'>

/** Version of the request from which a broker tells its former epoch when it went down cleanly (KIP-966). */
const TELLS_FORMER_EPOCH = 3

export function registerBroker(
  context: ControllerContext,
  request: Request,
  version: number,
): Decision<ResponseInput<'BrokerRegistration'>> {
  const { state, heartbeats, nowMs } = context
  if (request.clusterId !== context.clusterId) {
    throw new ApiError(
      'INCONSISTENT_CLUSTER_ID',
      `Expected cluster ID ${context.clusterId}, but got cluster ID ${request.clusterId}`,
    )
  }
  const existing = state.brokers.get(request.brokerId)
  const sameLife = existing?.incarnationId === request.incarnationId
  // Of this very process: it holds the directories of this node, so the former life is over, whatever its session says.
  const isOwn = request.brokerId === context.nodeId && request.incarnationId === context.ownIncarnationId
  const mayLive = existing !== undefined && heartbeats.hasValidSession(existing.id, existing.epoch, nowMs)
  if (mayLive && !sameLife && !isOwn) {
    throw new ApiError(
      'DUPLICATE_BROKER_REGISTRATION',
      'Another broker is registered with that broker id. If the broker was recently restarted this should ' +
        "self-resolve once the heartbeat manager expires the broker's session.",
    )
  }
  if (request.isMigratingZkBroker) {
    throw new ApiError('BROKER_ID_NOT_REGISTERED', 'Controller does not support registering ZK brokers.')
  }
  const knowsDirectories = state.features.metadataVersion >= DIRECTORY_ASSIGNMENT_VERSION
  if (knowsDirectories) checkDirectories(context, request)
  checkFeatures(context, request)
  const records: MetadataRecord[] = []
  if (!sameLife) {
    const isClean = version >= TELLS_FORMER_EPOCH && existing?.epoch === request.previousBrokerEpoch
    records.push(...formerLifeEnds(context, request.brokerId, isClean))
  }
  const epoch = existing !== undefined && sameLife ? existing.epoch : context.nextOffset
  const broker: BrokerImage = {
    id: request.brokerId,
    epoch,
    incarnationId: request.incarnationId,
    endpoints: request.listeners,
    features: request.features,
    rack: request.rack,
    // The same life keeps its standing: it only tells something new about itself.
    fenced: !sameLife || existing.fenced,
    inControlledShutdown: sameLife && existing.inControlledShutdown,
    logDirs: knowsDirectories ? request.logDirs : [],
    cordonedLogDirs: null,
  }
  heartbeats.registered(request.brokerId, context.nextOffset + records.length)
  records.push(registerBrokerRecord(broker, state.features))
  return { records, response: { brokerEpoch: epoch }, divisible: true }
}

/** A new life begins without its partitions: it must catch up or be elected. */
function* formerLifeEnds(context: ControllerContext, id: number, isClean: boolean): Generator<MetadataRecord> {
  if (isClean || !isElrEnabled(context)) {
    yield* brokerLeaves(context, id)
    return
  }
  const { index } = context.state.topics
  yield* moveLeadership(context, index.inIsrOf(id), { unclean: id })
  yield* moveLeadership(context, index.inElrOf(id), { unclean: id })
}

function checkDirectories({ state }: ControllerContext, { brokerId, logDirs }: Request): void {
  const refuse = (reason: string) => new ApiError('INVALID_REGISTRATION', reason)
  if (logDirs.length === 0) throw refuse('No directories specified in request')
  if (logDirs.some(isReservedDirectory)) throw refuse('Reserved directory ID in request')
  if (new Set(logDirs).size !== logDirs.length) throw refuse('Duplicate directory ID in request')
  for (const other of state.brokers.values()) {
    if (other.id === brokerId) continue
    const taken = logDirs.find((id) => other.logDirs.includes(id))
    if (taken !== undefined) throw refuse(`Broker ${other.id} is already registered with directory ${taken}`)
  }
}

/** Every finalised level must be one that the broker supports; a feature that it does not know may only be off. */
function checkFeatures(context: ControllerContext, request: Request): void {
  const finalised = new Map(context.state.features.finalised())
  finalised.set(KRAFT_VERSION, context.kraftVersion?.() ?? 0)
  const check = (name: string, level: number, min: number, max: number): void => {
    if (level >= min && level <= max) return
    throw new ApiError(
      'UNSUPPORTED_VERSION',
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${min} and ${max}, inclusive.`,
    )
  }
  for (const { name, minSupportedVersion, maxSupportedVersion } of request.features) {
    check(name, finalised.get(name) ?? 0, minSupportedVersion, maxSupportedVersion)
    finalised.delete(name)
  }
  if (!request.features.some(({ name }) => name === METADATA_VERSION)) {
    throw new ApiError('INVALID_REGISTRATION', "Request features do not contain 'metadata.version'")
  }
  for (const [name, level] of finalised) check(name, level, 0, 0)
}

export function registerController(
  context: ControllerContext,
  request: RequestOf<'ControllerRegistration'>,
): Decision<ResponseInput<'ControllerRegistration'>> {
  if (!context.state.features.recordVersions.controllerRegistration) {
    throw new ApiError(
      'UNSUPPORTED_VERSION',
      'The current MetadataVersion is too old to support controller registrations.',
    )
  }
  const record = metadataRecord('RegisterControllerRecord', 0, {
    controllerId: request.controllerId,
    incarnationId: request.incarnationId,
    zkMigrationReady: false,
    endPoints: request.listeners,
    features: request.features,
  })
  return { records: [record], response: {} }
}
