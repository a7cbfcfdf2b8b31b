/** Joining a classic group: first rebalance, generations, protocols, limits, and who is turned away with what. */
import { describe, expect, it } from 'vitest'
import { Harness, subscription } from './harness.ts'

describe('joining a group', () => {
  it('sends a new member back with the id it has to use', async () => {
    const h = new Harness()
    const answer = await h.join().promise
    expect(answer.error).toBe('MEMBER_ID_REQUIRED')
    expect(answer.memberId).toMatch(/^client-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('lets members of old versions in at once', async () => {
    const h = new Harness()
    const joined = h.join({}, 3)
    await h.advance(0)
    expect(joined.value).toMatchObject({ error: 'NONE', generationId: 1, protocolName: 'range' })
    expect(joined.value?.leader).toBe(joined.value?.memberId)
  })

  it('forgets an announced member that does not come back within its session timeout', async () => {
    const h = new Harness()
    const { memberId } = await h.join().promise
    await h.advance(10_001)
    expect((await h.join({ memberId }).promise).error).toBe('UNKNOWN_MEMBER_ID')
  })

  it('waits the initial delay for more members and extends it as they come, up to the rebalance timeout', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 3_000 })
    const first = await h.joinDynamic({ rebalanceTimeoutMs: 7_000 })
    await h.advance(2_000)
    const second = await h.joinDynamic({ rebalanceTimeoutMs: 7_000 })
    await h.advance(1_000)
    expect(first.joined.value).toBeUndefined()
    await h.advance(1_000)
    const third = await h.joinDynamic({ rebalanceTimeoutMs: 7_000 })
    await h.advance(2_000)
    expect(first.joined.value).toBeUndefined()
    await h.advance(1_000)
    expect(first.joined.value).toMatchObject({ error: 'NONE', generationId: 1, leader: first.id })
    expect(first.joined.value?.members).toHaveLength(3)
    expect(second.joined.value?.members).toEqual([])
    expect(third.joined.value?.generationId).toBe(1)
  })

  it('writes an empty group at the first join and the generation when the leader has synced', async () => {
    const h = new Harness()
    await h.stableGroup(1)
    expect(h.log.records(0)).toHaveLength(2)
    expect((await h.describe()).groupState).toBe('Stable')
  })

  it('chooses the protocol that most members name first among those all share', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 100 })
    const offers = [
      ['a', 'b', 'c'],
      ['b', 'a'],
      ['b', 'c', 'a'],
    ]
    const members = []
    for (const names of offers) {
      members.push(await h.joinDynamic({ protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })) }))
    }
    await h.advance(200)
    expect(members.map(({ joined }) => joined.value?.protocolName)).toEqual(['b', 'b', 'b'])
    expect(members[0]?.joined.value?.members?.map((member) => String(member.metadata))).toEqual(['b', 'b', 'b'])
  })

  it.each([
    ['an empty protocol type', { protocolType: '' }],
    ['no protocols', { protocols: [] }],
  ])('refuses %s', async (_what, request) => {
    const h = new Harness()
    expect((await h.join(request).promise).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  it('refuses another protocol type or none of the shared protocols in a group with members', async () => {
    const h = new Harness()
    await h.stableGroup(1)
    expect((await h.join({ protocolType: 'connect' }).promise).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    const other = [{ name: 'sticky', metadata: subscription(['news']) }]
    expect((await h.join({ protocols: other }).promise).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  it.each([5_999, 1_800_001])('refuses a session timeout of %i ms', async (sessionTimeoutMs) => {
    const h = new Harness()
    expect((await h.join({ sessionTimeoutMs }).promise).error).toBe('INVALID_SESSION_TIMEOUT')
  })

  it('refuses an empty group id and unknown members', async () => {
    const h = new Harness()
    expect((await h.join({ groupId: '' }).promise).error).toBe('INVALID_GROUP_ID')
    expect((await h.join({ memberId: 'who' }).promise).error).toBe('UNKNOWN_MEMBER_ID')
    await h.stableGroup(1)
    expect((await h.join({ memberId: 'who' }).promise).error).toBe('UNKNOWN_MEMBER_ID')
  })

  it('has no room beyond group.max.size', async () => {
    const h = new Harness({ maxSize: 2 })
    await h.stableGroup(2)
    expect((await h.join().promise).error).toBe('GROUP_MAX_SIZE_REACHED')
  })

  it('answers a follower that rejoins unchanged with the current generation, and rebalances for the leader', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 100 })
    const a = await h.joinDynamic()
    const b = await h.joinDynamic()
    await h.advance(300)
    await h.syncAll([a.id, b.id], a.id, 1)
    expect((await h.join({ memberId: b.id }).promise).generationId).toBe(1)
    const again = h.join({ memberId: a.id })
    await h.settle()
    expect(await h.heartbeat(b.id, 1)).toBe('REBALANCE_IN_PROGRESS')
    const other = h.join({ memberId: b.id })
    await h.settle()
    expect(again.value?.generationId).toBe(2)
    expect(other.value?.generationId).toBe(2)
  })

  it('rebalances when a follower changes its subscription', async () => {
    const h = new Harness({ initialRebalanceDelayMs: 100 })
    const a = await h.joinDynamic()
    const b = await h.joinDynamic()
    await h.advance(300)
    await h.syncAll([a.id, b.id], a.id, 1)
    const changed = h.join({ memberId: b.id, protocols: [{ name: 'range', metadata: subscription(['trades']) }] })
    await h.settle()
    expect(changed.value).toBeUndefined()
    expect((await h.describe()).groupState).toBe('PreparingRebalance')
  })

  it('removes members that do not rejoin within the rebalance timeout', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    const second = await h.joinDynamic({ sessionTimeoutMs: 1_000_000 })
    for (let elapsed = 0; elapsed < 60_000; elapsed += 5_000) {
      await h.heartbeat(ids[0]!, 1)
      await h.advance(5_000)
    }
    expect(second.joined.value).toMatchObject({ error: 'NONE', generationId: 2, leader: second.id })
    expect(await h.heartbeat(ids[0]!, 1)).toBe('UNKNOWN_MEMBER_ID')
  })

  it('takes the session timeout as rebalance timeout in version 0', async () => {
    const h = new Harness()
    const joined = h.join({ rebalanceTimeoutMs: -1, sessionTimeoutMs: 8_000 }, 0)
    await h.advance(0)
    expect(joined.value?.error).toBe('NONE')
    expect(joined.value?.protocolName).toBe('range')
    // A second member makes the first rejoin; it does not, and is out after its session timeout.
    const second = h.join({ rebalanceTimeoutMs: -1, sessionTimeoutMs: 8_000 }, 0)
    await h.advance(8_001)
    expect(second.value?.generationId).toBe(2)
  })

  it('gives versions before 7 an empty protocol name where newer ones get null', async () => {
    const h = new Harness()
    await h.stableGroup(1)
    expect((await h.join({ memberId: 'who' }, 6).promise).protocolName).toBe('')
    expect((await h.join({ memberId: 'who' }, 7).promise).protocolName).toBeNull()
  })
})
