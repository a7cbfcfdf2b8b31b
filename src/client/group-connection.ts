/**
 * The connection of a group's member to its coordinator, apart from that for records: a join waits for the other members, and
 * nothing else is answered on its connection meanwhile. A coordinator that moves is followed.
 */
import type { ApiName, RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { ClusterClient } from './cluster-client.ts'
import type { VersionLimits } from './connection.ts'
import { TimeoutError } from '../base/errors.ts'
import { ConnectionError } from './errors.ts'
import type { ClientOptions } from './options.ts'

/** A join is answered when all members have come, at the latest after the time for that; some more for the way. */
const JOIN_SLACK_MS = 5000

const MOVED: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
])

/** Whether asking again later may help: the members of a group never give up on their cluster. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.retriable || MOVED.has(error.error)
  return error instanceof TimeoutError || (error instanceof ConnectionError && error.retriable)
}

export class GroupConnection {
  readonly group: string
  readonly #options: ClientOptions
  #client: Promise<ClusterClient> | undefined

  /** `rebalanceMs`: how long a join may take. */
  constructor(options: ClientOptions, group: string, rebalanceMs: number) {
    this.group = group
    this.#options = { ...options, requestTimeoutMs: Math.max(options.requestTimeoutMs, rebalanceMs + JOIN_SLACK_MS) }
  }

  /** One request to the coordinator, repeated where it moved. Errors of the answer that are not about that are the caller's. */
  async ask<A extends ApiName>(
    api: A,
    body: RequestInput<A>,
    limits: VersionLimits = {},
    errorCodeOf: (answer: ResponseOf<A>) => number = (answer) => (answer as { errorCode: number }).errorCode,
  ): Promise<ResponseOf<A>> {
    this.#client ??= ClusterClient.connect(this.#options)
    const opening = this.#client
    try {
      const client = await opening
      return await client.retry(async () => {
        const connection = await client.connection({ group: this.group })
        const answer = await connection.call(api, body, limits)
        const error = errorName(errorCodeOf(answer))
        if (MOVED.has(error)) throw new ApiError(error)
        return answer
      })
    } catch (error) {
      if (!(error instanceof ApiError) && this.#client === opening) this.close()
      throw error
    }
  }

  /** Ends what waits; the next question opens it anew. */
  close(): void {
    // One that never opened has nothing to close; whoever asked for it was told why.
    this.#client?.then((client) => client.close()).catch(() => undefined)
    this.#client = undefined
  }
}
