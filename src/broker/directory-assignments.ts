/**
 * Tells the controller in which log directories this node's replicas lie (AssignReplicasToDirs, KIP-858). What comes in
 * one turn goes out in one request; what is refused or lost is sent again until it is taken or has become pointless.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Uuid } from '../base/uuid.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ControllerChannel } from './handlers/context.ts'

const RETRY_MS = 100
const ASSIGNMENTS_PER_REQUEST_MAX = 2250
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
/** The replica has gone: nobody needs to know any more where it lay. */
const POINTLESS = new Set(['UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_OR_FOLLOWER'])

interface Assignment {
  readonly topicId: Uuid
  readonly partition: number
  readonly directory: Uuid
  readonly done: (() => void)[]
}

export interface DirectoryAssignmentsOptions {
  readonly channel: ControllerChannel
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeId: number
  /** -1 before the registration: nothing is sent then. */
  readonly epoch: () => number
}

export class DirectoryAssignments {
  private readonly options: DirectoryAssignmentsOptions
  private readonly logger: Logger
  /** By topic id and partition; a later directory takes the place of an earlier one. */
  private readonly pending = new Map<string, Assignment>()
  private timer: Timer | undefined
  private isSending = false
  private isClosed = false

  constructor(options: DirectoryAssignmentsOptions) {
    this.options = options
    this.logger = options.logger.named('org.apache.kafka.server.AssignmentsManager')
  }

  /** `done` runs once, when the controller knows; never when another directory is named before, or the replica goes. */
  assign(at: { topicId: Uuid; partition: number; directory: Uuid }, done: () => void): void {
    const key = `${at.topicId}:${at.partition}`
    const before = this.pending.get(key)
    if (before?.directory === at.directory) before.done.push(done)
    else this.pending.set(key, { ...at, done: [done] })
    this.arm(0)
  }

  close(): void {
    this.isClosed = true
    this.timer?.cancel()
    this.pending.clear()
  }

  private arm(delayMs: number): void {
    if (this.isClosed || this.isSending || this.pending.size === 0) return
    this.timer?.cancel()
    this.timer = this.options.clock.schedule(delayMs, () => this.send())
  }

  private send(): void {
    const { epoch } = this.options
    if (epoch() < 0) {
      this.arm(RETRY_MS)
      return
    }
    const batch = [...this.pending].slice(0, ASSIGNMENTS_PER_REQUEST_MAX)
    this.isSending = true
    this.request(batch.map(([, assignment]) => assignment)).then(
      (errors) => {
        this.isSending = false
        this.settle(batch, errors)
        this.arm(errors.every((error) => error === 'NONE') ? 0 : RETRY_MS)
      },
      (error: unknown) => {
        this.isSending = false
        if (!(error instanceof ApiError)) this.logger.error('Directories could not be told to the controller.', error)
        this.arm(RETRY_MS)
      },
    )
  }

  private settle(batch: readonly [string, Assignment][], errors: readonly string[]): void {
    for (const [index, [key, assignment]] of batch.entries()) {
      const error = errors[index] ?? 'UNKNOWN_SERVER_ERROR'
      if (error !== 'NONE' && !POINTLESS.has(error)) continue
      if (this.pending.get(key) === assignment) this.pending.delete(key)
      if (error === 'NONE') for (const done of assignment.done) done()
    }
  }

  /** The error names, in the order of the assignments. */
  private async request(assignments: readonly Assignment[]): Promise<string[]> {
    const { channel, nodeId, epoch } = this.options
    const byDirectory = new Map<Uuid, Map<Uuid, number[]>>()
    for (const { directory, topicId, partition } of assignments) {
      const topics = byDirectory.get(directory) ?? new Map<Uuid, number[]>()
      byDirectory.set(directory, topics)
      topics.set(topicId, [...(topics.get(topicId) ?? []), partition])
    }
    const directories = [...byDirectory].map(([id, topics]) => ({
      id,
      topics: [...topics].map(([topicId, partitions]) => ({
        topicId,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
      })),
    }))
    const request = { brokerId: nodeId, brokerEpoch: epoch(), directories }
    const answer = await channel.send('AssignReplicasToDirs', 0, request, SELF)
    if (answer.errorCode !== 0) return assignments.map(() => errorName(answer.errorCode))
    const errors = new Map<string, string>()
    for (const { topics } of answer.directories) {
      for (const { topicId, partitions } of topics) {
        for (const one of partitions) errors.set(`${topicId}:${one.partitionIndex}`, errorName(one.errorCode))
      }
    }
    return assignments.map((one) => errors.get(`${one.topicId}:${one.partition}`) ?? 'UNKNOWN_SERVER_ERROR')
  }
}
