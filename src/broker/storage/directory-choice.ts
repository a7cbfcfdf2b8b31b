/**
 * In which log directory a new partition is made: where it was asked for before it came (AlterReplicaLogDirs), else where
 * the controller says, else where the fewest logs are.
 */
import { partitionKey } from '../../base/topic-partition.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { LogDirectory } from './log-directory.ts'

export class DirectoryChoice {
  private readonly all: readonly LogDirectory[]
  private readonly cordoned: () => readonly string[]
  private readonly preferred = new Map<string, string>()

  /** `cordoned`: paths that take no new partitions (`cordoned.log.dirs`), `*` for all, as of now. */
  constructor(all: readonly LogDirectory[], cordoned: () => readonly string[]) {
    this.all = all
    this.cordoned = cordoned
  }

  /** Wishes for a partition that is not there yet. */
  prefer(topic: string, partition: number, path: string): void {
    this.preferred.set(partitionKey(topic, partition), path)
  }

  /** The wish was fulfilled, or the partition has gone. */
  forget(key: string): void {
    this.preferred.delete(key)
  }

  /** The directories to try, in this order. Throws KAFKA_STORAGE_ERROR when the one that was named is offline. */
  candidates(key: string, id: Uuid | undefined): LogDirectory[] {
    const path = this.preferred.get(key)
    const named = this.all.find((each) =>
      path === undefined ? each.id === id && id !== ZERO_UUID : each.path === path,
    )
    if (named?.state === 'offline') throw new ApiError('KAFKA_STORAGE_ERROR', `${named.path} is offline`)
    if (named !== undefined) return [named]
    const cordoned = this.cordoned()
    const online = this.all.filter((directory) => directory.state === 'online')
    const open = online.filter(({ path }) => !cordoned.includes(path) && !cordoned.includes('*'))
    // The controller, which knows no cordons, has placed it here: somewhere it must go.
    return (open.length > 0 ? open : online).sort((one, other) => one.logs.size - other.logs.size)
  }
}
