/**
 * What replication needs from above, met where the node is put together: the way to other brokers, and the way to the
 * active controller.
 */
import type { ApiName, RequestInput, ResponseOf } from '../../protocol/apis.ts'

export interface LeaderAnswer<A extends ApiName> {
  readonly body: ResponseOf<A>
  /** Nobody looks at the byte fields of the body any more. */
  release(): void
}

/** The connections to other brokers; rejects when there is no answer, whatever the reason. */
export interface LeaderClients {
  send<A extends 'Fetch' | 'ListOffsets'>(
    leaderId: number,
    purpose: 'replica',
    api: A,
    request: {
      /** The request in the version that both sides speak; what it throws rejects the request. */
      readonly body: (version: number) => RequestInput<A>
      readonly timeoutMs: number
    },
  ): Promise<LeaderAnswer<A>>
  /** Ends the connection; what waits there is rejected, and the next request makes another. */
  drop(leaderId: number, purpose: 'replica'): void
}

/** The way to the active controller. Rejects with ApiError when there is none. */
export interface ControllerPort {
  send<A extends 'AlterPartition'>(
    api: A,
    version: number,
    request: RequestInput<A>,
    from: { principal: string; clientHost: string },
  ): Promise<ResponseOf<A>>
}
