/** Reassigning on a simulated cluster: batches, throttles, drift, cancellation, and death at every call. */
import { describe, expect, it } from 'vitest'
import { Engine } from '../../../src/ops/engine/engine.ts'
import { sealPlan } from '../../../src/ops/engine/plan.ts'
import { StopControl } from '../../../src/ops/engine/stop-control.ts'
import { OperationStore } from '../../../src/ops/engine/store.ts'
import { makeBatches } from '../../../src/ops/reassign/batches.ts'
import type { ReassignGoal } from '../../../src/ops/reassign/model.ts'
import { type ReassignBody, ReassignOperation } from '../../../src/ops/reassign/operation.ts'
import { planReassignment } from '../../../src/ops/reassign/planner.ts'
import { balanceScore } from '../../../src/ops/reassign/score.ts'
import { recheckThrottle } from '../../../src/ops/reassign/throttle-watch.ts'
import { CrashDisk, ProcessDied } from '../../support/memory-disk.ts'
import { cluster, goal } from './support/clusters.ts'
import { FakeWorld, HurriedClock } from './support/fake-world.ts'

const LEADER_RATE = 'leader.replication.throttled.rate'
const FOLLOWERS = 'follower.replication.throttled.replicas'

function setUp(asked: ReassignGoal, throttle: number | null = 1000) {
  const snapshot = cluster({ 1: null, 2: null, 3: null, 4: null }, ['t 1,2 2,3 3,1', 'u 1,2 1,3'])
  const { moves, skipped } = planReassignment(snapshot, asked)
  const scores = { before: balanceScore(snapshot), after: balanceScore(snapshot, moves) }
  const body: ReassignBody = {
    ...{ goal: asked, isGiven: false, skipped, throttle, bytesToMove: 0, estimatedMs: null, ...scores },
    batches: makeBatches(moves, { partitions: 2, perBroker: 2 }),
  }
  const world = new FakeWorld(snapshot)
  world.throttles.set(`broker 1 ${LEADER_RATE}`, '77')
  world.throttles.set(`topic t ${FOLLOWERS}`, '9:9')
  const disk = new CrashDisk()
  disk.makeDirectory('/home')
  const clock = new HurriedClock()
  const store = new OperationStore(disk, '/home/ops', 'c1')
  const engine = new Engine({ store, clock, operator: 'me' })
  const warnings: string[] = []
  const operation = new ReassignOperation(world, (text) => warnings.push(text))
  const plan = sealPlan('reassign', 'c1', body)
  const goalNow = { ...world.replicas() }
  for (const { topic, partition, to } of moves) goalNow[`${topic}-${partition}`] = String(to)
  const before = { replicas: world.replicas(), throttles: Object.fromEntries(world.throttles) }
  return {
    world,
    disk,
    store,
    engine,
    operation,
    plan,
    warnings,
    moves,
    goalNow,
    before,
    control: () => new StopControl(clock),
  }
}

const DRAIN = goal({ exclude: [1] })
const throttlesOf = (world: FakeWorld) => Object.fromEntries(world.throttles)

