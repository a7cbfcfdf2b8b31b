/** InitProducerId: fresh ids from the controller's blocks, each once; what is refused. */
import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
})

function init(body: { transactionalId?: string; producerId?: number; producerEpoch?: number } = {}, version = 4) {
  return world.ask('InitProducerId', version, { transactionalId: null, transactionTimeoutMs: 1000, ...body })
}

describe('InitProducerId', () => {
  it.each([0, 1, 2, 3, 4, 5])('gives a fresh id with epoch 0 in version %i', async (version) => {
    expect(await init({}, version)).toMatchObject({ errorCode: 0, producerId: 1000, producerEpoch: 0 })
    expect(await init({}, version)).toMatchObject({ errorCode: 0, producerId: 1001, producerEpoch: 0 })
  })

  it('gives a producer that has an id a fresh one', async () => {
    expect(await init({ producerId: 5, producerEpoch: 3 })).toMatchObject({ producerId: 1000, producerEpoch: 0 })
  })

  it('asks the controller once for what many want at once, and for the next block before it is needed', async () => {
    const ids = await Promise.all(Array.from({ length: 900 }, () => init()))
    expect(world.controllerCalls).toEqual(['AllocateProducerIds'])
    expect(new Set(ids.map(({ producerId }) => producerId)).size).toBe(900)
    await init()
    expect(world.controllerCalls).toHaveLength(2)
    const more = await Promise.all(Array.from({ length: 200 }, () => init()))
    expect(new Set([...ids, ...more].map(({ producerId }) => producerId)).size).toBe(1100)
    expect(Math.max(...more.map(({ producerId }) => producerId))).toBeGreaterThanOrEqual(2000)
  })

  it('tells clients to come again while the controller has none', async () => {
    world.controllerAnswer = () => ({ errorCode: 41, producerIdStart: 0, producerIdLen: 0 })
    expect(await init()).toMatchObject({ errorCode: 14, producerId: -1, producerEpoch: -1 })
    world.controllerAnswer = () => ({ errorCode: 0, producerIdStart: 77, producerIdLen: 10 })
    expect(await init()).toMatchObject({ errorCode: 0, producerId: 77 })
  })

  it.each([
    ['an id without an epoch', { producerId: 5 }, 42],
    ['an epoch without an id', { producerEpoch: 5 }, 42],
    ['an empty transactional id', { transactionalId: '' }, 42],
    ['a transactional id, which needs a coordinator that is not served', { transactionalId: 'tx' }, 15],
  ])('refuses %s', async (_name, body, errorCode) => {
    expect(await init(body)).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 })
  })
})
