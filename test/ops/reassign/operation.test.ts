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
})
