/** Every JoinGroup and SyncGroup is answered, also when another request or an exit overtakes it: a connection waits for it. */
import { describe, expect, it } from 'vitest'
import { Harness } from './harness.ts'

describe('a request that waits', () => {
  it('is answered when the same member joins again', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(2)
    const first = h.join({ memberId: ids[0]! })
    await h.settle()
    const again = h.join({ memberId: ids[0]! })
    await h.settle()
    expect(first.value?.error).toBe('REBALANCE_IN_PROGRESS')
    expect(again.value).toBeUndefined()
    h.join({ memberId: ids[1]! })
    await h.settle()
    expect(again.value?.error).toBe('NONE')
  })

  it('is answered when the same member asks for its assignment again', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 100 })
    const a = await h.joinDynamic()
    const b = await h.joinDynamic()
    await h.advance(300)
    const first = h.sync({ memberId: b.id })
    const again = h.sync({ memberId: b.id })
    await h.settle()
    expect(first.value?.error).toBe('REBALANCE_IN_PROGRESS')
    await h.sync({ memberId: a.id, assignments: [{ memberId: b.id, assignment: Buffer.from('all') }] }).promise
    expect(again.value).toMatchObject({ error: 'NONE', assignment: 'all' })
  })

  it('is answered when its member leaves over another connection', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 100 })
    await h.joinDynamic()
    const b = await h.joinDynamic()
    await h.advance(300)
    const waiting = h.sync({ memberId: b.id })
    await h.settle()
    await h.leave({ memberId: b.id })
    expect(waiting.value?.error).toBe('UNKNOWN_MEMBER_ID')
  })
})
