/** The cluster's lock: one holder, a second one told who it is, a holder that dies, and a cluster that cannot hold a lock. */
import { describe, expect, it } from 'vitest'
import type { MqError } from '../../../src/base/errors.ts'
import { GroupClusterLock, SESSION_MS } from '../../../src/ops/engine/cluster-lock.ts'
import type { SeatMemory } from '../../../src/ops/engine/store.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FakeCoordinator } from './support/fake-lock-group.ts'

function memory(): SeatMemory {
  let seat: string | undefined
  return {
    read: () => seat,
    write: (next) => {
      seat = next
    },
  }
}

function setUp() {
  const clock = new ManualClock()
  const coordinator = new FakeCoordinator(clock, SESSION_MS)
  const warnings: string[] = []
  const machine = (host: string, kept = memory()) =>
    new GroupClusterLock({
      ...{ group: coordinator.group(host), clock, memory: kept, work: 'mq reassign run' },
      warn: (text) => warnings.push(text),
    })
  /** Lets time pass until the promise has ended, at most for `maxMs`. */
  const settle = async <T>(work: Promise<T>, maxMs = 60_000): Promise<T> => {
    let isOver = false
    work.finally(() => (isOver = true)).catch(() => {})
    for (let ms = 0; !isOver && ms <= maxMs; ms += 50) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
      if (!isOver) clock.advance(50)
    }
    if (!isOver) throw new Error(`not over after ${maxMs} ms`)
    return work
  }
  const pass = (ms: number) => settle(new Promise<void>((resolve) => void clock.schedule(ms, resolve)), ms + 1000)
  return { clock, coordinator, warnings, machine, settle, pass }
}

describe('GroupClusterLock', () => {
  it('lets one in, tells a second one who that is and since when, and lets it in afterwards', async () => {
    const { machine, settle, pass, coordinator, warnings } = setUp()
    const held = await settle(machine('a').take('anna@a (pid 7)'))
    await pass(60_000)
    const refused = await settle(
      machine('b')
        .take('bert@b (pid 8)')
        .catch((error: MqError) => error),
    )
    expect(refused).toMatchObject({ code: 'MQ_REFUSED', exitCode: 4 })
    expect(String(refused)).toContain('anna@a (pid 7) at a')
    expect(String(refused)).toContain('2023-11-14T22:13:2')
    expect(String(refused)).toContain('mq reassign run')
    await settle(held.release())
    expect(coordinator.members.size).toBe(0)
    await settle(machine('b').take('bert@b (pid 8)'))
    expect(warnings).toEqual([])
  })

  it('lets exactly one of two in that come at the same time', async () => {
    for (let run = 0; run < 20; run += 1) {
      const { machine, settle } = setUp()
      const outcomes = await settle(
        Promise.allSettled(['a', 'b', 'c'].map((host) => machine(host).take(`x@${host}`))).then((all) =>
          all.map(({ status }) => status).sort(),
        ),
      )
      expect(outcomes).toEqual(['fulfilled', 'rejected', 'rejected'])
    }
  })

  it('is free within a session of the death of its holder', async () => {
    const { machine, settle, coordinator, clock } = setUp()
    const kept = memory()
    // Dies having the seat: nobody speaks for it any more.
    const seat = await coordinator.group('a').enter()
    void coordinator.group('a').join(seat, Buffer.from('?'))
    await settle(Promise.resolve())
    await coordinator.group('a').sync({ memberId: seat, generation: 1, leader: seat }, Buffer.alloc(0))
    await expect(settle(machine('b').take('bert@b'))).rejects.toThrow('mq at a works on this cluster')
    clock.advance(SESSION_MS + 1)
    await settle(machine('b', kept).take('bert@b'))
    expect(kept.read()).toBeDefined()
  })

  it('is had again at once by the machine whose process was killed', async () => {
    const { machine, settle, coordinator } = setUp()
    const kept = memory()
    const seat = await coordinator.group('a').enter()
    kept.write(seat)
    void coordinator.group('a').join(seat, Buffer.from('?'))
    await settle(Promise.resolve())
    await coordinator.group('a').sync({ memberId: seat, generation: 1, leader: seat }, Buffer.alloc(0))
    await settle(machine('a', kept).take('anna@a'), 1000)
    expect([...coordinator.members.keys()]).toEqual([kept.read()])
  })

  it('stays held while others look in, and tells when it is lost', async () => {
    const { machine, settle, pass, coordinator } = setUp()
    const lost: string[] = []
    await settle(machine('a').take('anna@a', (error) => lost.push(error.message)))
    // Somebody who does not look first joins and leaves again.
    const rude = coordinator.group('z')
    const joined = rude.enter().then((id) => rude.join(id, Buffer.alloc(0)))
    const { leader, memberId } = await settle(joined)
    expect(leader).not.toBe(memberId)
    await rude.leave(memberId)
    await pass(10_000)
    expect(lost).toEqual([])
    expect(coordinator.isStable).toBe(true)

    // The coordinator forgets it and nobody has come: it is taken again.
    coordinator.drop(coordinator.leader!)
    await pass(10_000)
    expect([lost, coordinator.members.size]).toEqual([[], 1])

    coordinator.drop(coordinator.leader!)
    await settle(machine('b').take('bert@b'))
    await pass(10_000)
    expect(lost).toHaveLength(1)
    expect(lost[0]).toContain('was lost: bert@b')
  })

  it('survives a coordinator that is away', async () => {
    const { machine, settle, pass, coordinator } = setUp()
    const lost: string[] = []
    const held = await settle(machine('a').take('anna@a', (error) => lost.push(error.message)))
    coordinator.refusal = 'NOT_COORDINATOR'
    await pass(9000)
    coordinator.refusal = undefined
    await pass(9000)
    expect(lost).toEqual([])
    await expect(settle(machine('b').take('bert@b'))).rejects.toThrow('anna@a')
    await settle(held.release())
  })

  it('goes on with a warning where groups are not permitted or nobody answers', async () => {
    const { machine, settle, warnings, coordinator } = setUp()
    coordinator.refusal = 'GROUP_AUTHORIZATION_FAILED'
    const held = await settle(machine('a').take('anna@a'))
    expect(warnings[0]).toMatch(/the cluster cannot hold a lock .*only this machine/)
    await settle(held.release())
    coordinator.refusal = undefined
    coordinator.isSilent = true
    await settle(machine('a').take('anna@a'), 31_000)
    expect(warnings[1]).toContain('no answer within 30 s')
  })
})
