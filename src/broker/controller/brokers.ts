/**
 * The life of a broker in the cluster: registration (its epoch is the offset of the record), heartbeats that unfence it
 * when it has caught up and let it go when it wants to shut down, fencing when it falls silent, unregistration.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { type BrokerImage, registerBrokerRecord } from '../metadata/cluster.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, checkBrokerEpoch } from './decision.ts'
import { directoriesOffline } from './directories.ts'
import { brokerLeaves, brokerReturns, leadsAny } from './leadership.ts'

export function registerBroker(
  context: ControllerContext,
  request: RequestOf<'BrokerRegistration'>,
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
  if (existing !== undefined && !sameLife && !existing.inControlledShutdown) {
    if (heartbeats.hasValidSession(existing.id, existing.epoch, nowMs)) {
      throw new ApiError(
        'DUPLICATE_BROKER_REGISTRATION',
        'Another broker is registered with that broker id. If the broker was recently restarted this should ' +
          "self-resolve once the heartbeat manager expires the broker's session.",
      )
    }
  }
  checkSupportsFinalised(context, request)
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
    logDirs: [...request.logDirs].sort(),
    cordonedLogDirs: null,
  }
  const records: MetadataRecord[] = [registerBrokerRecord(broker, state.features)]
  // A new life begins without its partitions: it may have lost what was not yet on disk, and must catch up or be elected.
  if (!sameLife && existing !== undefined) records.push(...brokerLeaves(context, request.brokerId))
  heartbeats.remove(request.brokerId)
  return { records, response: { brokerEpoch: epoch } }
}

function checkSupportsFinalised(context: ControllerContext, request: RequestOf<'BrokerRegistration'>): void {
  for (const [name, level] of context.state.features.finalised()) {
    const range = request.features.find((feature) => feature.name === name)
    if (range === undefined || level < range.minSupportedVersion || level > range.maxSupportedVersion) {
      throw new ApiError(
        'UNSUPPORTED_VERSION',
        range === undefined
          ? `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker does not support the feature.`
          : `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${range.minSupportedVersion} and ${range.maxSupportedVersion}, inclusive.`,
      )
    }
  }
}

export function brokerHeartbeat(
  context: ControllerContext,
  request: RequestOf<'BrokerHeartbeat'>,
): Decision<ResponseInput<'BrokerHeartbeat'>> {
  const { state, heartbeats, nowMs } = context
  const id = request.brokerId
  if (!state.brokers.has(id)) throw new ApiError('BROKER_ID_NOT_REGISTERED', `Broker ${id} is not registered.`)
  const broker = checkBrokerEpoch(state, id, request.brokerEpoch)
  const caughtUp = request.currentMetadataOffset >= broker.epoch
  const next = nextState(context, broker, request, caughtUp)
  heartbeats.touch(id, broker.epoch, request.currentMetadataOffset, nowMs)
  const records: MetadataRecord[] = []
  if (next === 'unfenced' && broker.fenced) {
    records.push(registrationChange(broker, { fenced: -1 }), ...brokerReturns(context, id))
  } else if ((next === 'fenced' || next === 'shutdown') && !broker.fenced) {
    records.push(...brokerLeaves(context, id), registrationChange(broker, { fenced: 1 }))
  } else if (next === 'controlled-shutdown' && !broker.inControlledShutdown) {
    records.push(registrationChange(broker, { inControlledShutdown: 1 }), ...brokerLeaves(context, id))
    heartbeats.shutdownDecided(id, context.nextOffset + records.length - 1)
  }
  records.push(...directoriesOffline(context, broker, request.offlineLogDirs))
  if (next === 'shutdown') heartbeats.remove(id)
  return {
    records,
    response: {
      isCaughtUp: caughtUp,
      isFenced: next === 'fenced' || next === 'shutdown',
      shouldShutDown: next === 'shutdown',
    },
  }
}

type BrokerState = 'fenced' | 'unfenced' | 'controlled-shutdown' | 'shutdown'

function nextState(
  context: ControllerContext,
  broker: BrokerImage,
  request: RequestOf<'BrokerHeartbeat'>,
  caughtUp: boolean,
): BrokerState {
  if (broker.fenced) {
    if (request.wantShutDown) return 'shutdown'
    return !request.wantFence && caughtUp ? 'unfenced' : 'fenced'
  }
  if (broker.inControlledShutdown) {
    if (leadsAny(context, broker.id)) return 'controlled-shutdown'
    // The others must know the new leaders before this one closes its doors.
    const others = [...context.state.brokers.values()].filter((other) => other.id !== broker.id && !other.fenced)
    const lowest = context.heartbeats.lowestOffset(others.map((other) => other.id))
    return lowest >= context.heartbeats.shutdownOffset(broker.id) ? 'shutdown' : 'controlled-shutdown'
  }
  if (request.wantShutDown) return leadsAny(context, broker.id) ? 'controlled-shutdown' : 'shutdown'
  return request.wantFence ? 'fenced' : 'unfenced'
}

function registrationChange(
  broker: BrokerImage,
  change: { fenced?: number; inControlledShutdown?: number },
): MetadataRecord {
  const version = change.inControlledShutdown === undefined ? 0 : 1
  return metadataRecord('BrokerRegistrationChangeRecord', version, {
    brokerId: broker.id,
    brokerEpoch: broker.epoch,
    ...change,
  })
}

/** Fences one broker whose session ended; the runtime calls it again for the next. */
export function fenceSilentBroker(context: ControllerContext): Decision<{ readonly fenced: number | undefined }> {
  const { state, heartbeats, nowMs } = context
  for (const id of [...heartbeats.expired(nowMs)]) {
    const broker = state.brokers.get(id)
    if (broker === undefined || broker.fenced) {
      // Its fencing was written, or it is gone: there is no session to watch any more.
      heartbeats.remove(id)
      continue
    }
    const records = [...brokerLeaves(context, id), registrationChange(broker, { fenced: 1 })]
    return { records, response: { fenced: id } }
  }
  return { records: [], response: { fenced: undefined } }
}

export function unregisterBroker(
  context: ControllerContext,
  request: RequestOf<'UnregisterBroker'>,
): Decision<ResponseInput<'UnregisterBroker'>> {
  const broker = context.state.brokers.get(request.brokerId)
  if (broker === undefined) {
    throw new ApiError('BROKER_ID_NOT_REGISTERED', `Broker ID ${request.brokerId} is not currently registered`)
  }
  const records = [
    ...brokerLeaves(context, broker.id),
    metadataRecord('UnregisterBrokerRecord', 0, { brokerId: broker.id, brokerEpoch: broker.epoch }),
  ]
  context.heartbeats.remove(broker.id)
  return { records, response: {} }
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
    zkMigrationReady: request.zkMigrationReady,
    endPoints: request.listeners,
    features: request.features,
  })
  return { records: [record], response: {} }
}
