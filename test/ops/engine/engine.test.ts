/** The engine: steps in order, stopped, cancelled, kept apart, and killed at every single point of its life. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusedError } from '../../../src/base/errors.ts'
import { Engine } from '../../../src/ops/engine/engine.ts'
import { StopControl } from '../../../src/ops/engine/stop-control.ts'
import { OperationStore } from '../../../src/ops/engine/store.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk, ProcessDied, seededChance } from '../../support/memory-disk.ts'
import { Counters, countersPlan, type CountersBody, World } from './support/counters.ts'

const STEPS = [{ a: 1, b: 2 }, { c: 3 }, { a: 4, d: 5 }]

function setUp(steps: CountersBody['steps'] = STEPS) {
  const disk = new CrashDisk()
  disk.makeDirectory('/home/mq')
  disk.syncDirectory('/home')
  disk.syncDirectory('/')
  const clock = new ManualClock()
  const store = new OperationStore(disk, '/home/mq/ops', 'c1')
  const world = new World()
  const engine = new Engine({ store, clock, operator: 'me' })
  return { disk, clock, store, world, engine, plan: countersPlan(steps), control: () => new StopControl(clock) }
}

/** Lets time pass until `run` is over. */
async function passing<T>(clock: ManualClock, run: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  run.then(over, over)
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(100)
  }
  return run
}

