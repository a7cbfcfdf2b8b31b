/**
 * ListOffsets (2): the offset that a partition has at a point in time, or at a named place.
 *
 * v1  one offset with its timestamp.  v2  isolation level.  v4  leader epochs.  v5  OFFSET_NOT_AVAILABLE (KIP-207).
 * v6  flexible.  v7  -3 largest timestamp.  v8  -4 earliest local.  v9  -5 last tiered.  v10  timeout for tiered look-ups.
 * v11  -6 earliest pending upload.
 * Negative timestamps: -1 latest (the last stable offset for read_committed), -2 earliest. By time: the first record
 * whose timestamp is at least the one asked for, with that record's timestamp; none is offset -1 without an error.
 * Nothing is tiered here: -4 is the earliest, -5 and -6 have no offset.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, type ErrorName, errorCode, toApiError } from '../../protocol/errors.ts'
import type { BrokerServices, Handler } from './context.ts'
import { distinctPartitions } from './distinct.ts'

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6
/** First version that knows each named place. */
const NAMED_SINCE = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])
const CONSUMER = -1
const DEBUG_CONSUMER = -2
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const FIRST_VERSION_WITH_NOT_AVAILABLE = 5

interface Found {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

const NOTHING: Found = { timestamp: -1, offset: -1, leaderEpoch: -1 }

interface Question {
  readonly timestamp: number
  readonly currentLeaderEpoch: number
  readonly replicaId: number
  readonly readCommitted: boolean
  readonly version: number
}

export const listOffsetsHandler: Handler<'ListOffsets'> = {
  handle(request, context, services) {
    if (request.isolationLevel !== READ_UNCOMMITTED && request.isolationLevel !== READ_COMMITTED) return refuse(request)
    const duplicates = duplicatesIn(request.topics)
    const topics = distinctPartitions(
      request.topics,
      (topic) => topic.name,
      'partitions',
      (each) => each.partitionIndex,
    )
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp, currentLeaderEpoch }) => {
          try {
            if (duplicates.has(`${name}-${partitionIndex}`)) throw new ApiError('INVALID_REQUEST')
            const found = lookUp(services, name, partitionIndex, {
              timestamp,
              currentLeaderEpoch,
              replicaId: request.replicaId,
              readCommitted: request.isolationLevel === READ_COMMITTED,
              version: context.version,
            })
            // Before version 4 the answer has no place for the epoch.
            return { partitionIndex, ...found, leaderEpoch: context.version >= 4 ? found.leaderEpoch : -1 }
          } catch (error) {
            return { partitionIndex, errorCode: toApiError(error).errorCode, ...NOTHING }
          }
        }),
      })),
    }
  },
}

/** An isolation level that does not exist: nothing of the request is looked at. */
function refuse({ topics }: RequestOf<'ListOffsets'>): ResponseInput<'ListOffsets'> {
  const error = errorCode('UNKNOWN_SERVER_ERROR')
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: error, ...NOTHING })),
    })),
  }
}

function lookUp(services: BrokerServices, topic: string, index: number, question: Question): Found {
  const { timestamp, version } = question
  if (timestamp < 0 && version < (NAMED_SINCE.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
    throw new ApiError('UNSUPPORTED_VERSION', `timestamp ${timestamp} is not known in version ${version}`)
  }
  const partition = services.replicas.partition(topic, index)
  const log = partition.logFor(question.currentLeaderEpoch, question.replicaId !== DEBUG_CONSUMER)
  const isClient = question.replicaId === CONSUMER
  const upTo = !isClient ? log.logEndOffset : question.readCommitted ? log.lastStableOffset : log.highWatermark
  // A new leader whose high watermark has not reached its own epoch yet could answer with an offset that goes back.
  const unsure = isClient && partition.isLeader && log.highWatermark < partition.epochStartOffset
  if (timestamp === LATEST) {
    if (unsure) throw notAvailable(version)
    return { timestamp: -1, offset: upTo, leaderEpoch: log.epochs.latest() ?? -1 }
  }
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) {
    const offset = log.logStartOffset
    return { timestamp: -1, offset, leaderEpoch: log.epochs.forOffset(offset) ?? -1 }
  }
  if (timestamp < 0 && timestamp !== MAX_TIMESTAMP) return NOTHING
  const found = timestamp === MAX_TIMESTAMP ? log.maxTimestamp() : log.offsetForTimestamp(timestamp)
  if (found !== null && found.offset < upTo) return found
  if (unsure) throw notAvailable(version)
  return NOTHING
}

function notAvailable(version: number): ApiError {
  const error: ErrorName = version >= FIRST_VERSION_WITH_NOT_AVAILABLE ? 'OFFSET_NOT_AVAILABLE' : 'LEADER_NOT_AVAILABLE'
  return new ApiError(error, 'the high watermark has not reached the epoch of this leader yet')
}

function duplicatesIn(topics: readonly { name: string; partitions: { partitionIndex: number }[] }[]): Set<string> {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`
      if (seen.has(key)) duplicates.add(key)
      seen.add(key)
    }
  }
  return duplicates
}
