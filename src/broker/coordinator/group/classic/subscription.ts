/**
 * Reads the topics out of consumer subscriptions. Only the part that every version of the embedded consumer protocol
 * begins with is looked at, so that subscriptions of newer clients can be read.
 */
import { decodeMessage } from '../../../../protocol/codec.ts'
import { ConsumerProtocolSubscription } from '../../../../protocol/logs/consumer-protocol.ts'

/** All topics of the subscriptions; undefined when one of them is not a consumer subscription. */
export function subscribedTopicsOf(subscriptions: readonly Buffer[]): ReadonlySet<string> | undefined {
  const topics = new Set<string>()
  for (const subscription of subscriptions) {
    if (subscription.length < 2 || subscription.readInt16BE(0) < 0) return undefined
    try {
      for (const topic of decodeMessage(ConsumerProtocolSubscription, 0, subscription, 2).topics) topics.add(topic)
    } catch {
      return undefined
    }
  }
  return topics
}
