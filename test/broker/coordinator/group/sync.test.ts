/** SyncGroup, Heartbeat, LeaveGroup and the end of sessions. */
import { describe, expect, it } from 'vitest'
import { Harness } from './harness.ts'

async function twoJoined(h: Harness) {
  const a = await h.joinDynamic()
  const b = await h.joinDynamic()
  await h.advance(300)
  return { a: a.id, b: b.id }
}

const delayed = { initialRebalanceDelayMs: 100 }

describe('syncing', () => {
  it('gives each member its own bytes once the leader has brought them', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    const follower = h.sync({ memberId: b })
    await h.settle()
    expect(follower.value).toBeUndefined()
    const bytes = Buffer.from([0, 255, 1, 254])
    const leader = h.sync({ memberId: a, assignments: [{ memberId: b, assignment: bytes }] })
    await h.settle()
    expect(leader.value).toMatchObject({
      error: 'NONE',
      assignment: '',
      protocolName: 'range',
      protocolType: 'consumer',
    })
    expect(follower.value?.assignment).toBe(String(bytes))
  })

  it('answers again in a stable group', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    expect(await h.sync({ memberId: ids[0]! }).promise).toMatchObject({ error: 'NONE', assignment: `for ${ids[0]}` })
  })

  it.each([
    ['another generation', { generationId: 9 }, 'ILLEGAL_GENERATION'],
    ['another protocol type', { protocolType: 'connect' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['another protocol', { protocolName: 'sticky' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['an unknown member', { memberId: 'who' }, 'UNKNOWN_MEMBER_ID'],
    ['an unknown instance', { groupInstanceId: 'i' }, 'UNKNOWN_MEMBER_ID'],
    ['an unknown group', { groupId: 'other' }, 'UNKNOWN_MEMBER_ID'],
    ['no group id', { groupId: '' }, 'INVALID_GROUP_ID'],
  ])('refuses %s', async (_what, request, error) => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    expect((await h.sync({ memberId: ids[0]!, ...request }).promise).error).toBe(error)
  })

  it('must name type and protocol from version 5 on', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    h.version.sync = 5
    const right = { memberId: ids[0]!, protocolType: 'consumer', protocolName: 'range' }
    expect((await h.sync(right).promise).error).toBe('NONE')
    for (const missing of [{ protocolType: null }, { protocolName: null }]) {
      expect((await h.sync({ ...right, ...missing }).promise).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    }
  })

  it('answers REBALANCE_IN_PROGRESS to those who wait when a rebalance begins', async () => {
    const h = new Harness(delayed)
    const { b } = await twoJoined(h)
    const waiting = h.sync({ memberId: b })
    await h.joinDynamic()
    expect(waiting.value?.error).toBe('REBALANCE_IN_PROGRESS')
    expect((await h.sync({ memberId: b }).promise).error).toBe('REBALANCE_IN_PROGRESS')
  })

  it('removes members that never ask for their assignment', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    await h.sync({ memberId: a, assignments: [] }).promise
    for (let elapsed = 0; elapsed < 60_000; elapsed += 5_000) {
      await h.heartbeat(a, 1)
      await h.heartbeat(b, 1)
      await h.advance(5_000)
    }
    expect(await h.heartbeat(b, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(await h.heartbeat(a, 1)).toBe('REBALANCE_IN_PROGRESS')
  })

  it('starts over when the assignment cannot be stored', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    const follower = h.sync({ memberId: b })
    h.log.failWith = 'NOT_ENOUGH_REPLICAS'
    const leader = h.sync({ memberId: a })
    await h.settle()
    expect(leader.value?.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(follower.value?.error).toBe('COORDINATOR_NOT_AVAILABLE')
    expect((await h.describe()).groupState).toBe('PreparingRebalance')
  })
})

describe('heartbeats and sessions', () => {
  it('keeps members that beat and removes those that do not', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    await h.syncAll([a, b], a, 1)
    for (let elapsed = 0; elapsed < 12_000; elapsed += 4_000) {
      expect(await h.heartbeat(a, 1)).not.toBe('UNKNOWN_MEMBER_ID')
      await h.advance(4_000)
    }
    expect(await h.heartbeat(b, 1)).toBe('UNKNOWN_MEMBER_ID')
    const again = h.join({ memberId: a })
    await h.settle()
    expect(again.value).toMatchObject({ error: 'NONE', generationId: 2 })
  })

  it('tells wrong generations and strangers apart', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    expect(await h.heartbeat(ids[0]!, 1)).toBe('NONE')
    expect(await h.heartbeat(ids[0]!, 0)).toBe('ILLEGAL_GENERATION')
    expect(await h.heartbeat('who', 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(await h.heartbeat(ids[0]!, 1, 'i')).toBe('UNKNOWN_MEMBER_ID')
  })

  it('lets a new member expire while it waits in its first join', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    const fresh = await h.joinDynamic({ rebalanceTimeoutMs: 900_000 })
    for (let elapsed = 0; elapsed < 300_000; elapsed += 5_000) {
      await h.heartbeat(ids[0]!, 1)
      await h.advance(5_000)
      if (elapsed === 50_000) expect(fresh.joined.value).toBeUndefined()
    }
    expect(['UNKNOWN_MEMBER_ID', 'NONE']).toContain(fresh.joined.value?.error)
  })
})

describe('leaving', () => {
  it('empties the group when the last member leaves, and stores that', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    expect(await h.leave({ memberId: ids[0]! })).toEqual({ error: 'NONE', members: ['NONE'] })
    expect((await h.describe()).groupState).toBe('Empty')
    expect((await h.restarted().describe()).groupState).toBe('Empty')
  })

  it('rebalances once for several, each with its own answer', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    await h.syncAll([a, b], a, 1)
    expect(await h.leave({ memberId: b }, { memberId: 'who' }, { groupInstanceId: 'i' })).toEqual({
      error: 'NONE',
      members: ['NONE', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID'],
    })
    expect(await h.heartbeat(a, 1)).toBe('REBALANCE_IN_PROGRESS')
  })

  it('answers the one member of old versions at the top', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    h.version.leave = 2
    expect(await h.leave({ memberId: 'who' })).toEqual({ error: 'UNKNOWN_MEMBER_ID', members: [] })
    expect(await h.leave({ memberId: ids[0]! })).toEqual({ error: 'NONE', members: [] })
  })

  it('takes back an announced member', async () => {
    const h = new Harness()
    const { memberId } = await h.join().promise
    expect((await h.leave({ memberId })).members).toEqual(['NONE'])
    expect((await h.join({ memberId }).promise).error).toBe('UNKNOWN_MEMBER_ID')
  })

  it('answers UNKNOWN_MEMBER_ID in a group that does not exist', async () => {
    expect((await new Harness().leave({ memberId: 'who' })).members).toEqual(['UNKNOWN_MEMBER_ID'])
  })

  it('lets the rest go on when one who was waited for leaves', async () => {
    const h = new Harness(delayed)
    const { a, b } = await twoJoined(h)
    await h.syncAll([a, b], a, 1)
    const again = h.join({ memberId: a })
    await h.settle()
    expect(again.value).toBeUndefined()
    await h.leave({ memberId: b })
    expect(again.value).toMatchObject({ error: 'NONE', generationId: 2 })
  })
})
