/** A partition's name, and the text that stands for it as a map key and as its directory: `topic-partition`. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `topic-partition`: the key of maps and the name of the partition's directory. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** The reverse of `partitionKey`; undefined when `text` is not of that form. */
export function parsePartitionKey(text: string): TopicPartition | undefined {
  const match = /^(.+)-(0|[1-9]\d{0,9})$/.exec(text)
  if (match === null) return undefined
  const partition = Number(match[2])
  return partition > 0x7fffffff ? undefined : { topic: match[1]!, partition }
}
