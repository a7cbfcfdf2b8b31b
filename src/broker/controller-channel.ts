/**
 * The way to the active controller. While this node is it, requests are decided here; otherwise they go to the node that
 * leads the quorum, through the channel that the composition root supplies for remote controllers.
 */
import type { ApiName, RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError } from '../protocol/errors.ts'
import type { ControllerRuntime } from './controller/runtime.ts'
import type { ControllerChannel } from './handlers/context.ts'

export interface ControllerChannelOptions {
  /** Undefined on a node without the controller role. */
  readonly local: ControllerRuntime | undefined
  /** Sends to the controller `id`; undefined while this node knows no way to others. */
  readonly remote: ((id: number) => ControllerChannel) | undefined
  /** Id of the quorum's leader; -1 unknown. */
  readonly leaderId: () => number
  readonly nodeId: number
}

export class RoutingControllerChannel implements ControllerChannel {
  private readonly options: ControllerChannelOptions

  constructor(options: ControllerChannelOptions) {
    this.options = options
  }

  /** There is an active controller that requests can be sent to, as far as this node knows. */
  get isOpen(): boolean {
    const { local, remote, nodeId } = this.options
    const leader = this.options.leaderId()
    return local?.isActive === true || (remote !== undefined && leader >= 0 && leader !== nodeId)
  }

  send<A extends ApiName>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: { principal: string; clientHost: string },
  ): Promise<ResponseOf<A>> {
    const { local, remote, nodeId } = this.options
    if (local?.isActive === true) return local.send(api, version, request)
    const leader = this.options.leaderId()
    if (remote === undefined || leader < 0 || leader === nodeId) {
      return Promise.reject(new ApiError('NOT_CONTROLLER', 'No controller appears to be active.'))
    }
    return remote(leader).send(api, version, request, from)
  }
}
