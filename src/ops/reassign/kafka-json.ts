/**
 * The files of kafka-reassign-partitions: topics to move, and an assignment (each replica with its log directory, where one
 * is named). Read and written here, so that plans travel between mq and Kafka's tool.
 */
import { MqError } from '../../base/errors.ts'
import type { Move } from './model.ts'

export interface FileAssignment {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  readonly logDirs?: readonly string[]
}

/** Whether a file is a plan of mq's rather than an assignment in Kafka's format. Text that is no JSON is neither. */
export function isMqPlan(text: string): boolean {
  try {
    return field(JSON.parse(text), 'hash') !== undefined
  } catch {
    // Whoever reads it as one of the two says what is wrong with it.
    return false
  }
}

/** `{"version":1,"topics":[{"topic":"t"}]}`: the names, as they stand there. */
export function readTopicsToMove(text: string): string[] {
  const file = parse(text, 'topics')
  return file.map((entry, index) => {
    const topic = field(entry, 'topic')
    if (typeof topic !== 'string') throw malformed(`topics[${index}].topic is no text`)
    return topic
  })
}

export function writeTopicsToMove(topics: readonly string[]): string {
  return `${JSON.stringify({ version: 1, topics: topics.map((topic) => ({ topic })) })}\n`
}

/** `{"version":1,"partitions":[{"topic","partition","replicas":[…],"log_dirs":[…]}]}`. */
export function readAssignment(text: string): FileAssignment[] {
  const seen = new Set<string>()
  return parse(text, 'partitions').map((entry, index) => {
    const at = `partitions[${index}]`
    const [topic, partition, replicas, logDirs] = ['topic', 'partition', 'replicas', 'log_dirs'].map((key) =>
      field(entry, key),
    )
    if (typeof topic !== 'string' || topic === '') throw malformed(`${at}.topic is no text`)
    if (!isNumber(partition)) throw malformed(`${at}.partition is no number`)
    if (!Array.isArray(replicas) || replicas.length === 0 || !replicas.every(isNumber)) {
      throw malformed(`${at}.replicas is no list of brokers`)
    }
    if (new Set(replicas).size !== replicas.length) throw malformed(`${at}.replicas names a broker twice`)
    if (seen.has(`${topic}-${partition}`)) throw malformed(`${topic}-${partition} stands there twice`)
    seen.add(`${topic}-${partition}`)
    if (logDirs === undefined) return { topic, partition, replicas }
    const isList = Array.isArray(logDirs) && logDirs.every((path) => typeof path === 'string')
    if (!isList) throw malformed(`${at}.log_dirs is no list of paths`)
    if (logDirs.length !== replicas.length)
      throw malformed(`${at} has ${logDirs.length} log_dirs for ${replicas.length} replicas`)
    const wrong = logDirs.find((path: string) => path !== 'any' && !path.startsWith('/'))
    if (wrong !== undefined) throw malformed(`${at}.log_dirs: "${wrong}" is neither "any" nor an absolute path`)
    return { topic, partition, replicas, logDirs: logDirs as string[] }
  })
}

/** The assignment as Kafka's tool writes it, in the order given. */
export function writeAssignment(assignment: readonly FileAssignment[]): string {
  const partitions = assignment.map(({ topic, partition, replicas, logDirs }) => ({
    topic,
    partition,
    replicas,
    log_dirs: logDirs ?? replicas.map(() => 'any'),
  }))
  return `${JSON.stringify({ version: 1, partitions })}\n`
}

/** What the moves lead to, and what leads back. */
export function assignmentsOf(moves: readonly Move[]): { target: FileAssignment[]; rollback: FileAssignment[] } {
  return {
    target: moves.map(({ topic, partition, to, logDirs }) => ({
      ...{ topic, partition, replicas: to },
      ...(logDirs === undefined ? {} : { logDirs }),
    })),
    rollback: moves.map(({ topic, partition, from }) => ({ topic, partition, replicas: from })),
  }
}

function parse(text: string, list: 'topics' | 'partitions'): unknown[] {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new MqError('MQ_REASSIGN_FILE', 'the file is not JSON', { cause })
  }
  const version = field(file, 'version') ?? 1
  if (version !== 1) throw malformed(`version ${JSON.stringify(version)} is unknown; 1 is the only one`)
  const entries = field(file, list)
  if (!Array.isArray(entries)) throw malformed(`it has no list "${list}"`)
  return entries
}

function field(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

function isNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}

function malformed(what: string): MqError {
  return new MqError('MQ_REASSIGN_FILE', `not a file of kafka-reassign-partitions: ${what}`)
}
