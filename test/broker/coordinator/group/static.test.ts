/** Static members: restarts without a rebalance, fencing, and how long a place is kept. */
import { describe, expect, it } from 'vitest'
import { Harness, subscription } from './harness.ts'

/** Two static members `i1` (leader) and `i2`, synced. */
async function stable(h: Harness) {
  const first = h.join({ groupInstanceId: 'i1' })
  const second = h.join({ groupInstanceId: 'i2' })
  await h.advance(300)
  const ids = { i1: first.value!.memberId, i2: second.value!.memberId }
  await h.syncAll([ids.i1, ids.i2], ids.i1, 1)
  return ids
}
const delayed = { initialRebalanceDelayMs: 100 }

describe('static members', () => {
  it('need no detour over MEMBER_ID_REQUIRED', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    expect(ids.i1).toMatch(/^i1-/)
  })

  it('take their place and assignment back without a rebalance', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    const again = await h.join({ groupInstanceId: 'i2' }).promise
    expect(again).toMatchObject({ error: 'NONE', generationId: 1, leader: ids.i1, skipAssignment: false })
    expect(again.memberId).not.toBe(ids.i2)
    const synced = await h.sync({ memberId: again.memberId, groupInstanceId: 'i2' }).promise
    expect(synced.assignment).toBe(`for ${ids.i2}`)
    expect(await h.heartbeat(ids.i1, 1, 'i1')).toBe('NONE')
  })

  it('fence the former holder of their instance id', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    await h.join({ groupInstanceId: 'i2' }).promise
    expect(await h.heartbeat(ids.i2, 1, 'i2')).toBe('FENCED_INSTANCE_ID')
    expect((await h.sync({ memberId: ids.i2, groupInstanceId: 'i2' }).promise).error).toBe('FENCED_INSTANCE_ID')
    expect((await h.join({ memberId: ids.i2, groupInstanceId: 'i2' }).promise).error).toBe('FENCED_INSTANCE_ID')
    expect(await h.commit({ news: { 0: 1 } }, { generation: 1, memberId: ids.i2, instanceId: 'i2' })).toEqual([
      'FENCED_INSTANCE_ID',
    ])
    expect((await h.leave({ memberId: ids.i2, groupInstanceId: 'i2' })).members).toEqual(['FENCED_INSTANCE_ID'])
  })

  it('are told to skip the assignment when they lead and know how', async () => {
    const h = new Harness(delayed)
    await stable(h)
    const again = await h.join({ groupInstanceId: 'i1' }).promise
    expect(again).toMatchObject({ skipAssignment: true, leader: again.memberId })
    expect(again.members).toHaveLength(2)
  })

  it('of old versions are told that the former leader leads', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    const again = await h.join({ groupInstanceId: 'i1' }, 8).promise
    expect(again).toMatchObject({ leader: ids.i1, skipAssignment: false, members: [] })
  })

  it('cause a rebalance when the chosen protocol changes', async () => {
    const h = new Harness(delayed)
    const both = ['range', 'sticky'].map((name) => ({ name, metadata: subscription(['news']) }))
    const first = h.join({ groupInstanceId: 'i1', protocols: both })
    const second = h.join({ groupInstanceId: 'i2', protocols: both })
    await h.advance(300)
    await h.syncAll([first.value!.memberId, second.value!.memberId], first.value!.memberId, 1)
    h.join({ groupInstanceId: 'i2', protocols: [both[1]!] })
    await h.settle()
    expect((await h.describe()).groupState).toBe('PreparingRebalance')
  })

  it('answer FENCED_INSTANCE_ID to a join or sync that waits under the old id', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    h.join({ groupInstanceId: 'i1', memberId: ids.i1 })
    await h.settle()
    const waiting = h.join({ groupInstanceId: 'i2', memberId: ids.i2 })
    await h.settle()
    expect(waiting.value?.generationId).toBe(2)
    const sync = h.sync({ memberId: ids.i2, groupInstanceId: 'i2', generationId: 2 })
    h.join({ groupInstanceId: 'i2' })
    await h.settle()
    expect(sync.value?.error).toBe('FENCED_INSTANCE_ID')
  })

  it('keep their place through a rebalance they sleep through, until their session ends', async () => {
    const h = new Harness(delayed)
    const first = h.join({ groupInstanceId: 'i1', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 5_000 })
    const second = h.join({ groupInstanceId: 'i2', sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 5_000 })
    await h.advance(300)
    const i1 = first.value!.memberId
    await h.syncAll([i1, second.value!.memberId], i1, 1)
    const again = h.join({ groupInstanceId: 'i1', memberId: i1, rebalanceTimeoutMs: 5_000 })
    await h.advance(5_001)
    expect(again.value?.generationId).toBe(2)
    expect(again.value?.members).toHaveLength(2)
    await h.sync({ memberId: i1, generationId: 2 }).promise
    const back = await h.join({ groupInstanceId: 'i2', sessionTimeoutMs: 30_000 }).promise
    expect(back).toMatchObject({ error: 'NONE', generationId: 2 })
    expect((await h.sync({ memberId: back.memberId, generationId: 2, groupInstanceId: 'i2' }).promise).error).toBe(
      'NONE',
    )
    await h.advance(10_001)
    const left = await h.describe()
    expect(left.members?.map((member) => member.groupInstanceId)).toEqual(['i2'])
  })

  it('leave by their instance id alone', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    expect((await h.leave({ groupInstanceId: 'i2' })).members).toEqual(['NONE'])
    expect(await h.heartbeat(ids.i1, 1, 'i1')).toBe('REBALANCE_IN_PROGRESS')
  })

  it('keep the old id when the new one cannot be stored', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    h.log.failWith = 'NOT_LEADER_OR_FOLLOWER'
    expect((await h.join({ groupInstanceId: 'i2' }).promise).error).toBe('NOT_COORDINATOR')
    h.log.failWith = undefined
    expect(await h.heartbeat(ids.i2, 1, 'i2')).toBe('NONE')
  })

  it('survive a restart of the coordinator', async () => {
    const h = new Harness(delayed)
    const ids = await stable(h)
    const after = h.restarted()
    expect(await after.heartbeat(ids.i1, 1, 'i1')).toBe('NONE')
    expect((await after.join({ groupInstanceId: 'i2' }).promise).generationId).toBe(1)
  })
})
