/**
 * Takes proposed changes of in-sync sets to the controller (AlterPartition, KIP-497). One request is on its way at a
 * time, with all partitions that wait by then; what gets no answer, or one that says nothing about the change, goes again.
 * Every few seconds the led partitions are looked over for followers that fell behind.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Uuid } from '../../base/uuid.ts'
import { ApiError, type ErrorName, errorName } from '../../protocol/errors.ts'
import { RECOVERED } from '../metadata/topics.ts'
import type { IsrAnswer, IsrProposal } from './isr.ts'
import type { Partition } from './partition.ts'
import type { ControllerPort } from './ports.ts'

const RETRY_MS = 50
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
/** A look that comes so much too late says that this process stood still. */
const PAUSE_MIN_MS = 1000

export interface IsrChangesOptions {
  readonly nodeId: number
  /** Of this broker's registration; -1 before it. */
  readonly brokerEpoch: () => number
  readonly channel: ControllerPort
  readonly clock: Clock
  readonly log: Logger
  readonly maxLagMs: () => number
  readonly partitions: () => Iterable<Partition>
  /** The in-sync set is another one. */
  readonly changed: (partition: Partition) => void
}

interface Waiting {
  readonly partition: Partition
  readonly proposal: IsrProposal
  /** The last refusal that the log names. */
  said?: ErrorName
}

export class IsrChanges {
  readonly #o: IsrChangesOptions
  /** By topic id and index. */
  readonly #waiting = new Map<string, Waiting>()
  #isSending = false
  #isClosed = false
  #retry: Timer | undefined
  #look: Timer | undefined
  #lookedMs = 0
  /** Why the last request came to nothing, as the log names it; undefined: it did not. */
  #waitsFor: string | undefined
  /** Runs for each change that the controller refused. */
  onRefused: () => void = () => {}

  constructor(options: IsrChangesOptions) {
    this.#o = options
  }

  /** Begins to look for followers that fell behind. */
  start(): void {
    this.#lookedMs = this.#o.clock.monotonicMs()
    this.#armLook()
  }

  close(): void {
    this.#isClosed = true
    this.#retry?.cancel()
    this.#look?.cancel()
    this.#waiting.clear()
  }

  /** A follower fetched: proposes it for the in-sync set where it belongs there. */
  followerFetched(partition: Partition, replicaId: number): void {
    this.#submit(partition, partition.proposeExpansion(replicaId))
  }

  /** Looks for in-sync followers that fell behind, now. */
  shrink(): void {
    const { partitions, clock, log } = this.#o
    const nowMs = clock.monotonicMs()
    const pausedMs = nowMs - this.#lookedMs - this.#periodMs
    this.#lookedMs = nowMs
    const isLate = pausedMs > PAUSE_MIN_MS
    if (isLate)
      log.warn(`This process stood still for ${Math.round(pausedMs)} ms: no follower is blamed for that time.`)
    for (const partition of partitions()) {
      if (!partition.isLeader || partition.isr.length < 2) continue
      if (isLate) partition.excuseFollowers(pausedMs)
      else this.#submit(partition, partition.proposeShrink())
    }
  }

  get #periodMs(): number {
    return Math.max(1, this.#o.maxLagMs() / 2)
  }

  #armLook(): void {
    if (this.#isClosed) return
    this.#look = this.#o.clock.schedule(this.#periodMs, () => {
      this.shrink()
      this.#armLook()
    })
  }

  #submit(partition: Partition, proposal: IsrProposal | undefined): void {
    if (proposal === undefined || this.#isClosed) return
    const { topic, index, isr } = partition
    const to = proposal.isr.map(({ brokerId }) => brokerId).join()
    this.#o.log.info(`Asking for a change of the ISR of ${topic}-${index} from [${isr.join()}] to [${to}]`)
    this.#waiting.set(`${proposal.topicId}:${proposal.partition}`, { partition, proposal })
    // What comes up in this turn goes together.
    if (!this.#isSending && this.#retry === undefined) this.#later(0)
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return
    this.#retry = this.#o.clock.schedule(delayMs, () => {
      this.#retry = undefined
      this.#send()
    })
  }

  #send(): void {
    if (this.#isSending || this.#waiting.size === 0) return
    const sent = [...this.#waiting]
    this.#isSending = true
    this.#request(sent.map(([, { proposal }]) => proposal)).then(
      (answers) => {
        this.#isSending = false
        this.#waitsFor = undefined
        let mustRetry = false
        for (const [at, [key, waiting]] of sent.entries()) {
          if (this.#settle(key, waiting, answers[at]!) === 'retry') mustRetry = true
        }
        if (this.#waiting.size > 0) this.#later(mustRetry ? RETRY_MS : 0)
      },
      (error: unknown) => {
        this.#isSending = false
        this.#failed(error)
        this.#later(RETRY_MS)
      },
    )
  }

  /** Nobody took the request: it goes again, and the log has one line for each reason in a row. */
  #failed(error: unknown): void {
    const { log } = this.#o
    if (!(error instanceof ApiError)) log.error('The controller could not be asked for ISR changes.', error)
    else if (error.error !== this.#waitsFor) log.info(`Changes of ISRs wait for the controller: ${error.error}`)
    this.#waitsFor = error instanceof ApiError ? error.error : undefined
  }

  #settle(key: string, waiting: Waiting, answer: IsrAnswer): 'retry' | 'over' {
    const { partition, proposal } = waiting
    const isNewest = this.#waiting.get(key) === waiting
    const outcome = this.#isClosed ? 'over' : partition.isrAnswered(proposal, answer)
    if (answer.error !== 'NONE') {
      this.onRefused()
      if (answer.error !== waiting.said) {
        this.#o.log.info(`A change of the ISR of ${partition.topic}-${partition.index} was refused: ${answer.error}`)
      }
      waiting.said = answer.error
    }
    if (outcome === 'retry') return 'retry'
    if (isNewest) this.#waiting.delete(key)
    if (outcome === 'changed') this.#o.changed(partition)
    return 'over'
  }

  /** One answer for each proposal, in their order. An error of the whole says nothing about any of them: it is thrown. */
  async #request(proposals: readonly IsrProposal[]): Promise<IsrAnswer[]> {
    const { nodeId, brokerEpoch, channel } = this.#o
    const topics = new Map<Uuid, IsrProposal[]>()
    for (const proposal of proposals) {
      const ofTopic = topics.get(proposal.topicId)
      if (ofTopic === undefined) topics.set(proposal.topicId, [proposal])
      else ofTopic.push(proposal)
    }
    const request = {
      brokerId: nodeId,
      brokerEpoch: brokerEpoch(),
      topics: [...topics].map(([topicId, ofTopic]) => ({
        topicId,
        partitions: ofTopic.map(({ partition, leaderEpoch, partitionEpoch, isr }) => ({
          partitionIndex: partition,
          leaderEpoch,
          newIsrWithEpochs: isr,
          leaderRecoveryState: RECOVERED,
          partitionEpoch,
        })),
      })),
    }
    const body = await channel.send('AlterPartition', 3, request, SELF)
    if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode))
    const answers = new Map<string, IsrAnswer>()
    for (const { topicId, partitions } of body.topics) {
      for (const one of partitions) {
        const error = errorName(one.errorCode)
        answers.set(`${topicId}:${one.partitionIndex}`, error === 'NONE' ? { ...one, error } : { error })
      }
    }
    return proposals.map((one) => answers.get(`${one.topicId}:${one.partition}`) ?? { error: 'UNKNOWN_SERVER_ERROR' })
  }
}
