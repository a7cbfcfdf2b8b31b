/** Membership of groups, good requests and bad, in several versions: the bundled broker must answer what Apache Kafka answers. */
import {
  beatsUntilOther,
  commitOf,
  committed,
  described,
  groupProperties,
  join,
  joined,
  member,
  pause,
  prepareGroups,
  stable,
  synced,
  two,
  type Join,
} from './support/group-steps.ts'
import { paritySuite, type Scenario } from './support/parity.ts'

const joins: Record<string, Scenario> = {
  'a first join in every version': async (side) => {
    const seen = []
    for (let version = 0; version <= 9; version++) {
      seen.push(joined(side, await side.askGroup('JoinGroup', version, join(`first-${version}`))))
    }
    return seen
  },
  'joins that are refused': async (side) => {
    const seen = []
    await stable(side, 'refused')
    const requests: Join[] = [
      join(''),
      join('refused', { sessionTimeoutMs: 99 }),
      join('refused', { sessionTimeoutMs: 1_800_001 }),
      join('refused', { memberId: 'nobody' }),
      join('refused', { memberId: 'nobody', groupInstanceId: 'i' }),
      join('refused', { protocolType: 'connect' }),
      join('refused', { protocolType: '' }),
      join('refused', { protocols: [] }),
      join('refused', { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] }),
      join('refused-new', { memberId: 'nobody' }),
      join('refused-empty', { protocols: [] }),
      join('refused-empty', { protocolType: '' }),
    ]
    for (const version of [4, 6, 9]) {
      for (const request of requests) {
        const usable = version < 5 && request.groupInstanceId ? { ...request, groupInstanceId: null } : request
        seen.push(joined(side, await side.askGroup('JoinGroup', version, usable)))
      }
    }
    return seen
  },
  'a join of a full group': async (side) => {
    const seen = []
    for (let i = 0; i < 4; i++) {
      const request = join('full', { groupInstanceId: `i${i}`, rebalanceTimeoutMs: 300 })
      seen.push((await side.askGroup('JoinGroup', 9, request)).errorCode)
    }
    return [seen, (await side.askGroup('JoinGroup', 3, join('full'))).errorCode]
  },
  'rejoining in each state': async (side) => {
    const a = await member(side, 'rejoin')
    const seen = [joined(side, a)]
    const again = { memberId: a.memberId }
    seen.push(joined(side, await side.askGroup('JoinGroup', 9, join('rejoin', again))))
    await synced(side, 'rejoin', a)
    seen.push(joined(side, await side.askGroup('JoinGroup', 9, join('rejoin', again))))
    return seen
  },
  'a second member makes the first rejoin': async (side) => {
    const a = await stable(side, 'second')
    const first = await side.askGroup('JoinGroup', 9, join('second'))
    side.call(a.memberId, 'a')
    side.call(first.memberId, 'b')
    const joining = side.askGroup('JoinGroup', 9, join('second', { memberId: first.memberId }))
    const beats: number[] = []
    for (let i = 0; i < 50 && !beats.includes(27); i++) {
      const beat = { groupId: 'second', generationId: 1, memberId: a.memberId }
      beats.push((await side.askGroup('Heartbeat', 4, beat)).errorCode)
    }
    const sync = await side.askGroup('SyncGroup', 4, { groupId: 'second', generationId: 1, memberId: a.memberId })
    const commit = await committed(side, 9, commitOf('second', { generationIdOrMemberEpoch: 1, memberId: a.memberId }))
    const preparing = await described(side, 'second')
    const back = await side.askGroup('JoinGroup', 9, join('second', { memberId: a.memberId }))
    const b = await joining
    const early = await committed(side, 9, commitOf('second', { generationIdOrMemberEpoch: 2, memberId: a.memberId }))
    return {
      beats: beats.at(-1),
      sync: sync.errorCode,
      commit,
      preparing: { ...preparing, members: preparing.members.length },
      back: { ...joined(side, back), members: back.members.length },
      b: { ...joined(side, b), members: b.members.length },
      early,
      leave: (
        await side.askGroup('LeaveGroup', 5, { groupId: 'second', members: [{ memberId: b.memberId }] })
      ).members.map(({ errorCode }) => errorCode),
      beat: (await side.askGroup('Heartbeat', 4, { groupId: 'second', generationId: 2, memberId: a.memberId }))
        .errorCode,
    }
  },
}

