/**
 * The way to the active controller. While this node is it, requests are decided here; otherwise they go to the node that
 * leads the quorum. A client's request waits while the quorum has no leader or changes it, as in Kafka; what this node
 * asks for itself is refused then, also when it was sent already, since whoever asks tries again with what holds by that
 * time: a controller that lost its power silently answers no more.
 */
import type { Clock } from '../base/clock.ts'
import { apis, type ApiName, type RequestInput, type ResponseOf } from '../protocol/apis.ts'
import { ApiError } from '../protocol/errors.ts'
import { OF_THE_QUORUM } from './controller/controller.ts'
import type { ControllerRuntime } from './controller/runtime.ts'
import type { ControllerChannel } from './handlers/context.ts'

/** As Kafka's channels wait between two looks at who the controller is. */
const RETRY_MS = 100

export interface QuorumLeader {
  /** -1: unknown. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface ControllerChannelOptions {
  /** Undefined on a node without the controller role. */
  readonly local: ControllerRuntime | undefined
  /** The controller `id`, in another process. */
  readonly remote: (id: number) => ControllerChannel
  /** The quorum's leader, as far as this node knows. */
  readonly leader: () => QuorumLeader
  readonly nodeId: number
  readonly clock: Clock
  /** How long a client's request is tried: request.timeout.ms. */
  readonly forwardTimeoutMs: number
}

type Sender = { principal: string; clientHost: string }

/** On a controller listener: who asks a node that is not active is told so. */
export class LocalControllerChannel implements ControllerChannel {
  private readonly local: ControllerRuntime | undefined

  constructor(local: ControllerRuntime | undefined) {
    this.local = local
  }

  send<A extends ApiName>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    return this.local?.isActive === true ? this.local.send(api, version, request) : Promise.reject(noController())
  }
}

export class RoutingControllerChannel implements ControllerChannel {
  private readonly options: ControllerChannelOptions
  /** What this node asked for itself of a controller in another process, and waits for. */
  private readonly own = new Set<{ readonly epoch: number; readonly giveUp: () => void }>()
  private isClosed = false

  constructor(options: ControllerChannelOptions) {
    this.options = options
  }

  /** There is an active controller that requests can be sent to, as far as this node knows. */
  get isOpen(): boolean {
    const { local, nodeId } = this.options
    const { leaderId } = this.options.leader()
    return local?.isActive === true || (leaderId >= 0 && leaderId !== nodeId)
  }

  async send<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: Sender,
  ): Promise<ResponseOf<A>> {
    const { clock, forwardTimeoutMs } = this.options
    const deadlineMs = clock.monotonicMs() + (apis[api].forwardable ? forwardTimeoutMs : 0)
    for (;;) {
      try {
        return await this.sendOnce(api, version, request, from)
      } catch (error) {
        const mayTryAgain = error instanceof ApiError && error.error === 'NOT_CONTROLLER' && !this.isClosed
        if (this.isAnsweredHere(api)) throw error
        if (!mayTryAgain || clock.monotonicMs() + RETRY_MS > deadlineMs) throw error
      }
      await new Promise<void>((resolve) => clock.schedule(RETRY_MS, resolve))
    }
  }

  /** To be called when the quorum may have another leader. */
  leaderMoved(): void {
    const { leaderId, leaderEpoch } = this.options.leader()
    if (leaderId < 0) return
    for (const asked of this.own) {
      if (asked.epoch >= leaderEpoch) continue
      this.own.delete(asked)
      asked.giveUp()
    }
  }

  /** This node came to lead while it looked for the leader: whoever asks for the quorum has the answer itself. */
  private isAnsweredHere(api: ApiName): boolean {
    return OF_THE_QUORUM.has(api) && this.options.local?.isActive === true
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.isClosed = true
  }

  private sendOnce<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: Sender,
  ): Promise<ResponseOf<A>> {
    const { local, remote, nodeId } = this.options
    if (local?.isActive === true) return local.send(api, version, request)
    const { leaderId, leaderEpoch } = this.options.leader()
    if (leaderId < 0 || leaderId === nodeId) return Promise.reject(noController())
    const answered = remote(leaderId).send(api, version, request, from)
    return apis[api].forwardable ? answered : this.untilFollowed(answered, leaderEpoch)
  }

  /** As `answered`, but refused once the quorum has a leader of a later epoch. */
  private untilFollowed<T>(answered: Promise<T>, epoch: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = { epoch, giveUp: () => reject(noController()) }
      this.own.add(asked)
      const forget = () => this.own.delete(asked)
      answered.then(
        (answer) => {
          forget()
          resolve(answer)
        },
        (error: unknown) => {
          forget()
          reject(error)
        },
      )
    })
  }
}

function noController(): ApiError {
  return new ApiError('NOT_CONTROLLER', 'No controller appears to be active.')
}
