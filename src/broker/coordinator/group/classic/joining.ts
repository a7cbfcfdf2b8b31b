/** One JoinGroup under way: what was asked, by whom, and the way to answer. */
import type { RequestOf } from '../../../../protocol/apis.ts'
import type { GroupRequestContext } from '../context.ts'
import type { JoinReply } from './member.ts'

export interface Joining {
  readonly request: RequestOf<'JoinGroup'>
  readonly from: GroupRequestContext
  /** May run now or much later, at most once. */
  readonly reply: JoinReply
}

/** Version 0 has no rebalance timeout: its session timeout serves as such. */
export function timeoutsOf({ request, from }: Joining): { rebalanceTimeoutMs: number; sessionTimeoutMs: number } {
  const { sessionTimeoutMs } = request
  return { sessionTimeoutMs, rebalanceTimeoutMs: from.version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs }
}