const members: Record<string, Scenario> = {
  'static members': async (side) => {
    const seen: unknown[] = []
    const a = await side.askGroup('JoinGroup', 9, join('static', { groupInstanceId: 'i' }))
    seen.push(joined(side, a))
    const sync = await synced(side, 'static', a)
    seen.push([sync.errorCode, String(sync.assignment), sync.protocolName, sync.protocolType])
    for (const version of [9, 8, 5]) {
      const again = await side.askGroup('JoinGroup', version, join('static', { groupInstanceId: 'i' }))
      seen.push(joined(side, again))
      const answer = await side.askGroup('SyncGroup', 3, {
        groupId: 'static',
        generationId: again.generationId,
        memberId: again.memberId,
        groupInstanceId: 'i',
      })
      seen.push([answer.errorCode, String(answer.assignment)])
    }
    const old = { groupId: 'static', generationId: 1, memberId: a.memberId, groupInstanceId: 'i' }
    seen.push((await side.askGroup('Heartbeat', 4, old)).errorCode)
    seen.push((await side.askGroup('SyncGroup', 5, old)).errorCode)
    seen.push(
      joined(side, await side.askGroup('JoinGroup', 9, join('static', { memberId: a.memberId, groupInstanceId: 'i' }))),
    )
    seen.push(
      await committed(
        side,
        9,
        commitOf('static', { generationIdOrMemberEpoch: 1, memberId: a.memberId, groupInstanceId: 'i' }),
      ),
    )
    seen.push((await side.askGroup('Heartbeat', 4, { ...old, groupInstanceId: 'other' })).errorCode)
    const leaving = [
      { memberId: a.memberId, groupInstanceId: 'i' },
      { memberId: '', groupInstanceId: 'none' },
      { memberId: '', groupInstanceId: 'i' },
      { memberId: '' },
    ]
    const { members: left, errorCode } = await side.askGroup('LeaveGroup', 5, { groupId: 'static', members: leaving })
    seen.push(
      errorCode,
      left.map((each) => [side.alias(each.memberId), each.groupInstanceId, each.errorCode]),
    )
    seen.push(await described(side, 'static'))
    return seen
  },
  'sync and heartbeat that are refused': async (side) => {
    const a = await stable(side, 'beats')
    const seen = []
    const right = { groupId: 'beats', generationId: 1, memberId: a.memberId }
    const named = { protocolType: 'consumer', protocolName: 'range' }
    for (const wrong of [
      {},
      { generationId: 0 },
      { generationId: 2 },
      { generationId: -1 },
      { memberId: 'nobody' },
      { memberId: '' },
      { groupInstanceId: 'i' },
      { groupId: 'no-such-group' },
      { groupId: '' },
    ]) {
      seen.push((await side.askGroup('Heartbeat', 4, { ...right, ...wrong })).errorCode)
      seen.push((await side.askGroup('SyncGroup', 4, { ...right, ...wrong })).errorCode)
      seen.push((await side.askGroup('SyncGroup', 5, { ...right, ...named, ...wrong })).errorCode)
    }
    for (const wrong of [
      { protocolType: 'connect' },
      { protocolName: 'other' },
      { protocolType: null },
      { protocolName: null },
      { protocolName: null, groupId: '' },
    ]) {
      seen.push((await side.askGroup('SyncGroup', 5, { ...right, ...named, ...wrong })).errorCode)
    }
    return seen
  },
  'leaving in every version': async (side) => {
    const seen: unknown[] = []
    for (let version = 0; version <= 5; version++) {
      const groupId = `leave-${version}`
      const a = await stable(side, groupId)
      const ask = async (memberId: string, group = groupId) => {
        const body = version < 3 ? { groupId: group, memberId } : { groupId: group, members: [{ memberId }] }
        const answer = await side.askGroup('LeaveGroup', version, body)
        return [answer.errorCode, answer.members.map(({ errorCode }) => errorCode)]
      }
      seen.push(await ask('nobody'), await ask('nobody', 'no-such-group'), await ask('', ''), await ask(a.memberId))
      seen.push(await ask(a.memberId), (await described(side, groupId)).groupState)
    }
    return seen
  },
}

const timing: Record<string, Scenario> = {
  'a session that ends': async (side) => {
    const [a, b] = await two(side, 'session', { sessionTimeoutMs: 600 })
    await Promise.all([synced(side, 'session', a), synced(side, 'session', b)])
    const change = await beatsUntilOther(side, 'session', a)
    const beat = { groupId: 'session', generationId: 2, memberId: b.memberId }
    return [
      change,
      (await side.askGroup('Heartbeat', 4, beat)).errorCode,
      (await described(side, 'session')).members.length,
    ]
  },
  'a member that never syncs': async (side) => {
    const [a, b] = await two(side, 'unsynced', { rebalanceTimeoutMs: 800 })
    await synced(side, 'unsynced', a)
    const change = await beatsUntilOther(side, 'unsynced', a)
    const beat = { groupId: 'unsynced', generationId: 2, memberId: b.memberId }
    return [change, (await side.askGroup('Heartbeat', 4, beat)).errorCode]
  },
  'a member that does not rejoin': async (side) => {
    const a = await stable(side, 'late', { rebalanceTimeoutMs: 700 })
    const b = await member(side, 'late', { rebalanceTimeoutMs: 700 })
    const beat = { groupId: 'late', generationId: 1, memberId: a.memberId }
    const again = await side.askGroup('JoinGroup', 9, join('late', { memberId: a.memberId }))
    return [
      { ...joined(side, b), member: 'b', leader: b.leader === b.memberId },
      (await side.askGroup('Heartbeat', 4, beat)).errorCode,
      again.errorCode,
    ]
  },
  'an announced member that never comes': async (side) => {
    const a = await stable(side, 'announced')
    await side.askGroup('JoinGroup', 9, join('announced', { sessionTimeoutMs: 500 }))
    const started = Date.now()
    const again = await side.askGroup('JoinGroup', 9, join('announced', { memberId: a.memberId }))
    return [again.errorCode, again.generationId, Date.now() - started > 200]
  },
  'a static member that restarts during a rebalance': async (side) => {
    const a = await side.askGroup('JoinGroup', 9, join('restart', { groupInstanceId: 'i1' }))
    await synced(side, 'restart', a)
    const waiting = side.askGroup('JoinGroup', 9, join('restart', { groupInstanceId: 'i2', rebalanceTimeoutMs: 800 }))
    await pause(200)
    const fenced = side.askGroup('JoinGroup', 9, join('restart', { groupInstanceId: 'i2', rebalanceTimeoutMs: 800 }))
    const first = (await waiting).errorCode
    const back = await side.askGroup('JoinGroup', 9, join('restart', { groupInstanceId: 'i1' }))
    return [first, back.errorCode, back.generationId, (await fenced).errorCode, back.members.length]
  },
}

paritySuite('membership of groups', groupProperties, { ...joins, ...members, ...timing }, prepareGroups)
