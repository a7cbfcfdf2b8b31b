/**
 * What the group coordinator needs to know of topics: names, ids and partition counts, from the metadata image.
 */
import type { Uuid } from '../../../base/uuid.ts'
import { assert } from '../../../base/assert.ts'

export const GROUP_METADATA_TOPIC = '__consumer_offsets'

export interface GroupTopics {
  /** Topic id of a live topic; undefined when there is none of that name. */
  idOf(name: string): Uuid | undefined
  /** Name of a live topic; undefined when no topic has this id. */
  nameOf(id: Uuid): string | undefined
  /** Number of partitions of a live topic; undefined when there is none of that name. */
  partitionCount(name: string): number | undefined
}

/** The part of `MetadataImage` that is read here. */
export interface TopicsOfImage {
  readonly topics: {
    get(
      name: string,
    ): { readonly name: string; readonly id: Uuid; readonly partitions: { readonly length: number } } | undefined
    byId(id: Uuid): { readonly name: string } | undefined
  }
}

/** The metadata image as the group coordinator sees it. */
export function topicsOfImage(image: TopicsOfImage): GroupTopics {
  return {
    idOf: (name) => image.topics.get(name)?.id,
    nameOf: (id) => image.topics.byId(id)?.name,
    partitionCount: (name) => image.topics.get(name)?.partitions.length,
  }
}

/** The absolute value of Java's `String.hashCode`, modulo the partition count: the partition that holds a group's records. */
export function partitionForKey(key: string, partitionCount: number): number {
  assert(partitionCount > 0, 'a coordinator topic has at least one partition')
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
  // Java's smallest int has no absolute value; Kafka takes 0 for it.
  return hash === -0x8000_0000 ? 0 : Math.abs(hash) % partitionCount
}
