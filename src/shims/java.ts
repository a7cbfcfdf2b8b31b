/**
 * Small pieces of Java that show in the output of Kafka's tools: the order in which a hash map gives its entries, how a
 * number is read, how a list is printed.
 */
import { JavaError } from './failures.ts'

/** String.hashCode */
export function stringHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0
  return hash
}

/** TopicPartition.hashCode */
export function partitionHash(place: { readonly topic: string; readonly partition: number }): number {
  return (Math.imul(31, 31 + place.partition) + stringHash(place.topic)) | 0
}

const DEFAULT_CAPACITY = 16

/** The entries in the order of a java.util.HashMap that they were put into one after the other. */
export function hashOrder<T>(items: readonly T[], hashOf: (item: T) => number, capacity = DEFAULT_CAPACITY): T[] {
  let size = 1
  while (size < capacity) size *= 2
  while (items.length > size * 0.75) size *= 2
  const buckets = new Map<number, T[]>()
  for (const item of items) {
    const hash = hashOf(item)
    const at = (hash ^ (hash >>> 16)) & (size - 1)
    const bucket = buckets.get(at)
    if (bucket === undefined) buckets.set(at, [item])
    else bucket.push(item)
  }
  return [...buckets].sort((a, b) => a[0] - b[0]).flatMap(([, bucket]) => bucket)
}

/** Strings in the order of a HashMap or HashSet of them. */
export function hashOrdered(texts: readonly string[], capacity?: number): string[] {
  return hashOrder([...new Set(texts)], stringHash, capacity)
}

const INT_MAX = 2 ** 31 - 1

/** Integer.parseInt. Throws JavaError. */
export function parseInteger(text: string): number {
  const value = Number(text)
  if (/^[+-]?\d+$/.test(text) && value <= INT_MAX && value >= -INT_MAX - 1) return value
  throw numberFormat(text)
}

/** Long.parseLong; beyond 2^53 as near as a number comes. Throws JavaError. */
export function parseLong(text: string): number {
  if (/^[+-]?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', '')))
    return Number(text)
  throw numberFormat(text)
}

function numberFormat(text: string): JavaError {
  const shown = text === '' ? 'For input string: ""' : `For input string: "${text}"`
  return new JavaError('java.lang.NumberFormatException', shown)
}

/** String.split by a pattern: empty parts at the end are dropped. */
export function javaSplit(text: string, by: RegExp | string): string[] {
  const parts = text.split(by)
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts
}

/** AbstractCollection.toString */
export function listText(items: readonly unknown[]): string {
  return `[${items.join(', ')}]`
}

/** A pattern that must match a whole name, as Kafka's tools take them: commas mean "or". Throws JavaError. */
export function includeList(text: string): RegExp {
  const pattern = text
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new JavaError('java.lang.RuntimeException', `${pattern} is an invalid regex.`)
  }
}
