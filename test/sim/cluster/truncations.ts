/**
 * D14: no follower cuts off what it knows to be committed. Looked at where the product truncates, which nothing outside of
 * it could see.
 */
import { Followed } from '../../../src/broker/replication/fetcher/followed.ts'
import type { Engine } from '../engine/engine.ts'
import { Violation } from '../engine/violation.ts'

let watching: Engine | undefined

/** Truncations from now on are those of this engine's run. */
export function watchTruncations(engine: Engine): void {
  const isFirst = watching === undefined
  watching = engine
  if (!isFirst) return
  for (const name of ['truncate', 'truncateToEnd'] as const) {
    const original = Followed.prototype[name] as (this: Followed, to: never) => unknown
    const watched = function (this: Followed, to: never): unknown {
      const { highWatermark } = this.partition.log()
      const answer = original.call(this, to)
      const end = this.partition.log().logEndOffset
      if (end < highWatermark) {
        watching!.fail(new Violation('D14', `a replica is cut to ${end}, it knew ${highWatermark} to be committed`))
      }
      return answer
    }
    Object.defineProperty(Followed.prototype, name, { value: watched })
  }
}
