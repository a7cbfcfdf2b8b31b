/** Choosing and checking the brokers of partitions, for new topics and for more partitions of old ones. */
import { ApiError } from '../../protocol/errors.ts'
import type { ControllerContext } from './decision.ts'
import { takesReplicas } from './directories.ts'
import { placeReplicas } from './placement.ts'

/** Places partitions on the registered brokers. Throws ApiError INVALID_REPLICATION_FACTOR when that cannot be. */
export function place(context: ControllerContext, count: number, replicationFactor: number): number[][] {
  const brokers = [...context.state.brokers.values()]
    // Who is on its way down gets nothing new, nor who has no directory for it.
    .filter((broker) => (broker.fenced || !broker.inControlledShutdown) && takesReplicas(broker))
    .map(({ id, rack, fenced }) => ({ id, rack, fenced }))
  return placeReplicas(brokers, count, replicationFactor, context.random)
}

/** Throws ApiError INVALID_REPLICA_ASSIGNMENT unless the brokers exist, once each, and as many as `replicationFactor`. */
export function checkManualAssignment(
  context: ControllerContext,
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
): void {
  const refuse = (text: string) =>
    new ApiError('INVALID_REPLICA_ASSIGNMENT', `The manual partition assignment includes ${text}`)
  if (brokerIds.length === 0) throw refuse('an empty replica list.')
  const seen = new Set<number>()
  for (const id of [...brokerIds].sort((one, other) => one - other)) {
    if (!context.state.brokers.has(id)) throw refuse(`broker ${id}, but no such broker is registered.`)
    if (seen.has(id)) throw refuse(`the broker ${id} more than once.`)
    seen.add(id)
  }
  if (replicationFactor !== undefined && brokerIds.length !== replicationFactor) {
    throw refuse(
      `a partition with ${brokerIds.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    )
  }
}
