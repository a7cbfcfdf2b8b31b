/** By what a leader judges its followers: the clock, the lag that is allowed, and what the metadata says of their brokers. */
import type { Clock } from '../../base/clock.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { FollowerTerms } from './partition.ts'

export function followerTerms(options: {
  clock: Clock
  image: MetadataImage
  config: Pick<CurrentConfig, 'get'>
}): FollowerTerms {
  const { clock, image, config } = options
  return {
    nowMs: () => clock.monotonicMs(),
    maxLagMs: () => config.get('replica.lag.time.max.ms'),
    isEligible: (id, epoch) => {
      const broker = image.brokers.get(id)
      if (broker === undefined || broker.fenced || broker.inControlledShutdown) return false
      return epoch === -1 || epoch === broker.epoch
    },
    isAlive: (id) => image.brokers.get(id)?.fenced === false,
    brokerEpoch: (id) => image.brokers.get(id)?.epoch ?? -1,
  }
}