describe('a reassignment', () => {
  it('goes batch by batch and leaves no throttle behind but those that were there', async () => {
    const { engine, operation, plan, world, goalNow, before, control } = setUp(DRAIN)
    expect(plan.body.batches.length).toBeGreaterThan(1)
    expect(await engine.run(operation, plan, control())).toMatchObject({ outcome: 'done', findings: [] })
    expect(world.replicas()).toEqual(goalNow)
    expect(world.mostMoving).toBe(2)
    expect(throttlesOf(world)).toEqual(before.throttles)
  })

  it('throttles while it copies', async () => {
    const { engine, operation, plan, world, control } = setUp(DRAIN)
    const seen: Record<string, string>[] = []
    const stop = control()
    stop.onProgress = () => seen.push(throttlesOf(world))
    await engine.run(operation, plan, stop)
    expect(seen[0]![`broker 1 ${LEADER_RATE}`]).toBe('1000')
    expect(seen.some((one) => one[`topic t ${FOLLOWERS}`]?.startsWith('9:9,') === true)).toBe(true)
  })

  it('leaves a throttle alone that somebody else has set meanwhile, and does not wait for the dead', async () => {
    const { engine, operation, plan, world, warnings, control } = setUp(DRAIN)
    const stop = control()
    stop.onProgress = () => {
      world.throttles.set(`broker 1 ${LEADER_RATE}`, '5')
      world.gone.add(2)
    }
    const { id } = await engine.run(operation, plan, stop)
    expect(throttlesOf(world)[`broker 1 ${LEADER_RATE}`]).toBe('5')
    expect(warnings.some((text) => text.includes('broker 2 stays: the broker is gone'))).toBe(true)

    // What had to stay goes when the broker is back, and not a moment earlier.
    expect(await engine.tidy(operation, id, control())).toHaveLength(1)
    world.gone.clear()
    expect(await engine.tidy(operation, id, control())).toEqual([])
    const ours = Object.entries(throttlesOf(world)).filter(([, value]) => value === '1000')
    expect(ours).toEqual([])
  })

  it('stops within a batch when it is asked to, which goes on in the cluster', async () => {
    const { engine, operation, plan, world, store, goalNow, control } = setUp(DRAIN)
    world.looksPerMove = 50
    const stop = control()
    stop.onProgress = () => {
      if (!stop.isStopping) stop.request('interrupted')
    }
    const { outcome, id } = await engine.run(operation, plan, stop)
    expect([outcome, world.flying > 0]).toEqual(['paused', true])
    expect(store.find(id).state.pausedBecause).toBe('interrupted: batch-1 goes on in the cluster')
    world.looksPerMove = 3
    expect(await engine.resume(operation, id, control())).toMatchObject({ outcome: 'done' })
    expect(world.replicas()).toEqual(goalNow)
  })

  it('ends in the same state wherever it is killed', async () => {
    for (let kill = 1; kill < 140; kill += 1) {
      const { engine, operation, plan, world, store, disk, goalNow, before, control } = setUp(DRAIN)
      world.dieAfter(kill)
      const died = await engine.run(operation, plan, control()).then(
        () => false,
        (error) => {
          if (!(error instanceof ProcessDied)) throw error
          return true
        },
      )
      world.restart()
      disk.restartProcess()
      const open = store.unfinished()
      if (open !== undefined) await engine.resume(operation, open.id, control())
      else if (died && store.list().length === 0) await engine.run(operation, plan, control())
      expect({ kill, replicas: world.replicas() }).toEqual({ kill, replicas: goalNow })
      expect({ kill, throttles: throttlesOf(world) }).toEqual({ kill, throttles: before.throttles })
    }
  })

  it.each([
    ['moves', DRAIN],
    ['replicas that are only added', goal({ replicationFactor: 3, allowRfChange: true })],
    ['replicas that are only taken away', goal({ replicationFactor: 1, allowRfChange: true })],
  ])('is undone by cancel, killed anywhere before: %s', async (_name, asked) => {
    for (let kill = 3; kill < 90; kill += 1) {
      const { engine, operation, plan, world, store, disk, before, control } = setUp(asked)
      world.dieAfter(kill)
      await engine.run(operation, plan, control()).catch(() => {})
      world.restart()
      disk.restartProcess()
      const open = store.unfinished()
      if (open === undefined) continue
      await engine.cancel(operation, open.id, control(), { alsoDone: true })
      expect({ kill, replicas: world.replicas() }).toEqual({ kill, replicas: before.replicas })
      expect({ kill, throttles: throttlesOf(world) }).toEqual({ kill, throttles: before.throttles })
      expect(world.flying).toBe(0)
    }
  })

  it('is refused while somebody else moves partitions, and stops where somebody has changed one', async () => {
    const { engine, operation, plan, world, control, moves } = setUp(DRAIN)
    world.looksPerMove = 1
    await world.alter([{ topic: 't', partition: 0, replicas: [2, 4] }], false)
    await expect(engine.run(operation, plan, control())).rejects.toThrow('by somebody else')
    await expect(engine.run(operation, plan, control())).rejects.toThrow(/does not pass the check|by somebody else/)
    expect(moves.length).toBeGreaterThan(0)
  })

  it('says what does not hold: another final replica set is no success', async () => {
    const { operation, plan, world } = setUp(DRAIN)
    const findings = await operation.verify(plan)
    expect(findings).toHaveLength(plan.body.batches.flat().length)
    expect(findings[0]).toMatch(/has the replicas .*, not /)
    expect(world.flying).toBe(0)
  })

  it('looks at the cluster again before each batch: what was safe for the first may not be for the next', async () => {
    const { engine, operation, plan, world, store, goalNow, control } = setUp(
      goal({ replicationFactor: 1, allowRfChange: true }),
    )
    const stop = control()
    const last = plan.body.batches.at(-1)![0]!
    const name = `${last.topic}-${last.partition}`
    const fact = world.snapshotNow.partitions.get(name)!
    stop.onProgress = () => void world.snapshotNow.partitions.set(name, { ...fact, isr: fact.replicas.slice(1) })
    await expect(engine.run(operation, plan, stop)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(`${name}: an in-sync replica would go`),
    })
    expect(world.replicas()[name]).toBe(String(last.from))
    world.snapshotNow.partitions.set(name, fact)
    await engine.resume(operation, store.unfinished()!.id, control())
    expect(world.replicas()).toEqual(goalNow)
  })

  it('is refused where a broker has no room for what it would get', async () => {
    const { engine, operation, plan, world, before, control } = setUp(DRAIN)
    const bytes = plan.body.batches.flat().filter(({ from, to }) => to.includes(4) && !from.includes(4)).length * 100
    world.free.set(4, bytes - 1)
    await expect(engine.run(operation, plan, control())).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/^broker 4 would get .*, and has room for/),
    })
    expect(world.replicas()).toEqual(before.replicas)
    world.free.set(4, bytes)
    await engine.run(operation, plan, control())
  })

  it('goes on without a topic that was deleted meanwhile, and says so', async () => {
    const { engine, operation, plan, world, warnings, before, control } = setUp(DRAIN)
    const { topic, partition } = plan.body.batches[0]![0]!
    const stop = control()
    stop.onProgress = () => world.delete(`${topic}-${partition}`)
    const { outcome, findings } = await engine.run(operation, plan, stop)
    expect({ outcome, findings }).toEqual({ outcome: 'done', findings: [`${topic}-${partition} is not there`] })
    expect(warnings).toContain(`${topic}-${partition} is not there any more`)
    expect(throttlesOf(world)).toEqual(before.throttles)
  })

  it('can be given up when somebody else has changed, deleted or lost what it would put back', async () => {
    const { engine, operation, plan, world, warnings, before, control } = setUp(DRAIN)
    const stop = control()
    stop.onProgress = () => stop.isStopping || stop.request('interrupted')
    world.looksPerMove = 50
    const { id } = await engine.run(operation, plan, stop)
    const [first, second] = plan.body.batches[0]!.map(({ topic, partition }) => `${topic}-${partition}`)
    world.delete(first!)
    world.change(second!, [4, 3, 2])
    await expect(engine.resume(operation, id, control())).rejects.toThrow('somebody else has changed it')
    expect(await engine.cancel(operation, id, control())).toMatchObject({ outcome: 'cancelled' })
    expect(world.replicas()[second!]).toBe('4,3,2')
    expect(warnings.filter((text) => text.includes('left as it is'))).toHaveLength(1)
    expect(throttlesOf(world)).toEqual(before.throttles)
  })

  it('given up does not wait for a broker that is gone to hold its replicas again', async () => {
    const { engine, operation, plan, world, warnings, goalNow, control } = setUp(DRAIN)
    const stop = control()
    let seen = 0
    stop.onProgress = () => ++seen > 1 && !stop.isStopping && stop.request('interrupted')
    const { id, outcome } = await engine.run(operation, plan, stop)
    expect(outcome).toBe('paused')
    world.gone.add(1)
    world.looksPerMove = 1
    await world.inFlight()
    await world.inFlight()
    await world.inFlight()
    await engine.cancel(operation, id, control(), { alsoDone: true })
    const [first] = plan.body.batches[0]!
    const name = `${first!.topic}-${first!.partition}`
    expect(world.replicas()[name]).toBe(goalNow[name])
    expect(warnings.some((text) => text.startsWith(`${name} stays`) && text.includes('broker 1'))).toBe(true)
  })

  it('is put back under the throttle that it was made with', async () => {
    const { engine, operation, plan, world, before, store, control } = setUp(DRAIN)
    const stop = control()
    stop.onProgress = () => {
      if (store.unfinished()?.state.steps[0]?.state === 'done') stop.request('interrupted')
    }
    const { id, outcome } = await engine.run(operation, plan, stop)
    expect(outcome).toBe('paused')
    const back = control()
    const seen: Record<string, string>[] = []
    back.onProgress = () => seen.push(throttlesOf(world))
    await engine.cancel(operation, id, back, { alsoDone: true })
    const { topic, partition } = plan.body.batches[0]![0]!
    const lists = seen.map((one) => one[`topic ${topic} ${FOLLOWERS}`] ?? '')
    expect(lists.some((list) => list.split(',').includes(`${partition}:1`))).toBe(true)
    expect(throttlesOf(world)).toEqual(before.throttles)
    expect(world.replicas()).toEqual(before.replicas)
  })
})

describe('the throttle of a plan from a file', () => {
  it('is held against what is written when it is carried out', async () => {
    const { world, plan, control } = setUp(DRAIN)
    const { topic, partition, from } = plan.body.batches[0]![0]!
    const name = `${topic}-${partition}-${from[0]}`
    const check = (perSecond: number) => {
      const stop = control()
      world.places.set(name, { bytes: 0, dir: '/a', future: null })
      const sleep = async (ms: number) => {
        world.places.set(name, { bytes: (perSecond * ms) / 1000, dir: '/a', future: null })
        await stop.sleep(ms)
      }
      const watch = { batches: plan.body.batches, watchMs: 3000, control: { clock: stop.clock, sleep } }
      return recheckThrottle(world, { ...watch, throttle: 1000 })
    }
    await check(900)
    await expect(check(1100)).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining('never finish') })
  })
})
