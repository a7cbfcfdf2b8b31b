/** What every log of a node shares. */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { LateTopicIds } from './late-topic-ids.ts'
import { OpenFiles } from './open-files.ts'
import { TailCache } from './tail-cache.ts'

export interface LogEnvironment {
  readonly disk: Disk
  readonly clock: Clock
  readonly log: Logger
  readonly openFiles: OpenFiles
  readonly tailCache: TailCache
  readonly lateTopicIds: LateTopicIds
  /** `producer.id.expiration.ms`, which may change while the node runs. */
  readonly producerIdExpirationMs: () => number
}

export const DEFAULT_PRODUCER_ID_EXPIRATION_MS = 86_400_000

/** The environment with what is not given at its default. */
export function logEnvironment(
  given: Pick<LogEnvironment, 'disk' | 'clock' | 'log'> & Partial<LogEnvironment>,
): LogEnvironment {
  return {
    openFiles: new OpenFiles(),
    tailCache: new TailCache(),
    lateTopicIds: new LateTopicIds(given.clock),
    producerIdExpirationMs: () => DEFAULT_PRODUCER_ID_EXPIRATION_MS,
    ...given,
  }
}
