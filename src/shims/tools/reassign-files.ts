/** The JSON files of kafka-reassign-partitions: what they say, and what is wrong with them in the words of the original. */
import { readFileSync } from 'node:fs'
import { JavaError } from '../failures.ts'
import { javaSplit, listText, parseInteger } from '../java.ts'

export interface Target {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  /** A directory, or `any`, for each replica. */
  readonly logDirs: readonly string[]
}

export const ANY = 'any'

const operation = (message: string) => new JavaError('org.apache.kafka.server.common.AdminOperationException', message)
export const failed = (message: string) =>
  new JavaError('org.apache.kafka.server.common.AdminCommandFailedException', message)

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new JavaError('java.io.IOException', `Unable to read file ${path}`)
  }
}

type Fields = Record<string, unknown>

function field<T>(fields: Fields, name: string, is: (value: unknown) => value is T): T {
  const value = fields[name]
  if (value === undefined)
    throw new JavaError('com.fasterxml.jackson.databind.JsonMappingException', `No such field exists: \`${name}\``)
  if (!is(value))
    throw new JavaError(
      'com.fasterxml.jackson.databind.JsonMappingException',
      `Unexpected type of ${name}: ${JSON.stringify(value)}`,
    )
  return value
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => Number.isInteger(value)
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber)
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)

function versionOf(document: Fields): void {
  const version = document.version ?? 1
  if (version !== 1) throw operation(`Not supported version field value ${version}`)
}

/** The partitions of a reassignment file, with duplicates. Throws JavaError. */
export function parseTargets(text: string): Target[] {
  let document: Fields
  try {
    document = JSON.parse(text) as Fields
  } catch {
    const token = /^\s*([A-Za-z_$][\w$]*)/.exec(text)?.[1]
    throw operation(
      token === undefined
        ? 'Unexpected content: this is not JSON'
        : `Unrecognized token '${token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    )
  }
  versionOf(document)
  const partitions = (document.partitions ?? []) as Fields[]
  return partitions.map((fields) => {
    const topic = field(fields, 'topic', isText)
    const partition = field(fields, 'partition', isNumber)
    const replicas = field(fields, 'replicas', isNumbers)
    const logDirs = fields.log_dirs === undefined ? replicas.map(() => ANY) : field(fields, 'log_dirs', isTexts)
    if (logDirs.length !== replicas.length)
      throw failed(
        `Size of replicas list ${listText(replicas)} is different from size of log dirs list ${listText(logDirs)} for partition ${topic}-${partition}`,
      )
    return { topic, partition, replicas, logDirs }
  })
}

/** Values that are there more than once. */
export function duplicates<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

export const nameOf = (place: { readonly topic: string; readonly partition: number }) =>
  `${place.topic}-${place.partition}`

/** The same, checked for what --execute needs. Throws JavaError. */
export function parseForExecution(text: string): Target[] {
  const targets = parseTargets(text)
  if (targets.length === 0) throw failed('Partition reassignment list cannot be empty')
  if (targets.some((target) => target.replicas.length === 0)) throw failed('Partition replica list cannot be empty')
  const twice = duplicates(targets.map(nameOf))
  if (twice.length > 0) throw failed(`Partition reassignment contains duplicate topic partitions: ${twice.join(',')}`)
  const double = targets.filter((target) => duplicates(target.replicas).length > 0)
  if (double.length > 0) {
    const each = double.map(
      (one) => `${nameOf(one)} contains multiple entries for ${duplicates(one.replicas).join(',')}`,
    )
    throw failed(`Partition replica lists may not contain duplicate entries: ${each.join('. ')}`)
  }
  return targets
}

/** Brokers and topics of --generate. Throws JavaError. */
export function parseForPlan(brokerList: string, text: string): { brokers: number[]; topics: string[] } {
  const brokers = javaSplit(brokerList, ',').map(parseInteger)
  const twice = duplicates(brokers)
  if (twice.length > 0) throw failed(`Broker list contains duplicate entries: ${listText(twice)}`)
  let document: Fields
  try {
    document = JSON.parse(text) as Fields
  } catch {
    throw operation('The input string is not a valid JSON')
  }
  versionOf(document)
  const topics = ((document.topics ?? []) as Fields[]).map((fields) => field(fields, 'topic', isText))
  const double = duplicates(topics)
  if (double.length > 0) throw failed(`List of topics to reassign contains duplicate entries: ${listText(double)}`)
  return { brokers, topics }
}

export const byPlace = (a: { topic: string; partition: number }, b: { topic: string; partition: number }) =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1

/** A reassignment file, partitions in order. */
export function reassignmentJson(targets: readonly Target[]): string {
  const partitions = [...targets]
    .sort(byPlace)
    .map(({ topic, partition, replicas, logDirs }) => ({ topic, partition, replicas, log_dirs: logDirs }))
  return JSON.stringify({ version: 1, partitions })
}
