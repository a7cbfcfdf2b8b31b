/**
 * The life of a broker in the cluster: heartbeats that unfence it when it has caught up and let it go when it wants to shut
 * down, fencing when it falls silent, unregistration. Registration is in `registration.ts`.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { BrokerImage } from '../metadata/cluster.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, checkBrokerEpoch, checkRecordCount } from './decision.ts'
import { directoriesCordoned, directoriesOffline } from './directories.ts'
import { brokerLeaves, brokerReturns, moveLeadership } from './leadership.ts'

type BrokerState = 'fenced' | 'unfenced' | 'controlled-shutdown' | 'shutdown'

export function brokerHeartbeat(
  context: ControllerContext,
  request: RequestOf<'BrokerHeartbeat'>,
): Decision<ResponseInput<'BrokerHeartbeat'>> {
  const { state, heartbeats } = context
  const id = request.brokerId
  const broker = checkBrokerEpoch(state, id, request.brokerEpoch)
  heartbeats.touch(id, broker.epoch, context.nowMs)
  const caughtUp = request.currentMetadataOffset >= heartbeats.registrationOffset(id)
  const before = standingOf(context, broker)
  const next = nextState(context, broker, before, request, caughtUp)
  const records: MetadataRecord[] = []
  if (next !== before) records.push(...enter(context, broker, next))
  heartbeats.applied(id, request.currentMetadataOffset)
  if (next === 'fenced') heartbeats.shutdownDecided(id, -1)
  records.push(...directoriesOffline(context, broker, request.offlineLogDirs))
  records.push(...directoriesCordoned(context, broker, request.cordonedLogDirs))
  // The others must know the new leaders: they have to have applied the last of these records.
  if (next === 'controlled-shutdown') heartbeats.shutdownDecided(id, context.nextOffset + records.length - 1)
  // Kafka keeps the id taken until the session would have ended; who was let go cannot come back as it was.
  if (next === 'shutdown') heartbeats.forget(id, broker.epoch)
  return {
    records,
    response: {
      isCaughtUp: caughtUp,
      isFenced: next === 'fenced' || next === 'shutdown',
      shouldShutDown: next === 'shutdown',
    },
    divisible: true,
  }
}

function standingOf({ heartbeats }: ControllerContext, broker: BrokerImage): BrokerState {
  if (heartbeats.isShuttingDown(broker.id)) return 'controlled-shutdown'
  return broker.fenced ? 'fenced' : 'unfenced'
}

function nextState(
  context: ControllerContext,
  broker: BrokerImage,
  before: BrokerState,
  { wantFence, wantShutDown }: RequestOf<'BrokerHeartbeat'>,
  caughtUp: boolean,
): BrokerState {
  const leadsAny = () => context.state.topics.index.leadsAny(broker.id)
  switch (before) {
    case 'fenced':
      if (wantShutDown) return 'shutdown'
      return !wantFence && caughtUp ? 'unfenced' : 'fenced'
    case 'unfenced':
      if (wantFence) return wantShutDown ? 'shutdown' : 'fenced'
      if (!wantShutDown) return 'unfenced'
      return leadsAny() ? 'controlled-shutdown' : 'shutdown'
    default:
      if (leadsAny()) return 'controlled-shutdown'
      return othersKnow(context, broker.id) ? 'shutdown' : 'controlled-shutdown'
  }
}

/** Everybody who serves has applied what was decided when this broker began to go down. */
function othersKnow({ state, heartbeats }: ControllerContext, id: number): boolean {
  const serving = [...state.brokers.values()].filter((other) => !other.fenced && !heartbeats.isShuttingDown(other.id))
  return heartbeats.lowestOffset(serving.map((other) => other.id)) >= heartbeats.shutdownOffset(id)
}

function enter(context: ControllerContext, broker: BrokerImage, next: BrokerState): MetadataRecord[] {
  switch (next) {
    case 'unfenced':
      return [registrationChange(broker, { fenced: -1 }), ...brokerReturns(context, broker.id)]
    case 'controlled-shutdown':
      return [
        ...(broker.inControlledShutdown ? [] : [registrationChange(broker, { inControlledShutdown: 1 })]),
        ...brokerLeaves(context, broker.id),
      ]
    default:
      // Who is fenced already may want to go down: there is nothing left to move, and it is said once more.
      return [...brokerLeaves(context, broker.id), registrationChange(broker, { fenced: 1 })]
  }
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

/** Fences one broker whose session ended; the runtime calls it again for the next, so that each sees the one before. */
export function fenceSilentBroker(context: ControllerContext): Decision<{ readonly fenced: number | undefined }> {
  const { state, heartbeats, nowMs } = context
  for (const { id, epoch } of heartbeats.expired(nowMs)) {
    const broker = state.brokers.get(id)
    // Gone, come back since, or fenced already: there is nobody to fence. Until then its end stands, should the write fail.
    if (broker === undefined || broker.epoch !== epoch || broker.fenced) {
      heartbeats.endSession(id, epoch)
      continue
    }
    heartbeats.shutdownDecided(broker.id, -1)
    const records = [...brokerLeaves(context, broker.id), registrationChange(broker, { fenced: 1 })]
    return { records, response: { fenced: broker.id }, divisible: true }
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
  const { index } = context.state.topics
  const leaving = { leaving: broker.id }
  const records = [
    ...moveLeadership(context, index.inIsrOf(broker.id), leaving),
    ...moveLeadership(context, index.inElrOf(broker.id), leaving),
    metadataRecord('UnregisterBrokerRecord', 0, { brokerId: broker.id, brokerEpoch: broker.epoch }),
  ]
  checkRecordCount(records)
  context.heartbeats.forget(broker.id, broker.epoch)
  return { records, response: {}, divisible: true }
}