describe('Engine', () => {
  it('does every step once and says so in the journal', async () => {
    const { engine, plan, world, store, control } = setUp()
    const result = await engine.run(new Counters(world), plan, control())
    expect(result).toMatchObject({ outcome: 'done', findings: [] })
    expect(world.changes).toEqual(['a=1', 'b=2', 'c=3', 'a=4', 'd=5'])
    const { state } = store.find(result.id)
    expect(state.outcome).toBe('done')
    expect(state.steps.map(({ id, before, state }) => [id, before, state])).toEqual([
      ['step-0', { a: 0, b: 0 }, 'done'],
      ['step-1', { c: 0 }, 'done'],
      ['step-2', { a: 1, d: 0 }, 'done'],
    ])
    expect(store.unfinished()).toBeUndefined()
  })

  it('tells what does not hold in the end', async () => {
    const { engine, plan, world, clock, control } = setUp()
    const operation = new Counters(world, () => {
      if (world.values.get('c') === 3) world.values.set('b', 9)
    })
    const result = await passing(clock, engine.run(operation, plan, control()))
    expect(result.findings).toEqual(['b is 9, not 2'])
    expect(clock.monotonicMs()).toBeGreaterThan(5000)
  })

  it('looks again before it tells, since a broker may not have heard the latest', async () => {
    const { engine, plan, world, clock, control } = setUp()
    const operation = new Counters(world, () => {
      if (world.values.get('c') === 3) world.values.set('b', 9)
    })
    clock.schedule(1500, () => world.values.set('b', 2))
    const result = await passing(clock, engine.run(operation, plan, control()))
    expect(result).toMatchObject({ outcome: 'done', findings: [] })
  })

  it('keeps a journal of its own for the same plan run again in the same second', async () => {
    const { engine, plan, world, store, control } = setUp()
    const first = await engine.run(new Counters(world), plan, control())
    const stop = control()
    const again = await engine.run(new Counters(world, () => stop.request('interrupted')), plan, stop)
    expect(again.id).not.toBe(first.id)
    expect(store.unfinished()?.id).toBe(again.id)
  })

  it('holds the process while it works, and lets it go when that fails too', async () => {
    const { store, clock, plan, world, control } = setUp()
    const log: string[] = []
    const hold = () => {
      log.push('held')
      return () => void log.push('let go')
    }
    const engine = new Engine({ store, clock, operator: 'me', hold })
    await engine.run(new Counters(world, () => void log.push('works')), plan, control())
    expect([log[0], log.at(-1), log.filter((one) => one === 'held').length]).toEqual(['held', 'let go', 1])
    await expect(engine.exclusively(control(), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(log.slice(-2)).toEqual(['held', 'let go'])
  })

  it('does what needs no journal under both locks', async () => {
    const { store, clock, control } = setUp()
    const clusterLock = { take: async () => Promise.reject(new RefusedError('taken')) }
    const engine = new Engine({ store, clock, operator: 'me', clusterLock })
    let isDone = false
    const work = async () => {
      isDone = true
    }
    await expect(engine.exclusively(control(), work)).rejects.toThrow('taken')
    expect(isDone).toBe(false)
    const free = new Engine({ store, clock, operator: 'me' })
    await free.exclusively(control(), async () => {
      expect(() => store.lock()).toThrow('another mq command works on this cluster')
      await work()
    })
    expect(isDone).toBe(true)
  })

  it('stops at a safe point when asked once, and goes on when resumed', async () => {
    const { engine, plan, world, control } = setUp()
    const first = control()
    const result = await engine.run(new Counters(world, () => first.request('interrupted')), plan, first)
    expect(result.outcome).toBe('paused')
    expect(world.changes).toEqual(['a=1', 'b=2'])
    expect(await engine.resume(new Counters(world), result.id, control())).toMatchObject({ outcome: 'done' })
    expect(world.changes).toEqual(['a=1', 'b=2', 'c=3', 'a=4', 'd=5'])
  })

  it.each([
    ['asked to stop', 'request', 'paused'],
    ['told to end, its lock being lost,', 'abandon', 'lost'],
  ] as const)('%s while a step still looks, begins nothing', async (_name, how, ending) => {
    const { engine, plan, world, store, control } = setUp()
    const stop = control()
    const counters = new Counters(world)
    const steps = counters.steps.bind(counters)
    counters.steps = (of) =>
      steps(of).map((step) => ({
        ...step,
        prepare: async (...given: Parameters<typeof step.prepare>) => {
          if (how === 'request') stop.request('interrupted')
          else stop.abandon(new RefusedError('lost'))
          return step.prepare(...given)
        },
      }))
    const ended = await engine.run(counters, plan, stop).then(
      ({ outcome }) => outcome,
      (error: Error) => error.message,
    )
    expect([ended, world.changes]).toEqual([ending, []])
    expect(store.unfinished()?.state.steps).toEqual([])
  })

  it('ends at once when asked twice', async () => {
    const { engine, plan, world, store, control } = setUp()
    const stop = control()
    const operation = new Counters(world, async () => {
      const asleep = stop.sleep(60_000)
      stop.request('interrupted')
      stop.request('interrupted')
      await asleep
    })
    await expect(engine.run(operation, plan, stop)).rejects.toThrow('stopped at once')
    expect(world.changes).toEqual([])
    const { id, state } = store.unfinished()!
    expect(state.steps).toMatchObject([{ id: 'step-0', state: 'begun' }])
    expect(await engine.resume(new Counters(world), id, control())).toMatchObject({ outcome: 'done' })
  })

  it('refuses a second operation, another cluster, another kind and an edited plan', async () => {
    const { engine, plan, world, control } = setUp()
    const stop = control()
    await engine.run(new Counters(world, () => stop.request('x')), plan, stop)
    await expect(engine.run(new Counters(world), plan, control())).rejects.toThrow('has not ended')
    const foreign = countersPlan(STEPS, 'c2')
    await expect(engine.run(new Counters(world), foreign, control())).rejects.toThrow('made for cluster c2')
    const edited = { ...plan, body: { steps: [{ a: 7 }] } }
    await expect(engine.run(new Counters(world), edited, control())).rejects.toThrow('changed after it was made')
    await expect(engine.run(new Counters(world), { ...plan, kind: 'x' }, control())).rejects.toThrow('plan for x')
  })

  it('keeps a second operator out while it works, on this machine and on the cluster', async () => {
    const { engine, plan, world, store, clock, control } = setUp()
    const taken: string[] = []
    const clusterLock = {
      async take(operator: string) {
        taken.push(operator)
        return { release: async () => void taken.push('released') }
      },
    }
    const other = new Engine({ store, clock, operator: 'you', clusterLock })
    const refused: unknown[] = []
    const operation = new Counters(world, async () => {
      await other.run(new Counters(world), plan, control()).catch((error) => refused.push(error))
    })
    await engine.run(operation, plan, control())
    expect(refused).toHaveLength(3)
    expect(String(refused[0])).toContain('another mq command works on this cluster')
    expect(taken).toEqual([])
    await other.run(new Counters(world), plan, control())
    expect(taken).toEqual(['you', 'released'])
  })

  it('carries out under the same locks what was planned under them, and nothing with another control', async () => {
    const { plan, world, store, clock, control } = setUp()
    const log: string[] = []
    const clusterLock = {
      async take() {
        log.push('taken')
        return { release: async () => void log.push('released') }
      },
    }
    const engine = new Engine({ store, clock, operator: 'me', clusterLock })
    const own = control()
    await engine.exclusively(own, async () => {
      log.push('planned')
      await expect(engine.run(new Counters(world), plan, control())).rejects.toThrow('another mq command works')
      const { outcome } = await engine.run(new Counters(world), plan, own)
      log.push(outcome)
    })
    expect(log).toEqual(['taken', 'planned', 'done', 'released'])
    await engine.run(new Counters(world), plan, own)
    expect(log.slice(4)).toEqual(['taken', 'released'])
  })

  it('cancels the step under way, or all of them', async () => {
    for (const alsoDone of [false, true]) {
      const { engine, plan, world, store, control } = setUp()
      const operation = new Counters(world, () => {
        if (world.values.get('c') === 3) {
          world.values.set('d', 1)
          throw new Error('the network is gone')
        }
      })
      await expect(engine.run(operation, plan, control())).rejects.toThrow('network')
      const { id } = store.unfinished()!
      const result = await engine.cancel(new Counters(world), id, control(), { alsoDone })
      expect(result.outcome).toBe('cancelled')
      const left = alsoDone ? { a: 0, b: 0, c: 0, d: 0 } : { a: 1, b: 2, c: 3, d: 0 }
      expect(Object.fromEntries([...world.values].sort())).toEqual(left)
      await expect(engine.cancel(new Counters(world), id, control())).rejects.toThrow('nothing to cancel')
      expect(await engine.resume(new Counters(world), id, control())).toMatchObject({ outcome: 'cancelled' })
    }
  })
})

/** Runs, killed at `kills[i]` changes of disk and world from each start on, until it ends; returns the final values. */
async function runKilled(o: {
  steps: CountersBody['steps']
  kills: readonly number[]
  where: 'disk' | 'world'
  power: number | undefined
  cancelAfter: boolean
}): Promise<{ values: Record<string, number>; attempts: number }> {
  const { disk, engine, plan, world, store, control } = setUp(o.steps)
  for (let attempts = 0; ; attempts += 1) {
    const kill = o.kills[attempts]
    if (kill !== undefined) (o.where === 'disk' ? disk : world).dieAfter(kill)
    try {
      const open = store.unfinished()
      const operation = new Counters(world)
      if (open === undefined && store.list().length > 0) break
      if (open === undefined) await engine.run(operation, plan, control())
      else if (o.cancelAfter) await engine.cancel(operation, open.id, control(), { alsoDone: true })
      else await engine.resume(operation, open.id, control())
      break
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error
      world.restart()
      if (o.power === undefined) disk.restartProcess()
      else disk.powerCut(seededChance(o.power + attempts))
    }
    if (attempts > o.kills.length + 2) throw new Error('it does not end')
  }
  const values = Object.fromEntries([...world.values].filter(([, value]) => value !== 0).sort())
  return { values, attempts: store.list().filter(({ state }) => state.outcome !== undefined).length }
}

describe('a killed operation', () => {
  const goal = { a: 4, b: 2, c: 3, d: 5 }

  it.each(['disk', 'world'] as const)('ends in the same state wherever it was killed (%s)', async (where) => {
    for (const power of [undefined, 7]) {
      for (let kill = 1; kill <= 60; kill += 1) {
        const { values, attempts } = await runKilled({ steps: STEPS, kills: [kill], where, power, cancelAfter: false })
        expect({ kill, power, values, attempts }).toEqual({ kill, power, values: goal, attempts: 1 })
      }
    }
  })

  it('ends in the same state after any series of kills', async () => {
    const steps = fc.array(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 }), { minKeys: 1 }),
      { minLength: 1, maxLength: 4 },
    )
    const kills = fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        steps,
        kills,
        fc.constantFrom('disk' as const, 'world' as const),
        fc.option(fc.nat(), { nil: undefined }),
        async (steps, kills, where, power) => {
          const { values } = await runKilled({ steps, kills, where, power, cancelAfter: false })
          expect(values).toEqual(Object.assign({}, ...steps))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is undone completely when it is cancelled instead, killed again or not', async () => {
    const point = fc.integer({ min: 1, max: 30 })
    await fc.assert(
      fc.asyncProperty(point, fc.array(point, { maxLength: 4 }), fc.boolean(), async (first, more, inWorld) => {
        const { disk, engine, plan, world, store, control } = setUp()
        const target = inWorld ? world : disk
        target.dieAfter(first)
        const restart = (error: unknown) => {
          if (!(error instanceof ProcessDied)) throw error
          world.restart()
          disk.restartProcess()
        }
        await engine.run(new Counters(world), plan, control()).catch(restart)
        for (const kill of [...more, undefined]) {
          world.restart()
          disk.restartProcess()
          const open = store.unfinished()
          if (open === undefined) break
          if (kill !== undefined) target.dieAfter(kill)
          await engine.cancel(new Counters(world), open.id, control(), { alsoDone: true }).catch(restart)
        }
        disk.restartProcess()
        world.restart()
        const last = store.list().at(-1)
        const values = [...world.values.values()].filter((value) => value !== 0)
        if (last?.state.outcome === 'done') expect(values).toHaveLength(4)
        else expect(values).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
