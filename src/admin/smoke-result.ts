/**
 * What a smoke test is asked for, and what it says: one row a step, and which permission a step lacked. A missing permission is
 * no finding about the cluster but an error of its own.
 */
import { MqError } from '../base/errors.ts'
import type { ItemError } from './items.ts'
import type { Latency } from './smoke-records.ts'

export interface SmokeOptions {
  readonly prefix: string
  /** Absent: one a broker, three at least. */
  readonly partitions: number | undefined
  /** Absent: one a broker, three at most. */
  readonly replicationFactor: number | undefined
  /** min.insync.replicas of the topic; absent: the cluster's. */
  readonly minIsr: number | undefined
  readonly messages: number
  readonly onStep?: (step: SmokeStep) => void
}

export type StepName = 'create' | 'produce' | 'consume' | 'offsets' | 'latency' | 'group' | 'config' | 'cleanup'

export interface SmokeStep {
  step: StepName
  ok: boolean
  durationMs: number
  /** What was done, in words. */
  detail: string | null
  error?: ItemError
}

export interface SmokeResult {
  ok: boolean
  clusterId: string | null
  brokers: number
  topic: string
  partitions: number
  replicationFactor: number
  messages: number
  durationMs: number
  steps: SmokeStep[]
  /** One record at a time, acks=all, from sending to the acknowledgement. */
  produceLatencyMs: Latency | null
  /** The same records, from sending until a waiting reader has them. */
  endToEndLatencyMs: Latency | null
}

/** What each step needs, as Kafka's ACLs name it. */
const PERMISSIONS: Readonly<Record<StepName, string>> = {
  create: 'CREATE on the topic (or on the cluster) and DESCRIBE on the topic',
  produce: 'WRITE on the topic',
  consume: 'READ on the topic',
  offsets: 'DESCRIBE on the topic',
  latency: 'WRITE and READ on the topic',
  group: 'READ on the group and on the topic',
  config: 'DESCRIBE_CONFIGS on the topic',
  cleanup: 'DELETE on the topic and on the group',
}

/** A check that does not hold. */
export class Finding extends MqError {
  constructor(message: string) {
    super('MQ_SMOKE', message)
  }
}

/** Whether the user lacks a permission. */
export function isNotAllowed(error: unknown): error is MqError {
  return error instanceof MqError && error.code.endsWith('_AUTHORIZATION_FAILED')
}

/** The error for that, with the permission. */
export function notAllowed(step: StepName, error: MqError): MqError {
  return new MqError(error.code, `${step}: not allowed: ${error.message}`, {
    hint: `The user needs ${PERMISSIONS[step]}; a prefixed ACL on the topic prefix (--prefix) will do.`,
    cause: error,
  })
}
