/**
 * What `state-change.log` says: which partitions this node begins to lead and ceases to, changes of leader and in-sync
 * set, replicas that come, go, or become unavailable. One line a change, with `[Broker id=N]` in front.
 */
import type { Logger } from '../../base/log.ts'
import type { PartitionImage } from '../metadata/topics.ts'
import type { Partition } from './partition.ts'

export class StateChanges {
  readonly #log: Logger
  readonly #prefix: string

  constructor(log: Logger, nodeId: number) {
    this.#log = log
    this.#prefix = `[Broker id=${nodeId}]`
  }

  /** The partition's state was taken from the metadata; `before` is undefined for one that is new on this node. */
  changed(partition: Partition, image: PartitionImage, before: PartitionImage | undefined): void {
    if (!this.#log.enabled('INFO')) return
    const name = `${partition.topic}-${partition.index}`
    if (before === undefined) this.#say(`Replica ${name} of topic id ${partition.topicId} is here${place(partition)}`)
    if (before === undefined || image.leaderEpoch !== before.leaderEpoch || image.leader !== before.leader) {
      this.#say(leadership(partition, name, image, before))
    } else if (!sameList(image.isr, before.isr)) {
      this.#say(`ISR of ${name} changed from ${list(before.isr)} to ${list(image.isr)}, ${epochs(image)}`)
    }
  }

  removed(partition: Partition, why: string): void {
    this.#say(`Replica ${partition.topic}-${partition.index} of topic id ${partition.topicId} is removed: ${why}`)
  }

  offline(partition: Partition, directory: string): void {
    this.#log.error(
      `${this.#prefix} Replica ${partition.topic}-${partition.index} is offline: log directory ${directory} failed`,
    )
  }

  unavailable(topic: string, index: number, error: unknown): void {
    this.#log.error(`${this.#prefix} Replica ${topic}-${index} is offline: its log cannot be opened`, error)
  }

  /** The log that a partition lacked was made. */
  opened(partition: Partition): void {
    this.#say(`Replica ${partition.topic}-${partition.index} is online${place(partition)}: there is room for its log`)
  }

  #say(text: string): void {
    this.#log.info(`${this.#prefix} ${text}`)
  }
}

function leadership(
  partition: Partition,
  name: string,
  image: PartitionImage,
  before: PartitionImage | undefined,
): string {
  const former = before === undefined ? '' : `; leader was ${who(before.leader)} in leader epoch ${before.leaderEpoch}`
  const state = `${epochs(image)}, ISR ${list(image.isr)}`
  if (!partition.isLeader) return `${name} is led by ${who(image.leader)} at ${state}${former}`
  if (!partition.isOnline) return `Leader ${name} at ${state} has no log here${former}`
  const { logEndOffset, highWatermark } = partition.offsets()
  return `Leader ${name} starts at ${state}, from offset ${logEndOffset}, high watermark ${highWatermark}${former}`
}

function place(partition: Partition): string {
  return partition.isOnline ? ` in ${partition.log().directory}` : ', without a log'
}

const epochs = (image: PartitionImage): string =>
  `leader epoch ${image.leaderEpoch}, partition epoch ${image.partitionEpoch}`
const who = (id: number): string => (id < 0 ? 'nobody' : `broker ${id}`)
const list = (ids: readonly number[]): string => `[${ids.join(',')}]`

function sameList(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index])
}
